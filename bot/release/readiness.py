"""Readiness: one verdict with a reason for every dependency of a plan, and the root causes behind them.

This file only puts the parts together: `standing` (each repository by itself), `verdicts` (each dependency by itself),
`causes` (how risk travels), `holding` (whom it holds up). The rules stand in docs/readiness.md.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from bot.release import waivers, words
from bot.release.assessment import Assessment, DependencyVerdict, RepositoryHealth
from bot.release.causes import LEFT_OUT, Causes, Explained
from bot.release.folder import FeedState, PlanFolder
from bot.release.holding import Node, cause_name, root_causes, since
from bot.release.net import is_settled
from bot.release.outsiders import NO_EVIDENCE
from bot.release.plan import Dependency, Group, Plan, Repository
from bot.release.standing import Standing, of_outsider, of_repository
from bot.release.status import Status, Verdict
from bot.release.verdicts import Own, own_verdict

Rows = Sequence[tuple[Group, Repository]]


def evaluate(folder: PlanFolder, now: datetime) -> Assessment:
    """Judge every dependency of the plan at `now` (with zone).

    Pure and linear in repositories and dependencies. Never raises for a valid folder: what cannot be judged is UNKNOWN
    with the reason. A repository listed twice is judged in both places; others depend on the first.
    """
    plan = folder.document.plan
    rows = list(plan.repositories())
    nodes, index = _nodes(folder, rows, now)
    needs, asked = _asked(plan, rows, nodes, index)
    outside = [()] * (len(nodes) - len(rows))
    found = Causes([*needs, *outside], [one.provider for one in asked], [one.own.verdict for one in asked])
    names = [cause_name([nodes[m].standing.name for m in members]) for members in found.members]
    judge = _Judge(nodes, found, names, asked)
    repositories = tuple(judge.repositories(rows, needs))
    counted = [number for number in range(len(rows)) if not is_settled(nodes[number].standing)]
    causes = root_causes(plan.release_date, nodes, found, names, judge.met(), counted)
    return waivers.mark(Assessment(plan, now, repositories, causes))


def _nodes(folder: PlanFolder, rows: Rows, now: datetime) -> tuple[list[Node], dict[str, int]]:
    """Nodes 0..len(rows)-1 are the rows of the plan; dependencies from outside it follow."""
    nodes = [Node(of_repository(repository, folder, now), group.lead or None) for group, repository in rows]
    index: dict[str, int] = {}
    for number, (_, repository) in enumerate(rows):
        index.setdefault(repository.name, number)
    for _, repository in rows:
        for dependency in repository.dependencies:
            if dependency.name not in index:
                index[dependency.name] = len(nodes)
                nodes.append(Node(of_outsider(dependency.name, folder, now), None))
    return nodes, index


@dataclass(slots=True, eq=False)
class _Asked:
    """One thing that somebody needs. All who need the same, in the same version, by the same day, share it.

    `waiting` and `settled` are what is said of it to who still waits and to who is out already, once it was needed.
    """

    dependency: Dependency
    provider: int
    own: Own
    waiting: DependencyVerdict | None = None
    settled: DependencyVerdict | None = None


def _asked(
    plan: Plan, rows: Rows, nodes: Sequence[Node], index: Mapping[str, int]
) -> tuple[list[tuple[int, ...]], list[_Asked]]:
    """For every row the numbers of what it needs, and what those are."""
    known: dict[tuple[str, str | None, date | None], int] = {}
    asked: list[_Asked] = []
    needs: list[tuple[int, ...]] = []
    for _, repository in rows:
        row: list[int] = []
        for dependency in repository.dependencies:
            key = (dependency.name, dependency.version, dependency.need_by)
            number = known.get(key)
            if number is None:
                number = known[key] = len(asked)
                provider = index[dependency.name]
                own = own_verdict(plan, dependency, nodes[provider].standing, nodes[provider].owner)
                asked.append(_Asked(dependency, provider, own))
            row.append(number)
        needs.append(tuple(row))
    return needs, asked


class _Judge:
    """Says of each dependency what it comes to, once for all who share it."""

    def __init__(self, nodes: Sequence[Node], found: Causes, names: Sequence[str], asked: Sequence[_Asked]) -> None:
        self._nodes, self._found, self._names, self._asked = nodes, found, names, asked
        self._met: list[Explained] = []
        self._named: dict[tuple[int, ...], tuple[str, ...]] = {}
        self._circles = {number for number, members in enumerate(found.members) if len(members) > 1}

    def repositories(self, rows: Rows, needs: Sequence[Sequence[int]]) -> Iterator[RepositoryHealth]:
        """The rows of the plan, in its order."""
        twice, circles = _listed_twice(rows), self._found.in_circles()
        for number, (group, repository) in enumerate(rows):
            standing = self._nodes[number].standing
            say = self._settled if is_settled(standing) else self._waiting
            judged = tuple([say(need) for need in needs[number]])
            odd = [f"{repository.name} {said}" for need in needs[number] if (said := self._asked[need].own.conflict)]
            if any(d.name == repository.name and d.verdict is not Verdict.READY for d in judged):
                odd.append(f"{repository.name} needs itself, so it never gets all that it needs: drop that dependency")
            if repository.name in twice:
                listed = ", ".join(twice[repository.name])
                odd.append(f"{repository.name} is listed more than once: in {listed}")
            health = _health(group, repository, standing, judged, odd)
            yield replace(health, in_circle=True) if number in circles else health

    def met(self) -> Sequence[Explained]:
        """What the dependencies of those who still wait come to, each kind once."""
        return self._met

    def _waiting(self, need: int) -> DependencyVerdict:
        one = self._asked[need]
        if one.waiting is None:
            explained = self._found.explain(need)
            self._met.append(explained)
            one.waiting = self._verdict(one, explained, self._causes(explained.causes))
        return one.waiting

    def _settled(self, need: int) -> DependencyVerdict:
        """Who is out already waits on no cause."""
        one = self._asked[need]
        if one.settled is None:
            one.settled = self._verdict(one, self._found.explain(need), ())
        return one.settled

    def _causes(self, numbers: tuple[int, ...]) -> tuple[str, ...]:
        named = self._named.get(numbers)
        if named is None:
            named = self._named[numbers] = tuple([self._names[c] for c in numbers])
        return named

    def _verdict(self, one: _Asked, explained: Explained, causes: tuple[str, ...]) -> DependencyVerdict:
        own, needed, verdict = one.own, one.dependency, explained.verdict
        path = tuple(["…" if n == LEFT_OUT else self._nodes[n].standing.name for n in explained.path])
        reason, advice = own.reason, own.advice
        if verdict is not own.verdict:  # risk that came up along the path
            reason = f"{own.reason}; it needs {path[-1]}, which is not ready" if len(path) > 1 else own.reason
            advice = f"Look at {path[-1]}: it holds {needed.name} up"
        if verdict is Verdict.WAITING or verdict is not own.verdict:
            circle = next((c for c in explained.causes if c in self._circles), None) if self._circles else None
            if circle is not None:  # waiting would never end
                reason = f"{own.reason}; {self._names[circle]} need each other in a circle, so none can be first"
                advice = words.BREAK_CIRCLE
        return DependencyVerdict(needed.name, needed.version, verdict, reason, advice, causes, path, own.evidence)


def _listed_twice(rows: Rows) -> Mapping[str, Sequence[str]]:
    """The groups of every repository that the plan lists more than once."""
    first: dict[str, str] = {}
    twice: dict[str, list[str]] = {}
    for group, repository in rows:
        if repository.name in first:
            twice.setdefault(repository.name, [first[repository.name]]).append(group.name)
        else:
            first[repository.name] = group.name
    return twice


def _health(
    group: Group,
    repository: Repository,
    standing: Standing,
    dependencies: tuple[DependencyVerdict, ...],
    conflicts: Sequence[str],
) -> RepositoryHealth:
    document, tracked = standing.document, standing.tracked
    contradictions = (*standing.contradictions, *conflicts)
    if standing.status is Status.RELEASED:
        # That nobody publishes what is outside says nothing against a release: see docs/readiness.md, contradictions.
        open_ones = [d for d in dependencies if d.verdict is not Verdict.READY and d.evidence != NO_EVIDENCE]
        contradictions += tuple(
            [f"{repository.name} is released, but it needs {d.name}: {d.reason}" for d in open_ones]
        )
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
        since=since(standing),
        eta=standing.eta,
        summary=(document.summary or "") if document else "",
        blocker=next((b.title or b.id or "" for b in document.blockers), "") if document else "",
        captain=document.captain if document else None,
        contradictions=contradictions,
        waivers=repository.waivers,
    )
