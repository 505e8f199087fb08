"""Readiness worked out a second time, for the replays: from the JSON of a plan and its status documents alone.

It follows docs/readiness.md with networkx for everything about graphs and `packaging` for everything about versions,
and imports nothing of Convoy: an error would have to be made twice to go unseen. It knows only what the two real trains
have in them (no dates but the release's, no lifetimes, no waivers) and refuses anything else.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import networkx as nx
from packaging.specifiers import SpecifierSet
from packaging.version import Version

Json = Mapping[str, Any]
PLAN_ROW = {"name", "version", "status", "dependencies"}
DOCUMENT = {"schemaVersion", "repository", "version", "latestVersion", "status", "updatedAt"}
RISKY = ("AT_RISK", "MISMATCH")
SETTLED = ("RELEASED", "DROPPED")


def number(text: str) -> Version:
    """A version of one of the two trains: PEP 440, or `r4.3`. Raises for anything else."""
    return Version(text.removeprefix("r"))


def serves(needed: str | None, version: str, ships: str | None = None) -> bool:
    """Whether a version is what is needed: this or newer, and a pre-release only where one is named.

    Who names none gets a release, or the very thing that the plan `ships`.
    """
    if needed is None:
        return not number(version).is_prerelease or (ships is not None and number(ships) == number(version))
    named = number(needed)
    assert not named.is_prerelease, f"neither train asks for a pre-release, but here is {needed}"
    assert needed.startswith("r") == version.startswith("r"), (needed, version)
    return SpecifierSet(f">={named}").contains(number(version), prereleases=False)


@dataclass
class Cause:
    """Whom one root cause blocks, which of them wait on nothing else, and the leads of those whom it blocks."""

    blocks: frozenset[str]
    freed: frozenset[str]
    captains: frozenset[str]


@dataclass
class Expected:
    """What one day must look like. Edges are (who needs, what is needed); a cause is the set of those that form it."""

    status: dict[str, str]
    verdicts: dict[tuple[str, str], str] = field(default_factory=dict)
    causes: dict[tuple[str, str], frozenset[frozenset[str]]] = field(default_factory=dict)
    roots: dict[frozenset[str], Cause] = field(default_factory=dict)

    @property
    def waiting(self) -> frozenset[str]:
        """The repositories that need something that is not there."""
        return frozenset(by for (by, _), verdict in self.verdicts.items() if verdict != "READY")


def expected(plan: Json, documents: Json) -> Expected:
    """What Convoy must say of that plan with those documents, whatever the hour."""
    leads = {row["name"]: group["lead"] for group in plan["releaseGroups"] for row in group["repositories"]}
    rows = {row["name"]: row for group in plan["releaseGroups"] for row in group["repositories"]}
    assert all(row.keys() <= PLAN_ROW for row in rows.values())
    assert all(document.keys() <= DOCUMENT for document in documents.values())
    found = Expected({name: _status(row, documents.get(name)) for name, row in rows.items()})
    own = {
        (name, need["name"]): _own(need, rows.get(need["name"]), documents.get(need["name"]))
        for name, row in rows.items()
        for need in row["dependencies"]
    }
    found.verdicts = _travelled(own)
    found.causes = _causes(found.verdicts)
    waits_on: dict[str, set[frozenset[str]]] = {}
    for (by, _), causes in found.causes.items():
        if found.status[by] not in SETTLED:
            waits_on.setdefault(by, set()).update(causes)
    for members in {members for several in waits_on.values() for members in several}:
        blocks = frozenset(name for name, several in waits_on.items() if members in several) - members
        freed = frozenset(name for name in blocks if len(waits_on[name]) == 1)
        if blocks:
            found.roots[members] = Cause(blocks, freed, frozenset(leads[name] for name in blocks) - {"", None})
    return found


def _speaks(row: Json, document: Json | None) -> bool:
    """Whether a document is about the version that the plan ships."""
    if document is None:
        return False
    ours, theirs = row["version"], document["version"]
    return ours is None or theirs is None or number(ours) == number(theirs)


def _status(row: Json, document: Json | None) -> str:
    if row["status"] == "DROPPED" or document is None or not _speaks(row, document):
        return str(row["status"])
    return str(document["status"])


def _own(need: Json, row: Json | None, document: Json | None) -> str:
    """One dependency by itself: the table of docs/readiness.md, section 2, from the top."""
    outside = row is None
    if outside and document is None:
        return "UNKNOWN"
    ships = (document or {}).get("version") if row is None else row["version"]
    status = (document or {})["status"] if row is None else _status(row, document)
    planned = None if outside else ships
    if any(serves(need["version"], version, planned) for version in _published(row, document, ships, status)):
        return "READY"
    unfit = ships is not None and not outside and not serves(need["version"], ships, planned)
    if status == "DROPPED" or unfit:
        return "MISMATCH"
    if status in ("AT_RISK", "BLOCKED"):
        return "AT_RISK"
    undecided = ships is None and need["version"] is not None
    return "UNKNOWN" if status in ("UNKNOWN", "RELEASED") or undecided else "WAITING"


def _published(row: Json | None, document: Json | None, ships: str | None, status: str) -> list[str]:
    found = []
    if row is not None and status == "RELEASED" and not _speaks(row, document):
        found.append(ships)
    if document is not None:
        if document["status"] == "RELEASED":
            found.append(document["version"] or ships)
        found.append(document["latestVersion"])
    return [version for version in found if version is not None]


def _travelled(own: Mapping[tuple[str, str], str]) -> dict[tuple[str, str], str]:
    """Section 3: what waits for somebody in trouble is at risk itself."""
    carrying = nx.DiGraph()
    carrying.add_nodes_from({name for edge in own for name in edge})
    carrying.add_edges_from(edge for edge, verdict in own.items() if verdict not in ("READY", "MISMATCH"))
    trouble = {by for (by, _), verdict in own.items() if verdict in RISKY}
    trouble |= {above for name in trouble for above in nx.ancestors(carrying, name)}
    return {
        (by, needs): "AT_RISK" if verdict in ("WAITING", "UNKNOWN") and needs in trouble else verdict
        for (by, needs), verdict in own.items()
    }


class _Walk:
    """Section 4: the deepest things that are not ready, each as the set of those that form it."""

    def __init__(self, verdicts: Mapping[tuple[str, str], str], kinds: Collection[str]) -> None:
        """`kinds`: the verdicts that count; of those some lead further and at some the walk ends."""
        self._on = nx.DiGraph(e for e, kind in verdicts.items() if kind in kinds and kind in ("AT_RISK", "WAITING"))
        self._ends: dict[str, set[str]] = {}
        for (by, needs), kind in verdicts.items():
            if kind in kinds and kind in ("MISMATCH", "UNKNOWN"):
                self._ends.setdefault(by, set()).add(needs)
        self._known: dict[str, frozenset[frozenset[str]]] = {}

    def causes(self, start: str) -> frozenset[frozenset[str]]:
        if start not in self._known:
            self._known[start] = self._find(start)
        return self._known[start]

    def _find(self, start: str) -> frozenset[frozenset[str]]:
        reached = {start} | (nx.descendants(self._on, start) if start in self._on else set())
        found = {frozenset({end}) for by in reached for end in self._ends.get(by, ())}
        below = self._on.subgraph(reached).copy()
        below.add_node(start)
        groups = nx.condensation(below)
        for group, members in groups.nodes(data="members"):
            if groups.out_degree(group) == 0 and not members & self._ends.keys():
                found.add(frozenset(members))
        return frozenset(found)


def _causes(verdicts: Mapping[tuple[str, str], str]) -> dict[tuple[str, str], frozenset[frozenset[str]]]:
    """For every edge. What is at risk follows only risk; what waits follows all that is not ready."""
    risk, everything = _Walk(verdicts, RISKY), _Walk(verdicts, ("AT_RISK", "MISMATCH", "WAITING", "UNKNOWN"))
    found = {}
    for (by, needs), verdict in verdicts.items():
        if verdict == "READY":
            found[by, needs] = frozenset[frozenset[str]]()
        elif verdict in ("MISMATCH", "UNKNOWN"):
            found[by, needs] = frozenset({frozenset({needs})})
        else:
            found[by, needs] = (risk if verdict == "AT_RISK" else everything).causes(needs)
    return found
