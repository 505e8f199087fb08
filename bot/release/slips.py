"""A slip as people write it: so many days or weeks later or earlier, or a day."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from bot.release.moments import Unclear, read_day, shown


class CountedFrom(StrEnum):
    """What the start of a slip is: the day on which the repository would come without it."""

    ETA = "eta"  # the date that is given for the repository
    TODAY = "today"  # it is ready, or the date that was given for it has passed
    DEADLINE = "deadline"  # nobody gave a date: taken to be on time


@dataclass(frozen=True)
class Slip:
    """The what-if: it comes on `to` instead of on `start`, and `counted` says what `start` is."""

    start: date
    to: date
    counted: CountedFrom


_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SLIP = re.compile(r"(?P<sign>[+-]?)(?P<number>\d{1,4}) ?(?P<unit>d|days?|w|weeks?)?", re.IGNORECASE)


def read_slip(text: str) -> timedelta | date | Unclear:
    """`+5d`, `2 weeks`, `-3d`, `2026-03-20`; Unclear with the reason when it cannot be read."""
    text = text.strip()
    found = _SLIP.fullmatch(text)
    if found is not None:
        step = 7 if (found["unit"] or "d")[0] in "wW" else 1
        return timedelta(days=int(found["number"]) * step * (-1 if found["sign"] == "-" else 1))
    if _DAY.fullmatch(text):
        return read_day(text)
    return Unclear(f"{shown(text)} is no slip I can read: write +5d, +2w, -3d, or a day as 2026-03-20")


def as_typed(slip: timedelta | date) -> str:
    """A slip as it can be typed: `+5d`, or the day."""
    return slip.isoformat() if isinstance(slip, date) else f"{slip.days:+d}d"
