"""How risk travels, and where it starts: the propagation of verdicts along the edges and the root causes behind them.

Only edges that are not READY carry anything. Risk climbs from AT_RISK and MISMATCH edges to those that only waited. A
root cause is the deepest thing that is not ready; the walk stops at a MISMATCH (the plan itself must change) and at an
UNKNOWN (the evidence must be mended first). A cycle is one cause. Linear in nodes and edges, but for the sets of
causes, which are bit masks.

One walk answers everything, because a node that needs something at risk (it is "in trouble") is explained by its risky
edges alone, and a node that is not in trouble has no risky edge at all: the two halves of the graph never meet.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bot.release import graph
from bot.release.status import Verdict

RISK = frozenset({Verdict.AT_RISK, Verdict.MISMATCH})
LONGEST_START = 10  # of a longer way the start and the end are kept, so that chains stay linear in memory
LEFT_OUT = -1


class Edge(NamedTuple):
    """`by`: node of the one who needs; `needs`: node of the provider; `own`: the verdict before propagation."""

    by: int
    needs: int
    own: Verdict


class Explained(NamedTuple):
    """What an edge comes to: its verdict, its causes as indexes into `Causes.members`, and the path to the first."""

    verdict: Verdict
    causes: tuple[int, ...]
    path: tuple[int, ...]


class _Trail(NamedTuple):
    """The way from a node to its cause: the first steps, the last one, and how many there are in all."""

    start: tuple[int, ...]
    end: int
    length: int

    def behind(self, node: int) -> "_Trail":
        """The same way with one more step in front."""
        return _Trail((node, *self.start[: LONGEST_START - 1]), self.end, self.length + 1)

    def path(self) -> tuple[int, ...]:
        """All steps; `LEFT_OUT` stands for the middle of a long way."""
        if self.length <= len(self.start):
            return self.start
        middle = (LEFT_OUT,) if self.length > len(self.start) + 1 else ()
        return (*self.start, *middle, self.end)


@dataclass(frozen=True)
class Causes:
    """`members[i]` are the nodes of cause i (several: a cycle); `explained` answers for every edge, in input order."""

    members: Sequence[tuple[int, ...]]
    explained: Sequence[Explained]


def explain(nodes: int, edges: Sequence[Edge]) -> Causes:
    """Propagate risk and name the root causes of every edge that is not READY."""
    in_trouble = _in_trouble(nodes, edges)
    walk = _Walk(nodes, edges, in_trouble)
    # Many edges point at the same provider in the same state: one answer serves them all.
    known: dict[tuple[int, Verdict], Explained] = {}
    explained: list[Explained] = []
    for _, needs, own in edges:
        key = (needs, own)
        answer = known.get(key)
        if answer is None:
            answer = known[key] = walk.explain(needs, own, in_trouble=in_trouble[needs])
        explained.append(answer)
    return Causes(walk.members, explained)


def _in_trouble(nodes: int, edges: Iterable[Edge]) -> list[bool]:
    """Which nodes need something that is at risk or mismatched, directly or further down."""
    carriers: list[list[int]] = [[] for _ in range(nodes)]
    starts: list[int] = []
    for by, needs, own in edges:
        if own is Verdict.READY:
            continue
        if own is Verdict.MISMATCH:
            starts.append(by)
            continue
        carriers[needs].append(by)
        if own is Verdict.AT_RISK:
            starts.append(by)
    return graph.ancestors(carriers, starts)


class _Walk:
    """Where one can get to from a node along the edges that explain it, computed once for all nodes."""

    def __init__(self, nodes: int, edges: Iterable[Edge], in_trouble: Sequence[bool]) -> None:
        self.members: list[tuple[int, ...]] = []
        self._numbers: dict[tuple[int, ...], int] = {}
        self._follow: list[list[int]] = [[] for _ in range(nodes)]
        # Where the walk stops: the provider is a cause, whatever lies below it.
        self._ends: dict[int, list[int]] = {}
        for by, needs, own in edges:
            if own is Verdict.READY:
                continue
            if in_trouble[by]:
                if in_trouble[needs] and own is not Verdict.MISMATCH:
                    self._follow[by].append(needs)
                elif own in RISK:
                    self._ends.setdefault(by, []).append(needs)
            elif own is Verdict.WAITING:
                self._follow[by].append(needs)
            else:
                self._ends.setdefault(by, []).append(needs)
        self._masks: list[int] = [0] * nodes
        self._trails: list[_Trail | None] = [None] * nodes
        self._decoded: dict[int, tuple[int, ...]] = {}
        self._solve()

    def explain(self, node: int, own: Verdict, *, in_trouble: bool) -> Explained:
        """The answer for an edge to `node` whose verdict by itself is `own`."""
        if own is Verdict.READY:
            return Explained(own, (), ())
        if own is Verdict.MISMATCH or (not in_trouble and own is not Verdict.WAITING):
            return Explained(own, (self._number((node,)),), (node,))
        trail = self._trails[node]
        path = trail.path() if trail is not None else (node,)
        return Explained(Verdict.AT_RISK if in_trouble else own, self._decode(self._masks[node]), path)

    def _number(self, members: tuple[int, ...]) -> int:
        number = self._numbers.get(members)
        if number is None:
            number = self._numbers[members] = len(self.members)
            self.members.append(members)
        return number

    def _decode(self, mask: int) -> tuple[int, ...]:
        found = self._decoded.get(mask)
        if found is None:
            digits = bin(mask)
            last = len(digits) - 1
            at = digits.find("1", 2)
            numbers = []
            while at != -1:
                numbers.append(last - at)
                at = digits.find("1", at + 1)
            found = self._decoded[mask] = tuple(numbers[::-1])
        return found

    def _solve(self) -> None:
        follow, ends, masks, trails = self._follow, self._ends, self._masks, self._trails
        for component in graph.components(follow):
            if len(component) > 1:
                self._solve_cycle(component)
                continue
            (node,) = component
            mask = 0
            step = -1
            for following in follow[node]:
                if following != node:
                    mask |= masks[following]
                    step = following
            stops = ends.get(node)
            if stops is not None:
                for end in stops:
                    mask |= 1 << self._number((end,))
                trails[node] = _Trail((node, stops[0]), stops[0], 2)
            elif step != -1:
                further = trails[step]
                trails[node] = further.behind(node) if further is not None else _Trail((node, step), step, 2)
            masks[node] = mask or 1 << self._number((node,))

    def _solve_cycle(self, component: Sequence[int]) -> None:
        inside = set(component)
        mask = 0
        for node in component:
            for following in self._follow[node]:
                if following not in inside:
                    mask |= self._masks[following]
            for end in self._ends.get(node, ()):
                mask |= 1 << self._number((end,))
        mask = mask or 1 << self._number(tuple(sorted(component)))
        for node in component:
            self._masks[node] = mask
        self._route(component, inside)

    def _route(self, component: Sequence[int], inside: set[int]) -> None:
        """The way towards the nearest exit of a cycle, for every node of it.

        A cycle that nothing leaves is itself the cause: its paths end where it is entered.
        """
        reverse: dict[int, list[int]] = {node: [] for node in component}
        frontier: list[int] = []
        for node in component:
            for following in self._follow[node]:
                if following in inside:
                    reverse[following].append(node)
            trail = self._way_out(node, inside)
            if trail is not None:
                self._trails[node] = trail
                frontier.append(node)
        seen = set(frontier)
        while frontier:
            upcoming: list[int] = []
            for node in frontier:
                trail = self._trails[node]
                for previous in reverse[node]:
                    if previous not in seen and trail is not None:
                        seen.add(previous)
                        self._trails[previous] = trail.behind(previous)
                        upcoming.append(previous)
            frontier = upcoming

    def _way_out(self, node: int, inside: set[int]) -> _Trail | None:
        stops = self._ends.get(node)
        if stops:
            return _Trail((node, stops[0]), stops[0], 2)
        step = next((f for f in self._follow[node] if f not in inside), None)
        if step is None:
            return None
        further = self._trails[step]
        return further.behind(node) if further is not None else _Trail((node, step), step, 2)


def blocked_by(edges: Sequence[Edge], causes: Causes, counted: Sequence[bool]) -> Mapping[int, frozenset[int]]:
    """For every cause, the nodes that wait on it (itself and those that do not count left out)."""
    # Few distinct sets of causes are shared by many edges: gather the nodes of each set first.
    waiting: dict[tuple[int, ...], set[int]] = {}
    for edge, explained in zip(edges, causes.explained, strict=True):
        if explained.causes and counted[edge.by]:
            waiting.setdefault(explained.causes, set()).add(edge.by)
    found: dict[int, set[int]] = {}
    for several, nodes in waiting.items():
        for cause in several:
            found.setdefault(cause, set()).update(nodes)
    return {cause: frozenset(nodes.difference(causes.members[cause])) for cause, nodes in found.items()}
