"""Graph algorithms on plain adjacency lists, iterative and linear: a train may have cycles and long chains.

Nodes are integers 0..n-1 and `edges[u]` lists the nodes that `u` needs. Measured beside networkx and rustworkx, plain
lists win at this size (docs/adr/0003-plain-lists-for-graphs.md).
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

Adjacency = Sequence[Sequence[int]]


class Rows(Protocol):
    """An adjacency that may make its rows when they are asked for."""

    def __len__(self) -> int:
        """How many nodes there are."""

    def __getitem__(self, node: int, /) -> Iterable[int]:
        """What that node needs."""


def components(edges: Rows) -> Iterator[list[int]]:
    """Strongly connected components (Tarjan, iterative), those that are needed before those that need them."""
    order = [0] * len(edges)  # 0: not seen yet, `done`: in a component that is out already
    done = len(edges) + 1
    counter = 0
    stack: list[int] = []
    for root in range(len(edges)):
        if order[root]:
            continue
        work: list[tuple[int, Iterator[int], int]] = []  # those on the way here, each with its rest and its low
        counter += 1
        order[root] = low = counter
        stack.append(root)
        node, rest = root, iter(edges[root])
        while True:
            for following in rest:
                seen = order[following]
                if not seen:
                    work.append((node, rest, low))
                    counter += 1
                    order[following] = low = counter
                    stack.append(following)
                    node, rest = following, iter(edges[following])
                    break
                if seen < low:
                    low = seen
            else:
                if low == order[node]:
                    yield _pop_component(stack, order, node, done)
                if not work:
                    break
                below = low
                node, rest, low = work.pop()
                low = min(low, below)


def _pop_component(stack: list[int], order: list[int], root: int, done: int) -> list[int]:
    component: list[int] = []
    while True:
        node = stack.pop()
        order[node] = done
        component.append(node)
        if node == root:
            return component


def ancestors(reverse: Adjacency, starts: Iterable[int]) -> list[bool]:
    """Which nodes lead to any of `starts` (those included), given the edges turned around."""
    seen = [False] * len(reverse)
    queue = deque(starts)
    for node in queue:
        seen[node] = True
    while queue:
        for previous in reverse[queue.popleft()]:
            if not seen[previous]:
                seen[previous] = True
                queue.append(previous)
    return seen


def reversed_edges(edges: Adjacency) -> list[list[int]]:
    """The same edges, each turned around."""
    turned: list[list[int]] = [[] for _ in edges]
    for node, following in enumerate(edges):
        for target in following:
            turned[target].append(node)
    return turned
