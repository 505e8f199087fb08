"""Whom each cause of a plan blocks, and whom it frees when it is done: against networkx on random plans."""

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
SETTLED = ("RELEASED", "DROPPED")

rows = st.integers(2, 10).flatmap(
    lambda n: st.lists(
        st.tuples(st.sampled_from(sorted(OWN)), st.sets(st.integers(0, n - 1), max_size=3), st.integers(0, 3)),
        min_size=n,
        max_size=n,
    )
)


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
    for edge, (_, causes) in zip(edges, by_networkx(len(drawn), edges), strict=True):
        if drawn[edge.by][0] not in SETTLED:
            waits.setdefault(edge.by, set()).update(causes)

    found = outline.causes(evaluate(folder(releaseGroups=groups), NOW))

    def leads(nodes: set[int]) -> set[str]:
        return {f"lead-{drawn[n][2]}" for n in nodes if drawn[n][2]}

    expected = {}
    for cause in {c for causes in waits.values() for c in causes}:
        blocks = {n for n, causes in waits.items() if cause in causes and cause != {n}}
        if blocks:
            freed = {n for n in blocks if waits[n] == {cause}}
            held = leads({n for n, causes in waits.items() if causes - {cause}})
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
