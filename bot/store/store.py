"""The plan store: reads at any commit or moment, and one way to write, `update`, safe for any number of writers."""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime

from bot.release.edits import Conflict, Edit
from bot.release.folder import PlanFolder
from bot.services.ports import (
    Author,
    Person,
    PlanNotFoundError,
    PlanState,
    Rewound,
    StoreError,
    Updated,
)
from bot.store.commits import BOT, Commit
from bot.store.drafting import Drafter, Renderer
from bot.store.git import Deadline
from bot.store.layout import PLANS
from bot.store.line import Line, Wish
from bot.store.objects import Objects, Pool
from bot.store.reading import Reader
from bot.store.rewinds import rewinds
from bot.store.side import Propose, SideBranches
from bot.store.slugs import is_slug
from bot.store.trunk import Trunk
from bot.store.writing import Writer

WRITE_SECONDS = 30.0
FETCH_SECONDS = 120.0
_ID = re.compile(r"[0-9a-f]{4,40}")


class GitStore:
    """`services.ports.PlanStore` on a trunk. Blocking; any number of threads, processes and people at once.

    `deadline`: how long one `update` may take, in seconds. `pause`: sleeps between attempts (replaced in tests).
    `propose`: asks a forge to take in a branch that was put beside a protected `main`.
    """

    def __init__(
        self, trunk: Trunk, pool: Pool, render: Renderer, *, bot: Author = BOT, deadline: float = WRITE_SECONDS,
        durable: bool = True, pause: Callable[[float], None] = time.sleep, propose: Propose | None = None,
    ) -> None:  # fmt: skip
        self._trunk = trunk
        self._pool = pool
        self._reader = Reader()
        self._deadline = deadline
        drafter = Drafter(self._reader, render, bot)
        self._writer = Writer(
            trunk, pool, self._reader, drafter, durable=durable and trunk.local, pause=pause,
            aside=SideBranches(bot, propose),
        )  # fmt: skip
        self._line = Line(self._writer.before, self._writer.write)
        self._asked = trunk.local
        self._answered = pool.path / "convoy.answered"

    def slugs(self) -> tuple[str, ...]:
        """All plans, alphabetical, at the newest head known."""
        head = self._head()
        with self._pool.borrow() as objects:
            return self._reader.slugs(objects, head)[0] if head else ()

    def read(self, slug: str, at: str | datetime | None = None) -> PlanState:
        """One plan at the newest head known, at a commit id or an unambiguous beginning of one, or at a moment."""
        head = self._head()
        if head is None:
            raise PlanNotFoundError(slug, ())
        with self._pool.borrow() as objects:
            return self._reader.read(objects, self._resolve(objects, head, at), slug).state

    def captains(self) -> Mapping[str, Person]:
        """`captains.json` by lead name; what is wrong with it is in `problems`."""
        head = self._head()
        with self._pool.borrow() as objects:
            return self._reader.captains(objects, head)[0] if head else {}

    def problems(self) -> tuple[str, ...]:
        """What lies in the store and cannot be used, apart from the plans themselves (those have `bad_head`)."""
        head = self._head()
        if head is None:
            return ()
        with self._pool.borrow() as objects:
            return self._reader.problems(objects, head)

    def rewound(self) -> Sequence[Rewound]:
        """What somebody took out of the branch by moving it, as far as it was noticed and still holds."""
        head = self._head()
        if head is None:
            return ()
        with self._pool.borrow() as objects:
            return rewinds(objects, head)

    def refresh(self) -> str:
        """Fetch the remote; the head commit id, empty when there is none. Raises StoreUnavailableError."""
        known = self._trunk.head()
        head = self._trunk.refresh(Deadline(FETCH_SECONDS))
        self._asked = True
        if not self._trunk.local:
            with suppress(OSError):  # a full disk: the last time that could be noted stays
                self._answered.touch()
        if known not in (None, head):
            self._writer.met_others()
        return head or ""

    def answered_at(self) -> datetime | None:
        """When the remote last told its head to a process of this machine; None: never noted, or the store is local."""
        try:
            return datetime.fromtimestamp(self._answered.stat().st_mtime, UTC)
        except OSError:
            return None

    def log(self, slug: str, limit: int = 50) -> Sequence[Commit]:
        """The newest commits that changed anything of a plan, newest first, along the first parents."""
        head = self._head()
        if head is None or not is_slug(slug):
            return ()
        found: list[Commit] = []
        path = f"{PLANS}/{slug}"
        with self._pool.borrow() as objects:
            nodes = objects.first_parents(head)
            node = next(nodes, None)
            entry = objects.entry(node.tree, path) if node else None
            while node is not None and len(found) < limit:
                older = next(nodes, None)
                before = objects.entry(older.tree, path) if older else None
                if entry != before:
                    found.append(node.commit())
                node, entry = older, before
        return tuple(found)

    def update(self, slug: str, edit: Edit, author: Author, base: str | None = None) -> Updated | Conflict:
        """Apply an edit to the newest head, write one commit, and apply it again when somebody else was faster.

        Threads that wait at the same time share one push; each gets an answer of its own.

        `base`: the commit that the person saw (else the newest known here). What was changed since then by others is
        never changed once more unseen: that is a Conflict with both versions. The same edit (by id) is never made
        twice, whatever got lost on the way. Raises StoreUnavailableError and StoreRefusedError; then asking again
        with the same edit is safe.
        """
        if not is_slug(slug):
            return Conflict(f"{slug[:100]!r} cannot be the name of a plan's folder; letters, digits and hyphens can")
        try:
            return self._line.join(Wish(slug, edit, author, Deadline(self._deadline), self._seen(slug, base)))
        except OSError as error:  # objects are written before the ref moves, so what fails here has changed nothing
            why = error.strerror or str(error)
            raise StoreError(
                f"the plan store cannot be written ({why}); nothing was changed, try again later"
            ) from error

    def close(self) -> None:
        """Let go of open files. The store can be used again."""
        self._pool.close()

    def _seen(self, slug: str, base: str | None) -> PlanFolder | None:
        """What the person who asks went by; None when that cannot be told. Raises StoreError for an odd `base`."""
        head = self._trunk.head()
        if head is None:
            return None
        with self._pool.borrow() as objects:
            commit = self._resolve(objects, head, base)
            try:
                return self._reader.read(objects, commit, slug).state.folder
            except StoreError:  # no plan yet, or none that was ever good: drafting says which
                return None

    def _head(self) -> str | None:
        """The newest head known. A clone that never saw its remote asks once; after that only `refresh` does."""
        head = self._trunk.head()
        if head is None and not self._asked:
            return self.refresh() or None
        return head

    @staticmethod
    def _resolve(objects: Objects, head: str, at: str | datetime | None) -> str:
        if at is None:
            return head
        if isinstance(at, datetime):
            return Reader.moment(objects, head, at)
        found = objects.expand(at) if _ID.fullmatch(at) else None
        if found is None:
            raise StoreError(f"{at[:60]!r} names no commit of this store; give 7 or more digits of a commit id")
        return found
