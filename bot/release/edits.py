"""Edits of a plan as data: an operation with its arguments and an id, applied by a pure function.

The store re-applies an edit to the newest head when a push loses a race, so `apply` must depend on nothing but the
folder that it is given. What cannot be applied is a `Conflict`, in words for the person who asked.
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import Enum
from typing import Any, ClassVar, Protocol

from bot.release import accepting, documents, standing
from bot.release.folder import PlanFolder, Tracked
from bot.release.plan import PlanDocument, Problem, Waiver
from bot.release.status import Status
from bot.release.suggest import did_you_mean
from bot.release.words import local

Raw = dict[str, Any]


class Row(Enum):
    """Whether a row (a repository, a dependency, …) or a field is there at all."""

    THERE = "there"
    GONE = "gone"


@dataclass(frozen=True)
class Clash:
    """One field that two people gave different values: JSON, or a `Row`.

    `was`: what both saw. `theirs`: what stands there now. `ours`: what the refused edit wanted.
    """

    path: tuple[str, ...]
    was: Any
    theirs: Any
    ours: Any


@dataclass(frozen=True)
class Conflict:
    """Why an edit was not applied: a sentence for the person who made it. Nothing was written.

    `clashes`: the fields that somebody else changed meanwhile, with both versions.
    """

    reason: str
    problems: tuple[Problem, ...] = ()
    clashes: tuple[Clash, ...] = ()


class Edit(Protocol):
    """One change of one plan. `id` makes a second application a no-op (trailer `Plan-Edit-Id`); `at` is when."""

    operation: ClassVar[str]

    @property
    def id(self) -> str:
        """Unique id of this edit."""

    @property
    def at(self) -> datetime:
        """When the person or the pass made it, with zone."""

    def apply(self, folder: PlanFolder | None) -> PlanFolder | Conflict:
        """The folder after the edit; the very same folder when there is nothing to change."""

    def subject(self) -> str:
        """The first line of the commit message: imperative, without the plan's name."""


@dataclass(frozen=True)
class AddPlan:
    """Start a plan from a file that people wrote."""

    operation: ClassVar[str] = "add-plan"
    document: PlanDocument
    id: str
    at: datetime

    def apply(self, folder: PlanFolder | None) -> PlanFolder | Conflict:
        """A new folder; a Conflict when the plan exists."""
        if folder is not None:
            return Conflict(f"the plan {folder.document.plan.release_name!r} exists already; nothing was changed")
        tracking = {r.name: Tracked(r.status, self.at) for _, r in self.document.plan.repositories()}
        return PlanFolder(self.document, {}, tracking)

    def subject(self) -> str:
        """What the commit does."""
        return f"Open the plan {self.document.plan.release_name}"


@dataclass(frozen=True)
class _PlanEdit:
    """Base of the edits that change `release_plan.json` in place."""

    id: str
    at: datetime

    def apply(self, folder: PlanFolder | None) -> PlanFolder | Conflict:
        if folder is None:
            return Conflict("there is no such plan")
        raw: Raw = copy.deepcopy(dict(folder.document.raw))
        problem = self._change(raw)
        if problem is not None:
            return problem
        if raw == folder.document.raw:
            return folder
        document = documents.parse_plan(documents.dump_json(raw))
        if not isinstance(document, PlanDocument):
            return Conflict("; ".join(p.reason for p in document), document)
        return replace(folder, document=document, tracking=self._tracked(folder, document))

    def _change(self, raw: Raw) -> Conflict | None:
        raise NotImplementedError

    def _tracked(self, folder: PlanFolder, document: PlanDocument) -> Mapping[str, Tracked]:
        """Keep what passes remember of everything that is still needed; start it for new repositories."""
        rows = {r.name: r for _, r in document.plan.repositories()}
        needed = rows.keys() | {d.name for r in rows.values() for d in r.dependencies}
        kept = {n: t for n, t in folder.tracking.items() if n in needed}
        return kept | {n: Tracked(r.status, self.at) for n, r in rows.items() if n not in kept}


def _repositories(raw: Raw) -> list[Raw]:
    return [r for g in raw.get("releaseGroups", []) for r in g.get("repositories", [])]


