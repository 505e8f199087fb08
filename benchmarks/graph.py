"""Root causes and readiness on large graphs, beside networkx doing the same reachability on the same edges."""

import itertools
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple

import networkx as nx

from benchmarks.table import Row, median_ms
from benchmarks.trains import folder, raw_plan
from bot.release.causes import Causes
from bot.release.folder import PlanFolder
from bot.release.holding import blocked
from bot.release.readiness import evaluate
from bot.release.status import Verdict

NOW = datetime(2026, 11, 1, tzinfo=UTC)
SIZES = (1_000, 10_000, 100_000)
_OWN = {"RELEASED": Verdict.READY, "AT_RISK": Verdict.AT_RISK}


class _Graph(NamedTuple):
    """`rows[u]` lists the nodes that `u` needs, and `owns[v]` is the verdict on whoever needs `v`."""

    rows: list[list[int]]
    owns: list[Verdict]


def rows() -> Iterator[Row]:
    """The root causes alone, then whole evaluations, each with how it grows when the graph is ten times larger."""
    ours: dict[int, float] = {}
    theirs: dict[int, float] = {}
    for size in SIZES:
        graph = _graph(size)
        took = _times(lambda graph=graph: _root_causes(graph), 9)
        other = _times(lambda graph=graph: _networkx(graph), 3)
        ours[size], theirs[size] = statistics.median(took), statistics.median(other)
        yield Row(
            f"root causes, {size:,} repositories, {size * 5:,} dependencies", ours[size],
            "networkx: the same causes and whom they block", theirs[size],
            note=f"least {min(took):.1f} and {min(other):.1f}" + (
                f", of at most 100 ms: {'ok' if ours[size] <= 100 else 'MISSED'}" if size == 10_000 else ""
            ),
        )  # fmt: skip
    for small, large in itertools.pairwise(SIZES):
        note = f"networkx grew {theirs[large] / theirs[small]:.1f} times"
        yield Row(f"{large:,} repositories", ours[large], f"{small:,}", ours[small], goal=12, note=note)
    whole: dict[int, float] = {}
    for size in SIZES[:2]:
        plan = folder(raw_plan(size, size * 5))
        whole[size] = median_ms(lambda plan=plan: evaluate(plan, NOW))
        yield Row(
            f"evaluate {size:,} repositories, {size * 5:,} dependencies", whole[size],
            "networkx: build, components, ancestors of one", median_ms(lambda plan=plan: _reach(plan)),
        )  # fmt: skip
    yield Row("evaluate ten times the graph", whole[10_000], "the smaller one", whole[1_000], goal=12)


def _times(do: Callable[[], object], runs: int) -> list[float]:
    do()
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        do()
        times.append((time.perf_counter() - started) * 1000)
    return times


def _graph(size: int) -> _Graph:
    rows = [row for group in raw_plan(size, size * 5)["releaseGroups"] for row in group["repositories"]]
    index = {row["name"]: number for number, row in enumerate(rows)}
    needs = [[index[d["name"]] for d in row["dependencies"]] for row in rows]
    return _Graph(needs, [_OWN.get(row["status"], Verdict.WAITING) for row in rows])


def _root_causes(graph: _Graph) -> dict[tuple[int, ...], int]:
    """The causes and the way to one of them for every provider, and how many each cause blocks."""
    found = Causes(graph.rows, range(len(graph.rows)), graph.owns)
    for node in range(len(graph.rows)):
        found.explain(node)
    return {found.members[c]: len(nodes) for c, nodes in blocked(found, range(len(graph.rows))).items()}


def _networkx(graph: _Graph) -> dict[tuple[int, ...], int]:
    """The same over networkx: trouble by ancestors, circles by a condensation, sets of causes down its order."""
    owns, size = graph.owns, len(graph.owns)
    carries = nx.DiGraph()
    carries.add_nodes_from(range(size))
    carries.add_edges_from((u, v) for u, row in enumerate(graph.rows) for v in row if owns[v] is not Verdict.READY)
    risk = carries.copy()
    risk.add_edges_from((node, -1) for node in _risky(graph))
    trouble = nx.ancestors(risk, -1)
    # What is at risk by itself ends the walk whatever it waits on: node v + size stands for v as such an end.
    ends = {v + size if owns[v] is Verdict.AT_RISK and v not in trouble else v: v for v in range(size)}
    entered = {v: end for end, v in ends.items()}
    follows = nx.DiGraph()
    follows.add_nodes_from(carries)
    follows.add_edges_from(
        (u, entered[v]) for u, v in carries.edges if u not in trouble or entered[v] != v or v in trouble
    )
    folded = nx.condensation(follows)
    place = folded.graph["mapping"]
    name = {part: tuple(sorted(n % size for n in m)) for part, m in folded.nodes(data="members")}
    causes: dict[int, frozenset[tuple[int, ...]]] = {}
    for part in reversed(list(nx.topological_sort(folded))):
        below = [causes[p] for p in folded.successors(part)]
        causes[part] = frozenset().union(*below) or frozenset({name[part]})
    blocks: Counter[tuple[int, ...]] = Counter()
    for node in carries:
        waits = frozenset().union(*(causes[place[entered[v]]] for v in carries.successors(node)))
        blocks.update(cause for cause in waits if node not in cause)
    return dict(blocks)


def _risky(graph: _Graph) -> Iterator[int]:
    return (u for u, row in enumerate(graph.rows) if any(graph.owns[v] is Verdict.AT_RISK for v in row))


def _reach(plan: PlanFolder) -> object:
    graph = nx.DiGraph()
    for _, repository in plan.document.plan.repositories():
        graph.add_node(repository.name)
        graph.add_edges_from((repository.name, d.name) for d in repository.dependencies)
    return list(nx.strongly_connected_components(graph)), nx.ancestors(graph, "repo-00000")
