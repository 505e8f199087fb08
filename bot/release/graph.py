"""Graph algorithms on plain adjacency lists, iterative and linear: a train may have cycles and long chains.

Nodes are integers 0..n-1 and `edges[u]` lists the nodes that `u` needs. Measured beside networkx and rustworkx, plain
lists win at this size (docs/adr/0003-plain-lists-for-graphs.md).
"""

from collections import deque
from collections.abc import Iterable, Sequence

Adjacency = Sequence[Sequence[int]]


def components(edges: Adjacency) -> list[list[int]]:
    """Strongly connected components (Tarjan, iterative), those that are needed before those that need them."""
    order = [-1] * len(edges)
    low = [0] * len(edges)
    on_stack = [False] * len(edges)
    stack: list[int] = []
    found: list[list[int]] = []
    counter = 0
    for root in range(len(edges)):
        if order[root] != -1:
            continue
        order[root] = low[root] = counter
        counter += 1
        stack.append(root)
        on_stack[root] = True
        work = [(root, iter(edges[root]))]
        while work:
            node, rest = work[-1]
            for following in rest:
                if order[following] == -1:
                    order[following] = low[following] = counter
                    counter += 1
                    stack.append(following)
                    on_stack[following] = True
                    work.append((following, iter(edges[following])))
                    break
                if on_stack[following]:
                    low[node] = min(low[node], order[following])
            else:
                work.pop()
                if work:
                    parent = work[-1][0]
                    low[parent] = min(low[parent], low[node])
                if low[node] == order[node]:
                    found.append(_pop_component(stack, on_stack, node))
    return found


def _pop_component(stack: list[int], on_stack: list[bool], root: int) -> list[int]:
    component: list[int] = []
    while True:
        node = stack.pop()
        on_stack[node] = False
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
