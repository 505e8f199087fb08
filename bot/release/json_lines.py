"""A reader of JSON that knows where it is: it says on which line every problem and every wanted value stands.

The standard parser is ten times as fast and is used first. This one runs only when something is wrong, so that every
problem comes with its line. It keeps its own stack: no depth of nesting can exhaust Python's.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from bot.release.fields import quoted
from bot.release.plan import Problem

Path = tuple[str | int, ...]

DEEPEST = 64
"""Levels of nesting that are read."""
LONGEST_NUMBER = 4000
"""Digits of a number that are read (Python itself refuses 4,300)."""

_GAP = re.compile(r"[ \t\n\r]*")
# Only single signs are possessive: before 3.11.5 Python's re took `"\\u"` for a string where a whole group was.
_STRING = re.compile(r'"[^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+)*"')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![0-9A-Za-z_.+\-])")
_NOT_FINITE = re.compile(r"(?:-?Infinity|NaN)(?![0-9A-Za-z_])")
_LITERAL = re.compile(r"(?:true|false|null)(?![0-9A-Za-z_])")
_STRING_PART = re.compile(r'"[^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+)*')
_SLIPS = {"none": "null", "nil": "null", "null": "null", "true": "true", "false": "false"}
_BARE_WORD = re.compile(r"[+\-.]?[0-9A-Za-z_.+\-]+")

_SKIP = json.JSONDecoder(parse_float=str, parse_int=str)


def show_path(path: Iterable[str | int]) -> str:
    """`releaseGroups[0].repositories[2].version`; empty for the document itself."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif re.fullmatch(r"[A-Za-z_][A-Za-z0-9_\-]*", step):
            text += f".{step}" if text else step
        else:
            text += f"[{quoted(step)}]"
    return text


class Scan(NamedTuple):
    """What one reading found. `complete`: it was read to its end."""

    problems: tuple[Problem, ...]
    complete: bool


class _StopReadingError(Exception):
    """What follows cannot be told apart any more. The text is the reason."""


@dataclass
class _Level:
    """One open object or array; `wanted` is the part of the tree of wanted paths below it."""

    is_object: bool
    line: int
    wanted: dict[str | int, Any] | None
    key: str | int = 0
    seen: dict[str, int] = field(default_factory=dict)


def scan(text: str) -> Scan:
    """Read JSON text and report everything that is refused in it. Never raises."""
    reader = _Reader(text)
    try:
        reader.read()
    except _StopReadingError as stop:
        reader.problem(str(stop))
        return Scan(tuple(reader.problems), complete=False)
    return Scan(tuple(reader.problems), complete=True)


def locate(text: str, wanted: Iterable[Path]) -> dict[Path, int]:
    """The line of every wanted path, and of everything on the way to it, that exists in text that `scan` could read.

    Of a name that stands twice the last one counts, as it does for the value.
    """
    tree: dict[str | int, Any] = {}
    for path in wanted:
        node = tree
        for step in path:
            node = node.setdefault(step, {})
    reader = _Reader(text, tree)
    reader.read()
    return reader.lines


