"""When a plan's digest is due: pure date arithmetic, in the plan's own zone, over every clock change.

A slot is a local date, and has one moment. Where the clock jumps over the wanted time, it is later by the jump (earlier
where that would be tomorrow); where the time comes twice, the first one counts; a date that a zone left out altogether
has no slot.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.release.plan import DigestSchedule

DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = timedelta(days=1)


class ScheduleError(ValueError):
    """A schedule that cannot be read. The text says what is wrong and how it is written."""


def weekdays(text: str) -> frozenset[int]:
    """The days of `mon-fri`, `mon,wed` or `sat-mon`, Monday being 0: whatever a plan may say. Raises ScheduleError.

    Numbers are refused: half of the world's schedulers count from Sunday.
    """
    days: set[int] = set()
    for part in re.split(r" *, *| +", text.strip().lower()):
        first, dash, last = part.partition("-")
        if first not in DAY_NAMES or (dash and last not in DAY_NAMES):
            raise ScheduleError(f"days {text!r} cannot be read at {part!r}: write mon-fri or mon,wed,fri")
        begin = DAY_NAMES.index(first)
        end = DAY_NAMES.index(last) if dash else begin
        days.update((begin + step) % 7 for step in range((end - begin) % 7 + 1))
    return frozenset(days)


def zone(name: str) -> ZoneInfo:
    """The time zone of an IANA name. Raises ScheduleError."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; not a name at all; the name of a folder
        raise ScheduleError(f"there is no time zone {name!r}: write a name such as Europe/Berlin or UTC") from None


def slot_moment(digest: DigestSchedule, where: ZoneInfo, day: date) -> datetime | None:
    """The moment, in UTC, of the slot of a local date; None where that date has none."""
    if not digest.enabled or day.weekday() not in weekdays(digest.days):
        return None
    wanted = datetime.combine(day, time.fromisoformat(digest.at), where)
    # In a gap the two readings are both off by the gap, one into each direction: take the one on the right date.
    for fold in (0, 1):
        moment = wanted.replace(fold=fold).astimezone(UTC)
        if moment.astimezone(where).date() == day:
            return moment
    return None


def due_slots(digest: DigestSchedule, where: ZoneInfo, after: datetime, until: datetime) -> list[date]:
    """The local dates whose slot lies after one moment and not after another, oldest first. Raises ScheduleError."""
    found: list[date] = []
    day = after.astimezone(where).date() - _DAY
    last = until.astimezone(where).date() + _DAY
    while day <= last:
        moment = slot_moment(digest, where, day)
        if moment is not None and after < moment <= until:
            found.append(day)
        day += _DAY
    return found


def next_slot(digest: DigestSchedule, where: ZoneInfo, after: datetime) -> tuple[date, datetime] | None:
    """The first slot after a moment, as its local date and its moment in UTC; None when there will be none.

    Raises ScheduleError.
    """
    day = after.astimezone(where).date()
    for _ in range(16):  # a week, and the longest run of days that a zone ever left out, with room to spare
        moment = slot_moment(digest, where, day)
        if moment is not None and moment > after:
            return day, moment
        day += _DAY
    return None


def missed_today(digest: DigestSchedule, where: ZoneInfo, now: datetime) -> date | None:
    """Today's local date when its slot has passed; None before it and on days without one. Raises ScheduleError."""
    today = now.astimezone(where).date()
    moment = slot_moment(digest, where, today)
    return today if moment is not None and moment <= now else None
