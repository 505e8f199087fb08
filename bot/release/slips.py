"""A slip as people write it: so many days or weeks later or earlier, or a day."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


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


_SLIP = re.compile(r"(?P<sign>[+-]?)(?P<number>\d{1,4}) ?(?P<unit>d|days?|w|weeks?)?", re.IGNORECASE)


def read_slip(text: str) -> timedelta | date | None:
    """`+5d`, `2 weeks`, `-3d`, `2026-03-20`; None when it cannot be read."""
    found = _SLIP.fullmatch(text.strip())
    if found is not None:
        step = 7 if (found["unit"] or "d")[0] in "wW" else 1
        return timedelta(days=int(found["number"]) * step * (-1 if found["sign"] == "-" else 1))
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def as_typed(slip: timedelta | date) -> str:
    """A slip as it can be typed: `+5d`, or the day."""
    return slip.isoformat() if isinstance(slip, date) else f"{slip.days:+d}d"
