"""What a reader wants to know first of an assessment: counts, groups worst first, and what the root causes ask for.

Slack messages and RELEASE_PLAN.md both begin here, so that they never count differently.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import cached_property

from bot.release import words
from bot.release.assessment import Assessment, DependencyVerdict, Lapse, RepositoryHealth, RootCause
from bot.release.folder import FeedState
from bot.release.outsiders import NO_EVIDENCE, THE_PLAN
from bot.release.plan import Waiver
from bot.release.status import PlanStatus, Status, Verdict
from bot.release.verdicts import without_accepting
from bot.release.waivers import accepted_by_cause, lapsed_by_cause
from bot.release.words import label

DONE = frozenset({Status.READY, Status.RELEASED})
TROUBLED = frozenset({Status.AT_RISK, Status.BLOCKED})
IN_TROUBLE = TROUBLED | {Status.UNKNOWN}
RISKY = frozenset({Verdict.AT_RISK, Verdict.MISMATCH})


@dataclass(frozen=True)
class Tally:
    """Counts over some repositories. `total` is the scope: what was dropped is not in it.

    `held_up`: neither out nor in trouble themselves, but something they need is at risk or does not fit.
    `fresh` and `stale` count feeds; a repository without a feed is in neither.
    """

    total: int
    done: int
    statuses: Mapping[Status, int]
    held_up: int
    fresh: int
    stale: int

    def of(self, status: Status) -> int:
        """How many have that status."""
        return self.statuses.get(status, 0)


def tally(repositories: Iterable[RepositoryHealth]) -> Tally:
    """Count. Linear."""
    statuses: dict[Status, int] = {}
    held_up = fresh = stale = 0
    for repository in repositories:
        statuses[repository.status] = statuses.get(repository.status, 0) + 1
        stale += repository.stale
        fresh += repository.feed is FeedState.FRESH and not repository.stale
        held_up += is_held_up(repository)
    total = sum(n for s, n in statuses.items() if s is not Status.DROPPED)
    return Tally(total, sum(statuses.get(s, 0) for s in DONE), statuses, held_up, fresh, stale)


def is_held_up(repository: RepositoryHealth) -> bool:
    """Not out and not in trouble itself, but something that it needs is at risk or does not fit."""
    if repository.settled or repository.status in TROUBLED:
        return False
    return any(d.verdict in RISKY for d in repository.dependencies)


def open_dependencies(repository: RepositoryHealth) -> tuple[DependencyVerdict, ...]:
    """What the repository still waits on, worst first; nothing once it is out or dropped."""
    if repository.settled:
        return ()
    found = [d for d in repository.dependencies if d.verdict is not Verdict.READY]
    return tuple(sorted(found, key=lambda d: URGENCY.index(d.verdict)))


URGENCY = (Verdict.AT_RISK, Verdict.MISMATCH, Verdict.UNKNOWN, Verdict.WAITING, Verdict.READY)


@dataclass(frozen=True)
class GroupHealth:
    """One group of the plan with its repositories, in plan order."""

    name: str
    lead: str | None
    repositories: tuple[RepositoryHealth, ...]

    @cached_property
    def tally(self) -> Tally:
        """The counts of the group."""
        return tally(self.repositories)

    @property
    def badness(self) -> tuple[int, ...]:
        """Larger is worse: blocked, at risk, held up, unknown, then what is simply not done."""
        t = self.tally
        return (t.of(Status.BLOCKED), t.of(Status.AT_RISK), t.held_up, t.of(Status.UNKNOWN), t.total - t.done)

    @property
    def symbol(self) -> str:
        """The status that speaks for the group, as its symbol."""
        return _symbol(self.tally)


def _symbol(t: Tally) -> str:
    if t.of(Status.BLOCKED):
        return "✖"
    if t.of(Status.AT_RISK) or t.held_up:
        return "⚠"
    if t.of(Status.UNKNOWN):
        return "?"
    if t.total and t.done == t.total:
        return "✔"
    return "→" if t.total else "○"


def groups(assessment: Assessment) -> tuple[GroupHealth, ...]:
    """The groups in plan order, those without a repository too; groups of one name and captain are one."""
    rows: dict[tuple[str, str | None], list[RepositoryHealth]] = {}
    for group in assessment.plan.release_groups:
        rows.setdefault((group.name, group.lead or None), [])
    for repository in assessment.repositories:
        rows.setdefault((repository.group, repository.lead), []).append(repository)
    return tuple(GroupHealth(name, lead, tuple(found)) for (name, lead), found in rows.items())


def worst_first(found: Iterable[GroupHealth]) -> tuple[GroupHealth, ...]:
    """The same groups, worst first; equally bad ones stay in plan order."""
    return tuple(sorted(found, key=lambda g: tuple(-n for n in g.badness)))


def health(assessment: Assessment) -> str:
    """The whole train in a word or two. Unknown never reads as on track."""
    plan, t = assessment.plan, tally(assessment.repositories)
    if plan.status in (PlanStatus.RELEASED, PlanStatus.CANCELLED):
        return plan.status.value.lower()
    if not t.total:
        return "empty"
    if t.of(Status.AT_RISK) or t.of(Status.BLOCKED) or t.held_up or any(c.members for c in assessment.root_causes):
        return "at risk"
    if t.of(Status.RELEASED) == t.total:
        return "all released"
    if t.of(Status.UNKNOWN) or any(c.verdict is Verdict.UNKNOWN for c in assessment.root_causes):
        return "not all is known"
    if t.done == t.total:
        return "all ready"
    return "not started" if t.of(Status.NOT_STARTED) == t.total else "on track"


@dataclass(frozen=True)
class Cause:
    """A root cause with what one needs to speak of it.

    `kind` is what it asks for: MISMATCH where the plan itself must change (a version that does not fit, a circle that
    merely waits and would wait for ever), else the worst verdict it is met with.
    `reason` and `advice` are plain sentences from those who need it directly. `freed` are the repositories that wait on
    nothing else, `freed_captains` the leads none of whose repositories waits on anything else. `label` carries the
    version, the needed one for something outside the plan. `silent`: it is outside the plan and nobody publishes its
    status. `leads`: the captains of a circle's members, in plan order. `accepted`: the repositories for
    which its risk is accepted, in plan order, each with the waiver; `lapsed`: those for which it was. `evidence`: what
    the reason rests on (`its status document of 2026-03-01`), empty where nothing is to be seen, and where it is the
    plan, as the reason says then.
    """

    root: RootCause
    kind: Verdict
    label: str
    reason: str
    advice: str
    freed: tuple[str, ...]
    freed_captains: tuple[str, ...]
    health: RepositoryHealth | None
    silent: bool = False
    evidence: str = ""
    leads: tuple[str, ...] = ()
    accepted: tuple[tuple[str, Waiver], ...] = ()
    lapsed: tuple[tuple[str, Lapse], ...] = ()

    def accepted_for(self, own: Container[str] | None = None) -> bool:
        """Whether its risk is accepted for all that wait on it; with `own` for all of those, of which there is one."""
        asked = {name for name in self.root.blocks if own is None or name in own}
        return bool(asked) and asked <= {name for name, _ in self.accepted}

    @property
    def owner(self) -> str | None:
        """Who answers for it: its group's captain, else whom its own feed names."""
        return self.root.owner or (self.health.captain if self.health else None)

    @property
    def owners(self) -> tuple[str, ...]:
        """Who answers for it; for a circle the captains of its members, who have to agree."""
        return self.leads if self.root.members else (self.owner,) if self.owner else ()


