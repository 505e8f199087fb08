"""One plan's folder followed from commit to commit: what each version of it changed, as history keeps it.

A version whose plan cannot be read changes nothing: the last good one stays in force, as it does for whoever reads.
The same holds for each file of Convoy's own. Only what a commit touched is read.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from bot.release import documents
from bot.release.facts import Delta, Facts, delta, fact_of, facts_of
from bot.release.folder import PlanFolder, Tracked
from bot.release.ga_status import StatusDocument
from bot.release.status import Status
from bot.services.ports import PlanNotFoundError, StoreError
from bot.store.contents import Contents, Snapshot
from bot.store.layout import PLAN_FILE, PLANS, REPORTS, TRACKING, is_report_file, report_file
from bot.store.objects import Entry, Objects
from bot.store.plan_text import PlanText
from bot.store.reading import Reader

_BY_HAND = b'"byHandAt"'


class Follower:
    """`facts` are those of the version that it stands at. Begin with `resume` or at a commit without the plan."""

    def __init__(self, contents: Contents, facts: Facts | None = None) -> None:
        self.facts = facts or Facts()
        self._contents = contents
        self._forget()

    def _forget(self) -> None:
        self._oids: dict[str, str] = {}
        self._text: PlanText | None = None
        self._by_hand: dict[str, Tracked] = {}
        self._files: dict[str, str] = {}
        self._reports: dict[str, StatusDocument] = {}
        self._ageing: set[str] = set()

    def resume(self, reader: Reader, objects: Objects, commit: str, slug: str, tree: str) -> None:
        """Take up the plan where `facts` are known already: `tree` is its folder at that commit."""
        facts = self.facts
        try:
            state = reader.read(objects, commit, slug).state
        except (PlanNotFoundError, StoreError):  # none yet, or none that ever could be read
            return
        self.step(objects, tree, state.committed_at)
        if self._text is None:  # it is the folder of an older commit that is in force
            found = objects.entry(objects.node(state.commit).tree, f"{PLANS}/{slug}")
            self.step(objects, found.oid if found is not None else None, state.committed_at)
        for name, document in state.folder.reports.items():  # also those whose file is broken there
            self._files[report_file(name)] = name
            self._accept(name, document)
        self._by_hand = _by_hand(state.folder.tracking)
        self.facts = facts

    def step(self, objects: Objects, tree: str | None, at: datetime) -> Delta:
        """Go to the next version: its folder (None: there is none any more), and the moment it is in force from."""
        entries = {e.name: e for e in objects.entries(tree)} if tree is not None else {}
        plan = entries.get(PLAN_FILE)
        before = self.facts
        if plan is None:
            self._forget()
            self.facts = Facts()
            return delta(before, self.facts)
        changed = self._plan(objects, plan)
        if self._text is None or changed == "bad":
            return {}
        moved = self._tracking(objects, entries.get(TRACKING)) | self._report_files(objects, entries.get(REPORTS))
        if changed == "anew" or not before.exists:
            self.facts = facts_of(self._folder(self._text), at)
        else:
            self.facts = self._amended(self._text, changed | moved, at)
        return delta(before, self.facts)

    def _folder(self, text: PlanText) -> PlanFolder:
        return PlanFolder(text.plan, self._reports, self._by_hand)

    def _amended(self, text: PlanText, changed: frozenset[str], at: datetime) -> Facts:
        """The facts with those of some repositories made anew; so are those that time alone can change."""
        folder = self._folder(text)
        facts = self.facts.copy()
        for name in changed | self._ageing:
            if name in text.rows:
                group, repository = text.rows[name]
                facts.repositories[name] = fact_of(group, repository, folder, at)
        return facts

    def _plan(self, objects: Objects, entry: Entry) -> frozenset[str] | Literal["anew", "bad"]:
        """The repositories that a new plan file changed; `anew` when it was read as a whole."""
        if self._oids.get(PLAN_FILE) == entry.oid:
            return frozenset()
        if not entry.is_file or objects.size(entry.oid) > documents.PLAN_LIMIT:
            return "bad"
        data = objects.blob(entry.oid)
        following = self._text.next(data) if self._text is not None else None
        if following is not None:
            self._text, changed = following
            self._oids[PLAN_FILE] = entry.oid
            return changed
        text = PlanText.read(data)
        if not isinstance(text, PlanText):
            return "bad"
        self._text = text
        self._oids[PLAN_FILE] = entry.oid
        return "anew"

    def _tracking(self, objects: Objects, entry: Entry | None) -> frozenset[str]:
        """The repositories of which what people set by hand began or ceased to hold: nothing else of it is a fact."""
        if self._oids.get(TRACKING) == (entry.oid if entry is not None else None):
            return frozenset()
        before = self._by_hand
        if entry is None:
            self._by_hand = {}
            self._oids.pop(TRACKING, None)
            return frozenset(before)
        self._oids[TRACKING] = entry.oid
        if (
            entry.is_file
            and objects.size(entry.oid) <= documents.PLAN_LIMIT
            and _BY_HAND not in objects.blob(entry.oid)
        ):
            self._by_hand = {}  # most of the time, and much faster than reading it
            return frozenset(before)
        tracking = self._contents.tracking(objects, entry)
        if isinstance(tracking, Mapping):
            self._by_hand = _by_hand(tracking)
        return frozenset(before.keys() ^ self._by_hand.keys())

    def _report_files(self, objects: Objects, folder: Entry | None) -> frozenset[str]:
        """The repositories of which the document in force is another one."""
        before = self._oids.get(REPORTS)
        now = folder.oid if folder is not None and folder.is_folder else None
        if before == now:
            return frozenset()
        changed: set[str | None] = set()
        if now is None:
            self._oids.pop(REPORTS)
            changed |= {self._without(file) for file in list(self._files)}
        else:
            self._oids[REPORTS] = now
            for file, entry in objects.between(before, now):
                if is_report_file(file):
                    changed.add(self._report(objects, file, entry))
        return frozenset(name for name in changed if name is not None)

    def _report(self, objects: Objects, file: str, entry: Entry | None) -> str | None:
        """The repository whose document in force one file changed."""
        if entry is None or entry.is_folder:
            return self._without(file)
        report = self._contents.report(objects, entry)
        if not isinstance(report, Snapshot):  # the last good one, if there was any, stays in force
            return None
        self._files[file] = report.repository
        self._accept(report.repository, report.document)
        return report.repository

    def _without(self, file: str) -> str | None:
        gone = self._files.pop(file, None)
        if gone is not None:
            self._reports.pop(gone, None)
            self._ageing.discard(gone)
        return gone

    def _accept(self, name: str, document: StatusDocument) -> None:
        self._reports[name] = document
        if document.status.ttl_hours is None or document.status.status is Status.RELEASED:
            self._ageing.discard(name)
        else:
            self._ageing.add(name)


def _by_hand(tracking: Mapping[str, Tracked]) -> dict[str, Tracked]:
    return {name: tracked for name, tracked in tracking.items() if tracked.by_hand_at is not None}
