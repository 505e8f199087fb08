"""What services need from the world, as Protocols. Adapters on floor 4 implement them; `app.py` chooses which.

One base error per port. Expected failures of a single item (one bad document, one refused edit) are values.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, Protocol

from bot.blocks.message import Message
from bot.release.alerts import Incident
from bot.release.edits import Conflict, Edit
from bot.release.folder import PlanFolder
from bot.release.ga_status import StatusDocument
from bot.release.plan import Problem
from bot.release.progress import Progress
from bot.release.published import PublishedVersion
from bot.release.record import Difference, Moves, NeverThere, Way
from bot.release.trend import Point


class StoreError(Exception):
    """The plan store could not do what was asked. The text is a sentence for people: what, why, what to do."""


class PlanNotFoundError(StoreError):
    """No plan of that slug. `known` lists those that exist, for "did you mean".

    `store` is where it was looked for, in words; only who may see it there (the command line) names it.
    """

    def __init__(self, slug: str, known: Sequence[str], store: str = "") -> None:
        hint = f"known plans: {', '.join(known)}" if known else "there is no plan yet: convoy plan add FILE"
        super().__init__(f"there is no plan {slug!r}{f' in {store}' if store else ''}; {hint}")
        self.slug = slug
        self.known = tuple(known)


class StoreUnavailableError(StoreError):
    """The remote does not answer. Reads go on from the last good head; try the write again later."""


class StoreRefusedError(StoreError):
    """The remote refused the push (a hook, a protected branch, no permission): its words are in the text."""


@dataclass(frozen=True)
class Author:
    """Who makes an edit: becomes the git author. `slack_user` and `slack_team` go into trailers."""

    name: str
    email: str
    slack_user: str = ""
    slack_team: str = ""


@dataclass(frozen=True)
class BadHead:
    """The newest version of a plan is broken; an older, good one is served. Who pushed what, for people."""

    commit: str
    author: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class PlanState:
    """One plan as read from the store. `commit` is the full id of the commit that it was read at."""

    slug: str
    commit: str
    committed_at: datetime
    folder: PlanFolder
    bad_head: BadHead | None = None


@dataclass(frozen=True)
class Updated:
    """What an update did. `commit` is None when nothing changed; `state` is what holds now in either case."""

    commit: str | None
    before: PlanFolder | None
    state: PlanState


@dataclass(frozen=True)
class Person:
    """One entry of `captains.json`: a lead name and who that is in Slack."""

    lead: str
    slack_user: str | None = None
    email: str | None = None
    deputy: str | None = None


@dataclass(frozen=True)
class Rewound:
    """Somebody moved the branch so that `old`, its head until then, is no part of it any more. Kept as `ref`.

    `newest`, `author`, `when`: of `old`. `commits`: how many are no longer in it (at most 1,000 are counted).
    `unrelated`: the history at `head` shares nothing with it. `plans`: slugs whose files differ.
    """

    ref: str
    old: str
    head: str
    newest: str
    author: str
    when: datetime
    commits: int
    unrelated: bool
    plans: tuple[str, ...]


class PlanStore(Protocol):
    """Plans in git. Blocking: call it from a thread. Safe for many threads and processes at once.

    Raises StoreError (PlanNotFoundError, StoreUnavailableError, StoreRefusedError).
    """

    def slugs(self) -> tuple[str, ...]:
        """All plans, alphabetical, at the newest head known."""

    def read(self, slug: str, at: str | datetime | None = None) -> PlanState:
        """One plan at the newest head, at a commit id, or as it stood at a moment (first-parent history)."""

    def update(self, slug: str, edit: Edit, author: Author, base: str | None = None) -> Updated | Conflict:
        """Apply the pure edit to the newest head, render, commit, push; re-apply when the push loses a race.

        One commit per edit, none when nothing changed. A Conflict is what the edit itself answered, or that others
        changed the same field since the commit `base` (by default: since the newest head known before).
        """

    def captains(self) -> Mapping[str, Person]:
        """`captains.json` by lead name; empty when there is none."""

    def problems(self) -> Sequence[str]:
        """What lies at the newest head known and cannot be used, apart from plans; who brought it is told with it."""

    def rewound(self) -> Sequence[Rewound]:
        """Every rewind or replacement of the branch that was noticed and still holds. Never on the network."""

    def refresh(self) -> str:
        """Fetch the remote (no-op for a local one) and return the head commit id (empty when there is none)."""

    def answered_at(self) -> datetime | None:
        """When the remote last answered `refresh`, in any process of this machine; None where nobody knows."""


@dataclass(frozen=True, slots=True)
class Found:
    """An accepted document from a repository's source."""

    document: StatusDocument


