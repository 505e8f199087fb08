"""How risk travels, and where it starts: the propagation of verdicts along the edges and the root causes behind them.

Only edges that are not READY carry anything. Risk climbs from AT_RISK and MISMATCH edges to those that only waited. A
root cause is the deepest thing that is not ready; the walk stops at a MISMATCH (the plan itself must change) and at an
UNKNOWN (the evidence must be mended first). A cycle is one cause. All of it is linear in nodes and edges, but for the
sets of causes, which are bit masks.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.release import graph
from bot.release.status import Verdict

RISK = frozenset({Verdict.AT_RISK, Verdict.MISMATCH})
LONGEST_START = 10  # of a longer way the start and the end are kept, so that chains stay linear in memory
LEFT_OUT = -1


@dataclass(frozen=True)
class Edge:
    """`needs`: node of the provider; `by`: node of the one who needs it; `own`: the verdict before propagation."""

    by: int
    needs: int
    own: Verdict


@dataclass(frozen=True)
class Explained:
    """What an edge comes to: its verdict, and its causes as indexes into `Causes.members`."""

    verdict: Verdict
    causes: tuple[int, ...]
    path: tuple[int, ...]


@dataclass(frozen=True)
class Causes:
    """`members[i]` are the nodes of cause i (several: a cycle); `explained` answers for every edge, in input order."""

    members: tuple[tuple[int, ...], ...]
    explained: tuple[Explained, ...]


def explain(nodes: int, edges: Sequence[Edge]) -> Causes:
    """Propagate risk and name the root causes of every edge that is not READY."""
    verdicts = _propagate(nodes, edges)
    risk = _Walk(nodes, edges, verdicts, risk_only=True)
    every = _Walk(nodes, edges, verdicts, risk_only=False)
    members: list[tuple[int, ...]] = []
    index: dict[tuple[int, ...], int] = {}

    def name(found: tuple[int, ...]) -> int:
        if found not in index:
            index[found] = len(members)
            members.append(found)
        return index[found]

    # Many edges point at the same provider in the same state: one answer serves them all.
    known: dict[tuple[int, Verdict], Explained] = {}
    explained: list[Explained] = []
    for edge, verdict in zip(edges, verdicts, strict=True):
        key = (edge.needs, verdict)
        if key not in known:
            known[key] = _explain_one(edge.needs, verdict, risk, every, name)
        explained.append(known[key])
    return Causes(tuple(members), tuple(explained))


def _explain_one(
    node: int, verdict: Verdict, risk: "_Walk", every: "_Walk", name: Callable[[tuple[int, ...]], int]
) -> Explained:
    if verdict is Verdict.READY:
        return Explained(verdict, (), ())
    if verdict in (Verdict.MISMATCH, Verdict.UNKNOWN):
        return Explained(verdict, (name((node,)),), (node,))
    walk = risk if verdict is Verdict.AT_RISK else every
    return Explained(verdict, tuple(name(m) for m in walk.causes(node)), walk.path(node))


def _propagate(nodes: int, edges: Sequence[Edge]) -> list[Verdict]:
    """WAITING and UNKNOWN edges become AT_RISK when their provider itself needs something at risk or mismatched."""
    carriers: list[list[int]] = [[] for _ in range(nodes)]
    starts: list[int] = []
    for edge in edges:
        if edge.own is Verdict.READY:
            continue
        carriers[edge.needs].append(edge.by)
        if edge.own in RISK:
            starts.append(edge.by)
    in_trouble = graph.ancestors(carriers, starts)
    climbs = (Verdict.WAITING, Verdict.UNKNOWN)
    return [Verdict.AT_RISK if e.own in climbs and in_trouble[e.needs] else e.own for e in edges]


@dataclass(frozen=True, slots=True)
class _Trail:
    """The way from a node to its cause: the first steps, the last one, and how many there are in all."""

    start: tuple[int, ...]
    end: int
    length: int

    def behind(self, node: int) -> "_Trail":
        """The same way with one more step in front."""
        return _Trail((node, *self.start[: LONGEST_START - 1]), self.end, self.length + 1)


class _Walk:
    """Where one can get to from a node along unready edges, computed once for all nodes."""

    def __init__(self, nodes: int, edges: Sequence[Edge], verdicts: Sequence[Verdict], *, risk_only: bool) -> None:
        self._follow: list[list[int]] = [[] for _ in range(nodes)]
        # An edge that ends the walk (MISMATCH, UNKNOWN): its provider is a cause, whatever lies below it.
        self._ends: list[list[int]] = [[] for _ in range(nodes)]
        for edge, verdict in zip(edges, verdicts, strict=True):
            if verdict is Verdict.READY or (risk_only and verdict not in RISK):
                continue
            stop = verdict in (Verdict.MISMATCH, Verdict.UNKNOWN)
            (self._ends if stop else self._follow)[edge.by].append(edge.needs)
        self._masks: list[int] = [0] * nodes
        self._trails: list[_Trail] = [_Trail((node,), node, 1) for node in range(nodes)]
        self._bits: dict[tuple[int, ...], int] = {}
        self._members: list[tuple[int, ...]] = []
        self._resolved: dict[int, tuple[tuple[int, ...], ...]] = {}
        self._solve()

    def _bit(self, members: tuple[int, ...]) -> int:
        if members not in self._bits:
            self._bits[members] = len(self._members)
            self._members.append(members)
        return 1 << self._bits[members]

    def _solve(self) -> None:
        for component in graph.components(self._follow):
            inside = set(component)
            mask = 0
            leaves = False
            for node in component:
                for following in self._follow[node]:
                    if following not in inside:
                        mask |= self._masks[following]
                        leaves = True
                for end in self._ends[node]:
                    mask |= self._bit((end,))
                    leaves = True
            if not leaves:
                mask = self._bit(tuple(sorted(component)))
            for node in component:
                self._masks[node] = mask
            self._route(component, inside)

    def _route(self, component: Sequence[int], inside: set[int]) -> None:
        """The way towards the nearest exit of the component, for every node of it.

        A cycle that nothing leaves is itself the cause: its paths end where it is entered.
        """
        reverse: dict[int, list[int]] = {node: [] for node in component}
        frontier: list[int] = []
        for node in component:
            for following in self._follow[node]:
                if following in inside:
                    reverse[following].append(node)
            if self._ends[node]:
                end = self._ends[node][0]
                self._trails[node] = _Trail((end,), end, 1).behind(node)
                frontier.append(node)
            elif (step := next((f for f in self._follow[node] if f not in inside), None)) is not None:
                self._trails[node] = self._trails[step].behind(node)
                frontier.append(node)
        seen = set(frontier)
        while frontier:
            upcoming: list[int] = []
            for node in frontier:
                for previous in reverse[node]:
                    if previous not in seen:
                        seen.add(previous)
                        self._trails[previous] = self._trails[node].behind(previous)
                        upcoming.append(previous)
            frontier = upcoming

    def causes(self, node: int) -> tuple[tuple[int, ...], ...]:
        """The members of every cause that `node` leads to."""
        mask = self._masks[node]
        if mask not in self._resolved:
            self._resolved[mask] = tuple(m for i, m in enumerate(self._members) if mask >> i & 1)
        return self._resolved[mask]

    def path(self, node: int) -> tuple[int, ...]:
        """From `node` to one of its causes, both ends included; `LEFT_OUT` stands for the middle of a long one."""
        trail = self._trails[node]
        if trail.length <= len(trail.start):
            return trail.start
        return (*trail.start, LEFT_OUT, trail.end) if trail.length > len(trail.start) + 1 else (*trail.start, trail.end)


def blocked_by(edges: Sequence[Edge], causes: Causes, counted: Sequence[bool]) -> Mapping[int, frozenset[int]]:
    """For every cause, the nodes that wait on it (itself and those that do not count left out)."""
    found: dict[int, set[int]] = {}
    for edge, explained in zip(edges, causes.explained, strict=True):
        if counted[edge.by]:
            for cause in explained.causes:
                found.setdefault(cause, set()).add(edge.by)
    return {cause: frozenset(nodes - set(causes.members[cause])) for cause, nodes in found.items()}
