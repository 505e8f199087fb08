"""Reads what stands behind `/release`, by the table of commands. Pure: text in, what was asked or why not out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from bot.listeners.commands import BY_NAME, SLASH, Argument, Asked, Command, Kind, ShowHelp
from bot.listeners.words import LIMIT, Unclosed, Word, split
from bot.release.moments import COMMIT, FORMS, WEEKDAYS, Said, Unclear, read_words, shown
from bot.release.slips import read_slip

Parsed = Asked

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SLIP = re.compile(rf"[+-].*|[0-9]{{1,4}}(?:d|days?|w|weeks?)|{_DATE.pattern}", re.IGNORECASE)
_UNITS = {"day", "days", "week", "weeks"}


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
    """The variant's fields. What a keyword announces and a point in time stand anywhere; the rest goes by order."""
    words = list(given)
    values: dict[str, Any] = {}
    for argument in command.arguments:
        if argument.keyword:
            _take_keyword(argument, words, values)
    for argument in command.arguments:
        if argument.kind in (Kind.MOMENT, Kind.SINCE) and argument.field not in values:
            _take_moment(argument, words, values)
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
        raise _Unclear(f"{SLASH} {command.name} has no use for {shown(extra)}; put a name with spaces in quotes")
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
        else:
            values[argument.field], used = _said(argument, after)
            size += used
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
    found = read_slip(text)
    if isinstance(found, Unclear):
        raise _Unclear(found.reason)
    return found


def _take_moment(argument: Argument, words: list[Word], values: dict[str, Any]) -> None:
    """The first words that look like a point in time, without their keyword; a name that does goes in quotes."""
    for at, word in enumerate(words):
        if word.quoted or word.text.casefold() in WEEKDAYS:  # a day of the week alone may as well be a plan's name
            continue
        plain = [w.text for w in words[at:]]
        quoted = next((n for n, w in enumerate(words[at:]) if w.quoted), len(plain))
        found = read_words(plain[:quoted])
        if found is not None:
            values[argument.field] = _clear(found[0])
            del words[at : at + found[1]]
            return


def _said(argument: Argument, after: Sequence[str]) -> tuple[Said | str, int]:
    """What stands behind a keyword, and how many words that took."""
    keyword = " ".join(argument.keyword)
    if not after:
        raise _Unclear(f'Which day? After "{keyword}" comes {FORMS}')
    if argument.kind is Kind.SINCE and COMMIT.fullmatch(after[0]):
        return after[0], 1
    found = read_words(after)
    if found is None:
        raise _Unclear(f'{shown(after[0])} is no time I can read: after "{keyword}" comes {FORMS}')
    return _clear(found[0]), found[1]


def _clear(found: Said | Unclear) -> Said:
    if isinstance(found, Unclear):
        raise _Unclear(found.reason)
    return found


def _name(argument: Argument, text: str) -> str:
    if argument.kind is not Kind.COMMAND:
        return text
    command = _find(text)
    if command is None:
        raise _NoSuchCommand(text)
    return command.name
