"""The services on real ground: a git store and an SQLite ledger, a clock that is held, and a source of values."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bot.app import render_dashboard
from bot.blocks.message import Message
from bot.delivery import payload
from bot.delivery.database import Database
from bot.delivery.ledger import SqlDeliveries
from bot.delivery.tables import deliveries as table
from bot.release import documents
from bot.release.edits import AddPlan
from bot.release.plan import PlanDocument
from bot.services.alerting import Alerting
from bot.services.clock import FixedClock
from bot.services.digests import Digests
from bot.services.planning import Planning
from bot.services.ports import Answer, Author, Collected, Found, Listing, NotAsked, NotFound, Wanted
from bot.services.tracking import Tracking
from bot.store import GitStore, open_store
from tests.store.kit import Hand, git, history, report

SLUG = "summit"
NOW = datetime(2026, 3, 3, 8, 12, tzinfo=UTC)
LEA = Author("Lea Moreau", "lea@example.org", "U0LEA", "T0TEAM")
PLAN: Mapping[str, Any] = {
    "releaseName": "Summit 2026 Q1 Launch",
    "releaseDate": "2026-03-15",
    "status": "PLANNING",
    "lead": "Lead Captain",
    "channel": "#summit",
    "timezone": "Europe/Berlin",
    "releaseGroups": [
        {
            "name": "Product A",
            "lead": "Captain A",
            "repositories": [
                {
                    "name": "summit-app", "version": "v3.0.0", "status": "ON_TRACK",
                    "dependencies": [{"name": "server", "version": "v1.5.0"}],
                }
            ],
        },
        {
            "name": "Platform",
            "lead": "Captain B",
            "repositories": [{"name": "server", "version": "v1.5.0", "status": "ON_TRACK", "dependencies": []}],
        },
    ],
}  # fmt: skip
CAPTAINS = {
    "Lead Captain": {"slack": "U0LEA"},
    "Captain A": {"slack": "U0ANA", "deputy": "Bo"},
    "Bo": {"slack": "U0BO"},
}


@dataclass
class Values:
    """A `StatusSource` that answers what it holds; everything else is not there."""

    answers: dict[str, Collected] = field(default_factory=dict)
    versions: dict[str, Listing] = field(default_factory=dict)
    asked: list[Sequence[Wanted]] = field(default_factory=list)

    def publish(self, repository: str, status: str = "ON_TRACK", **more: object) -> None:
        """A document, accepted."""
        self.answers[repository] = Found(report(repository, status, **more))

    async def collect(self, wanted: Sequence[Wanted], watch: object = None) -> Mapping[str, Answer]:
        """One answer for each."""
        self.asked.append(wanted)
        return {one.repository: self._answer(one.repository) for one in wanted}

    def _answer(self, name: str) -> Answer:
        document = self.answers.get(name, NotFound("there is no file"))
        return Answer(document, self.versions.get(name, NotAsked("nowhere to look")))


@dataclass(frozen=True)
class Said:
    """One message as it lies in the queue."""

    key: str
    kind: str
    to: str
    message: Message


@dataclass
class World:
    """Everything that services need, with nothing of Slack."""

    folder: Path
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOW))
    source: Values = field(default_factory=Values)

    def __post_init__(self) -> None:
        self.repository = self.folder / "plans.git"
        self.store: GitStore = open_store(str(self.repository), render_dashboard, durable=False)
        self.planning = Planning(self.store, self.clock)
        self.database = Database(f"sqlite:///{self.folder / 'convoy.sqlite'}")
        self.deliveries = SqlDeliveries(self.database, self.clock)
        self.alerting = Alerting(self.planning, self.deliveries, self.clock)
        self.tracking = Tracking(self.planning, self.source, self.clock, self.alerting)
        self.digests = Digests(self.planning, self.deliveries, self.clock, None)
        self._hand: Hand | None = None

    def open_plan(self, slug: str = SLUG, **changes: Any) -> None:
        """A plan in the store, opened two days ago."""
        document = documents.parse_plan(documents.dump_json({**PLAN, **changes}))
        assert isinstance(document, PlanDocument), document
        self.store.update(slug, AddPlan(document, f"open-{slug}", NOW - timedelta(days=2)), LEA)

    def push(self, path: str, data: Any) -> str:
        """Somebody pushes a file: JSON, or bytes as they are, or None to delete it. The commit id."""
        if self._hand is None:
            self._hand = Hand(self.repository, self.folder / "hand")
        content = data if isinstance(data, bytes | None) else json.dumps(data, indent=2).encode() + b"\n"
        return self._hand.push({path: content})

    def push_plan(self, slug: str = SLUG, **changes: Any) -> str:
        """Somebody pushes another plan file."""
        return self.push(f"plans/{slug}/release_plan.json", {**PLAN, **changes})

    def subjects(self) -> list[str]:
        """Author and subject of every commit, newest first."""
        return history(self.repository, "%an: %s")

    def head(self) -> str:
        """The newest commit."""
        return git(self.repository, "rev-parse", "main").strip()

    async def said(self, kind: str | None = None) -> list[Said]:
        """Every message that was ever queued, in order."""
        query = select(table.c.key, table.c.kind, table.c.target, table.c.payload).order_by(table.c.id)
        async with self.database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return [Said(r[0], r[1], r[2], payload.decode(r[3])) for r in rows if kind in (None, r[1])]

    async def close(self) -> None:
        """Let go of files."""
        self.store.close()
        await self.database.close()
