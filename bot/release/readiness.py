"""Readiness: one verdict with a reason for every dependency of a plan, and the root causes behind them.

This file only puts the parts together: `standing` (each repository by itself), `verdicts` (each dependency by itself),
`causes` (how risk travels). The rules stand in docs/readiness.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.release import causes as graph_causes
from bot.release import waivers
from bot.release.assessment import Assessment, DependencyVerdict, RepositoryHealth, RootCause
from bot.release.causes import LEFT_OUT, Causes, Edge
from bot.release.folder import FeedState, PlanFolder
from bot.release.plan import Group, Repository
from bot.release.standing import Standing, of_outsider, of_repository
from bot.release.status import Status, Verdict
from bot.release.verdicts import Own, own_verdict


@dataclass(frozen=True)
class _Node:
    standing: Standing
    owner: str | None


def evaluate(folder: PlanFolder, now: datetime) -> Assessment:
    """Judge every dependency of the plan at `now` (with zone).

    Pure and linear in repositories and dependencies. Never raises for a valid folder: what cannot be judged is UNKNOWN
    with the reason. A repository listed twice is judged in both places; others depend on the first.
    """
    plan = folder.document.plan
    rows = list(plan.repositories())
    nodes, index = _nodes(folder, rows, now)
    edges: list[Edge] = []
    owns: list[Own] = []
    for by, (_, repository) in enumerate(rows):
        for dependency in repository.dependencies:
            needs = index[dependency.name]
            own = own_verdict(plan, dependency, nodes[needs].standing, nodes[needs].owner)
            owns.append(own)
            edges.append(Edge(by, needs, own.verdict))
    found = graph_causes.explain(len(nodes), edges)
    names = [_cause_name([nodes[m].standing.name for m in members]) for members in found.members]
    counted = [not _settled(node.standing) for node in nodes]
    repositories = _repositories(rows, nodes, owns, found, names)
    causes = _root_causes(plan.release_date, nodes, edges, found, names, counted)
    return waivers.mark(Assessment(plan, now, repositories, causes))


def _nodes(
    folder: PlanFolder, rows: Sequence[tuple[Group, Repository]], now: datetime
) -> tuple[list[_Node], dict[str, int]]:
    """Nodes 0..len(rows)-1 are the rows of the plan; dependencies from outside it follow."""
    nodes = [_Node(of_repository(repository, folder, now), group.lead or None) for group, repository in rows]
    index: dict[str, int] = {}
    for number, (_, repository) in enumerate(rows):
        index.setdefault(repository.name, number)
    for _, repository in rows:
        for dependency in repository.dependencies:
            if dependency.name not in index:
                index[dependency.name] = len(nodes)
                nodes.append(_Node(of_outsider(dependency.name, folder, now), None))
    return nodes, index


def _settled(standing: Standing) -> bool:
    return standing.status in (Status.RELEASED, Status.DROPPED)


def _cause_name(members: Sequence[str]) -> str:
    if len(members) == 1:
        return members[0]
    ordered = sorted(members)
    if len(ordered) <= 3:
        return " ↔ ".join(ordered)
    return f"{ordered[0]} ↔ {ordered[1]} ↔ … ({len(ordered)} repositories)"


def _repositories(
    rows: Sequence[tuple[Group, Repository]],
    nodes: Sequence[_Node],
    owns: Sequence[Own],
    found: Causes,
    names: Sequence[str],
) -> tuple[RepositoryHealth, ...]:
    listed: dict[str, list[str]] = {}
    for group, repository in rows:
        listed.setdefault(repository.name, []).append(group.name)
    healths: list[RepositoryHealth] = []
    edge = 0
    for number, (group, repository) in enumerate(rows):
        standing = nodes[number].standing
        dependencies: list[DependencyVerdict] = []
        for dependency in repository.dependencies:
            explained = found.explained[edge]
            path = tuple("…" if n == LEFT_OUT else nodes[n].standing.name for n in explained.path)
            causes = () if _settled(standing) else tuple(names[c] for c in explained.causes)
            judged = _verdict(dependency.name, dependency.version, owns[edge], explained.verdict, causes, path)
            dependencies.append(judged)
            edge += 1
        healths.append(_health(group, repository, standing, tuple(dependencies), listed[repository.name]))
    return tuple(healths)


def _verdict(
    name: str, requirement: str | None, own: Own, verdict: Verdict, causes: tuple[str, ...], path: tuple[str, ...]
) -> DependencyVerdict:
    reason, advice = own.reason, own.advice
    if verdict is not own.verdict:  # risk that came up along the path
        reason = f"{own.reason}; it needs {path[-1]}, which is not ready" if len(path) > 1 else own.reason
        advice = f"Look at {path[-1]}: it holds {name} up"
    return DependencyVerdict(name, requirement, verdict, reason, advice, causes, path, own.evidence)


def _health(
    group: Group,
    repository: Repository,
    standing: Standing,
    dependencies: tuple[DependencyVerdict, ...],
    listed: Sequence[str],
) -> RepositoryHealth:
    document, tracked = standing.document, standing.tracked
    contradictions = list(standing.contradictions)
    if len(listed) > 1:
        contradictions.append(f"{repository.name} is listed more than once: in {', '.join(listed)}")
    if standing.status is Status.RELEASED:
        open_ones = [d for d in dependencies if d.verdict is not Verdict.READY]
        contradictions += [f"{repository.name} is released, but it needs {d.name}: {d.reason}" for d in open_ones]
    feed = tracked.feed if tracked is not None else FeedState.NONE
    if document is not None and feed is FeedState.NONE:
        feed = FeedState.FRESH
    return RepositoryHealth(
        name=repository.name,
        group=group.name,
        lead=group.lead or None,
        version=repository.version,
        status=standing.status,
        dependencies=dependencies,
        by_hand=standing.by_hand,
        stale=standing.stale,
        age=standing.age,
        updated_at=document.updated_at if document else None,
        feed=feed,
        feed_reason=tracked.reason if tracked is not None else "",
        since=_since(standing),
        eta=standing.eta,
        summary=(document.summary or "") if document else "",
        blocker=next((b.title or b.id or "" for b in document.blockers), "") if document else "",
        captain=document.captain if document else None,
        contradictions=tuple(contradictions),
    )


def _since(standing: Standing) -> datetime | None:
    """When the status last changed; a status that no pass has written yet has only its document's date."""
    tracked = standing.tracked
    if tracked is not None and tracked.status is standing.status:
        return tracked.since
    return standing.document.updated_at if standing.document else None


