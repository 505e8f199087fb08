"""Propagation and root causes: drawn by hand, and against networkx and a slow independent walk on random graphs."""

from collections.abc import Sequence
from typing import NamedTuple

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.release.causes import LEFT_OUT, Causes, Explained
from bot.release.holding import blocked
from bot.release.status import Verdict

R, W, A, M, U = Verdict.READY, Verdict.WAITING, Verdict.AT_RISK, Verdict.MISMATCH, Verdict.UNKNOWN


class Edge(NamedTuple):
    by: int
    needs: int
    own: Verdict


class Answer(NamedTuple):
    """The causes, and what each edge comes to, in the order of the edges."""

    causes: Causes
    explained: list[Explained]


def explain(nodes: int, edges: Sequence[Edge]) -> Answer:
    rows: list[list[int]] = [[] for _ in range(nodes)]
    for need, edge in enumerate(edges):
        rows[edge.by].append(need)
    found = Causes(rows, [e.needs for e in edges], [e.own for e in edges])
    return Answer(found, [found.explain(need) for need in range(len(edges))])


def _causes(found: Answer, edge: int) -> set[tuple[int, ...]]:
    return {found.causes.members[c] for c in found.explained[edge].causes}


def test_risk_climbs_a_chain_and_the_deepest_is_the_cause() -> None:
    found = explain(4, [Edge(0, 1, W), Edge(1, 2, W), Edge(2, 3, A)])
    assert [e.verdict for e in found.explained] == [A, A, A]
    assert all(_causes(found, e) == {(3,)} for e in range(3))
    assert found.explained[0].path == (1, 2, 3)


def test_what_is_ready_carries_nothing() -> None:
    found = explain(3, [Edge(0, 1, R), Edge(1, 2, A)])
    assert found.explained[0].verdict is R
    assert _causes(found, 0) == set()


def test_a_mismatch_is_its_own_cause_and_puts_those_above_at_risk() -> None:
    found = explain(4, [Edge(0, 1, W), Edge(1, 2, M), Edge(2, 3, W)])
    assert [e.verdict for e in found.explained] == [A, M, W]
    assert _causes(found, 0) == _causes(found, 1) == {(2,)}


def test_a_cycle_is_one_cause_for_all_who_wait_on_it() -> None:
    found = explain(4, [Edge(0, 1, W), Edge(1, 2, W), Edge(2, 3, W), Edge(3, 1, W)])
    assert all(_causes(found, e) == {(1, 2, 3)} for e in range(4))
    assert list(blocked(found.causes, range(4)).values()) == [[0, 1, 2, 3]]


def test_a_cycle_that_waits_on_something_outside_is_not_the_cause() -> None:
    found = explain(4, [Edge(0, 1, W), Edge(1, 0, W), Edge(1, 2, W), Edge(2, 3, A)])
    assert _causes(found, 0) == {(3,)}


def test_what_is_unknown_ends_the_walk() -> None:
    found = explain(4, [Edge(0, 1, W), Edge(1, 2, U), Edge(2, 3, W)])
    assert _causes(found, 0) == {(2,)}
    assert found.explained[0].path == (1, 2)


def test_what_is_unknown_cuts_a_circle() -> None:
    found = explain(4, [Edge(0, 1, W), Edge(1, 2, U), Edge(2, 0, W), Edge(2, 3, W)])
    assert [_causes(found, e) for e in range(4)] == [{(2,)}, {(2,)}, {(2,)}, {(3,)}]


def test_a_long_path_keeps_its_ends() -> None:
    n = 40
    found = explain(n, [Edge(i, i + 1, W) for i in range(n - 1)])
    path = found.explained[0].path
    assert path[0] == 1
    assert path[-1] == n - 1
    assert LEFT_OUT in path
    assert len(path) == 12


def _drawn(verdicts: Sequence[Verdict]) -> st.SearchStrategy[tuple[int, list[Edge]]]:
    return st.integers(2, 10).flatmap(
        lambda n: st.tuples(
            st.just(n),
            st.lists(
                st.builds(Edge, st.integers(0, n - 1), st.integers(0, n - 1), st.sampled_from(verdicts)), max_size=24
            ),
        )
    )


# One edge at risk puts nearly all of a small graph in trouble, so half of them are drawn without any.
cases = st.one_of(_drawn([R, W, A, M, U]), _drawn([W, W, U]))


