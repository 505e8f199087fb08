"""The words that Slack messages and RELEASE_PLAN.md share: dates, durations, plurals, a symbol and a word per state.

Blocks and Markdown are strangers to each other, so what both say alike is written here. Nothing here escapes mark-up:
that is each reader's own business.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.release.status import PlanStatus, Status, Verdict

# Written out, because strftime speaks the language of the machine.
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Look:
    """How a state is shown: never by colour alone, and never by the symbol alone."""

    symbol: str
    word: str

    def __str__(self) -> str:
        return f"{self.symbol} {self.word}"


STATUS = {
    Status.NOT_STARTED: Look("○", "not started"),
    Status.ON_TRACK: Look("→", "on track"),
    Status.AT_RISK: Look("⚠", "at risk"),
    Status.BLOCKED: Look("✖", "blocked"),
    Status.READY: Look("✓", "ready"),
    Status.RELEASED: Look("✔", "released"),
    Status.DROPPED: Look("–", "dropped"),
    Status.UNKNOWN: Look("?", "unknown"),
}

VERDICT = {
    Verdict.READY: Look("✓", "ready"),
    Verdict.WAITING: Look("…", "waiting"),
    Verdict.AT_RISK: Look("⚠", "at risk"),
    Verdict.MISMATCH: Look("≠", "mismatch"),
    Verdict.UNKNOWN: Look("?", "unknown"),
}

BREAK_CIRCLE = "Break the circle, one of them has to go first"
"""What is to be done about repositories that need each other."""

PLAN_STATUS = {
    PlanStatus.PLANNING: "planning",
    PlanStatus.IN_PROGRESS: "in progress",
    PlanStatus.RELEASED: "released",
    PlanStatus.CANCELLED: "cancelled",
}


def day(when: date, today: date | None = None) -> str:
    """`Sun 15 Mar`, with the year when `today` is given and lies in another one."""
    short = f"{_DAYS[when.weekday()]} {when.day} {_MONTHS[when.month - 1]}"
    return short if today is None or today.year == when.year else f"{short} {when.year}"


def local(moment: datetime, zone: str) -> datetime:
    """The moment on the plan's own clock. The ends of the calendar, where no zone can shift, stay in UTC."""
    try:
        return moment.astimezone(ZoneInfo(zone))
    except OverflowError:
        return moment.astimezone(UTC)


def stamp(moment: datetime, now: datetime, zone: str) -> str:
    """`09:12` for a moment of today, else `Mon 2 Mar 09:12`, in the plan's zone."""
    there, here = local(moment, zone), local(now, zone)
    time = f"{there:%H:%M}"
    return time if there.date() == here.date() else f"{day(there.date(), here.date())} {time}"


def since(moment: datetime, now: datetime, zone: str) -> str:
    """`since this morning`, `since yesterday`, `since Mon 2 Mar`: how people say when something began."""
    there, here = local(moment, zone), local(now, zone)
    behind = (here.date() - there.date()).days
    if behind == 0:
        part = "morning" if there.hour < 12 else "afternoon" if there.hour < 18 else "evening"
        return f"since this {part}"
    return "since yesterday" if behind == 1 else f"since {day(there.date(), here.date())}"


def count(number: int, one: str, many: str | None = None) -> str:
    """`1 repository`, `4 repositories`: `many` defaults to `one` in the plural."""
    if number == 1:
        return f"1 {one}"
    plural = one[:-1] + "ies" if one.endswith("y") and one[-2:-1] not in ("a", "e", "o", "u") else one + "s"
    return f"{number:,} {many or plural}"


def countdown(days_left: int) -> str:
    """`12 days to go`, `today is the day`, `3 days past the date`."""
    if days_left == 0:
        return "today is the day"
    return f"{count(abs(days_left), 'day')} {'to go' if days_left > 0 else 'past the date'}"


