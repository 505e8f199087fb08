"""Ready against scope, day by day: the numbers behind the picture in the digest and behind `/release trend`."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from bot.release.assessment import Assessment
from bot.release.outline import TROUBLED, tally

MOST_DAYS = 3_660  # a moment that somebody forged must not make a picture of a hundred thousand days


@dataclass(frozen=True)
class Counts:
    """The plan in three numbers.

    `ready`: ready or released. `scope`: all but what was dropped. `at_risk`: at risk or blocked by their own status,
    so never one of `ready`.
    """

    ready: int
    scope: int
    at_risk: int = 0


@dataclass(frozen=True)
class Point:
    """The counts at the end of one local day."""

    day: date
    counts: Counts


@dataclass(frozen=True)
class Trend:
    """One point for every day from the first to the last, without a gap; none where there is no history."""

    points: tuple[Point, ...]
    release_date: date | None = None

    @property
    def days_left(self) -> int | None:
        """Days from the last point to the release date, negative past it; None without either."""
        if self.release_date is None or not self.points:
            return None
        return (self.release_date - self.points[-1].day).days


def counts(assessment: Assessment) -> Counts:
    """The counts of an assessment."""
    found = tally(assessment.repositories)
    return Counts(found.done, found.total, sum(found.of(status) for status in TROUBLED))


def trend(
    history: Iterable[tuple[date, Assessment | Counts]], until: date | None = None, release_date: date | None = None
) -> Trend:
    """Ready against scope for every local day of `history`.

    The last entry of a day counts, in the order given; a day without one is like the day before. `until` carries the
    last state on to that day, such as today. `release_date` is that of the newest assessment where none is given. Of
    more than ten years the newest are kept.
    """
    states: dict[date, Assessment | Counts] = dict(history)
    if not states:
        return Trend((), release_date)
    days = sorted(states)
    known = {day: counts(state) if isinstance(state, Assessment) else state for day, state in states.items()}
    dated = [state.plan.release_date for day in days if isinstance(state := states[day], Assessment)]
    last = max(days[-1], until) if until is not None else days[-1]
    first = max(days[0], last - timedelta(days=min(MOST_DAYS - 1, last.toordinal() - 1)))
    now = known[max(day for day in days if day <= first)]
    points: list[Point] = []
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        now = known.get(date.fromordinal(ordinal), now)
        points.append(Point(date.fromordinal(ordinal), now))
    return Trend(tuple(points), release_date or (dated[-1] if dated else None))
