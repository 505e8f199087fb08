"""Graph algorithms against networkx, on random graphs and on shapes that break recursion."""

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from bot.release import graph

graphs = st.integers(1, 25).flatmap(
    lambda n: st.lists(st.lists(st.integers(0, n - 1), max_size=4), min_size=n, max_size=n)
)


def _networkx(edges: list[list[int]]) -> nx.DiGraph:
    other = nx.DiGraph()
    other.add_nodes_from(range(len(edges)))
    other.add_edges_from((u, v) for u, targets in enumerate(edges) for v in targets)
    return other


@given(graphs)
def test_components_are_those_of_networkx_and_come_providers_first(edges: list[list[int]]) -> None:
    found = list(graph.components(edges))
    expected = {frozenset(c) for c in nx.strongly_connected_components(_networkx(edges))}
    assert {frozenset(c) for c in found} == expected
    place = {node: i for i, component in enumerate(found) for node in component}
    assert all(place[v] <= place[u] for u, targets in enumerate(edges) for v in targets)


@given(graphs, st.data())
def test_ancestors_are_those_of_networkx(edges: list[list[int]], data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(edges) - 1))
    other = _networkx(edges)
    expected = nx.ancestors(other, start) | {start}
    seen = graph.ancestors(graph.reversed_edges(edges), [start])
    assert {i for i, yes in enumerate(seen) if yes} == expected


def test_a_chain_and_a_ring_of_a_hundred_thousand_do_not_exhaust_the_stack() -> None:
    n = 100_000
    assert sum(1 for _ in graph.components([[i + 1] for i in range(n - 1)] + [[]])) == n
    assert sum(1 for _ in graph.components([[(i + 1) % n] for i in range(n)])) == 1
