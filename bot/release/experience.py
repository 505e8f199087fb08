"""What the plans of a store have lived through, ready to be asked: a forecast for a repository as it stands now.

`forecast.py` has the method. Here several plans become one past, and a repository's own time in its status is found.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from bot.release.assessment import Assessment, RepositoryHealth
from bot.release.forecast import Forecast, Past, TooLittle, forecast
from bot.release.status import Status
from bot.release.stays import Moved, Stay, Staying
from bot.release.words import STATUS, local

Moves = Iterable[tuple[datetime, Moved | None]]
"""The moments at which statuses moved, in order, each with what moved; None where the plan ended."""

_A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Lived:
    """The history of one plan: its stays, and since when each repository of its last version is in its status."""

    stays: tuple[Stay, ...]
    since: Mapping[str, tuple[Status, datetime]]


def lived(slug: str, moves: Moves, until: datetime | None = None) -> Lived:
    """What one plan has lived through up to a moment (None: all of it)."""
    staying = Staying(slug)
    for moment, moved in moves:
        if until is None or moment <= until:
            staying.follow(moment, moved)
    return Lived(staying.stays(), staying.since)


class Experience:
    """The pasts of several plans as one. Asked often: equal questions are answered once.

    `transitions`: how many times something was seen to come from a status to its release; `released`: how many
    repositories those were, each counted once for each plan; `plans`: how many plans were looked at.
    """

    def __init__(self, plans: Mapping[str, Lived]) -> None:
        self.transitions = sum(stay.ended for plan in plans.values() for stay in plan.stays)
        self.released = len({(s.plan, s.repository) for plan in plans.values() for s in plan.stays if s.ended})
        self.plans = len(plans)
        self._past = Past(chain.from_iterable(plan.stays for plan in plans.values()))
        self._since = {slug: plan.since for slug, plan in plans.items()}
        self._answers: dict[tuple[Status, datetime, datetime], Forecast | TooLittle] = {}

    def forecast(self, slug: str, health: RepositoryHealth, assessment: Assessment) -> Forecast | TooLittle:
        """When a repository of a plan may be released, as of the moment of the assessment."""
        since = self._since_when(slug, health)
        if since is None and not health.settled and health.status is not Status.UNKNOWN:
            return TooLittle(f"nothing is on record of when it came to be {STATUS[health.status].word}")
        now = assessment.now
        key = (health.status, since or now, now)
        if key not in self._answers:
            if next(iter(self._answers), key)[2] != now:  # answers of an earlier moment are not asked for again
                self._answers.clear()
            days = max(0.0, (now - key[1]) / _A_DAY)
            today = local(now, assessment.plan.timezone).date()
            self._answers[key] = forecast(self._past, health.status, days, today)
        return self._answers[key]

    def _since_when(self, slug: str, health: RepositoryHealth) -> datetime | None:
        """As the history has it, so that like is compared with like; else as the last pass wrote it down."""
        known = self._since.get(slug, {}).get(health.name)
        return known[1] if known is not None and known[0] is health.status else health.since