@dataclass(frozen=True, slots=True)
class Listed:
    """The versions that a source shows to be out, in any order, none twice; none at all where nothing is out yet.

    `complete`: these are all that there are. False where the source told only some of them.
    """

    versions: tuple[PublishedVersion, ...]
    complete: bool = True


@dataclass(frozen=True)
class NotFound:
    """The source answered, and there is no document (or no list of versions)."""

    reason: str = ""


@dataclass(frozen=True)
class Refused:
    """There is something, but it is not valid. `file` names it as people would look for it."""

    file: str
    problems: tuple[Problem, ...]

    @property
    def reason(self) -> str:
        """The first problem with its file and line, and how many more there are."""
        more = len(self.problems) - 1
        return self.problems[0].at(self.file) + (f" (and {more} more problems)" if more else "")


@dataclass(frozen=True)
class Unreachable:
    """The source did not answer as it should (network, deadline, server fault)."""

    reason: str


@dataclass(frozen=True)
class NotAsked:
    """There was nowhere to look, so nothing is known: what was known before stays as it is."""

    reason: str


Collected = Found | NotFound | Refused | Unreachable | NotAsked
"""What came of a repository's status document."""
Listing = Listed | NotFound | Refused | Unreachable | NotAsked
"""What came of the list of its published versions. NotFound: a place where there could be one has none."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a source said of one repository. The two are independent: either can be there when the other failed."""

    document: Collected
    versions: Listing = NotAsked("this source shows no published versions")


@dataclass(frozen=True, slots=True)
class Wanted:
    """One repository whose document and versions are wanted; `source` as its plan names it (None: the default place).

    `tag_prefix`: only tags that begin with it are versions of this repository, and what follows it is the version.
    `organisation`: where its plan says that repositories without a source are (`github:acme`).
    `packages`: what it is published as (`pypi:requests`); where there are any, they are the list of its versions.
    `last`: its document as accepted last, which need not be read anew where it still says the same.
    """

    repository: str
    source: str | None = None
    tag_prefix: str | None = None
    organisation: str | None = None
    packages: tuple[str, ...] = ()
    last: StatusDocument | None = field(default=None, compare=False, repr=False)


Watch = Callable[[Progress], None]
"""Hears several times a second how far a pass has come; must return at once."""


class StatusSource(Protocol):
    """Where status documents and lists of versions come from. Never raises for one repository: failures are values."""

    async def collect(self, wanted: Sequence[Wanted], watch: Watch | None = None) -> Mapping[str, Answer]:
        """One answer for every repository asked for, keyed by name; `watch` hears of it while it goes on."""


class SourceMemoryError(Exception):
    """What sources said before cannot be looked up or written down. The text says why."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a source said last: `text`, and the `mark` (a blob's oid, an ETag) by which it says whether that holds."""

    mark: str
    text: str


class SourceMemory(Protocol):
    """Notes from one pass to the next, so that nothing is asked twice that has not changed. Losing them harms nothing.

    Raises SourceMemoryError.
    """

    async def get(self, keys: Sequence[str]) -> Mapping[str, Remembered]:
        """What is known under these keys; a key of which nothing is known is left out."""

    async def put(self, notes: Mapping[str, Remembered]) -> None:
        """Remember these, instead of what was known under their keys."""


class Clock(Protocol):
    """The time, so that tests can hold it."""

    def now(self) -> datetime:
        """Now, in UTC, with zone."""


@dataclass(frozen=True)
class Delivery:
    """One message to one place. `key` is the event that it tells of: the same key is never sent twice.

    `to` is a channel id, a user id (a direct message), or a channel name with #. `actor` never hears of it.
    """

    key: str
    kind: Literal["alert", "digest", "notice"]
    plan: str
    to: str
    message: Message


@dataclass(frozen=True)
class DigestRecord:
    """The last digest of a plan: its key, the commit it spoke of, and when it was recorded."""

    key: str
    commit: str
    at: datetime


