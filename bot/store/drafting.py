"""From an edit to commits that no ref points to yet: what `update` publishes, or the reason why there is nothing to.

Everything here may run again on a newer head, so it leaves nothing behind but unreferenced objects.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from bot.release import documents, merging
from bot.release.edits import Clash, Conflict, Edit
from bot.release.folder import PlanFolder
from bot.release.plan import PlanDocument
from bot.services.ports import Author, PlanNotFoundError, PlanState, StoreError
from bot.store.commits import Node, message, signature_parts
from bot.store.layout import DASHBOARD, PLAN_FILE, PLANS, changes, dump_plan
from bot.store.memo import Memo
from bot.store.objects import Objects
from bot.store.reading import Reader, Reading

Renderer = Callable[[str, PlanFolder, datetime], bytes]
_SKEW_SECONDS = 86_400
_OLDER_IN_A_ROW = 200
# How many commits back the last one that Convoy made of a plan is looked for; further back the dashboard is drawn anew.
_OWN_WITHIN = 1_000


@dataclass(frozen=True)
class Unchanged:
    """The edit leaves everything as it is."""

    state: PlanState


@dataclass(frozen=True)
class Drafted:
    """Commits are written; `tip` is the newest. `before` is the folder that the edit was applied to."""

    tip: str
    before: PlanFolder | None


@dataclass(frozen=True)
class Made:
    """The edit is in the history already, as this commit."""

    commit: str
    before: PlanFolder | None


class Drafter:
    """Applies edits to a head. `bot` is the committer of everything; `render` draws RELEASE_PLAN.md."""

    def __init__(self, reader: Reader, render: Renderer, bot: Author) -> None:
        self._reader = reader
        self._render = render
        self._bot = bot
        self._in_step: Memo[tuple[str, str], bool] = Memo(1000)

    def made(self, objects: Objects, head: str, slug: str, edit: Edit) -> Made | None:
        """The commit that an earlier attempt of the same edit left in the history (its answer may have been lost).

        A commit is never older than its edit, so the search ends after a row of clearly older commits.
        """
        older = 0
        for node in objects.everything(head):
            if node.says("Plan-Edit-Id", edit.id) and node.says("Plan", slug):
                return Made(node.id, self._folder(objects, node.parents[0], slug) if node.parents else None)
            older = older + 1 if node.time < edit.at.timestamp() - _SKEW_SECONDS else 0
            if older >= _OLDER_IN_A_ROW:
                break
        return None

    def draft(
        self, objects: Objects, head: str | None, slug: str, edit: Edit, author: Author,
        seen: PlanFolder | None = None,
    ) -> Conflict | Unchanged | Drafted:  # fmt: skip
        """Apply an edit to a head and write the commits. `seen`: the plan that the author went by."""
        reading = self._reading(objects, head, slug)
        if isinstance(reading, Conflict):
            return reading
        before = reading.state.folder if reading else None
        after = merging.merge(edit, seen, before, lambda clash: self._who(objects, head, slug, clash))
        if isinstance(after, Conflict):
            return after
        files = self._files(objects, head, slug, reading, after)
        if PLAN_FILE in files:
            unreadable = documents.parse_plan(files[PLAN_FILE] or b"")
            if not isinstance(unreadable, PlanDocument):
                return Conflict(f"the plan would not be readable: {unreadable[0].reason}", unreadable)
        if not files and reading:
            if self._dashboard_in_step(objects, head, slug, reading):
                return Unchanged(reading.state)
            # People changed the files since the dashboard was drawn: drawing it is Convoy's doing, not the author's.
            drawn = self._render(slug, after, edit.at)
            if self._content(objects, reading, DASHBOARD) == drawn:
                self._in_step.put((slug, reading.tree), True)
                return Unchanged(reading.state)
            files, author, subject = {DASHBOARD: drawn}, self._bot, f"Renew {DASHBOARD}"
        else:
            files[DASHBOARD] = self._render(slug, after, edit.at)
            subject = edit.subject()
        base = self._laid_out(objects, head, slug, reading, edit) if PLAN_FILE in files and reading else head
        tip = self._commit(objects, base, slug, files, edit.at, author, subject, edit.id)
        return Drafted(tip, before)

    def _reading(self, objects: Objects, head: str | None, slug: str) -> Reading | Conflict | None:
        if head is None:
            return None
        for path in (PLANS, f"{PLANS}/{slug}"):
            entry = objects.entry(objects.node(head).tree, path)
            if entry is not None and not entry.is_folder:
                return Conflict(f"{path} is {entry.kind} in the newest commit, not a folder; nothing was changed")
        try:
            reading = self._reader.read(objects, head, slug)
        except PlanNotFoundError:
            return None
        except StoreError as error:
            return Conflict(str(error))
        bad = reading.state.bad_head
        if reading.unreadable and bad is not None:
            return Conflict(
                f"{bad.problems[0].at(f'{PLANS}/{slug}/{PLAN_FILE}')} (commit {bad.commit[:7]} by {bad.author}). "
                "Mend or revert that file first; until then the last good plan is in force and nothing is written",
                bad.problems,
            )
        return reading

    def _who(self, objects: Objects, head: str | None, slug: str, clash: Clash) -> str | None:
        """Author and commit that gave a field the value that it has at `head`."""
        found: Node | None = None
        for node in islice(objects.first_parents(head), _OLDER_IN_A_ROW) if head else ():
            folder = self._folder(objects, node.id, slug)
            if folder is None or merging.value(folder, clash.path) != clash.theirs:
                return f"{found.author} (commit {found.id[:7]})" if found else None
            found = node
        return None

    def _folder(self, objects: Objects, commit: str, slug: str) -> PlanFolder | None:
        reading = self._reading(objects, commit, slug)
        return reading.state.folder if isinstance(reading, Reading) else None

    def _files(
        self, objects: Objects, head: str | None, slug: str, reading: Reading | None, after: PlanFolder
    ) -> dict[str, bytes | None]:
        if reading:
            wanted = changes(reading.state.folder, after, reading.files, reading.broken)
            return {file: data for file, data in wanted.items() if not objects.holds(reading.tree, file, data)}
        # What may be left of an older plan in that folder is not the new plan's.
        left = objects.entry(objects.node(head).tree, f"{PLANS}/{slug}") if head else None
        return changes(None, after, frozenset(_files_below(objects, left.oid)) if left else (), ())

    def _laid_out(self, objects: Objects, head: str | None, slug: str, reading: Reading, edit: Edit) -> str | None:
        """The head, with a commit on top if need be that only lays the plan file out as Convoy writes it.

        Otherwise the next person who changes one line is blamed for all of them.
        """
        laid_out = dump_plan(reading.state.folder.document)
        if self._content(objects, reading, PLAN_FILE) == laid_out:
            return head
        subject = f"Lay out {PLAN_FILE} as Convoy writes it"
        return self._commit(objects, head, slug, {PLAN_FILE: laid_out}, edit.at, self._bot, subject, "")

    def _commit(
        self, objects: Objects, parent: str | None, slug: str, files: dict[str, bytes | None],
        at: datetime, author: Author, subject: str, edit_id: str,
    ) -> str:  # fmt: skip
        under = objects.node(parent) if parent else None
        tree = objects.write(under.tree if under else None, {f"{PLANS}/{slug}/{f}": data for f, data in files.items()})
        trailers = [("Slack-User", author.slack_user), ("Slack-Team", author.slack_team)]
        trailers += [("Plan", slug), ("Plan-Edit-Id", edit_id)]
        # Dated by the edit, so that a replayed history has the days of the original; never before the parent.
        written = max(int(at.timestamp()), 0)
        committed = max(written, under.time if under else 0)
        offset = at.utcoffset()
        minutes = int(offset.total_seconds() // 60) if offset else 0
        return objects.commit(
            tree, parent, signature_parts(author), signature_parts(self._bot),
            (written, committed, minutes), message(subject, trailers),
        )  # fmt: skip

    def _dashboard_in_step(self, objects: Objects, head: str | None, slug: str, reading: Reading) -> bool:
        """Whether the plan's folder is as Convoy last left it: then RELEASE_PLAN.md was drawn from what lies there."""
        key = (slug, reading.tree)
        known = self._in_step.get(key)
        if known is None:
            last = self._last_own(objects, head, slug)
            entry = objects.entry(last.tree, f"{PLANS}/{slug}") if last else None
            known = entry is not None and entry.oid == reading.tree
            if known:
                self._in_step.put(key, known)
        return known

    def _last_own(self, objects: Objects, head: str | None, slug: str) -> Node | None:
        bot = signature_parts(self._bot)[1]
        for node in islice(objects.first_parents(head), _OWN_WITHIN) if head else ():
            if node.committer_email == bot and node.says("Plan", slug) and "\nPlan-Edit-Id: " in node.message:
                return node
        return None

    @staticmethod
    def _content(objects: Objects, reading: Reading, file: str) -> bytes | None:
        entry = objects.entry(reading.tree, file)
        return objects.blob(entry.oid) if entry is not None and entry.is_file else None


def _files_below(objects: Objects, tree: str, folder: str = "") -> Iterator[str]:
    for entry in objects.entries(tree):
        if entry.is_folder and not folder and entry.name is not None:
            yield from _files_below(objects, entry.oid, f"{entry.name}/")
        elif entry.name is not None:
            yield f"{folder}{entry.name}"
