"""What history keeps of a plan: the facts that a captain would ask about later, and the small difference between two
versions of them.

A version of a plan is kept as its difference to the one before, in plain JSON, so that thousands of versions are little
data. `facts_of` reads a plan, `delta` compares, `Facts.apply` goes one version forward, `changes` tells the news.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from bot.release import history, standing
from bot.release.assessment import Assessment, DependencyVerdict, RepositoryHealth
from bot.release.folder import PlanFolder
from bot.release.history import Change
from bot.release.plan import Dependency, Group, Milestone, Plan, Repository, Waiver
from bot.release.status import PlanStatus, Status, Verdict

Delta = Mapping[str, Any]
"""The difference between two versions, as JSON; empty when they are the same.

`plan`: changed ones of `name`, `date`, `status`, `zone`, `lead`. `milestones`: day by name, null for one that is gone.
`groups`: lead (or null) by name; `left`: names of groups that are gone. `repositories`: null for one that is gone, else
its changed fields, in which `needs` holds [requirement] by dependency, null for one that is needed no more.
{"dropped": true}: there is no plan any more.
"""

DROPPED: Delta = {"dropped": True}


class Fact(NamedTuple):
    """One repository in one version of its plan. `status` is the effective one, `eta` an ISO date.

    `needs`: requirement by dependency, None for any version. `wanted`: by which day (ISO) some of those are needed.
    `waivers`: cause, captain, until (ISO), reason, by whom.
    """

    group: str
    version: str | None
    status: str
    eta: str | None
    needs: Mapping[str, str | None]
    wanted: Mapping[str, str]
    waivers: tuple[tuple[str | None, ...], ...]


@dataclass
class Facts:
    """One version of a plan. `groups`: captain by group, `milestones`: ISO date by name. `apply` changes it."""

    plan: dict[str, str] = field(default_factory=dict)
    groups: dict[str, str | None] = field(default_factory=dict)
    repositories: dict[str, Fact] = field(default_factory=dict)
    milestones: dict[str, str] = field(default_factory=dict)

    @property
    def exists(self) -> bool:
        """Whether there is a plan at all in this version."""
        return bool(self.plan)

    @property
    def zone(self) -> str:
        """The plan's time zone."""
        return self.plan.get("zone", "UTC")

    def copy(self) -> "Facts":
        """Another one that goes its own way."""
        return Facts(dict(self.plan), dict(self.groups), dict(self.repositories), dict(self.milestones))

    def only(self, repository: str) -> "Facts":
        """One repository alone, or nothing where it is not there: of the plan and the milestones nothing is kept, of
        the other groups the names.
        """
        found = self.repositories.get(repository)
        if found is None:
            return Facts()
        groups: dict[str, str | None] = dict.fromkeys(self.groups)
        groups[found.group] = self.groups.get(found.group)
        return Facts(groups=groups, repositories={repository: found})

    def apply(self, change: Delta) -> None:
        """Become the next version. Raises ValueError, KeyError or TypeError when `change` does not follow this one."""
        if change.get("dropped"):
            self.plan, self.groups, self.repositories, self.milestones = {}, {}, {}, {}
            return
        self.plan.update(change.get("plan", {}))
        for name, day in change.get("milestones", {}).items():
            if day is None:
                del self.milestones[name]
            else:
                self.milestones[name] = day
        for name in change.get("left", ()):
            del self.groups[name]
        self.groups.update(change.get("groups", {}))
        for name, fields in change.get("repositories", {}).items():
            if fields is None:
                del self.repositories[name]
            else:
                self.repositories[name] = _changed(self.repositories.get(name), fields)


def _changed(fact: Fact | None, fields: Mapping[str, Any]) -> Fact:
    if fact is not None and "needs" not in fields and "waivers" not in fields:  # nearly always
        return fact._replace(**fields)
    new = dict(fields)
    if "needs" in new:
        needs = dict(fact.needs) if fact is not None else {}
        for name, requirement in new["needs"].items():
            if requirement is None:
                del needs[name]
            else:
                (needs[name],) = requirement
        new["needs"] = needs
    if "waivers" in new:
        new["waivers"] = tuple(map(tuple, new["waivers"]))
    return Fact(**new) if fact is None else fact._replace(**new)


def facts_of(folder: PlanFolder, at: datetime) -> Facts:
    """The facts of a plan as it stood at a moment. A repository listed twice counts where it is listed first."""
    plan = folder.document.plan
    groups: dict[str, str | None] = {}
    repositories: dict[str, Fact] = {}
    for group in plan.release_groups:
        groups.setdefault(group.name, group.lead or None)
        for repository in group.repositories:
            if repository.name not in repositories:
                repositories[repository.name] = fact_of(group.name, repository, folder, at)
    about = {
        "name": plan.release_name,
        "date": plan.release_date.isoformat(),
        "status": plan.status.value,
        "zone": plan.timezone,
        "lead": plan.lead or "",
    }
    return Facts(about, groups, repositories, {m.name: m.date.isoformat() for m in plan.milestones})


