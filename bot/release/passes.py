"""A tracking pass as an edit: what was seen at every source, applied to the newest plan as a pure function.

A pass writes the status of repositories that publish one, keeps the accepted documents and the versions that are out,
and remembers since when things are as they are. It touches nothing else, so it cannot undo what people edited
meanwhile.
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar

from bot.release import documents, standing
from bot.release import published as evidence
from bot.release.edits import Conflict
from bot.release.folder import FeedState, PlanFolder, Tracked
from bot.release.ga_status import StatusDocument
from bot.release.plan import Plan, PlanDocument, Repository
from bot.release.published import Published
from bot.release.status import Status


@dataclass(frozen=True, slots=True)
class Observation:
    """What the pass saw at one repository's source. `document` goes with FRESH only; `reason` is for people."""

    feed: FeedState
    document: StatusDocument | None = None
    reason: str = ""


@dataclass(frozen=True)
class RecordPass:
    """Write what a pass saw. Repositories that it did not look at stay as they are.

    `published`: every version that is out, where a source told; None where it says that there is no list any more.
    """

    operation: ClassVar[str] = "record-pass"
    observations: Mapping[str, Observation]
    id: str
    at: datetime
    published: Mapping[str, Published | None] = field(default_factory=dict)

    def apply(self, folder: PlanFolder | None) -> PlanFolder | Conflict:
        """The folder with new documents, statuses and memory; the very same one when nothing is new."""
        if folder is None:
            return Conflict("there is no such plan")
        plan = folder.document.plan
        names = watched(plan)
        reports = self._reports(folder, names)
        tracking = {n: t for n, t in folder.tracking.items() if n in names}
        for name in names:
            memory = self._remember(name, folder, expected=names[name].source is not None)
            if memory is not None:
                tracking[name] = memory
        seen = PlanFolder(folder.document, reports, tracking)
        statuses = {r.name: standing.of_repository(r, seen, self.at).status for _, r in plan.repositories()}
        document = _with_statuses(folder.document, statuses)
        tracking = {n: self._dated(n, t, statuses) for n, t in tracking.items()}
        for name, status in statuses.items():
            tracking.setdefault(name, Tracked(status, self.at))
        tracking = {n: self._first_heard(n, t, folder, reports) for n, t in tracking.items()}
        published = self._published(folder, names, PlanFolder(document, reports, tracking))
        after = PlanFolder(document, reports, tracking, published)
        unchanged = document is folder.document and replace(after, document=folder.document) == folder
        return folder if unchanged else after

    def subject(self) -> str:
        """What the commit does."""
        return "Track the status of the repositories"

    def _reports(self, folder: PlanFolder, names: Mapping[str, Repository]) -> dict[str, StatusDocument]:
        reports = {n: r for n, r in folder.reports.items() if n in names}
        for name, observation in self.observations.items():
            document = observation.document
            if name in names and document is not None and (name not in reports or reports[name].raw != document.raw):
                reports[name] = document
        return reports

    def _published(
        self, folder: PlanFolder, names: Mapping[str, Repository], after: PlanFolder
    ) -> dict[str, Published]:
        """The versions that are out; a list that says the same is the old one, as long as that is young enough."""
        needed = _requirements(folder.document.plan)
        kept = {n: p for n, p in folder.published.items() if n in names and self.published.get(n, p) is not None}
        for name, found in self.published.items():
            if found is None or name not in names:
                continue
            listed = evidence.cut(found, names[name].version, needed.get(name, ()))
            if not listed.says_the_same(kept.get(name)) or _older_than_claims(name, kept[name], after, self.at):
                kept[name] = listed
        return kept

    def _remember(self, name: str, folder: PlanFolder, *, expected: bool) -> Tracked | None:
        observation = self.observations.get(name)
        before = folder.tracking.get(name)
        if observation is None:
            return before
        had = folder.reports.get(name)
        feed = observation.feed
        if feed in (FeedState.MISSING, FeedState.NONE):
            # Where the plan names a source somebody expects a document; elsewhere people simply set the status by hand.
            feed = FeedState.MISSING if had is not None or expected else FeedState.NONE
        if before is None:
            if feed is FeedState.NONE:
                return None
            before = Tracked(Status.UNKNOWN, self.at)
        if feed is not before.feed:
            before = replace(before, feed=feed, feed_since=self.at)
        news = observation.document is not None and (had is None or had.raw != observation.document.raw)
        reason = "" if feed in (FeedState.FRESH, FeedState.NONE) else observation.reason
        return replace(before, reason=reason, by_hand_at=None if news else before.by_hand_at)

    def _dated(self, name: str, tracked: Tracked, statuses: Mapping[str, Status]) -> Tracked:
        status = statuses.get(name, tracked.status)
        return tracked if status is tracked.status else replace(tracked, status=status, since=self.at)

    def _first_heard(
        self, name: str, tracked: Tracked, folder: PlanFolder, reports: Mapping[str, StatusDocument]
    ) -> Tracked:
        """With a repository's first document, it stands so since that document's day: not since we first looked."""
        known = name in folder.reports and name in folder.tracking  # memory that was lost is made anew from it
        if known or name not in reports or tracked.by_hand_at is not None:
            return tracked
        document = reports[name].status
        if document.status is not tracked.status or document.updated_at >= tracked.since:
            return tracked
        return replace(tracked, since=document.updated_at)


def _older_than_claims(name: str, listed: Published, folder: PlanFolder, now: datetime) -> bool:
    """Whether the list was read before somebody said what is to be checked against it, or claims to be of the future.

    Only then is it written again although it says the same: a pass that brings nothing new commits nothing.
    """
    report, tracked = folder.reports.get(name), folder.tracking.get(name)
    claims = [] if report is None else [report.status.updated_at]
    claims += [] if tracked is None else [tracked.since]
    return listed.is_dated_ahead(now) or any(listed.as_of < claim <= now for claim in claims)


def _requirements(plan: Plan) -> dict[str, set[str]]:
    """What is asked of each repository."""
    found: dict[str, set[str]] = {}
    for _, repository in plan.repositories():
        for dependency in repository.dependencies:
            if dependency.version is not None:
                found.setdefault(dependency.name, set()).add(dependency.version)
    return found


def watched(plan: Plan) -> Mapping[str, Repository]:
    """Every name whose status matters: the repositories of the plan and what they need from outside it."""
    names = {r.name: r for _, r in reversed(list(plan.repositories()))}
    for _, repository in plan.repositories():
        for dependency in repository.dependencies:
            names.setdefault(dependency.name, Repository(name=dependency.name))
    return names


def _with_statuses(document: PlanDocument, statuses: Mapping[str, Status]) -> PlanDocument:
    changed = {r.name for _, r in document.plan.repositories() if r.status is not statuses[r.name]}
    if not changed:
        return document
    raw: dict[str, Any] = copy.deepcopy(dict(document.raw))
    for group in raw["releaseGroups"]:
        for row in group.get("repositories", []):
            if row["name"] in changed:
                row["status"] = statuses[row["name"]].value
    written = documents.parse_plan(documents.dump_json(raw))
    if not isinstance(written, PlanDocument):
        raise TypeError(f"a pass broke the plan: {written}")
    return written