class _Reader:
    """One pass over one text: over all of it, or, where only lines are wanted, past what nobody asks for."""

    def __init__(self, text: str, wanted: dict[str | int, Any] | None = None) -> None:
        self.text, self.wanted, self.only_lines = text, wanted, wanted is not None
        self.position, self._counted, self._line = 0, 0, 1
        self.stack: list[_Level] = []
        self.problems: list[Problem] = []
        self.lines: dict[Path, int] = {}

    @property
    def line(self) -> int:
        """The line of the present position."""
        self._line += self.text.count("\n", self._counted, self.position)
        self._counted = self.position
        return self._line

    def problem(self, reason: str, depth: int = 0) -> None:
        """Something that is refused on this line, in the value that the outermost `depth` levels lead to."""
        path = show_path(level.key for level in self.stack[:depth])
        self.problems.append(Problem(self.line, f"{path}: {reason}" if path else reason, path))

    def read(self) -> None:
        """The whole document: one value and nothing behind it."""
        self._value(self.wanted)
        while self.stack:
            self._next()
        if self._peek():
            raise _StopReadingError(f"there is more after the end of the document: {self._found()}")

    def _next(self) -> None:
        """One member of the innermost open object or array, or its end."""
        level = self.stack[-1]
        first = level.key == 0 and not level.seen if level.is_object else level.key == -1
        closing = "}" if level.is_object else "]"
        sign = self._peek()
        if sign == closing:
            self.position += 1
            self.stack.pop()
            return
        if not first:
            self._comma(level, sign, closing)
        if level.is_object:
            self._key(level)
        elif isinstance(level.key, int):
            level.key += 1
        self._value(level.wanted.get(level.key) if level.wanted else None)

    def _comma(self, level: _Level, sign: str, closing: str) -> None:
        if sign != ",":
            what = "object" if level.is_object else "list"
            if not sign:
                raise _StopReadingError(f"the file ends inside the {what} that begins on line {level.line}")
            raise _StopReadingError(
                f"expected a comma or {closing} (the {what} begins on line {level.line}), not {self._found()}"
            )
        self.position += 1
        if self._peek() == closing:
            raise _StopReadingError(f"there is a comma before {closing}; take it away")

    def _key(self, level: _Level) -> None:
        if self._peek() != '"':
            if not self._peek():
                raise _StopReadingError(f"the file ends inside the object that begins on line {level.line}")
            raise _StopReadingError(f"expected a name in double quotes, not {self._found()}")
        line, key = self.line, self._string()
        self._halves(key, len(self.stack) - 1)
        if key in level.seen:
            first = level.seen[key]
            self.problem(
                f"the name {quoted(key)} stands twice in one object, first on line {first}", len(self.stack) - 1
            )
        level.seen.setdefault(key, line)
        level.key = key
        if self._peek() != ":":
            raise _StopReadingError(f"expected a colon after {quoted(key)}, not {self._found()}")
        self.position += 1

    def _value(self, wanted: dict[str | int, Any] | None) -> None:
        sign = self._peek()
        if wanted is not None:
            self.lines[tuple(level.key for level in self.stack)] = self.line
        elif self.only_lines:
            self.position = _SKIP.raw_decode(self.text, self.position)[1]
            return
        if sign in ("{", "["):
            if len(self.stack) == DEEPEST:
                raise _StopReadingError(f"nested deeper than {DEEPEST} levels")
            self.stack.append(_Level(sign == "{", self.line, wanted, 0 if sign == "{" else -1))
            self.position += 1
        elif sign == '"':
            self._halves(self._string(), len(self.stack))
        elif match := _NUMBER.match(self.text, self.position):
            self._number(match[0])
            self.position = match.end()
        elif match := _LITERAL.match(self.text, self.position):
            self.position = match.end()
        elif match := _NOT_FINITE.match(self.text, self.position):
            self.problem(f"{match[0]} is not a number in JSON; write null", len(self.stack))
            self.position = match.end()
        else:
            self._no_value()

    def _number(self, written: str) -> None:
        if len(written) > LONGEST_NUMBER:
            self.problem(
                f"a number of {len(written):,} signs is too long; at most {LONGEST_NUMBER:,} are read", len(self.stack)
            )
        elif float(written) in (float("inf"), float("-inf")) and not written.lstrip("-").isdigit():
            self.problem(f"the number {written[:40]} is too large", len(self.stack))

    def _no_value(self) -> None:
        if not self._peek():
            raise _StopReadingError("the file ends where a value should stand")
        raise _StopReadingError(f"expected a value, not {self._found()}")

    def _string(self) -> str:
        match = _STRING.match(self.text, self.position)
        if not match:
            self._broken_string()
            return ""
        self.position = match.end()
        written = match[0]
        return str(json.loads(written)) if "\\" in written else written[1:-1]

    def _halves(self, text: str, depth: int) -> None:
        if not text.isascii() and any("\ud800" <= sign <= "\udfff" for sign in text):
            self.problem("an escape between \\ud800 and \\udfff stands without its other half", depth)

    def _broken_string(self) -> None:
        """Why the string that begins here is none."""
        part = _STRING_PART.match(self.text, self.position)
        begun = self.line
        self.position = part.end() if part else self.position
        sign = self.text[self.position : self.position + 1]
        if not sign:
            raise _StopReadingError(f"the file ends inside the string that begins on line {begun}")
        if sign == "\\":
            shown = quoted(self.text[self.position : self.position + 2])
            raise _StopReadingError(f"{shown} is no escape that JSON knows")
        what = "line break" if sign in "\r\n" else "tab" if sign == "\t" else f"control character U+{ord(sign):04X}"
        raise _StopReadingError(f"a string holds a raw {what}; close the string with a double quote, or escape it")

    def _peek(self) -> str:
        """The next sign that is no white space, or nothing at the end."""
        gap = _GAP.match(self.text, self.position)
        self.position = gap.end() if gap else self.position
        return self.text[self.position : self.position + 1]

    def _found(self) -> str:
        """What stands here, for people, with the usual slip that it comes from."""
        rest = self.text[self.position : self.position + 60]
        if not rest:
            return "the end of the file"
        if rest.startswith(("//", "/*", "#")):
            return "a comment: JSON has none"
        if rest[0] == '"':
            return "a string"
        if rest[0] in "'‘’“”":
            return f"{quoted(rest[0])}; strings stand in plain double quotes"
        word = _BARE_WORD.match(rest)
        shown = quoted(word[0] if word else rest[0])
        meant = _SLIPS.get(word[0].lower()) if word else None
        if word and re.match("-?0[0-9]", word[0]):
            return f"{shown}; a number has no zeros in front"
        return f"{shown}; write {meant}" if meant else shown
