"""Reads what stands behind `/release`, by the table of commands. Pure: text in, what was asked or why not out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from bot.listeners.commands import BY_NAME, SLASH, Argument, Asked, Command, Kind, ShowHelp
from bot.listeners.words import LIMIT, Unclosed, Word, split
from bot.release.slips import read_slip

Parsed = Asked

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBER = re.compile(r"[0-9]{1,5}")
_SLIP = re.compile(rf"[+-].*|[0-9]{{1,4}}(?:d|days?|w|weeks?)|{_DATE.pattern}", re.IGNORECASE)
_UNITS = {"day": 1, "days": 1, "week": 7, "weeks": 7}
_COMMIT = re.compile(r"(?=[0-9]*[a-f])[0-9a-f]{7,64}")  # digits alone are rather a day that was written in another way
_SHOWN = 60  # characters of what somebody typed that an error repeats


@dataclass(frozen=True)
class UnknownCommand:
    """There is no command of that name."""

    word: str


@dataclass(frozen=True)
class BadUsage:
    """The command is known and its arguments are not understood: `reason` is one plain sentence."""

    reason: str
    command: Command


ParseError = UnknownCommand | BadUsage
_HELP = BY_NAME["help"]


class _Unclear(Exception):  # noqa: N818 - never leaves this module
    """Carries the sentence from the argument that was not understood to `parse`."""


class _NoSuchCommand(Exception):  # noqa: N818 - never leaves this module
    """Carries the word that should have been a command."""


def parse(text: str) -> Parsed | ParseError:
    """Understand one line. Nothing at all is a call for help; never raises, whatever the text."""
    if len(text) > LIMIT:
        return BadUsage(f"That is {len(text):,} characters, and {SLASH} reads up to {LIMIT:,}", _HELP)
    words = split(text)
    if isinstance(words, Unclosed):
        return BadUsage(f"The quote {words.quote} is opened and never closed", _HELP)
    if not words:
        return ShowHelp()
    command = _find(words[0].text)
    if command is None:
        return UnknownCommand(words[0].text)
    try:
        return command.asks(**_read(command, words[1:]))
    except _Unclear as unclear:
        return BadUsage(str(unclear), command)
    except _NoSuchCommand as unknown:
        return UnknownCommand(str(unknown))


def _find(word: str) -> Command | None:
    return BY_NAME.get({"?": "help"}.get(word, word.casefold().lstrip("-/")))


def _read(command: Command, given: Sequence[Word]) -> dict[str, Any]:
    """The variant's fields. What is announced by a keyword may stand anywhere; the rest goes by order."""
    words = list(given)
    values: dict[str, Any] = {}
    for argument in command.arguments:
        if argument.keyword:
            _take_keyword(argument, words, values)
    for argument in command.arguments:
        if argument.keyword:
            continue
        if argument.kind is Kind.SLIP:
            _take_slip(argument, words, values)
        elif words:
            values[argument.field] = _name(argument, words.pop(0).text)
        elif argument.required:
            raise _Unclear(f"Which {argument.field}? {SLASH} {command.name} needs its name")
    if words:
        extra = " ".join(word.text for word in words)
        raise _Unclear(f"{SLASH} {command.name} has no use for {_shown(extra)}; put a name with spaces in quotes")
    return values


def _take_keyword(argument: Argument, words: list[Word], values: dict[str, Any]) -> None:
    size = len(argument.keyword)
    for at in range(len(words) - size + 1):
        found = words[at : at + size]
        if any(word.quoted for word in found) or tuple(w.text.casefold() for w in found) != argument.keyword:
            continue
        after = [word.text for word in words[at + size :]]
        if argument.kind is Kind.FLAG:
            values[argument.field] = True
        elif argument.kind is Kind.SINCE:
            values[argument.field], used = _since(after)
            size += used
        else:
            values[argument.field] = _date(after[0] if after else "")
            size += 1
        del words[at : at + size]
        return


def _take_slip(argument: Argument, words: list[Word], values: dict[str, Any]) -> None:
    """The first word that looks like a slip, before or after the plan's name; a name that does goes in quotes."""
    for at, word in enumerate(words):
        if word.quoted:
            continue
        unit = words[at + 1].text.casefold() if at + 1 < len(words) else ""
        if re.fullmatch(r"[+-]?[0-9]{1,4}", word.text) and unit in _UNITS:
            values[argument.field] = _slip(f"{word.text} {unit}")
            del words[at : at + 2]
            return
        if _SLIP.fullmatch(word.text):
            values[argument.field] = _slip(word.text)
            del words[at]
            return


def _slip(text: str) -> timedelta | date:
    if _DATE.fullmatch(text):
        return _date(text)
    found = read_slip(text)
    if found is None:
        raise _Unclear(f"{_shown(text)} is no slip I can read: write +5d, +2w, or a day as 2026-03-20")
    return found


def _date(text: str) -> date:
    if not text:
        raise _Unclear('Which day? Write it as 2026-03-01 after "as of"')
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        raise _Unclear(f"There is no day {_shown(text)} in the calendar") from None
    raise _Unclear(f"{_shown(text)} is not a day I can read: write it as 2026-03-01")


def _since(after: Sequence[str]) -> tuple[date | int | str, int]:
    """A day, a number of days back, or a commit, and how many words that took."""
    first, second = (after[0] if after else "", after[1].casefold() if len(after) > 1 else "")
    if not first:
        raise _Unclear('Since when? Write a day as 2026-03-01 after "since", or "since 3 days"')
    if first.casefold() == "yesterday":
        return 1, 1
    if _NUMBER.fullmatch(first) and second in _UNITS:
        return int(first) * _UNITS[second], 2
    if _COMMIT.fullmatch(first):
        return first, 1
    if _DATE.fullmatch(first):
        return _date(first), 1
    raise _Unclear(f'{_shown(first)} is no beginning I can read: write "since 2026-03-01" or "since 3 days"')


def _name(argument: Argument, text: str) -> str:
    if argument.kind is not Kind.COMMAND:
        return text
    command = _find(text)
    if command is None:
        raise _NoSuchCommand(text)
    return command.name


def _shown(text: str) -> str:
    """What somebody typed, short enough to be repeated."""
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…")