def _find(raw: Raw, name: str) -> Raw | Conflict:
    rows = _repositories(raw)
    found = next((r for r in rows if r.get("name") == name), None)
    if found is None:
        return Conflict(f"there is no repository {name!r} in this plan{did_you_mean(name, [r['name'] for r in rows])}")
    return found


@dataclass(frozen=True)
class SetVersion(_PlanEdit):
    """Ship another version of a repository (None: not decided yet)."""

    operation: ClassVar[str] = "set-version"
    repository: str = ""
    version: str | None = None

    def _change(self, raw: Raw) -> Conflict | None:
        row = _find(raw, self.repository)
        if isinstance(row, Conflict):
            return row
        row["version"] = self.version
        return None

    def subject(self) -> str:
        """What the commit does."""
        return f"Ship {self.repository} {self.version or '(version not decided)'}"


@dataclass(frozen=True)
class SetStatus(_PlanEdit):
    """Set a repository's status by hand. It holds until the repository's own feed says something new."""

    operation: ClassVar[str] = "set-status"
    repository: str = ""
    status: Status = Status.UNKNOWN

    def apply(self, folder: PlanFolder | None) -> PlanFolder | Conflict:
        """The folder with that status; the very same one when the repository stands there already."""
        after = super().apply(folder)
        if folder is None or after is not folder:
            return after
        # The plan says so, and yet the feed may say otherwise (it expired, or somebody pushed the word by hand).
        found = folder.document.plan.find(self.repository)
        if found is None or standing.of_repository(found[1], folder, self.at).status is self.status:
            return folder
        return replace(folder, tracking=self._tracked(folder, folder.document))

    def _change(self, raw: Raw) -> Conflict | None:
        row = _find(raw, self.repository)
        if isinstance(row, Conflict):
            return row
        row["status"] = self.status.value
        return None

    def _tracked(self, folder: PlanFolder, document: PlanDocument) -> Mapping[str, Tracked]:
        tracking = dict(super()._tracked(folder, document))
        before = tracking[self.repository]
        tracking[self.repository] = replace(before, status=self.status, since=self.at, by_hand_at=self.at)
        return tracking

    def subject(self) -> str:
        """What the commit does."""
        return f"Set {self.repository} to {self.status.value} by hand"


@dataclass(frozen=True)
class AddRepository(_PlanEdit):
    """Take a repository into a group; a group that does not exist yet is made, without a captain."""

    operation: ClassVar[str] = "add-repository"
    group: str = ""
    repository: str = ""
    version: str | None = None

    def _change(self, raw: Raw) -> Conflict | None:
        if any(r.get("name") == self.repository for r in _repositories(raw)):
            return Conflict(f"{self.repository!r} is in this plan already; set-version changes its version")
        groups = raw.setdefault("releaseGroups", [])
        group = next((g for g in groups if g.get("name") == self.group), None)
        if group is None:
            group = {"name": self.group, "lead": "", "repositories": []}
            groups.append(group)
        row: Raw = {
            "name": self.repository,
            "version": self.version,
            "status": Status.NOT_STARTED.value,
            "dependencies": [],
        }
        group.setdefault("repositories", []).append(row)
        return None

    def subject(self) -> str:
        """What the commit does."""
        return f"Add {self.repository} {self.version or '(version not decided)'} to {self.group}"


@dataclass(frozen=True)
class DropRepository(_PlanEdit):
    """Take a repository out of the plan. Those that depend on it keep saying so, and show it as outside the plan."""

    operation: ClassVar[str] = "drop-repository"
    repository: str = ""

    def _change(self, raw: Raw) -> Conflict | None:
        found = _find(raw, self.repository)
        if isinstance(found, Conflict):
            return found
        for group in raw["releaseGroups"]:
            group["repositories"] = [r for r in group.get("repositories", []) if r.get("name") != self.repository]
        return None

    def subject(self) -> str:
        """What the commit does."""
        return f"Drop {self.repository}"