def by_networkx(n: int, edges: list[Edge]) -> list[tuple[Verdict, set[frozenset[int]]]]:
    """The rules of docs/readiness.md over networkx: descendants for reachability, a condensation for the circles."""
    open_edges = [e for e in edges if e.own is not R]
    travels = nx.DiGraph([(e.by, e.needs) for e in open_edges if e.own is not M])
    travels.add_nodes_from(range(n))
    starts = {e.by for e in open_edges if e.own in (A, M)}
    trouble = {node for node in range(n) if starts & ({node} | nx.descendants(travels, node))}
    final = [A if e.own in (W, U) and e.needs in trouble else e.own for e in edges]

    def causes(start: int, *, risk_only: bool) -> set[frozenset[int]]:
        usable = [(e, v) for e, v in zip(edges, final, strict=True) if v is not R and (not risk_only or v in (A, M))]
        walk = nx.DiGraph([(e.by, e.needs) for e, v in usable if v in (A, W)])
        walk.add_node(start)
        ends = [(e.by, e.needs) for e, v in usable if v in (M, U)]
        reach = {start} | nx.descendants(walk, start)
        folded = nx.condensation(walk.subgraph(reach))
        stopped = {by for by, _ in ends}
        deepest = {frozenset(folded.nodes[c]["members"]) for c in folded if folded.out_degree(c) == 0}
        return {frozenset({needs}) for by, needs in ends if by in reach} | {d for d in deepest if not d & stopped}

    answers: list[tuple[Verdict, set[frozenset[int]]]] = []
    for edge, verdict in zip(edges, final, strict=True):
        if verdict is R:
            answers.append((verdict, set()))
        elif verdict in (M, U):
            answers.append((verdict, {frozenset({edge.needs})}))
        else:
            answers.append((verdict, causes(edge.needs, risk_only=verdict is A)))
    return answers


@given(cases)
@settings(max_examples=150)
def test_agrees_with_the_rules_over_networkx(case: tuple[int, list[Edge]]) -> None:
    n, edges = case
    found = explain(n, edges)
    got = [(e.verdict, {frozenset(found.causes.members[c]) for c in e.causes}) for e in found.explained]
    assert got == by_networkx(n, edges)


@given(cases, st.data())
@settings(max_examples=150)
def test_a_cause_blocks_all_who_wait_on_it_a_circle_its_members(
    case: tuple[int, list[Edge]], data: st.DataObject
) -> None:
    n, edges = case
    counted = data.draw(st.sets(st.integers(0, n - 1)))
    expected: dict[frozenset[int], set[int]] = {}
    for edge, (_, causes) in zip(edges, by_networkx(n, edges), strict=True):
        for cause in causes:
            if edge.by in counted and cause != {edge.by}:
                expected.setdefault(cause, set()).add(edge.by)
    found = explain(n, edges).causes
    waiting = blocked(found, sorted(counted))
    assert {frozenset(found.members[c]): set(nodes) for c, nodes in waiting.items()} == expected
    assert all(len(set(nodes)) == len(nodes) for nodes in waiting.values())


@given(cases)
@settings(max_examples=100)
def test_no_node_is_in_two_causes_of_the_same_kind_and_a_circle_is_named_once(case: tuple[int, list[Edge]]) -> None:
    members = explain(*case).causes.members
    assert len(set(members)) == len(members)
    circles = [node for several in members if len(several) > 1 for node in several]
    assert len(set(circles)) == len(circles)


@given(cases)
@settings(max_examples=100)
def test_a_path_runs_along_edges_to_one_of_the_causes(case: tuple[int, list[Edge]]) -> None:
    n, edges = case
    found = explain(n, edges)
    # Never over what is ready; and what stops the walk, a MISMATCH, is crossed by its last step only.
    steps = {(e.by, e.needs) for e in edges if e.own is not R}
    onward = {(e.by, e.needs) for e in edges if e.own not in (R, M)}
    for edge, explained in zip(edges, found.explained, strict=True):
        if explained.verdict is R:
            assert explained.path == ()
            continue
        assert explained.path[0] == edge.needs
        assert any(explained.path[-1] in found.causes.members[c] for c in explained.causes)
        pairs = list(zip(explained.path, explained.path[1:], strict=False))
        assert all(LEFT_OUT in pair or pair in steps for pair in pairs)
        assert all(LEFT_OUT in pair or pair in onward for pair in pairs[:-1])


@given(st.integers(2, 60), st.integers(0, 3))
def test_a_long_way_is_told_by_its_first_steps_and_its_end(length: int, extra: int) -> None:
    edges = [Edge(i, i + 1, W) for i in range(length - 1)] + [Edge(length + i, 0, W) for i in range(extra)]
    found = explain(length + extra, edges)
    whole = tuple(range(1, length))
    shown = whole if len(whole) <= 10 else (*whole[:10], *((LEFT_OUT,) if len(whole) > 11 else ()), whole[-1])
    assert found.explained[0].path == shown
