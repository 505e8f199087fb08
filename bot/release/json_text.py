"""Strict JSON, in and out: bytes to plain values or to problems with their lines, and back to bytes that diff well.

JSON as parsers commonly take it is too lax for files that people edit: a key that stands twice hides one of its values,
NaN and half characters break whoever reads next. Here they are refused. Numbers come back as they were written.
"""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from json.encoder import encode_basestring
from typing import Any, TypeVar

from bot.release.json_lines import DEEPEST, LONGEST_NUMBER, scan
from bot.release.plan import Problem

MOST_VALUES = 1_000_000
"""Values that are read: a plan of 10,000 repositories with 50,000 dependencies has 200,000."""

_SHORT = 64
"""Signs of a string that may well stand elsewhere, too."""
_BOM = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff", b"{\x00", b"\x00{")


@dataclass(frozen=True)
class Text:
    """Text that is JSON, its value, and what is refused in it all the same."""

    text: str
    value: Any
    problems: tuple[Problem, ...] = ()


class FloatAsWritten(float):
    """A number that Python would write differently (`1.10`, `1E2`)."""

    literal: str


class IntAsWritten(int):
    """A whole number that Python would write differently (`-0`)."""

    literal: str


AsWritten = TypeVar("AsWritten", FloatAsWritten, IntAsWritten)


class _LookCloserError(Exception):
    """The text holds something that only the slow reader tells apart."""


def read_json(data: bytes, limit: int) -> Text | tuple[Problem, ...]:
    """The JSON in `data`, or why there is none; a Text may still carry problems. `limit` in bytes. Never raises."""
    if len(data) > limit:
        return (Problem(0, f"the file is too large: {len(data):,} bytes, and at most {size(limit)} are read"),)
    if data.startswith(_UTF16):
        return (Problem(1, "the file is not UTF-8; it looks like UTF-16. Save it as UTF-8"),)
    marked = data.startswith(_BOM)
    try:
        text = data.removeprefix(_BOM).decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start + len(_BOM) * marked) + 1
        return (Problem(line, f"byte 0x{error.object[error.start]:02x} is not UTF-8; save the file as UTF-8"),)
    bom = (Problem(1, "the file begins with a byte order mark (BOM); save it as UTF-8 without one"),) if marked else ()
    if not text.strip(" \t\r\n"):
        return (*bom, Problem(1, "the file is empty"))
    if sum(map(text.count, ",[{")) > MOST_VALUES:
        return (*bom, Problem(0, f"the file holds more than {MOST_VALUES:,} values, which no document of ours does"))
    found = _parse(text)
    return replace(found, problems=bom + found.problems) if isinstance(found, Text) else bom + found


def dump_json(value: Any) -> bytes:
    """JSON for people and diffs: two spaces, keys in their order, no escapes but the needed ones, a newline at the end.

    Takes dicts with string keys, lists, tuples, strings, finite numbers, booleans and None. Raises TypeError for other
    things, ValueError for numbers that are not finite and for halves of characters.
    """
    parts: list[str] = []
    _write(value, "\n", parts.append)
    parts.append("\n")
    return "".join(parts).encode("utf-8")


def size(count: int) -> str:
    """Bytes for people, for limits that are round."""
    if count % (1024 * 1024) == 0:
        return f"{count // (1024 * 1024)} MiB"
    return f"{count // 1024} KiB" if count % 1024 == 0 else f"{count} bytes"


def _parse(text: str) -> Text | tuple[Problem, ...]:
    try:
        value = json.loads(
            text, object_pairs_hook=_once, parse_constant=_refuse, parse_float=_float, parse_int=_strict_int
        )
        if not (_too_deep(value) or _has_halves(text, value)):
            return Text(text, value)
        why = "it cannot be read"
    except (ValueError, RecursionError, _LookCloserError) as error:
        why = str(error)
    looked = scan(text)
    problems = looked.problems or (Problem(1, why),)  # should the readers disagree, the stricter one is believed
    if not looked.complete:
        return problems
    try:
        return Text(text, json.loads(text, parse_float=_any_float, parse_int=_any_int), problems)
    except ValueError:
        return problems


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # The same names, versions and words stand thousands of times in a plan and its documents: one object for each.
    members = {key: sys.intern(value) if type(value) is str and len(value) < _SHORT else value for key, value in pairs}
    if len(members) != len(pairs):
        raise _LookCloserError("a name stands twice in one object")
    return members


def _refuse(word: str) -> Any:
    raise _LookCloserError(f"{word} is not a number in JSON")


def _float(written: str) -> float:
    number = float(written)
    if number in (float("inf"), float("-inf")) or len(written) > LONGEST_NUMBER:
        raise _LookCloserError("a number is too large")
    return number if repr(number) == written else _as_written(FloatAsWritten(number), written)


def _strict_int(written: str) -> int:
    if len(written) > LONGEST_NUMBER:
        raise _LookCloserError("a number is too long")
    return _as_written(IntAsWritten(0), written) if written == "-0" else int(written)


def _any_float(written: str) -> float:
    return float(written)


def _any_int(written: str) -> int:
    return int(written[:LONGEST_NUMBER])


def _as_written(number: AsWritten, written: str) -> AsWritten:
    number.literal = written
    return number


def _too_deep(value: Any) -> bool:
    """Whether containers are nested deeper than DEEPEST levels; level by level, so that no depth is too much."""
    objects, lists = [value] if type(value) is dict else [], [value] if type(value) is list else []
    for _ in range(DEEPEST):
        members = [member for node in objects for member in node.values()]
        for node in lists:
            members += node
        objects, lists = [m for m in members if type(m) is dict], [m for m in members if type(m) is list]
        if not objects and not lists:
            return False
    return True


def _has_halves(text: str, value: Any) -> bool:
    """Whether some string holds half of a surrogate pair, which only an escape can bring in."""
    if "\\ud" not in text and "\\uD" not in text:
        return False
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def _write(value: Any, newline: str, put: Callable[[str], None]) -> None:
    if isinstance(value, str):
        put(encode_basestring(value))
    elif isinstance(value, (Mapping, list, tuple)):
        _write_members(value, newline, put)
    else:
        put(_scalar(value))


def _write_members(value: Any, newline: str, put: Callable[[str], None]) -> None:
    opening, closing = "{}" if isinstance(value, Mapping) else "[]"
    if not value:
        put(opening + closing)
        return
    inner = newline + "  "
    before = opening + inner
    if isinstance(value, Mapping):
        for key, member in value.items():
            put(f"{before}{encode_basestring(key)}: ")
            _write(member, inner, put)
            before = "," + inner
    else:
        for member in value:
            put(before)
            _write(member, inner, put)
            before = "," + inner
    put(newline + closing)


def _scalar(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (FloatAsWritten, IntAsWritten)):
        return value.literal
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            raise ValueError("JSON has no number that is not finite")
        return float.__repr__(value)
    raise TypeError(f"JSON has no {type(value).__name__}")
