"""A forecast from history alone: how long repositories took to get out once they were where this one is now.

Nothing here believes a promise: `dates` does that. The past is read as stays, and what has not ended yet counts as "at
least so long" (Kaplan-Meier), for leaving it out would make every forecast too early. Where the past says too little,
the answer says so instead of a date. docs/forecast.md tells how well that went on two real trains.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from bot.release.status import Status
from bot.release.stays import Stay
from bot.release.words import STATUS, count

LEAST_ENDED = 8
"""Fewer ended stays than that tell nothing about the next one."""


@dataclass(frozen=True)
class Forecast:
    """When a repository may get out, by how long others took from the same status on.

    `days`: how long it has been in `status`. Half of those like it were out by `p50`, 85 of 100 by `p85`, which is None
    where the past does not reach that far: then it tells only that it is later than `later_than`. It rests on `ended`
    stays that ended with a release and `still_open` that did not (yet), all longer than `days`, of `repositories` in
    `plans`.
    """

    status: Status
    days: float
    p50: date
    p85: date | None
    later_than: date | None
    ended: int
    still_open: int
    repositories: int
    plans: int = 1

    @property
    def basis(self) -> str:
        """How much past it rests on, in words."""
        where = f"{count(self.repositories, 'repository')} in {count(self.plans, 'plan')}"
        seen = f"{count(self.ended, 'release')} of {where}"
        return f"{seen}, {self.still_open:,} more still open" if self.still_open else seen


@dataclass(frozen=True)
class TooLittle:
    """Why there is no forecast: a plain sentence without a full stop. The counts are as in a Forecast.

    `coming` is False where none can be asked for: the repository is out, dropped, or nobody knows where it stands.
    """

    reason: str
    ended: int = 0
    still_open: int = 0
    plans: int = 0
    coming: bool = True


class Past:
    """Stays, sorted once for many forecasts."""

    def __init__(self, known: Iterable[Stay]) -> None:
        self._by_status: dict[Status, list[Stay]] = {}
        for stay in known:
            self._by_status.setdefault(stay.status, []).append(stay)
        for found in self._by_status.values():
            found.sort(key=_days)

    def like(self, status: Status, days: float) -> Sequence[Stay]:
        """The stays from that status on that took longer than so many days, shortest first."""
        found = self._by_status.get(status, [])
        return found[bisect_right(found, days, key=_days) :]


def forecast(past: Past, status: Status, days: float, today: date) -> Forecast | TooLittle:
    """When a repository that has been in `status` for `days` may be released; both dates lie after `today`."""
    if status in _NOT_COMING:
        return TooLittle(_NOT_COMING[status], coming=False)
    like = past.like(status, days)
    ended = sum(stay.ended for stay in like)
    still_open = len(like) - ended
    plans = len({stay.plan for stay in like})
    whole = int(days)
    longer = f" that took longer than {count(whole, 'day')}" if whole else ""
    kind = f"on record{longer} from “{STATUS[status].word}” on"
    if ended < LEAST_ENDED:
        seen = f"only {count(ended, 'release')}" if ended else "no release"
        return TooLittle(f"{seen} {kind}; {LEAST_ENDED} are needed", ended, still_open, plans)
    half, most = _day_of(like, 0.5), _day_of(like, 0.85)
    if still_open > ended or half is None:  # the estimate of the half would rest on guesses about the open ones
        seen = f"of {len(like):,} {kind}, fewer were seen released ({ended:,}) than are still open ({still_open:,})"
        return TooLittle(seen, ended, still_open, plans)
    return Forecast(
        status,
        days,
        p50=_after(today, math.ceil(half - days)),
        p85=_after(today, math.ceil(most - days)) if most is not None else None,
        later_than=_after(today, math.floor(like[-1].days - days)) if most is None else None,
        ended=ended,
        still_open=still_open,
        repositories=len({stay.repository for stay in like}),
        plans=plans,
    )


_NOT_COMING = {
    Status.RELEASED: "it is released",
    Status.DROPPED: "it was dropped from this release",
    Status.UNKNOWN: "nobody knows where it stands",
}


def _day_of(like: Sequence[Stay], share: float) -> float | None:
    """After how many days `share` of them were out (the Kaplan-Meier estimate); None when the past ends before.

    Day by day: of those that had not got out by then and were still watched, so many got out. A stay that is still
    open counts as watched up to its last day and says nothing about later ones.
    """
    waiting = 1.0
    watched = len(like)
    for day, group in groupby(like, key=_days):
        same = list(group)
        waiting *= 1 - sum(stay.ended for stay in same) / watched
        if waiting <= 1 - share + 1e-12:
            return day
        watched -= len(same)
    return None


def _days(stay: Stay) -> float:
    return stay.days


def _after(today: date, days: int) -> date:
    return today + timedelta(days=min(days, (date.max - today).days))
