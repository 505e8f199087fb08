"""Dates, slips and forecasts in plain sentences, the same for Slack, RELEASE_PLAN.md and the command line.

Nothing here escapes mark-up, and nothing has a full stop: that is each reader's own business.
"""

from collections.abc import Sequence
from datetime import date

from bot.release.dates import DatedRepository
from bot.release.forecast import Forecast
from bot.release.impact import Impact
from bot.release.slips import CountedFrom, Slip
from bot.release.words import clip, count, day, listing

_NAME = 80  # characters of a name in the middle of a sentence


def wanted(dated: DatedRepository, today: date) -> str:
    """The day by which it is wanted, and who says so: `the release date (Sun 15 Mar)`."""
    when = day(dated.deadline, today)
    if dated.asked_by:
        return f"the day on which {_short(dated.asked_by)} needs it ({when})"
    if dated.milestone:
        return f"the milestone {_short(dated.milestone)} ({when})"
    return f"the release date ({when})"


def lateness(dated: DatedRepository, today: date) -> str:
    """`3 days after the release date (Sun 15 Mar)`, or that it is in time for it."""
    if dated.late_days:
        return f"{count(dated.late_days, 'day')} after {wanted(dated, today)}"
    return f"in time for {wanted(dated, today)}"


def because(dated: DatedRepository) -> str:
    """The one whose date decides, with its leading words; empty where it is the repository itself."""
    return f"because of {_short(dated.because[-1])}" if len(dated.because) > 1 else ""


def through(dated: DatedRepository) -> str:
    """What lies between the repository and the one whose date decides: `through app and lib`; empty for nothing."""
    return f"through {_names([n for n in dated.because[1:-1] if n != '…'])}" if len(dated.because) > 2 else ""


def says_more(dated: DatedRepository) -> bool:
    """Whether that says more than the date given for the repository beside the release date."""
    own = dated.earliest == dated.eta and len(dated.because) < 2
    return not own or bool(dated.asked_by or dated.milestone or dated.past_milestones or dated.unknown)


def standing(dated: DatedRepository, today: date) -> str:
    """When it can be ready at the earliest, whether that misses its date, by how much and because of whom.

    Empty for what is out or dropped.
    """
    if dated.earliest is None:
        return ""
    if dated.unknown and dated.earliest <= today and not dated.late_days:
        return f"nobody can say when it can be ready: {undated(dated)}; it is wanted by {wanted(dated, today)}"
    parts = [f"it can be ready on {day(dated.earliest, today)} at the earliest", lateness(dated, today)]
    said = ", ".join(part for part in (*parts, because(dated)) if part)
    if dated.past_milestones:
        said += f", past {_names(dated.past_milestones)}"
    return f"{said}; it may be later: {undated(dated)}" if dated.unknown else said


def undated(dated: DatedRepository) -> str:
    """For whom no date is known: `no date is known for it and common-utils`; empty when there is one for everybody."""
    names = ["it" if name == dated.name else _short(name) for name in dated.unknown if name != "…"]
    if not names:
        return ""
    more = len(names) < len(dated.unknown)
    return f"no date is known for {', '.join(names)} and others" if more else f"no date is known for {listing(names)}"


def foreseen(found: Forecast, today: date) -> str:
    """A forecast with what it rests on: `going by the past, one in two like it is out by …, 85 of 100 by … (…)`."""
    half = f"going by the past, one in two like it is out by {day(found.p50, today)}"
    if found.p85 is not None:
        return f"{half}, 85 of 100 by {day(found.p85, today)} ({found.basis})"
    after = f"after {day(found.later_than, today)}" if found.later_than is not None else "later"
    return f"{half}, 85 of 100 {after}, farther than this past reaches ({found.basis})"


def slipping(found: Impact, slip: Slip) -> str:
    """The beginning of what a slip would do: `if app slips 5 days to Mon 23 Mar`."""
    who, to = _short(found.subject.name), day(slip.to, found.today)
    days = (slip.to - slip.start).days
    if days > 0:
        return f"if {who} slips {count(days, 'day')} to {to}"
    if days < 0:
        return f"if {who} comes {count(-days, 'day')} earlier, on {to}"
    return f"if {who} comes on {to}"