def _root_causes(
    release_date: date,
    nodes: Sequence[_Node],
    edges: Sequence[Edge],
    found: Causes,
    names: Sequence[str],
    counted: Sequence[bool],
) -> tuple[RootCause, ...]:
    blocked = graph_causes.blocked_by(edges, found, counted)
    worst = _worst_verdicts(edges, found, counted)
    causes: list[RootCause] = []
    for cause, waiting in blocked.items():
        if waiting:
            causes.append(_root_cause(release_date, nodes, found.members[cause], names[cause], waiting, worst[cause]))
    return tuple(sorted(causes, key=lambda c: (-len(c.blocks), c.name)))


def _worst_verdicts(edges: Sequence[Edge], found: Causes, counted: Sequence[bool]) -> Mapping[int, Verdict]:
    """The worst verdict with which each cause is met."""
    worst: dict[int, Verdict] = {}
    for edge, explained in zip(edges, found.explained, strict=True):
        if not counted[edge.by]:
            continue
        for cause in explained.causes:
            known = worst.get(cause)
            if known is None or _WORST.index(explained.verdict) < _WORST.index(known):
                worst[cause] = explained.verdict
    return worst


_WORST = (Verdict.AT_RISK, Verdict.MISMATCH, Verdict.UNKNOWN, Verdict.WAITING, Verdict.READY)


def _root_cause(
    release_date: date,
    nodes: Sequence[_Node],
    members: Sequence[int],
    name: str,
    waiting: frozenset[int],
    verdict: Verdict,
) -> RootCause:
    node = nodes[members[0]]
    standing = node.standing
    blocks = sorted({nodes[n].standing.name for n in waiting})
    captains = sorted({owner for n in waiting if (owner := nodes[n].owner)})
    eta = standing.eta if len(members) == 1 else None
    return RootCause(
        name=name,
        version=standing.version if len(members) == 1 else None,
        status=_worst_status([nodes[m].standing.status for m in members]),
        verdict=verdict,
        owner=node.owner if len(members) == 1 else None,
        blocks=tuple(blocks),
        captains=tuple(captains),
        reason=_cause_reason([nodes[m].standing for m in members]),
        since=_since(standing) if len(members) == 1 else None,
        eta=eta,
        late_days=max(0, (eta - release_date).days) if eta else 0,
        members=tuple(sorted(nodes[m].standing.name for m in members)) if len(members) > 1 else (),
    )


_BADNESS = (
    Status.BLOCKED, Status.AT_RISK, Status.UNKNOWN, Status.NOT_STARTED, Status.ON_TRACK, Status.READY, Status.DROPPED,
    Status.RELEASED,
)  # fmt: skip


def _worst_status(statuses: Sequence[Status]) -> Status:
    return min(statuses, key=_BADNESS.index)


def _cause_reason(standings: Sequence[Standing]) -> str:
    if len(standings) > 1:
        troubled = [s.name for s in standings if s.status in (Status.AT_RISK, Status.BLOCKED)]
        culprits = f"; at risk or blocked among them: {', '.join(troubled[:5])}" if troubled else ""
        return f"{len(standings)} repositories need each other in a circle, so none can be first{culprits}"
    document = standings[0].document
    if document is None:
        return ""
    return next((b.title or b.id or "" for b in document.blockers), "") or document.summary or ""
