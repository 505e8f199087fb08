"""What files of the store say, parsed once per content: git names content by id, so nothing is read twice in vain."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeVar, cast

from bot.release import documents
from bot.release.folder import PlanFolder, Tracked
from bot.release.ga_status import StatusDocument
from bot.release.plan import PlanDocument, Problem
from bot.release.published import Published
from bot.store.layout import PLAN_FILE, PUBLISHED, REPORTS, TRACKING, is_of, is_report_file, misnamed
from bot.store.memo import Memo
from bot.store.objects import Entry, Objects
from bot.store.tracking import Captains, parse_captains, parse_tracking

_PARSED_LIMIT = 64 * 2**20
T = TypeVar("T")
Problems = tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One file of `ga_status/`: whose it is, and the document."""

    repository: str
    document: StatusDocument


@dataclass(frozen=True, slots=True)
class VersionList:
    """One file of `published/`: whose it is, and what it says."""

    repository: str
    published: Published


@dataclass(frozen=True)
class Broken:
    """A plan that cannot be read in this version, and why."""

    problems: Problems


@dataclass(frozen=True)
class Loaded:
    """A plan's folder as it lies in one tree. `faults`: files of Convoy's own that cannot be read, left out of it.

    `files`: every file of Convoy's own that lies there, relative to the folder.
    """

    folder: PlanFolder
    files: frozenset[str]
    faults: Mapping[str, Problems] = field(default_factory=dict)


class Contents:
    """Parses entries of trees. Whatever lies there (links, submodules, huge or broken files), the answer is a value."""

    def __init__(self) -> None:
        self._parsed: Memo[tuple[str, str], object] = Memo(_PARSED_LIMIT)
        self._folders: Memo[str, Loaded | Broken] = Memo(400)

    def plan(self, objects: Objects, entry: Entry) -> PlanDocument | Problems:
        """A `release_plan.json`."""
        return self._parse("plan", objects, entry, documents.PLAN_LIMIT, documents.parse_plan)

    def tracking(self, objects: Objects, entry: Entry) -> Mapping[str, Tracked] | Problems:
        """A `tracking.json`."""
        return self._parse("tracking", objects, entry, documents.PLAN_LIMIT, parse_tracking)

    def captains(self, objects: Objects, entry: Entry) -> Captains | Problems:
        """A `captains.json`."""
        return self._parse("captains", objects, entry, documents.PLAN_LIMIT, parse_captains)

    def report(self, objects: Objects, entry: Entry) -> Snapshot | Problems:
        """A file of `ga_status/`."""
        document = self._parse("report", objects, entry, documents.STATUS_LIMIT, documents.parse_status)
        if not isinstance(document, StatusDocument):
            return document
        repository = document.status.repository
        if is_of(entry.name or "", repository):
            return Snapshot(repository, document)
        return misnamed(entry.name or "", objects.blob(entry.oid), documents.parse_status)

    def published(self, objects: Objects, entry: Entry) -> VersionList | Problems:
        """A file of `published/`."""
        found = self._parse("published", objects, entry, documents.STATUS_LIMIT, _version_list)
        if not isinstance(found, VersionList):
            return found
        if is_of(entry.name or "", found.repository):
            return found
        return misnamed(entry.name or "", objects.blob(entry.oid), documents.parse_published)

    def folder(self, objects: Objects, tree: str) -> Loaded | Broken:
        """A whole plan folder."""
        known = self._folders.get(tree)
        if known is None:
            known = self._load(objects, tree)
            weight = 1 + len(known.files) // 50 if isinstance(known, Loaded) else 1
            self._folders.put(tree, known, weight)
        return known

    def _load(self, objects: Objects, tree: str) -> Loaded | Broken:
        entries = {entry.name: entry for entry in objects.entries(tree)}
        if PLAN_FILE not in entries:
            return Broken((Problem(0, "is not there"),))
        document = self.plan(objects, entries[PLAN_FILE])
        if not isinstance(document, PlanDocument):
            return Broken(document)
        files: set[str] = set()
        faults: dict[str, Problems] = {}
        tracking: Mapping[str, Tracked] = {}
        if TRACKING in entries:
            files.add(TRACKING)
            parsed = self.tracking(objects, entries[TRACKING])
            if isinstance(parsed, Mapping):
                tracking = parsed
            else:
                faults[TRACKING] = parsed
        reports: dict[str, StatusDocument] = {}
        for file, entry in _snapshots(objects, REPORTS, entries.get(REPORTS)):
            files.add(file)
            report = self.report(objects, entry)
            if isinstance(report, Snapshot):
                reports[report.repository] = report.document
            else:
                faults[file] = report
        published: dict[str, Published] = {}
        for file, entry in _snapshots(objects, PUBLISHED, entries.get(PUBLISHED)):
            files.add(file)
            listed = self.published(objects, entry)
            if isinstance(listed, VersionList):
                published[listed.repository] = listed.published
            else:
                faults[file] = listed
        folder = PlanFolder(
            document, MappingProxyType(reports), MappingProxyType(dict(tracking)), MappingProxyType(published)
        )
        return Loaded(folder, frozenset(files), MappingProxyType(faults))

    def _parse(
        self, kind: str, objects: Objects, entry: Entry, limit: int, parse: Callable[[bytes], T | Problems]
    ) -> T | Problems:
        if not entry.is_file:
            return (Problem(0, f"is {entry.kind}, not a file"),)
        key = (kind, entry.oid)
        known = self._parsed.get(key)
        if known is None:
            size = objects.size(entry.oid)
            if size > limit:
                return (Problem(0, f"has {size:,} bytes; Convoy reads at most {limit:,}"),)
            known = parse(objects.blob(entry.oid))
            self._parsed.put(key, known, size + 200)
        return cast("T | Problems", known)


def _version_list(data: bytes) -> VersionList | Problems:
    match documents.parse_published(data):
        case (str() as repository, Published() as published):
            return VersionList(repository, published)
        case problems:
            return problems


def _snapshots(objects: Objects, name: str, folder: Entry | None) -> Iterator[tuple[str, Entry]]:
    """The files of Convoy's own in a folder with a file a repository, each with its path."""
    for entry in objects.entries(folder.oid) if folder is not None and folder.is_folder else ():
        if entry.name is not None and not entry.is_folder and is_report_file(entry.name):
            yield f"{name}/{entry.name}", entry
