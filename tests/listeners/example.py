"""The example plan behind real services: only git, the database and Slack's users are stood in for."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bot.listeners.permissions import Profile
from bot.listeners.services import Services
from bot.release import facts, record
from bot.release.alerts import Incident
from bot.release.edits import Conflict, Edit
from bot.release.folder import PlanFolder
from bot.release.ga_status import GaStatus, StatusDocument
from bot.release.plan import Plan, PlanDocument
from bot.release.progress import Progress
from bot.release.record import Difference, Mark, Moves, NeverThere, Version, Way
from bot.release.trend import Point
from bot.services.accepting import Accepting
from bot.services.alerting import Alerting
from bot.services.clock import FixedClock
from bot.services.editing import Editing
from bot.services.history import File, FileNotSent, Files, FileSent, History
from bot.services.outlook import Outlook
from bot.services.planning import Planning
from bot.services.ports import (
    Acknowledged,
    Answer,
    Author,
    Collected,
    Deliveries,
    Delivery,
    DigestRecord,
    Entry,
    Found,
    Journal,
    Moment,
    NotFound,
    Person,
    PlanHistory,
    PlanNotFoundError,
    PlanState,
    PlanStore,
    Rewound,
    StatusSource,
    StoreError,
    Unreadable,
    Updated,
    Wanted,
    Watch,
)
from bot.services.tracking import Tracking

NOW = datetime(2026, 3, 3, 9, 12, tzinfo=UTC)
TEAM = "T1HOME"
ANA, BO, CY, GUEST, STRANGER = "U0ANA0001", "U0BO00001", "U0CY00001", "U0GUEST01", "U0STRANGE"

SUMMIT: dict[str, Any] = {
    "releaseName": "Summit 2026 Q1 Launch",
    "releaseDate": "2026-03-15",
    "status": "PLANNING",
    "lead": "Lead Captain",
    "channel": "C1REL",
    "releaseGroups": [
        {
            "name": "Product A",
            "lead": "Product Release Captain A",
            "repositories": [
                {
                    "name": "summit-app",
                    "version": "v3.0.0",
                    "status": "ON_TRACK",
                    "dependencies": [
                        {"name": "common-utils", "version": "v2.1.0"},
                        {"name": "payload-service", "version": "v1.5.0"},
                    ],
                }
            ],
        },
        {
            "name": "Platform",
            "lead": "Platform Ops Captain",
            "repositories": [{"name": "payload-service", "version": "v1.5.0", "status": "AT_RISK", "dependencies": []}],
        },
    ],
}

PEOPLE = {
    "Lead Captain": Person("Lead Captain", CY),
    "Product Release Captain A": Person("Product Release Captain A", ANA),
    "Platform Ops Captain": Person("Platform Ops Captain", BO, deputy="Lead Captain"),
}

PROFILES = {
    ANA: Profile(ANA, frozenset({TEAM})),
    BO: Profile(BO, frozenset({TEAM})),
    CY: Profile(CY, frozenset({TEAM})),
    GUEST: Profile(GUEST, frozenset({TEAM}), restricted=True),
    STRANGER: Profile(STRANGER, frozenset({"T2AWAY"}), stranger=True),
}


def folder(raw: Mapping[str, Any] = SUMMIT) -> PlanFolder:
    """A plan as the store would read it."""
    return PlanFolder(PlanDocument(raw, Plan.model_validate_json(_json(raw))))


def _json(raw: Mapping[str, Any]) -> str:
    return json.dumps(raw)


@dataclass
class MemoryStore(PlanStore):
    """Plans in a dictionary instead of git. `broken` is raised by every read."""

    folders: dict[str, PlanFolder] = field(default_factory=lambda: {"summit-2026-q1": folder()})
    people: Mapping[str, Person] = field(default_factory=lambda: PEOPLE)
    broken: StoreError | None = None
    commits: int = 1

    def slugs(self) -> tuple[str, ...]:
        return tuple(sorted(self.folders))

    def read(self, slug: str, at: str | datetime | None = None) -> PlanState:
        if self.broken is not None:
            raise self.broken
        if slug not in self.folders:
            raise PlanNotFoundError(slug, self.slugs())
        return PlanState(slug, f"{self.commits:040x}", NOW, self.folders[slug])

    def update(self, slug: str, edit: Edit, author: Author, base: str | None = None) -> Updated | Conflict:
        before = self.folders[slug]
        after = edit.apply(before)
        if isinstance(after, Conflict):
            return after
        if after is before:
            return Updated(None, before, self.read(slug))
        self.commits += 1
        self.folders[slug] = after
        return Updated(f"{self.commits:040x}", before, self.read(slug))

    def captains(self) -> Mapping[str, Person]:
        return self.people

    def problems(self) -> Sequence[str]:
        return ()

    def rewound(self) -> Sequence[Rewound]:
        return ()

    def answered_at(self) -> datetime | None:
        return None

    def refresh(self) -> str:
        return f"{self.commits:040x}"


@dataclass
class MemoryDeliveries(Deliveries):
    """The ledger in lists."""

    rows: dict[tuple[str, str, str], Incident] = field(default_factory=dict)
    sent: dict[str, Delivery] = field(default_factory=dict)

    async def incidents(self, plan: str) -> Sequence[Incident]:
        return [i for i in self.rows.values() if i.plan == plan]

    async def record(self, plan: str, incidents: Sequence[Incident], deliveries: Sequence[Delivery]) -> int:
        self.rows |= {(i.plan, i.captain, i.cause): i for i in incidents}
        new = {d.key: d for d in deliveries if d.key not in self.sent}
        self.sent |= new
        return len(new)

    async def acknowledge(self, plan: str, captain: str, causes: Sequence[str], by: str, at: datetime) -> Acknowledged:
        mine = {k: i for k, i in self.rows.items() if (i.plan, i.captain) == (plan, captain) and i.open}
        first = next((i for i in mine.values() if i.acked_by), None)
        if first is not None and first.acked_by and first.acked_at:
            return Acknowledged(tuple(k[2] for k in mine), first.acked_by, first.acked_at, already_by=first.acked_by)
        for key, i in mine.items():
            self.rows[key] = Incident(i.plan, i.captain, i.cause, i.fingerprint, i.told_at, True, by, at)
        return Acknowledged(tuple(k[2] for k in mine), by, at)

    async def record_digest(self, record: DigestRecord, plan: str, deliveries: Sequence[Delivery]) -> bool:
        raise NotImplementedError

    async def last_digest(self, plan: str) -> DigestRecord | None:
        raise NotImplementedError


@dataclass
class MemorySource(StatusSource):
    """Status documents by repository; the rest publishes none. `wait` holds a pass up."""

    documents: dict[str, str] = field(default_factory=dict)
    wait: Any = None
    progress: Progress | None = None
    watch: Watch | None = None

    async def collect(self, wanted: Sequence[Wanted], watch: Watch | None = None) -> Mapping[str, Answer]:
        self.watch = watch
        if watch is not None and self.progress is not None:
            watch(self.progress)
        if self.wait is not None:
            await self.wait()
        return {w.repository: Answer(self._one(w.repository)) for w in wanted}

    def _one(self, name: str) -> Collected:
        status = self.documents.get(name)
        if status is None:
            return NotFound()
        raw = {"schemaVersion": "1.0", "repository": name, "status": status, "updatedAt": NOW.isoformat()}
        return Found(StatusDocument(raw, GaStatus.model_validate_json(_json(raw))))


@dataclass
class MemoryHistory(PlanHistory):
    """Versions of the one plan there is. `wait` holds every question up."""

    versions: list[Version] = field(default_factory=lambda: [opened()])
    wait: float = 0.0

    def diff(self, slug: str, since: Moment | None = None, until: Moment | None = None) -> Difference:
        time.sleep(self.wait)
        begins = since if isinstance(since, datetime) else NOW
        if isinstance(since, date) and not isinstance(since, datetime):
            begins = datetime.combine(since, datetime.min.time(), UTC)
        found = record.difference(self.versions, record.in_force(self.versions, begins), len(self.versions))
        assert found is not None
        return found

    def timeline(self, slug: str, repository: str, until: datetime | None = None) -> Way | NeverThere:
        time.sleep(self.wait)
        return record.way(record.up_to(self.versions, until), repository)

    def daily(self, slug: str, zone: str | None = None, until: datetime | None = None) -> tuple[Point, ...]:
        time.sleep(self.wait)
        return record.daily(record.up_to(self.versions, until), zone or "UTC")

    def moves(self, slug: str, after: str | None = None) -> Moves:
        time.sleep(self.wait)
        return record.moves(self.versions, after)


def opened(at: datetime = NOW - timedelta(days=2)) -> Version:
    """The commit that opened the example plan."""
    mark = Mark("ab" * 20, "Cy Chen", "cy@example.org", at, at, "Open the plan", CY)
    return Version(mark, facts.delta(facts.Facts(), facts.facts_of(folder(), at)))


def moved(number: int, at: datetime, **fields: Any) -> Version:
    """A tracking pass that found payload-service to be otherwise."""
    mark = Mark(f"{number:040x}", "Convoy", "convoy@localhost", at, at, "Track the status", tracked=True)
    return Version(mark, {"repositories": {"payload-service": fields}})


@dataclass
class MemoryFiles(Files):
    """What was sent to whom; `refuse` is why it was not."""

    sent: list[tuple[str, File]] = field(default_factory=list)
    refuse: str = ""

    async def send(self, user: str, file: File) -> FileSent | FileNotSent:
        if self.refuse:
            return FileNotSent(self.refuse)
        self.sent.append((user, file))
        return FileSent()


@dataclass
class MemoryJournal(Journal):
    """Edits by id, until they are settled."""

    entries: dict[str, Entry] = field(default_factory=dict)
    settled: dict[str, str] = field(default_factory=dict)

    async def write(self, entry: Entry) -> None:
        self.entries.setdefault(entry.edit.id, entry)

    async def promise(self, edit_id: str, reason: str, at: datetime) -> None:
        self.entries[edit_id] = replace(self.entries[edit_id], told=True)

    async def waiting(self) -> Sequence[Entry]:
        return [entry for edit_id, entry in self.entries.items() if edit_id not in self.settled]

    async def unreadable(self) -> Sequence[Unreadable]:
        return []

    async def settle(
        self, edit_id: str, outcome: str, at: datetime, deliveries: Sequence[Delivery], reason: str | None = None
    ) -> bool:
        return self.settled.setdefault(edit_id, outcome) == outcome


@dataclass
class Desk:
    """The services, and what is behind them."""

    store: MemoryStore = field(default_factory=MemoryStore)
    source: MemorySource = field(default_factory=MemorySource)
    deliveries: MemoryDeliveries = field(default_factory=MemoryDeliveries)
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOW))
    patience: float = 2.0
    history: MemoryHistory = field(default_factory=MemoryHistory)
    files: MemoryFiles = field(default_factory=MemoryFiles)
    journal: MemoryJournal = field(default_factory=MemoryJournal)

    def __post_init__(self) -> None:
        planning = Planning(self.store, self.clock)
        alerting = Alerting(planning, self.deliveries, self.clock)
        tracking = Tracking(planning, self.source, self.clock, alerting)
        self.services = Services(
            planning, tracking, alerting, self.who, lambda: "f00dfeed", self.patience,
            history=History(self.history, self.clock), outlook=Outlook(planning, self.history), files=self.files,
            accepting=Accepting(planning, Editing(planning, self.journal, self.clock), self.clock),
        )  # fmt: skip

    async def who(self, user_id: str) -> Profile | None:
        return PROFILES.get(user_id)

    async def tell(self) -> Delivery:
        """A pass that tells captains; the alert of Product A's captain."""
        await self.services.tracking.run("summit-2026-q1")
        return next(d for d in self.deliveries.sent.values() if d.to == ANA)