@dataclass(frozen=True)
class AddDependency(_PlanEdit):
    """Say that a repository needs another one; an existing dependency of that name gets the new requirement."""

    operation: ClassVar[str] = "add-dependency"
    repository: str = ""
    name: str = ""
    requirement: str | None = None

    def _change(self, raw: Raw) -> Conflict | None:
        row = _find(raw, self.repository)
        if isinstance(row, Conflict):
            return row
        if self.name == self.repository:
            return Conflict(f"{self.repository!r} cannot depend on itself")
        needs = row.setdefault("dependencies", [])
        there = next((d for d in needs if d.get("name") == self.name), None)
        if there is None:
            needs.append({"name": self.name, "version": self.requirement})
        else:
            there["version"] = self.requirement
        return None

    def subject(self) -> str:
        """What the commit does."""
        return f"Let {self.repository} need {self.name} {self.requirement or '(any version)'}"


@dataclass(frozen=True)
class SetPackages(_PlanEdit):
    """Say as which packages a repository is published (none: its tags and releases are the evidence)."""

    operation: ClassVar[str] = "set-packages"
    repository: str = ""
    packages: tuple[str, ...] = ()

    def _change(self, raw: Raw) -> Conflict | None:
        row = _find(raw, self.repository)
        if isinstance(row, Conflict):
            return row
        row.pop("packages", None)
        if self.packages:
            row["packages"] = list(dict.fromkeys(self.packages))
        return None

    def subject(self) -> str:
        """What the commit does."""
        return f"Look for {self.repository} in {', '.join(self.packages) or 'no package index'}"


@dataclass(frozen=True)
class AcceptRisk(_PlanEdit):
    """Live with a root cause until a day, and say why. It is silent for the captain of that repository until then.

    How the cause stands now is written down with it, so that the waiver ends when it gets worse, and whose captain it
    is for. The name of a repository in a circle means the circle.
    """

    operation: ClassVar[str] = "accept-risk"
    repository: str = ""
    cause: str = ""
    until: date = date.min
    reason: str = ""
    accepted_by: str = ""

    def apply(self, folder: PlanFolder | None) -> PlanFolder | Conflict:
        """The folder with the waiver; one for the same cause is replaced."""
        if not self.reason.strip():
            return Conflict("say why the risk is accepted: the reason is part of the plan")
        if folder is None:
            return super().apply(folder)
        if self.until < local(self.at, folder.document.plan.timezone).date():
            return Conflict(f"{self.until.isoformat()} has passed: name the day until which the risk is accepted")
        row = _find(dict(folder.document.raw), self.repository)
        if isinstance(row, Conflict):
            return row
        found = accepting.accepted(folder, self.repository, self.cause, self.at)
        if isinstance(found, str):
            return Conflict(found)
        told = {"until": self.until, "reason": self.reason, "accepted_by": self.accepted_by}
        return _Waive(self.id, self.at, self.repository, found.model_copy(update=told)).apply(folder)

    def subject(self) -> str:
        """What the commit does."""
        return f"Accept until {self.until.isoformat()} that {self.repository} waits on {self.cause}"


@dataclass(frozen=True)
class _Waive(_PlanEdit):
    """The part of `AcceptRisk` that is written down."""

    repository: str
    waiver: Waiver

    def _change(self, raw: Raw) -> Conflict | None:
        row = _find(raw, self.repository)
        if isinstance(row, Conflict):
            return row
        kept = [w for w in row.get("waivers", []) if not accepting.is_replaced(w, self.waiver)]
        row["waivers"] = [*kept, self.waiver.model_dump(mode="json", by_alias=True, exclude_defaults=True)]
        return None


@dataclass(frozen=True)
class SetDate(_PlanEdit):
    """Move the release date."""

    operation: ClassVar[str] = "set-date"
    release_date: date = date.min

    def _change(self, raw: Raw) -> Conflict | None:
        raw["releaseDate"] = self.release_date.isoformat()
        return None

    def subject(self) -> str:
        """What the commit does."""
        return f"Move the release date to {self.release_date.isoformat()}"


__all__ = [
    "AcceptRisk",
    "AddDependency", "AddPlan", "AddRepository", "Clash", "Conflict", "DropRepository", "Edit", "Row", "SetDate",
    "SetPackages", "SetStatus", "SetVersion",
]  # fmt: skip