@dataclass(frozen=True)
class Acknowledged:
    """Who acknowledged what. `already_by` names the one who had done so before, when somebody had."""

    causes: tuple[str, ...]
    by: str
    at: datetime
    already_by: str | None = None


class Deliveries(Protocol):
    """The ledger of what was said to whom, and the durable queue that says it (SQL). Async; safe for many at once."""

    async def incidents(self, plan: str) -> Sequence[Incident]:
        """What every captain of a plan was last told, one row for each captain and cause."""

    async def record(self, plan: str, incidents: Sequence[Incident], deliveries: Sequence[Delivery]) -> int:
        """Write the incidents and enqueue the deliveries in one transaction; returns how many deliveries were new.

        A delivery whose key is known is dropped: the same event is never told twice.
        """

    async def acknowledge(self, plan: str, captain: str, causes: Sequence[str], by: str, at: datetime) -> Acknowledged:
        """Mark open incidents as acknowledged by a Slack user id. A second ack changes nothing and says who was first.

        No causes: all open incidents of that captain.
        """

    async def record_digest(self, record: DigestRecord, plan: str, deliveries: Sequence[Delivery]) -> bool:
        """Record that the digest of `record.key` is out and enqueue it, in one transaction; False if it already was."""

    async def last_digest(self, plan: str) -> DigestRecord | None:
        """The newest digest of a plan, or None."""


@dataclass(frozen=True)
class Entry:
    """One edit that waits in the journal. `base`: the commit that its author saw; `told`: who reads that it waits."""

    plan: str
    edit: Edit
    author: Author
    base: str | None
    written_at: datetime
    told: bool = False


@dataclass(frozen=True)
class Unreadable:
    """One edit in the journal that this version cannot read. `reason`: a plain sentence; `author`: where known."""

    plan: str
    edit_id: str
    reason: str
    written_at: datetime
    author: Author | None = None


class Journal(Protocol):
    """Edits that were promised and are not in git yet (SQL). Async; safe for many at once.

    An edit is written here before anybody is told that it was taken, and stays until its outcome is known.
    """

    async def write(self, entry: Entry) -> None:
        """Take an edit; one that is known by its id stays as it is."""

    async def promise(self, edit_id: str, reason: str, at: datetime) -> None:
        """Note that it did not get through at that moment, why, and that its author is told that it waits."""

    async def waiting(self) -> Sequence[Entry]:
        """What has no outcome yet and can be read, oldest first."""

    async def unreadable(self) -> Sequence[Unreadable]:
        """What has no outcome yet and cannot be read, oldest first."""

    async def settle(
        self, edit_id: str, outcome: str, at: datetime, deliveries: Sequence[Delivery], reason: str | None = None
    ) -> bool:
        """Close an entry and enqueue what its author is told, in one transaction; False when it was closed before.

        `reason`: why it came to nothing, to be kept with the entry.
        """


Moment = datetime | date | str
"""A moment with zone, a day in the plan's zone, or the id of a commit (or an unambiguous beginning of one)."""


class PlanHistory(Protocol):
    """What the versions of a plan tell, from git alone: along the first parents, every version that could be read.

    Blocking: call it from a thread. Never fetches; the first question after many new commits takes its time. Raises
    PlanNotFoundError for a plan that there is not, StoreError for a moment that cannot be told.
    """

    def diff(self, slug: str, since: Moment | None = None, until: Moment | None = None) -> Difference:
        """What changed, each with who, when and in which commit; without `since` from the plan's first version.

        Of a day the beginning counts as `since`, its end as `until`. What went back to what it was is no change.
        """

    def timeline(self, slug: str, repository: str, until: datetime | None = None) -> Way | NeverThere:
        """All news of one repository, every step of it, up to a moment."""

    def daily(self, slug: str, zone: str | None = None, until: datetime | None = None) -> tuple[Point, ...]:
        """Ready, scope and at risk at the end of every day that brought a version; by default in the plan's zone.

        Up to a moment: what clocks say is of later is not believed.
        """

    def moves(self, slug: str, after: str | None = None) -> Moves:
        """Every moment at which a status moved, in order, and what moved: what a forecast learns from.

        Only what came after the version of the commit `after`, where the history has it; else all, and says so.
        """