def fact_of(group: str, repository: Repository, folder: PlanFolder, at: datetime) -> Fact:
    """The facts of one repository of the plan, in that group."""
    found = standing.of_repository(repository, folder, at)
    return Fact(
        group=group,
        version=repository.version,
        status=found.status.value,
        eta=found.eta.isoformat() if found.eta is not None else None,
        needs={d.name: d.version for d in repository.dependencies},
        wanted={d.name: d.need_by.isoformat() for d in repository.dependencies if d.need_by is not None},
        waivers=tuple((w.cause, w.captain, w.until.isoformat(), w.reason, w.accepted_by) for w in repository.waivers),
    )


def delta(before: Facts, after: Facts) -> Delta:
    """What changed from one version to the next; `before.apply(delta(before, after))` makes it `after`."""
    if not after.exists:
        return DROPPED if before.exists else {}
    found: dict[str, Any] = {
        "plan": {key: value for key, value in after.plan.items() if before.plan.get(key) != value},
        "milestones": {
            name: after.milestones.get(name)
            for name in {**before.milestones, **after.milestones}
            if before.milestones.get(name) != after.milestones.get(name)
        },
        "left": [name for name in before.groups if name not in after.groups],
        "groups": {
            name: lead
            for name, lead in after.groups.items()
            if name not in before.groups or before.groups[name] != lead
        },
        "repositories": _repositories(before.repositories, after.repositories),
    }
    return {key: value for key, value in found.items() if value}


def _repositories(before: Mapping[str, Fact], after: Mapping[str, Fact]) -> dict[str, Any]:
    found: dict[str, Any] = {name: None for name in before if name not in after}
    for name, now in after.items():
        was = before.get(name)
        if was != now:
            found[name] = _fields(was, now)
    return found


def _fields(was: Fact | None, now: Fact) -> dict[str, Any]:
    fields = now._asdict()
    if was is not None:
        fields = {key: value for key, value in fields.items() if getattr(was, key) != value}
    if "needs" in fields:
        old = was.needs if was is not None else {}
        needs: dict[str, list[str | None] | None] = {name: None for name in old if name not in now.needs}
        needs |= {name: [text] for name, text in now.needs.items() if name not in old or old[name] != text}
        fields["needs"] = needs
    return fields


def changes(before: Facts, after: Facts) -> tuple[Change, ...]:
    """The news between two versions, as `history.changes` tells them."""
    same = {name for name, fact in after.repositories.items() if before.repositories.get(name) == fact}
    return history.changes(_assessed(before, same), _assessed(after, same))


_WHENEVER = datetime(1970, 1, 1, tzinfo=UTC)


def _assessed(facts: Facts, same: Set[str]) -> Assessment:
    """As much of an assessment as news are made of. Nothing is validated: every value has been read before."""
    plan = Plan.model_construct(
        release_name=facts.plan.get("name", ""),
        release_date=date.fromisoformat(facts.plan["date"]) if facts.exists else date.min,
        status=PlanStatus(facts.plan["status"]) if facts.exists else PlanStatus.PLANNING,
        release_groups=_groups(facts, same),
        lead=facts.plan.get("lead") or None,
        milestones=tuple(
            Milestone.model_construct(name=name, date=date.fromisoformat(day)) for name, day in facts.milestones.items()
        ),
    )
    others = ((name, fact) for name, fact in facts.repositories.items() if name not in same)
    healths = (_health(name, fact, facts.groups.get(fact.group)) for name, fact in others)
    return Assessment(plan, _WHENEVER, tuple(healths), ())


def _groups(facts: Facts, same: Set[str]) -> tuple[Group, ...]:
    rows: dict[str, list[Repository]] = {}
    for name, fact in facts.repositories.items():
        if name not in same:
            rows.setdefault(fact.group, []).append(_row(name, fact))
    return tuple(
        Group.model_construct(name=name, lead=lead, repositories=tuple(rows.get(name, ())))
        for name, lead in facts.groups.items()
    )


def _row(name: str, fact: Fact) -> Repository:
    days = {needed: date.fromisoformat(day) for needed, day in fact.wanted.items()}
    needs = tuple(Dependency.model_construct(name=n, need_by=days.get(n)) for n in fact.needs)
    return Repository.model_construct(name=name, version=fact.version, dependencies=needs)


def _health(name: str, fact: Fact, lead: str | None) -> RepositoryHealth:
    return RepositoryHealth(
        name=name,
        group=fact.group,
        lead=lead,
        version=fact.version,
        status=Status(fact.status),
        eta=date.fromisoformat(fact.eta) if fact.eta is not None else None,
        dependencies=tuple(
            DependencyVerdict(needed, requirement, Verdict.UNKNOWN, "") for needed, requirement in fact.needs.items()
        ),
        waivers=tuple(_waiver(*given) for given in fact.waivers),
    )


def _waiver(cause: str | None, captain: str | None, until: str | None, reason: str | None, by: str | None) -> Waiver:
    day = date.fromisoformat(until or "")
    return Waiver.model_construct(
        cause=cause or "", captain=captain, until=day, reason=reason or "", accepted_by=by or ""
    )