_A_CIRCLE = ""  # what somebody waits on besides, and no name of a cause


def causes(assessment: Assessment) -> tuple[Cause, ...]:
    """The root causes, those that block most first; of those that block as many the worse one, then by name."""
    named = {name for root in assessment.root_causes for name in (root.name, *root.members)}
    direct: dict[str, list[DependencyVerdict]] = {}
    only: dict[str, list[str]] = {}
    captains: dict[str, set[str]] = {}
    for repository in assessment.repositories:
        waits_on: set[str] = set()
        for dependency in open_dependencies(repository):
            waits_on.update(dependency.root_causes)
            if dependency.name in named:
                direct.setdefault(dependency.name, []).append(dependency)
        if waits_on and repository.lead:
            captains.setdefault(repository.lead, set()).update(waits_on, [_A_CIRCLE] if repository.in_circle else ())
        if len(waits_on) == 1 and not repository.in_circle:
            only.setdefault(waits_on.pop(), []).append(repository.name)
    healths = {r.name: r for r in reversed(assessment.repositories)}
    accepted, lapsed = accepted_by_cause(assessment), lapsed_by_cause(assessment)
    found = [
        _cause(root, direct.get(root.name, ()), only.get(root.name, ()), captains, healths)
        for root in assessment.root_causes
    ]
    found.sort(key=lambda cause: (-len(cause.root.blocks), URGENCY.index(cause.kind)))
    of = {c.root.name: (accepted.get(c.root.name, {}), lapsed.get(c.root.name, {})) for c in found}
    return tuple(_lived_with(c, *of[c.root.name]) if any(of[c.root.name]) else c for c in found)


