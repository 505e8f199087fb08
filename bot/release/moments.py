"""Points in time as people say them, for every command alike: `2026-03-01`, `3d`, `2 weeks ago`, `12h`, `yesterday`,
`last friday`, a moment with its zone.

`read` understands the words, without a clock; `from_when` and `until_when` say which day or moment that is now.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from bot.release.fields import FIRST_YEAR, LAST_YEAR
from bot.release.words import day as day_words
from bot.release.words import local

FIRST, LAST = date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31)
FORMS = "2026-03-01, 3d, 2w, 12h, yesterday, last friday, or 2026-03-01T12:00Z"
"""What can be said, as an error names it."""
COMMIT = re.compile(r"(?=[0-9]*[a-f])[0-9a-f]{7,64}|[0-9]{7}|[0-9]{9,64}")
"""The id of a commit or its beginning. Eight digits alone are rather a day that was written in another way."""
_MOST_WORDS = 3
_SHOWN = 60  # characters of what somebody typed that a reason repeats


@dataclass(frozen=True)
class Ago:
    """So long before now: whole days mean that day of the calendar, hours a moment."""

    days: int = 0
    hours: int = 0


@dataclass(frozen=True)
class Last:
    """The newest such day of the week before today; Monday is 0."""

    weekday: int


@dataclass(frozen=True)
class Unclear:
    """Why it was not understood or cannot be answered: a plain sentence without a full stop."""

    reason: str


Said = date | datetime | Ago | Last
Day = TypeVar("Day", date, datetime)

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(rf"{_DAY.pattern}T[0-9]{{2}}:[0-9]{{2}}.*", re.IGNORECASE)
_AGO = re.compile(r"([0-9]{1,5}) ?(h|hours?|d|days?|w|weeks?)( ago)?", re.IGNORECASE)
_WORDS = {"today": Ago(), "yesterday": Ago(days=1), "last week": Ago(days=7)}
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def read(text: str) -> Said | Unclear | None:
    """What one of the forms means; None for words that are none of them. Never raises."""
    text = " ".join(text.split())
    if _DAY.fullmatch(text):
        return read_day(text)
    if _MOMENT.fullmatch(text):
        return _moment(text)
    back = _AGO.fullmatch(text)
    if back is not None:
        number, unit = int(back[1]), back[2][0].casefold()
        return Ago(hours=number) if unit == "h" else Ago(days=number * (7 if unit == "w" else 1))
    words = text.casefold()
    if words in _WORDS:
        return _WORDS[words]
    name = words.removeprefix("last ")
    return Last(WEEKDAYS.index(name)) if name in WEEKDAYS else None


def read_words(words: Sequence[str]) -> tuple[Said | Unclear, int] | None:
    """The same for the first of several words, as many as belong to it, and how many those are."""
    for size in range(min(_MOST_WORDS, len(words)), 0, -1):
        found = read(" ".join(words[:size]))
        if found is not None:
            return found, size
    return None


def read_day(text: str) -> date | Unclear:
    """A day written as 2026-03-01, in the years that documents may name."""
    if not _DAY.fullmatch(text):
        return Unclear(f"{shown(text)} is not a date such as 2026-03-15")
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return Unclear(f"There is no day {shown(text)} in the calendar")
    return in_years(found, text)


def in_years(found: Day, text: str) -> Day | Unclear:
    """The day itself, or why it is too far away."""
    if FIRST_YEAR <= found.year <= LAST_YEAR:
        return found
    return Unclear(f"{shown(text)} is not between the years {FIRST_YEAR} and {LAST_YEAR}")


def shown(text: str) -> str:
    """What somebody typed, short enough to be repeated."""
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…")


def _moment(text: str) -> datetime | Unclear:
    try:
        found = datetime.fromisoformat(text.upper())
        if found.tzinfo is None:
            return Unclear(f"{shown(text)} has no time zone: write Z or an offset, as in {text}Z")
        return in_years(found.astimezone(UTC), text)
    except (ValueError, OverflowError):
        return Unclear(f"There is no moment {shown(text)} in the calendar")


def from_when(said: Said, now: datetime, zone: str) -> date | datetime:
    """The day (whose beginning counts) or the moment that is meant; never before the years that can be named."""
    today = local(now, zone).date()
    match said:
        case Ago(days, 0):
            return today - timedelta(days=min(days, (today - FIRST).days))
        case Ago(_, hours):
            return now - timedelta(hours=hours)
        case Last(weekday):
            return today - timedelta(days=(today.weekday() - weekday - 1) % 7 + 1)
        case _:
            return said


def until_when(said: Said, now: datetime, zone: str) -> datetime | Unclear:
    """The moment up to which is meant: of a day its end on the clocks of the zone, of today now. None to come."""
    found = from_when(said, now, zone)
    today = local(now, zone).date()
    if isinstance(found, datetime):
        if found > now:
            when = f"{day_words(local(found, zone).date(), today)} {local(found, zone):%H:%M}"
            return Unclear(f"{when} has not come yet: ask for now or an earlier moment")
        return found
    if found > today:
        return Unclear(f"{day_words(found, today)} has not come yet: ask for today or an earlier day")
    return min(end_of(found, zone), now)


def end_of(day: date, zone: str) -> datetime:
    """The last second of a day on the clocks of a zone."""
    return datetime.combine(day, time(23, 59, 59), ZoneInfo(zone)).astimezone(UTC)