def outcome(found: Impact) -> str:
    """What a slip would do, in short: who misses a date, how many captains that concerns, who is latest."""
    if found.late:
        return _missing(found)
    saved = [m for m in found.moved if m.before.late_days and not m.after.late_days]
    if saved:
        return f"{count(len(saved), 'repository')} no longer {'misses' if len(saved) == 1 else 'miss'} a date"
    others = [m for m in found.moved if m.after.name != found.subject.name]
    verdicts = f", and {count(len(found.verdicts), 'verdict')} would change" if found.verdicts else ""
    if others:
        move = (
            f"{count(len(others), 'other repository', 'other repositories')} {'moves' if len(others) == 1 else 'move'}"
        )
        return f"{move} and nobody misses a date that they do not miss now{verdicts}"
    if found.waiting:
        return f"nobody else's earliest day moves and nobody misses a date that they do not miss now{verdicts}"
    return f"nobody waits on it, and it misses no date that it does not miss now{verdicts}"


def _missing(found: Impact) -> str:
    late = found.late
    fresh = [m for m in late if not m.before.late_days]
    captains = len({m.after.lead for m in fresh or late if m.after.lead})
    of = f" of {count(captains, 'captain')}" if captains else ""
    many = len(fresh or late)
    most = late[0].after.late_days  # where it is as late itself, those that wait on it are the news
    worst = next((m for m in late if m.after.late_days == most and m.after.name != found.subject.name), late[0])
    if len(late) == 1:
        now = f" instead of {worst.before.late_days:,}" if worst.before.late_days else ""
        return f"{_short(worst.after.name)} misses its date by {count(most, 'day')}{now}"
    said = f"{count(many, 'repository')}{of} {'misses its' if many == 1 else 'miss their'} date"
    if not fresh:
        said += " by more than now"
    elif len(fresh) < len(late):
        said += f", {len(late) - len(fresh):,} more by more than now"
    return f"{said}; worst {_short(worst.after.name)}, {count(most, 'day')} late"


def past_release(found: Impact) -> str:
    """What it does to the release date; empty where nobody moves."""
    if not found.moved:
        return ""
    when = f"the release date ({day(found.release_date, found.today)})"
    without, with_it = found.past_release
    alone = len(found.moved) == 1
    if not with_it:
        return f"it still makes {when}" if alone else f"all of these still make {when}"
    now = f", now {count(without, 'day')}" if without and without != with_it else ", as now" if without else ""
    return f"{'it' if alone else 'the latest of these'} comes {count(with_it, 'day')} after {when}{now}"


def past_milestones(found: Impact) -> list[str]:
    """The milestones of the train that somebody would come after, one sentence each."""
    return [f"after the milestone {_short(name)}: {_names(who)}" for name, who in found.past_milestones]


def counted(found: Impact, slip: Slip) -> str:
    """From when on the days of a slip are counted, and why."""
    start = day(slip.start, found.today)
    match slip.counted:
        case CountedFrom.ETA:
            return f"counted from {start}, the day on which it is expected"
        case CountedFrom.TODAY:
            why = "the day on which it was expected has passed" if found.subject.eta is not None else "it is ready"
            return f"counted from today, {start}: {why}"
        case CountedFrom.DEADLINE:
            return f"counted from {start}: nobody gave a date for it, so it is taken to be on time"


def waiting(found: Impact) -> str:
    """Who waits on it, in short."""
    who = _short(found.subject.name)
    many = len(found.waiting)
    if not many:
        return f"nobody in this plan waits on {who}"
    direct = sum(w.direct for w in found.waiting)
    captains = len(found.captains)
    of = f" of {count(captains, 'captain')}" if captains else ""
    how = "" if direct == many else f", {direct:,} of them directly"
    return f"{count(many, 'repository')}{of} {'waits' if many == 1 else 'wait'} on {who}{how}"


def _short(name: str) -> str:
    return clip(" ".join(name.split()), _NAME)


def _names(names: Sequence[str]) -> str:
    return listing([_short(name) for name in names])
