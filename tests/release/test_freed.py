"""Whom each cause of a plan blocks, and whom it frees when it is done: against networkx on random plans."""

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.release import outline
from bot.release.holding import cause_name
from bot.release.readiness import evaluate
from bot.release.status import Verdict
from tests.release.test_causes import Edge, by_networkx
from tests.release.test_readiness import NOW, Repo, folder, repo

# What a provider of that status means to whoever needs it, where every version fits.
OWN = {
    "ON_TRACK": Verdict.WAITING,
    "READY": Verdict.WAITING,
    "AT_RISK": Verdict.AT_RISK,
    "BLOCKED": Verdict.AT_RISK,
    "DROPPED": Verdict.MISMATCH,
    "RELEASED": Verdict.READY,
    "UNKNOWN": Verdict.UNKNOWN,
}
M = Verdict.MISMATCH
SETTLED = ("RELEASED", "DROPPED")

rows = st.integers(2, 10).flatmap(
    lambda n: st.lists(
        st.tuples(st.sampled_from(sorted(OWN)), st.sets(st.integers(0, n - 1), max_size=3), st.integers(0, 3)),
        min_size=n,
        max_size=n,
    )
)


def in_circles(edges: list[Edge], judged: list[tuple[Verdict, set[frozenset[int]]]]) -> set[int]:
    """Who waits on a circle, or is in one, that is no cause yet, since something below it is."""
    known = {cause for _, causes in judged for cause in causes}
    trouble = {e.by for e, (verdict, _) in zip(edges, judged, strict=True) if verdict in (Verdict.AT_RISK, M)}
    carried = [(e, v) for e, (v, _) in zip(edges, judged, strict=True) if v is not Verdict.READY and e.own is not M]
    graph = nx.DiGraph([(e.by, e.needs) for e, _ in carried])
    loops = set(nx.nodes_with_selfloops(graph))
    circles = [c for c in nx.strongly_connected_components(graph) if len(c) > 1 or c & loops]
    hidden = {node for circle in circles if circle not in known for node in circle}
    followed = [(e.by, e.needs) for e, v in carried if v is Verdict.WAITING or e.needs in trouble]
    walk = nx.DiGraph(followed)
    walk.add_nodes_from(hidden)
    return hidden.union(*(nx.ancestors(walk, node) for node in hidden))


@given(rows, st.booleans())
@settings(max_examples=100)
def test_whom_a_cause_blocks_and_frees(drawn: list[tuple[str, set[int], int]], accepted: bool) -> None:
    names = [f"r{number}" for number in range(len(drawn))]
    risk = {"waivers": [{"cause": name, "until": "2026-03-20"} for name in names]} if accepted else {}
    plan: list[Repo] = [
        repo(names[number], status=status, needs={names[n]: "1.0.0" for n in sorted(needs)}, **risk)
        for number, (status, needs, _) in enumerate(drawn)
    ]
    groups = [
        {"name": f"G{number}", "lead": f"lead-{lead}" if lead else "", "repositories": [row]}
        for number, (row, (_, _, lead)) in enumerate(zip(plan, drawn, strict=True))
    ]
    edges = [Edge(by, n, OWN[drawn[n][0]]) for by, (_, needs, _) in enumerate(drawn) for n in sorted(needs)]
    waits: dict[int, set[frozenset[int]]] = {}
    judged = by_networkx(len(drawn), edges)
    circled = in_circles(edges, judged)
    for edge, (_, causes) in zip(edges, judged, strict=True):
        if drawn[edge.by][0] not in SETTLED:
            waits.setdefault(edge.by, set()).update(causes)

    found = outline.causes(evaluate(folder(releaseGroups=groups), NOW))

    def leads(nodes: set[int]) -> set[str]:
        return {f"lead-{drawn[n][2]}" for n in nodes if drawn[n][2]}

    expected = {}
    for cause in {c for causes in waits.values() for c in causes}:
        blocks = {n for n, causes in waits.items() if cause in causes and cause != {n}}
        if blocks:
            freed = {n for n in blocks if waits[n] == {cause} and n not in circled}
            held = leads({n for n, causes in waits.items() if causes - {cause} or n in circled})
            name = cause_name([names[n] for n in cause])
            expected[name] = (
                {names[n] for n in blocks},
                leads(blocks),
                {names[n] for n in freed},
                leads(blocks) - held,
            )
    assert {
        c.root.name: (set(c.root.blocks), set(c.root.captains), set(c.freed), set(c.freed_captains)) for c in found
    } == expected
    assert [len(c.root.blocks) for c in found] == sorted((len(c.root.blocks) for c in found), reverse=True)


def test_nobody_is_free_who_waits_on_a_circle_as_well() -> None:
    """Once lib is out the circle is the cause: it has to be broken before anybody is free."""
    circle = [repo("a", needs={"b": None}), repo("b", needs={"a": None, "lib": None})]
    rest = [repo("app", needs={"a": None}), repo("tool", needs={"lib": None})]
    for status in ("ON_TRACK", "AT_RISK", "UNKNOWN"):
        (cause,) = outline.causes(evaluate(folder(*circle, *rest, repo("lib", status=status)), NOW))
        assert cause.root.blocks == ("a", "app", "b", "tool")
        assert (cause.freed, cause.freed_captains) == (("tool",), ("lead-3",))
    (cause,) = outline.causes(evaluate(folder(*circle, *rest, repo("lib", status="RELEASED")), NOW))
    assert cause.freed == cause.root.blocks == ("a", "app", "b")


def test_who_needs_itself_is_told_so_and_freed_by_nobody() -> None:
    looped = repo("app", needs={"app": "1.0.0", "lib": "1.0.0"})
    found = evaluate(folder(looped, repo("lib")), NOW)
    said = "app needs itself, so it never gets all that it needs: drop that dependency"
    assert [said] == [contradiction for r in found.repositories for contradiction in r.contradictions]
    assert [(c.root.name, c.freed, c.freed_captains) for c in outline.causes(found)] == [("lib", (), ())]
    older = repo("app", "2.0.0", needs={"app": "1.0.0"})
    (row,) = evaluate(
        folder(older, reports={"app": {"status": "ON_TRACK", "latestVersion": "1.0.0"}}), NOW
    ).repositories
    assert not any("needs itself" in contradiction for contradiction in row.contradictions)
