"""How risk travels, and where it starts: the propagation of verdicts along the edges and the root causes behind them.

Only edges that are not READY carry anything. Risk climbs from AT_RISK and MISMATCH edges to those that only waited. A
root cause is the deepest thing that is not ready; the walk stops at a MISMATCH (the plan itself must change) and at an
UNKNOWN (the evidence must be mended first). A cycle is one cause. Linear in nodes and edges, but for the sets of
causes, which are bit masks and are spelt out only where somebody asks.

One walk answers everything, because a node that needs something at risk (it is "in trouble") is explained by its risky
edges alone, and a node that is not in trouble has no risky edge at all: the two halves of the graph never meet.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from bot.release import graph
from bot.release.graph import Adjacency
from bot.release.status import Verdict

LONGEST_START = 10  # of a longer way the start and the end are told, so that chains stay linear in memory
LEFT_OUT = -1
MOST = 1_000  # causes that a node passes on: where each link of a chain adds one, all would be a square of its length

# An attribute of an enumeration costs a look-up in a class each time, a name of this file a third of that.
_READY, _WAITING, _AT_RISK, _MISMATCH = Verdict.READY, Verdict.WAITING, Verdict.AT_RISK, Verdict.MISMATCH


class Explained(NamedTuple):
    """What an edge comes to: its verdict, its causes as indexes into `Causes.members`, and the path to the first."""

    verdict: Verdict
    causes: tuple[int, ...]
    path: tuple[int, ...]


class Causes:
    """The root causes behind all edges: `members[i]` are the nodes of cause i (several: a cycle).

    Nodes are 0..n-1. What one edge comes to depends on its provider and its own verdict alone, so that many nodes share
    a need: need k is for node `providers[k]`, and `owns[k]` is its verdict before propagation. `rows[u]` lists the
    needs of node `u`. What a need comes to is worked out when it is asked for.
    """

    def __init__(self, rows: Adjacency, providers: Sequence[int], owns: Sequence[Verdict]) -> None:
        self._rows, self._providers, self._owns = rows, providers, owns
        self.members: list[tuple[int, ...]] = []
        self._single = [-1] * len(rows)  # the number of the cause that a node is by itself
        self._trouble = bytearray(len(rows))  # whether a node needs something at risk, directly or further down
        # Bit i for `members[i]`: `_masks` is where one gets along the edges that explain a node (0: nowhere, the node
        # itself is the cause), `_waits` adds what a node in trouble merely waits on besides.
        self._masks = [0] * len(rows)
        self._waits = [0] * len(rows)
        # The way from a node to one of its causes: its next step, where it ends, and how many nodes there are on it.
        self._step = [-1] * len(rows)
        self._end = list(range(len(rows)))
        self._length = [1] * len(rows)
        self._decoded: dict[int, tuple[int, ...]] = {}
        self._circles: list[tuple[int, ...]] = []
        self._solve()

    def explain(self, need: int) -> Explained:
        """What the need comes to."""
        needs, own = self._providers[need], self._owns[need]
        if own is _READY:
            return Explained(own, (), ())
        if self._stops(needs, own):
            return Explained(own, (self._single[needs],), (needs,))
        verdict = _AT_RISK if self._trouble[needs] else own
        return Explained(verdict, self.spell(self._masks[needs]), self._path(needs))

    def waits(self, node: int) -> int:
        """All causes that the node waits on, over all its edges, as bits (see `spell`)."""
        return self._waits[node]

    def in_circles(self) -> frozenset[int]:
        """The nodes that wait on a circle, or are in one, that is no cause before what lies below it is done.

        A node that needs itself is a circle, too.
        """
        causes = set(self.members)
        hidden = [node for circle in self._circles if circle not in causes for node in circle]
        if not hidden:
            return frozenset()
        back: list[list[int]] = [[] for _ in self._rows]
        for node in range(len(self._rows)):
            for needs, own in self._open(node):
                if not self._stops(needs, own):
                    back[needs].append(node)
        return frozenset(node for node, held in enumerate(graph.ancestors(back, hidden)) if held)

    def spell(self, mask: int) -> tuple[int, ...]:
        """The numbers of the bits that are set, ascending; asked twice for the same bits, it is the same tuple."""
        found = self._decoded.get(mask)
        if found is None:
            digits = bin(mask)[:1:-1]
            at = digits.find("1")
            numbers = []
            while at != -1:
                numbers.append(at)
                at = digits.find("1", at + 1)
            found = self._decoded[mask] = tuple(numbers)
        return found

    def _stops(self, needs: int, own: Verdict) -> bool:
        """Whether the walk stops at the provider of such an edge: it is the cause, whatever lies below it."""
        return own is _MISMATCH or (own is not _WAITING and not self._trouble[needs])

    def _path(self, node: int) -> tuple[int, ...]:
        """All steps from the node to its cause; `LEFT_OUT` stands for the middle of a long way."""
        length, step, way = self._length[node], self._step, [node]
        for _ in range(min(length, LONGEST_START) - 1):
            way.append(step[way[-1]])
        if length > LONGEST_START + 1:
            way.append(LEFT_OUT)
        if length > LONGEST_START:
            way.append(self._end[node])
        return tuple(way)

    def _bit(self, node: int) -> int:
        """The bit of the cause that a node is by itself."""
        number = self._single[node]
        if number < 0:
            number = self._single[node] = len(self.members)
            self.members.append((node,))
        return 1 << number

    def _beyond(self, node: int) -> int:
        """The causes of whoever follows an edge to the node, which is solved already."""
        mask = self._masks[node]
        if not mask:
            mask = self._masks[node] = self._bit(node)
        return mask

    def _solve(self) -> None:
        for component in graph.components(_Carrying(self._rows, self._providers, self._owns)):
            if len(component) > 1 or not self._solve_one(component[0]):
                self._solve_circle(component)

    def _solve_one(self, node: int) -> bool:
        """The causes of a node, and its way to one of them; all that it needs is solved. False: it needs itself."""
        providers, owns, trouble, masks = self._providers, self._owns, self._trouble, self._masks
        risk = wait = 0
        risk_step = wait_step = risk_end = wait_end = -1
        troubled = False
        for need in self._rows[node]:
            own = owns[need]
            if own is _READY:
                continue
            needs = providers[need]
            if own is _MISMATCH or (own is _AT_RISK and not trouble[needs] and needs != node):
                risk |= self._bit(needs)
                risk_end = needs if risk_end < 0 else risk_end
                troubled = True
            elif needs == node:
                return False
            elif trouble[needs]:
                risk |= masks[needs] or self._beyond(needs)
                risk_step = needs
                troubled = True
            elif own is _WAITING:
                wait |= masks[needs] or self._beyond(needs)
                wait_step = needs
            else:
                wait |= self._bit(needs)
                wait_end = needs if wait_end < 0 else wait_end
        self._waits[node] = risk | wait
        trouble[node] = troubled
        masks[node] = _deepest(risk or wait)
        self._lead(node, *((risk_step, risk_end) if troubled else (wait_step, wait_end)))
        return True

    def _lead(self, node: int, step: int, end: int = -1) -> None:
        """The way from the node: straight to where the walk stops, else a step and on from there, else no further."""
        if end >= 0:
            self._step[node] = self._end[node] = end
            self._length[node] = 2
        elif step >= 0:
            self._step[node] = step
            self._end[node] = self._end[step]
            self._length[node] = self._length[step] + 1

    def _solve_circle(self, component: Sequence[int]) -> None:
        """Nodes that need each other share their trouble; without any, an UNKNOWN edge is no way on and may cut it."""
        self._circles.append(tuple(sorted(component)))
        edges = [(node, needs, own) for node in component for needs, own in self._open(node)]
        if any(own is _AT_RISK or own is _MISMATCH or self._trouble[needs] for _, needs, own in edges):
            for node in component:
                self._trouble[node] = 1
            self._solve_part(component)
        else:
            place = {node: number for number, node in enumerate(component)}
            rows: list[list[int]] = [[] for _ in component]
            for node, needs, own in edges:
                if own is _WAITING and needs in place:
                    rows[place[node]].append(place[needs])
            for part in graph.components(rows):
                self._solve_part([component[number] for number in part])
        for node, needs, own in edges:
            self._waits[node] |= self._bit(needs) if self._stops(needs, own) else self._beyond(needs)

    def _open(self, node: int) -> list[tuple[int, Verdict]]:
        needs = [need for need in self._rows[node] if self._owns[need] is not _READY]
        return [(self._providers[need], self._owns[need]) for need in needs]

    def _solve_part(self, part: Sequence[int]) -> None:
        inside = set(part)
        reverse: dict[int, list[int]] = {node: [] for node in part}
        frontier: list[int] = []  # the exits
        mask = 0
        for node in part:
            step = end = -1
            for needs, own in self._open(node):
                if self._stops(needs, own):
                    # Of a node in trouble, what is merely unknown explains nothing.
                    if not self._trouble[node] or own is _AT_RISK or own is _MISMATCH:
                        mask |= self._bit(needs)
                        end = needs if end < 0 else end
                elif needs in inside:
                    reverse[needs].append(node)
                elif self._trouble[needs] or not self._trouble[node]:
                    mask |= self._beyond(needs)
                    step = needs if step < 0 else step
            self._lead(node, step, end)
            if step >= 0 or end >= 0:
                frontier.append(node)
        if not mask and len(part) > 1:
            mask = 1 << len(self.members)
            self.members.append(tuple(sorted(part)))
        mask = _deepest(mask)
        for node in part:
            self._masks[node] = mask
        self._route(frontier, reverse)

    def _route(self, frontier: list[int], reverse: Mapping[int, Sequence[int]]) -> None:
        """The way towards the nearest exit of a circle, for every node of it.

        A circle that nothing leaves is itself the cause: its paths end where it is entered.
        """
        seen = set(frontier)
        for node in frontier:  # grows while it is walked: breadth first
            for previous in reverse[node]:
                if previous not in seen:
                    seen.add(previous)
                    self._lead(previous, node)
                    frontier.append(previous)


def _deepest(mask: int) -> int:
    """At most MOST of the causes: those that were found first, which lie deepest."""
    if mask.bit_length() <= MOST or mask.bit_count() <= MOST:
        return mask
    digits = bin(mask)[:1:-1]
    at = -1
    for _ in range(MOST):
        at = digits.find("1", at + 1)
    return mask & ((1 << (at + 1)) - 1)


class _Carrying:
    """The edges along which risk and waiting travel: neither what is ready nor where the plan itself must change.

    Each row is made as the walk comes to it: at 100,000 nodes lists kept for later cost more than making them.
    """

    def __init__(self, rows: Adjacency, providers: Sequence[int], owns: Sequence[Verdict]) -> None:
        self._rows = rows
        barred = (_READY, _MISMATCH)
        self._providers = [-1 if own in barred else node for node, own in zip(providers, owns, strict=True)]

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, node: int) -> list[int]:
        providers = self._providers
        return [needs for need in self._rows[node] if (needs := providers[need]) >= 0]
