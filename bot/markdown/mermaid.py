"""The graph of what is not ready, as Mermaid: bounded, because forges refuse large ones and nobody reads them."""

from collections.abc import Sequence

from bot.markdown.escape import in_mermaid
from bot.release import outline, words
from bot.release.assessment import Assessment, RepositoryHealth
from bot.release.outline import RISKY
from bot.release.status import Status

NODES, EDGES = 60, 280
"""GitHub draws at most 500 edges and 50,000 characters; these keep a graph that one can read."""


def graph(assessment: Assessment) -> list[str]:
    """Lines of Markdown: the fence, and a sentence on what was left out; empty when everything is ready.

    An arrow leads from a repository to what it needs. Root causes come first, then what waits on something at risk,
    then the rest; within each the plan's order.
    """
    edges = _edges(assessment.repositories)
    if not edges:
        return []
    chosen = _chosen(assessment, edges)
    ids = {name: f"n{number}" for number, name in enumerate(chosen, 1)}
    drawn = [(by, needs) for by, needs, _ in edges if by in ids and needs in ids]
    lines = ["```mermaid", "flowchart LR"]
    health = {r.name: r for r in reversed(assessment.repositories)}
    lines += [f'    {ids[name]}["{_label(name, health.get(name))}"]' for name in chosen]
    lines += [f"    {ids[by]} --> {ids[needs]}" for by, needs in drawn[:EDGES]]
    lines.append("```")
    return lines + _left_out(edges, len(chosen), min(len(drawn), EDGES))


def _edges(repositories: Sequence[RepositoryHealth]) -> list[tuple[str, str, bool]]:
    """Who needs what that is not ready, once each, and whether that is at risk."""
    found: dict[tuple[str, str], bool] = {}
    for repository in repositories:
        for dependency in outline.open_dependencies(repository):
            key = (repository.name, dependency.name)
            found[key] = found.get(key, False) or dependency.verdict in RISKY
    return [(by, needs, risky) for (by, needs), risky in found.items()]


def _chosen(assessment: Assessment, edges: Sequence[tuple[str, str, bool]]) -> list[str]:
    risky = {name for by, needs, at_risk in edges if at_risk for name in (by, needs)}
    ends = {name for by, needs, _ in edges for name in (by, needs)}
    causes = sorted(outline.causes(assessment), key=lambda c: outline.URGENCY.index(c.kind))
    # A third of the room for the causes, so that there is some left for those who wait on them.
    order = [n for c in causes[: NODES // 3] for n in (c.root.members or (c.root.name,)) if n in ends]
    in_plan = list(dict.fromkeys(r.name for r in assessment.repositories))
    outside = sorted(ends - set(in_plan))
    rest = [n for n in (*in_plan, *outside) if n in ends]
    order += [n for n in rest if n in risky] + [n for n in rest if n not in risky]
    return list(dict.fromkeys(order))[:NODES]


def _label(name: str, health: RepositoryHealth | None) -> str:
    look = words.STATUS[health.status if health else Status.UNKNOWN]
    version = health.version if health else None
    where = look.word if health else "not in the plan"
    shown = in_mermaid(name) or "(no name)"
    return f"{look.symbol} {shown}{f' {in_mermaid(version)}' if version else ''}<br/>{where}"


def _left_out(edges: Sequence[tuple[str, str, bool]], nodes: int, drawn: int) -> list[str]:
    names = {name for by, needs, _ in edges for name in (by, needs)}
    if len(names) == nodes and len(edges) == drawn:
        return []
    left_out = (
        f"Shown are {nodes} of {len(names):,} repositories and {drawn} of {len(edges):,} dependencies that are not "
        "ready; the root causes first. The tables above have more."
    )
    return ["", left_out]
