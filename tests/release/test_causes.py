"""Propagation and root causes: drawn by hand, and against a slow independent walk on random graphs."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.release.causes import LEFT_OUT, Causes, Edge, blocked_by, explain
from bot.release.status import Verdict

R, W, A, M, U = Verdict.READY, Verdict.WAITING, Verdict.AT_RISK, Verdict.MISMATCH, Verdict.UNKNOWN


def _causes(found: Causes, edge: int) -> set[tuple[int, ...]]:
    return {found.members[c] for c in found.explained[edge].causes}


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
    waiting = blocked_by([Edge(0, 1, W), Edge(1, 2, W), Edge(2, 3, W), Edge(3, 1, W)], found, [True] * 4)
    assert set(waiting.values()) == {frozenset({0})}


def test_a_cycle_that_waits_on_something_outside_is_not_the_cause() -> None:
    found = explain(4, [Edge(0, 1, W), Edge(1, 0, W), Edge(1, 2, W), Edge(2, 3, A)])
    assert _causes(found, 0) == {(3,)}


def test_a_long_path_keeps_its_ends() -> None:
    n = 40
    found = explain(n, [Edge(i, i + 1, W) for i in range(n - 1)])
    path = found.explained[0].path
    assert path[0] == 1
    assert path[-1] == n - 1
    assert LEFT_OUT in path
    assert len(path) == 12


verdicts = st.sampled_from([R, W, A, M, U])
cases = st.integers(2, 12).flatmap(
    lambda n: st.tuples(
        st.just(n),
        st.lists(st.builds(Edge, st.integers(0, n - 1), st.integers(0, n - 1), verdicts), max_size=30),
    )
)


def _slow(n: int, edges: list[Edge]) -> list[tuple[Verdict, set[frozenset[int]]]]:
    """The rules of docs/readiness.md by brute force: reachability by repeated steps, causes by definition."""
    open_edges = [e for e in edges if e.own is not R]
    trouble = {e.by for e in open_edges if e.own in (A, M)}
    for _ in range(n):
        trouble |= {e.by for e in open_edges if e.needs in trouble}
    final = [A if e.own in (W, U) and e.needs in trouble else e.own for e in edges]

    def causes(start: int, *, risk_only: bool) -> set[frozenset[int]]:
        usable = [(e, v) for e, v in zip(edges, final, strict=True) if v is not R and (not risk_only or v in (A, M))]
        walk = {(e.by, e.needs) for e, v in usable if v in (A, W)}
        ends = {(e.by, e.needs) for e, v in usable if v in (M, U)}

        def reach(node: int) -> set[int]:
            seen = {node}
            for _ in range(n):
                seen |= {b for a, b in walk if a in seen}
            return seen

        found: set[frozenset[int]] = set()
        for node in reach(start):
            found |= {frozenset({b}) for a, b in ends if a == node}
            group = reach(node)
            closed = all(node in reach(other) for other in group)
            if closed and not any(a in group for a, _ in ends):
                found.add(frozenset(group))
        return found

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
@settings(max_examples=300)
def test_agrees_with_the_rules_by_brute_force(case: tuple[int, list[Edge]]) -> None:
    n, edges = case
    found = explain(n, edges)
    got = [(e.verdict, {frozenset(found.members[c]) for c in e.causes}) for e in found.explained]
    assert got == _slow(n, edges)


@given(cases)
@settings(max_examples=200)
def test_a_path_runs_along_edges_to_one_of_the_causes(case: tuple[int, list[Edge]]) -> None:
    n, edges = case
    found = explain(n, edges)
    steps = {(e.by, e.needs) for e in edges}
    for edge, explained in zip(edges, found.explained, strict=True):
        if explained.verdict is R:
            assert explained.path == ()
            continue
        assert explained.path[0] == edge.needs
        assert any(explained.path[-1] in found.members[c] for c in explained.causes)
        pairs = zip(explained.path, explained.path[1:], strict=False)
        assert all(LEFT_OUT in pair or pair in steps for pair in pairs)