def _lived_with(cause: Cause, given: Mapping[str, Waiver], gone: Mapping[str, Lapse]) -> Cause:
    told = replace(cause, accepted=tuple(given.items()), lapsed=tuple(gone.items()))
    # What all have accepted, nobody is told to accept.
    return replace(told, advice=without_accepting(told.advice)) if told.accepted_for() else told


def _cause(
    root: RootCause,
    direct: Sequence[DependencyVerdict],
    only: Sequence[str],
    captains: Mapping[str, AbstractSet[str]],
    healths: Mapping[str, RepositoryHealth],
) -> Cause:
    alone = frozenset(only)
    freed = tuple(name for name in root.blocks if name in alone)
    relieved = tuple(lead for lead in root.captains if captains.get(lead) == {root.name})
    if root.members:
        waits = root.verdict is Verdict.WAITING
        leads = tuple(dict.fromkeys(lead for member in root.members if (lead := healths[member].lead)))
        return Cause(root, Verdict.MISMATCH if waits else root.verdict, root.name, root.reason, words.BREAK_CIRCLE,
                     freed, relieved, None, leads=leads)  # fmt: skip
    found = healths.get(root.name)
    mismatch = next((d for d in direct if d.verdict is Verdict.MISMATCH), None)
    told = mismatch or min(direct, key=lambda d: URGENCY.index(d.verdict), default=None)
    kind = Verdict.MISMATCH if mismatch is not None else root.verdict
    wanted = {d.requirement for d in direct if d.requirement}
    version = root.version or (found.version if found else None)
    if version is None and len(wanted) == 1 and found is None:
        version = wanted.pop()
    return Cause(
        root=root,
        kind=kind,
        label=label(root.name, version),
        reason=told.reason if told else root.reason,
        advice=told.advice if told else "",
        freed=freed,
        freed_captains=relieved,
        health=found,
        silent=kind is Verdict.UNKNOWN and told is not None and told.evidence == NO_EVIDENCE,
        evidence=told.evidence if told is not None and told.evidence not in (NO_EVIDENCE, THE_PLAN) else "",
    )


def contradictions(assessment: Assessment) -> tuple[tuple[str, str], ...]:
    """What two sources say differently: the repository and the sentence, in plan order, none twice."""
    found = {sentence: r.name for r in assessment.repositories for sentence in r.contradictions}
    return tuple((name, sentence) for sentence, name in found.items())


def in_trouble(assessment: Assessment) -> tuple[tuple[RepositoryHealth, ...], tuple[RepositoryHealth, ...]]:
    """Repositories at risk, blocked or unknown that are no root cause, in plan order: those that hold nobody up, and
    those that others wait on, but that wait on a root cause themselves."""
    blocking = {name for root in assessment.root_causes for name in (root.name, *root.members)}
    needed = {d.name for r in assessment.repositories for d in open_dependencies(r)}
    found = [r for r in assessment.repositories if r.status in IN_TROUBLE and r.name not in blocking]
    return tuple(r for r in found if r.name not in needed), tuple(r for r in found if r.name in needed)
