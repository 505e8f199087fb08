"""Readiness on large graphs, beside networkx doing the reachability alone on the same edges."""

from collections.abc import Iterator
from datetime import UTC, datetime

import networkx as nx

from benchmarks.table import Row, median_ms
from benchmarks.trains import folder, raw_plan
from bot.release.folder import PlanFolder
from bot.release.readiness import evaluate

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def rows() -> Iterator[Row]:
    """Evaluate plans of 1,000 and 10,000 repositories with five dependencies each, and how that grows."""
    took = {}
    for size in (1_000, 10_000):
        plan = folder(raw_plan(size, size * 5))
        took[size] = median_ms(lambda plan=plan: evaluate(plan, NOW))
        yield Row(
            f"evaluate {size:,} repositories, {size * 5:,} dependencies", took[size],
            "networkx: build, components, ancestors of one", median_ms(lambda plan=plan: _networkx(plan)),
        )  # fmt: skip
    yield Row("ten times the graph", took[10_000], "the smaller one", took[1_000], goal=12)


def _networkx(plan: PlanFolder) -> object:
    graph = nx.DiGraph()
    for _, repository in plan.document.plan.repositories():
        graph.add_node(repository.name)
        graph.add_edges_from((repository.name, d.name) for d in repository.dependencies)
    return list(nx.strongly_connected_components(graph)), nx.ancestors(graph, "repo-00000")
