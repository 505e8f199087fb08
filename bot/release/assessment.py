"""The answer of readiness: one verdict with a reason for every dependency, and the root causes behind them.

These are plain values. `readiness.evaluate` makes them; blocks, RELEASE_PLAN.md, alerts and the command line read them.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.release.folder import FeedState
from bot.release.plan import Plan, Waiver
from bot.release.status import Status, Verdict


@dataclass(frozen=True, slots=True)
class Lapse:
    """A waiver that covers its cause no longer, and why: a clause without a full stop (`it is blocked now, …`)."""

    waiver: Waiver
    because: str


@dataclass(frozen=True, slots=True)
class DependencyVerdict:
    """One dependency of one repository.

    `requirement` is as the plan writes it (None: any version). `reason` is one plain sentence without mark-up, as is
    `advice` (what to do about it; empty for READY). `root_causes` are names in `Assessment.root_causes`; `path` leads
    from the dependency to the first root cause, both ends included. `evidence` says what the verdict rests on.
    `accepted`: the waivers in force for its root causes, `lapsed`: those that were; both under the cause's name of now.
    """

    name: str
    requirement: str | None
    verdict: Verdict
    reason: str
    advice: str = ""
    root_causes: tuple[str, ...] = ()
    path: tuple[str, ...] = ()
    evidence: str = ""
    accepted: tuple[Waiver, ...] = ()
    lapsed: tuple[Lapse, ...] = ()


@dataclass(frozen=True, slots=True)
class RepositoryHealth:
    """One repository as it stands at `Assessment.now`.

    `status` is the effective one (an expired feed reads UNKNOWN). `by_hand`: no feed, people gave the status.
    `stale`: its feed is old, refused or gone and it is not RELEASED. `age`: how old the document in force is.
    `since`: when the status last changed (None: not known). `contradictions`: plain sentences. `waivers`: as the plan
    has them, in force or not. `in_circle`: it waits on a circle as well, or is in it, which is no root cause before
    what lies below it is done.
    """

    name: str
    group: str
    lead: str | None
    version: str | None
    status: Status
    dependencies: tuple[DependencyVerdict, ...] = ()
    by_hand: bool = False
    stale: bool = False
    age: timedelta | None = None
    updated_at: datetime | None = None
    feed: FeedState = FeedState.NONE
    feed_reason: str = ""
    since: datetime | None = None
    eta: date | None = None
    summary: str = ""
    blocker: str = ""
    captain: str | None = None
    contradictions: tuple[str, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    in_circle: bool = False

    @property
    def settled(self) -> bool:
        """Out already, or out of the train: nothing that it needs can hold it up any more."""
        return self.status in (Status.RELEASED, Status.DROPPED)


@dataclass(frozen=True, slots=True)
class RootCause:
    """The deepest thing that is not ready: finish it and what it `blocks` is free of it.

    `name` identifies it (for a cycle: its members joined by " ↔ ", alphabetical, with `members` naming them).
    `owner` is the lead (release captain) of its group, None when it is in no plan or has no lead. `blocks`:
    repositories that wait on it, directly or along a path, alphabetical, never empty, and without itself; but the
    members of a cycle wait on each other and are in it. `captains`: the
    leads of those, distinct, alphabetical. `reason`: what its own people say, may be empty. `eta`: as its feed or the
    plan expects it; `late_days`: how many days after the release date that is.
    """

    name: str
    version: str | None
    status: Status
    verdict: Verdict
    owner: str | None
    blocks: tuple[str, ...]
    captains: tuple[str, ...]
    reason: str
    since: datetime | None = None
    eta: date | None = None
    late_days: int = 0
    members: tuple[str, ...] = ()


@dataclass(frozen=True)
class Assessment:
    """The whole plan at one moment. `repositories` in plan order; `root_causes` most-blocking first, then by name."""

    plan: Plan
    now: datetime
    repositories: tuple[RepositoryHealth, ...]
    root_causes: tuple[RootCause, ...]

    def find(self, repository: str) -> RepositoryHealth | None:
        """The repository of that name, in any case where only one fits; None for one that is not in the plan."""
        exact = next((r for r in self.repositories if r.name == repository), None)
        if exact is not None:
            return exact
        folded = {r.name: r for r in self.repositories if r.name.casefold() == repository.casefold()}
        return next(iter(folded.values())) if len(folded) == 1 else None

    @property
    def days_left(self) -> int:
        """Calendar days in the plan's zone from `now` to the release date; negative when it has passed."""
        return (self.plan.release_date - self.now.astimezone(ZoneInfo(self.plan.timezone)).date()).days