def span(length: timedelta) -> str:
    """A duration in its largest whole unit: `9 days`, `5 hours`, `20 minutes`."""
    minutes = max(0, int(length.total_seconds() // 60))
    if minutes >= 2 * 24 * 60:
        return count(minutes // (24 * 60), "day")
    return count(minutes // 60, "hour") if minutes >= 120 else count(minutes, "minute")


def label(name: str, version: str | None) -> str:
    """The name with the version, as people say it."""
    return f"{name} {version}" if version else name


def listing(items: Sequence[str], most: int = 5) -> str:
    """`a, b and c`; of more than `most` the first ones and `and 12 more`."""
    if len(items) > most:
        return f"{', '.join(items[:most])} and {len(items) - most:,} more"
    return " and ".join(part for part in (", ".join(items[:-1]), *items[-1:]) if part)


# Only words that our own sentences begin with: a repository's name keeps its case.
_OPENERS = (
    "a", "an", "as", "cannot", "it", "its", "no", "nobody", "of", "only", "the", "there", "these", "this", "what",
    "where", "which", "who", "you",
)  # fmt: skip

_SUBJECTS = frozenset({"it", "nobody", "there", "these", "this", "what", "which", "who", "you"})
_VERBS = frozenset({"is", "was", "says", "gives", "publishes", "needs", "asks"})
_VERSION = re.compile(r"[A-Za-z]{0,2}[0-9]+\.|v[0-9]")


def stopped(text: str) -> str:
    """The text with a full stop at its end, where it has no such mark; what follows a colon keeps its small letter."""
    said = text.strip()
    return said if not said or said[-1] in ".!?…" else f"{said}."


def sentence(text: str) -> str:
    """The text as a sentence: a full stop at its end, and a capital where it begins with a word of ours."""
    said = stopped(text)
    return said[0].upper() + said[1:] if _opens(*said.split(" ", 2)[:2]) else said


def _opens(first: str, second: str = "") -> bool:
    """Whether a word is ours: a repository may be called `a` or `the`, and then its version or a verb follows."""
    if first not in _OPENERS or _VERSION.match(second):
        return False
    return first in _SUBJECTS or second not in _VERBS


def as_sentence(text: str) -> str:
    """The text, which begins with a word of ours or a number, with a capital and a full stop."""
    said = stopped(text)
    return said[:1].upper() + said[1:]


_MOST_MARKS = 4  # more marks on one letter than any script stacks; the rest only smears over the neighbours
_JOINERS = "\u200c\u200d"  # scripts and emoji need them
_ISOLATE, _POP = "\u2068", "\u2069"


def clean(text: str, most: int = 300) -> str:
    """Text from outside as one harmless line of at most `most` characters (and two invisible ones around it).

    Control and direction characters go, white space becomes single spaces, stacked marks are thinned, and what is
    written from right to left is isolated so that it cannot turn the sentence around it.
    """
    if text.isascii() and text.isprintable():  # nearly all there is, and nothing to be done but white space
        return clip(" ".join(text.split()), most)
    line = clip(" ".join(_visible(text).split()), most)
    if any(unicodedata.bidirectional(c) in ("R", "AL", "AN") for c in line):
        return f"{_ISOLATE}{line}{_POP}"
    return line


def _visible(text: str) -> str:
    kept: list[str] = []
    marks = 0
    for char in text:
        if char.isspace():
            kept.append(" ")
            continue
        kind = unicodedata.category(char)
        if kind == "Cs":
            kept.append("\ufffd")
        elif kind in ("Cc", "Cf") and char not in _JOINERS:
            continue
        elif kind in ("Mn", "Me"):
            marks += 1
            if marks <= _MOST_MARKS:
                kept.append(char)
            continue
        else:
            kept.append(char)
        marks = 0
    return "".join(kept)


def clip(text: str, most: int) -> str:
    """The text in at most `most` characters, with … where something was left out."""
    return text if len(text) <= most else text[: max(0, most - 1)].rstrip() + "…"
