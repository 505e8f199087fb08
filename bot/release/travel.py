"""How dates travel over a graph of needs, on plain integers: up to those who wait, down to those who are waited for.

Nodes are 0..n-1, `needs[u]` lists what `u` needs, a day is the ordinal of a date. `parts` are the strongly connected
components, those that are needed first (`graph.components`); a part of several nodes is a circle, and shares one day.
Everything is linear in nodes and edges.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.release.graph import Adjacency

MOST_STEPS = 10  # of a longer way the start and the end are kept, so that long chains stay linear in memory
MOST_NOTED = 3
MORE = "…"  # stands for the names that were left out

Parts = Sequence[Sequence[int]]


@dataclass(frozen=True, slots=True)
class Climb:
    """`earliest[u]`: the latest of its own day and the days of all that it needs, directly or further down.

    `step[u]` leads to the one whose own day decides: the next node on the way, or `u` itself at the end of it.
    """

    earliest: Sequence[int]
    step: Sequence[int]

    def paths(self, names: Sequence[str]) -> list[tuple[str, ...]]:
        """For every node the names on the way to the one that decides its day, both ends included.

        Of a long way the start and the end are kept, with `MORE` for what lies between.
        """
        found: list[tuple[str, ...]] = []
        ends: dict[int, tuple[int, int]] = {}  # where the way from a node ends, and how many nodes it has
        for node, following in enumerate(self.step):
            if following == node:
                found.append((names[node],))
            elif self.step[following] == following:
                found.append((names[node], names[following]))
            else:
                found.append(self._path(node, names, *self._end(node, ends)))
        return found

    def _end(self, node: int, ends: dict[int, tuple[int, int]]) -> tuple[int, int]:
        way: list[int] = []
        while node not in ends and self.step[node] != node:
            way.append(node)
            node = self.step[node]
        end, length = ends.setdefault(node, (node, 1))
        for passed in reversed(way):
            length += 1
            ends[passed] = (end, length)
        return end, length

    def _path(self, node: int, names: Sequence[str], end: int, length: int) -> tuple[str, ...]:
        shown = [names[node]]
        while len(shown) < min(length, MOST_STEPS):
            node = self.step[node]
            shown.append(names[node])
        if length > MOST_STEPS + 1:
            shown.append(MORE)
        if length > MOST_STEPS:
            shown.append(names[end])
        return tuple(shown)


def climb(needs: Adjacency, parts: Parts, own: Sequence[int]) -> Climb:
    """The earliest day of every node, given the day that each could make by itself."""
    earliest, step = list(own), list(range(len(own)))
    for part in parts:
        if len(part) > 1:
            _circle(needs, part, own, earliest, step)
            continue
        node = part[0]
        for needed in needs[node]:
            if earliest[needed] > earliest[node]:  # on a tie it is nobody else who decides
                earliest[node], step[node] = earliest[needed], needed
    return Climb(earliest, step)


def _circle(needs: Adjacency, part: Sequence[int], own: Sequence[int], earliest: list[int], step: list[int]) -> None:
    """The members share the latest day among them and what they need; each steps the shortest way towards it."""
    inside = set(part)
    members = sorted(part)
    outside = {node: [n for n in needs[node] if n not in inside] for node in members}
    latest = max([own[node] for node in members] + [earliest[n] for found in outside.values() for n in found])
    queue = [node for node in members if own[node] == latest]
    if not queue:
        for node in members:
            exits = [n for n in outside[node] if earliest[n] == latest]
            if exits:
                step[node] = exits[0]
                queue.append(node)
    back: dict[int, list[int]] = {node: [] for node in members}
    for node in members:
        for needed in needs[node]:
            if needed in inside:
                back[needed].append(node)
    seen = set(queue)
    for node in queue:  # grows while it is walked: breadth first
        for previous in back[node]:
            if previous not in seen:
                seen.add(previous)
                step[previous] = node
                queue.append(previous)
    for node in members:
        earliest[node] = latest


def gather(needs: Adjacency, parts: Parts, noted: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    """The names noted at each node and at all that it needs: nearest first, at most `MOST_NOTED`, then `MORE`."""
    gathered: list[tuple[str, ...]] = [()] * len(noted)
    for part in parts:
        members = sorted(part) if len(part) > 1 else part
        found: list[str] = []
        for node in members:
            found += noted[node]
        found = list(dict.fromkeys(found))
        for node in members:
            for needed in needs[node]:
                if len(found) > MOST_NOTED:
                    break
                found += [name for name in gathered[needed] if name not in found]
        told = _capped(found) if found else ()
        for node in part:
            gathered[node] = told
    return gathered


def _capped(found: Sequence[str]) -> tuple[str, ...]:
    """The mark that something was left out stays last."""
    if len(found) <= MOST_NOTED and MORE not in found:
        return tuple(found)
    return (*[name for name in found if name != MORE][:MOST_NOTED], MORE)


@dataclass(frozen=True, slots=True)
class Demand:
    """By when a node is wanted. `asked_by`: the node that said so on its need (-1: nobody did); `milestone`: its name.

    Neither: the day on which everything is wanted.
    """

    day: int
    asked_by: int = -1
    milestone: str = ""


def descend(
    needs: Adjacency,
    parts: Parts,
    wishes: Sequence[Sequence[Demand | None]],
    own: Sequence[Demand | None],
    otherwise: Demand,
) -> list[Demand]:
    """By when each node is wanted: the earliest of its own demand and what those that need it ask of it.

    `wishes[u]` runs beside `needs[u]`: what `u` asks of that very one. None: it asks for the day on which it is itself
    wanted. `otherwise` holds for what nobody asks for.
    """
    due: list[Demand] = [otherwise] * len(needs)
    asked: list[Demand | None] = list(own)
    for part in reversed(parts):  # those that wait come before what they need
        wanted = (asked[part[0]] or otherwise) if len(part) == 1 else _of_circle(needs, part, wishes, asked, otherwise)
        for node in part:
            due[node] = wanted
            for needed, wish in zip(needs[node], wishes[node], strict=True):
                demand, known = wish or wanted, asked[needed]
                if known is None or demand.day < known.day:
                    asked[needed] = demand
    return due


def _of_circle(
    needs: Adjacency,
    part: Sequence[int],
    wishes: Sequence[Sequence[Demand | None]],
    asked: Sequence[Demand | None],
    otherwise: Demand,
) -> Demand:
    """What is asked of any member; what they ask of each other holds for the whole circle, where it is sooner."""
    demands = [demand for node in part if (demand := asked[node]) is not None] or [otherwise]
    inside = set(part)
    for node in part:
        pairs = zip(needs[node], wishes[node], strict=True)
        demands += [wish for needed, wish in pairs if wish is not None and needed in inside]
    return min(demands, key=lambda demand: (demand.day, demand.asked_by, demand.milestone))
