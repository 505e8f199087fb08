"""Plans and captains as they stand at a commit, and the last good version where that one is broken.

History is walked along the first parents: what `main` was, not what was merged into it.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from types import MappingProxyType
from typing import TypeVar

from bot.release.folder import PlanFolder
from bot.services.ports import BadHead, Person, PlanNotFoundError, PlanState, StoreError
from bot.store.commits import Node
from bot.store.contents import Broken, Contents, Loaded, Problems
from bot.store.layout import CAPTAINS, PLAN_FILE, PLANS, PUBLISHED, REPORTS, TRACKING, in_file, report_file
from bot.store.memo import Memo
from bot.store.objects import Entry, Objects
from bot.store.slugs import is_slug
from bot.store.tracking import Captains

# How many commits back a good version is looked for, of whatever plan they are; each costs about 20 us. A store with a
# pass every five minutes makes 300 a day: a plan that nobody mends must not be lost with the week.
FAR_BACK = 20_000
# How many versions of a plan's folder are searched for the good ones of single files.
PATCHED_FROM = 50

T = TypeVar("T")


@dataclass(frozen=True)
class Reading:
    """One plan at one commit. `tree`: its folder there; `files`: Convoy's own files in it; `broken`: the bad ones.

    `unreadable`: the plan file itself is bad, and the state is that of an older commit.
    """

    state: PlanState
    tree: str
    files: frozenset[str] = frozenset()
    broken: frozenset[str] = frozenset()
    unreadable: bool = False


class Reader:
    """Reads at commits. Safe for many threads; what it returns is never changed again."""

    def __init__(self) -> None:
        self._contents = Contents()
        self._readings: Memo[tuple[str, str], Reading] = Memo(400)

    def slugs(self, objects: Objects, commit: str) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
        """All plans at a commit, alphabetical, and what lies among them that can be none: its path, and in words."""
        plans = objects.entry(objects.node(commit).tree, PLANS)
        if plans is None:
            return (), ()
        if not plans.is_folder:
            return (), ((PLANS, f"{PLANS} is {plans.kind}, not a folder: no plan can be read"),)
        found: list[str] = []
        odd: list[tuple[str, str]] = []
        for entry in objects.entries(plans.oid):
            if entry.is_folder and entry.name is not None and is_slug(entry.name):
                if objects.entry(entry.oid, PLAN_FILE) is not None:
                    found.append(entry.name)
            elif not entry.is_file:
                name = "a folder whose name is not UTF-8" if entry.name is None else f"{entry.name!r} ({entry.kind})"
                path = PLANS if entry.name is None else f"{PLANS}/{entry.name}"
                odd.append((path, f"{PLANS}/: {name} cannot be a plan and is left out"))
        return tuple(sorted(found)), tuple(odd)

    def read(self, objects: Objects, commit: str, slug: str) -> Reading:
        """One plan at a commit. Raises PlanNotFoundError, and StoreError when no version of it can be read."""
        known = self._readings.get((commit, slug))
        if known is None:
            known = self._read(objects, objects.node(commit), slug)
            self._readings.put((commit, slug), known, 1 + len(known.files) // 50)
        return known

    @staticmethod
    def moment(objects: Objects, head: str, at: datetime) -> str:
        """The commit that was the head at a moment. Raises StoreError when history begins later."""
        if at.tzinfo is None:
            raise StoreError(f"{at.isoformat()} has no time zone; add one, such as {at.isoformat()}Z")
        oldest = None
        for node in objects.first_parents(head):
            if node.in_force <= at:
                return node.id
            oldest = node
        asked = f"there was no plan yet at {at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        if oldest is None:
            raise StoreError(f"{asked}, for the store is empty")
        begun = f"{oldest.when:%Y-%m-%d %H:%M} UTC"
        raise StoreError(f"{asked}: the store's history begins {begun}. Ask for that day or a later one")

    def captains(self, objects: Objects, commit: str) -> tuple[Mapping[str, Person], Problems]:
        """`captains.json` at a commit, or as it last was when it could be read; with every problem."""
        entry = objects.entry(objects.node(commit).tree, CAPTAINS)
        if entry is None:
            return {}, ()
        found = self._contents.captains(objects, entry)
        if isinstance(found, Captains):
            return found.people, in_file(CAPTAINS, found.problems)
        for _, older in _versions(objects, commit, CAPTAINS):
            last = self._contents.captains(objects, older)
            if isinstance(last, Captains):
                return last.people, in_file(CAPTAINS, found)
        return {}, in_file(CAPTAINS, found)

    def problems(self, objects: Objects, commit: str) -> tuple[str, ...]:
        """What lies at a commit and cannot be used, apart from plans; each with the commit that brought it."""
        captains = self.captains(objects, commit)[1]
        said = [(CAPTAINS, f"{p.file if p.line < 1 else p.place}: {p.reason}") for p in captains]
        found = []
        for path, reason in (*self.slugs(objects, commit)[1], *said):
            culprit = _culprit(objects, commit, path)
            found.append(f"{reason} (commit {culprit.id[:7]} by {culprit.author})")
        return tuple(found)

    def _read(self, objects: Objects, node: Node, slug: str) -> Reading:
        entry = objects.entry(node.tree, f"{PLANS}/{slug}") if is_slug(slug) else None
        if entry is None or not entry.is_folder or objects.entry(entry.oid, PLAN_FILE) is None:
            raise PlanNotFoundError(slug, self.slugs(objects, node.id)[0])
        loaded = self._contents.folder(objects, entry.oid)
        if isinstance(loaded, Broken):
            return self._last_good(objects, node, slug, entry.oid, loaded)
        if not loaded.faults:
            return Reading(PlanState(slug, node.id, node.when, loaded.folder), entry.oid, loaded.files)
        culprit = _culprit(objects, node.id, f"{PLANS}/{slug}/{next(iter(loaded.faults))}")
        problems = tuple(p for file, found in loaded.faults.items() for p in in_file(file, found))
        bad = BadHead(culprit.id, culprit.author, problems)
        state = PlanState(slug, node.id, node.when, self._patched(objects, node.id, slug, loaded), bad)
        return Reading(state, entry.oid, loaded.files, frozenset(loaded.faults))

    def _last_good(self, objects: Objects, node: Node, slug: str, tree: str, broken: Broken) -> Reading:
        """The newest version of a plan that can be read, where the newest of all cannot."""
        culprit = _culprit(objects, node.id, f"{PLANS}/{slug}/{PLAN_FILE}")
        for older, entry in _versions(objects, node.id, f"{PLANS}/{slug}"):
            loaded = self._contents.folder(objects, entry.oid) if entry.is_folder else broken
            if isinstance(loaded, Loaded):
                bad = BadHead(culprit.id, culprit.author, broken.problems)
                return Reading(PlanState(slug, older.id, older.when, loaded.folder, bad), tree, unreadable=True)
        raise StoreError(
            f"the plan {slug!r} cannot be read, and no older version of it can: commit {culprit.id[:7]} by "
            f"{culprit.author}, {broken.problems[0].at(f'{PLANS}/{slug}/{PLAN_FILE}')}. Push a mended file"
        )

    def _patched(self, objects: Objects, commit: str, slug: str, loaded: Loaded) -> PlanFolder:
        """The folder with the last good versions of Convoy's own files in the place of broken ones.

        A file that was not there before it was broken has no good version: whoever removed it meant to.
        """
        missing = set(loaded.faults)
        reports, tracking = dict(loaded.folder.reports), loaded.folder.tracking
        published = dict(loaded.folder.published)
        for _, entry in islice(_versions(objects, commit, f"{PLANS}/{slug}"), PATCHED_FROM):
            if not missing:
                break
            missing = {file for file in missing if objects.entry(entry.oid, file) is not None}
            older = self._contents.folder(objects, entry.oid) if entry.is_folder else None
            if not isinstance(older, Loaded):
                continue
            good = missing & (older.files - older.faults.keys())
            if TRACKING in good:
                tracking = older.folder.tracking
            reports |= _held(REPORTS, older.folder.reports, good)
            published |= _held(PUBLISHED, older.folder.published, good)
            missing -= good
        return PlanFolder(loaded.folder.document, MappingProxyType(reports), tracking, MappingProxyType(published))


def _held(folder: str, snapshots: Mapping[str, T], files: Collection[str]) -> dict[str, T]:
    """Those of the snapshots that lie in one of `files`."""
    if not any(file.startswith(f"{folder}/") for file in files):
        return {}
    return {name: one for name, one in snapshots.items() if f"{folder}/{report_file(name)}" in files}


def _versions(objects: Objects, commit: str, path: str) -> Iterator[tuple[Node, Entry]]:
    """The different contents of a path, newest first, each with the newest commit that had it. Reaches FAR_BACK.

    It ends where the path was not there: what was removed before that does not come back.
    """
    last: Entry | None = None
    for node in islice(objects.first_parents(commit), FAR_BACK):
        entry = objects.entry(node.tree, path)
        if entry is None:
            return
        if entry != last:
            yield node, entry
        last = entry


def _culprit(objects: Objects, commit: str, path: str) -> Node:
    """The commit that brought a path to what it is now."""
    newest = objects.node(commit)
    now = objects.entry(newest.tree, path)
    culprit = newest
    for node in islice(objects.first_parents(commit), FAR_BACK):
        if objects.entry(node.tree, path) != now:
            break
        culprit = node
    return culprit
