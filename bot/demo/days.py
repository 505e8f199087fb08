"""How time passes in the demo: a day every few seconds, with what changed that day, a pass, and the digest."""

import asyncio
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import structlog

from bot.app import Convoy, look_at_store
from bot.demo.hands import Hands
from bot.demo.trains import Train, dump, lay
from bot.demo.world import CAPTAINS, TRAINS
from bot.release import documents
from bot.release.edits import AddPlan
from bot.release.plan import PlanDocument
from bot.services.clock import FixedClock
from bot.services.ports import Author, PlanStore

log = structlog.get_logger(__name__)

FIRST_DAY = date(2026, 3, 3)
LAST_DAY = date(2026, 8, 7)
MORNING = time(8, 12)  # UTC: 09:12 in Berlin in winter
LEA = Author("Lea Moreau", "lea@example.org")


class Days:
    """Opens the plans on the first day and lets the others pass."""

    def __init__(self, store: PlanStore, store_path: Path, status: Path, clone: Path, clock: FixedClock) -> None:
        self._store = store
        self._store_path = store_path
        self._status = status
        self._clone = clone
        self._clock = clock
        self._hands: Hands | None = None

    def open_plans(self) -> None:
        """What the lead captain does before the first morning."""
        for slug, train in TRAINS.items():
            self._store.update(slug, AddPlan(_plan(train, FIRST_DAY), f"demo-{slug}", self._clock.now()), LEA)
        self._hands = Hands(self._clone, self._store_path, LEA.name, LEA.email, self._clock)
        self._hands.push("captains.json", dump(CAPTAINS), "Say who answers for what")

    async def pass_by(self, convoy: Convoy, every: float) -> None:
        """Morning after morning until the last day; `every` is in real seconds."""
        while self._clock.now().date() <= LAST_DAY:
            try:
                await self.morning(convoy)
            except Exception:  # one bad morning does not end the demo
                log.exception("a morning of the demo failed")
            await asyncio.sleep(every)
            self._clock.advance(timedelta(days=1))

    async def morning(self, convoy: Convoy) -> None:
        """What happened since yesterday, a pass over each plan, and the digest from Monday to Friday."""
        day = self._clock.now().date()
        await asyncio.to_thread(self._happen, day)
        await look_at_store(convoy)
        for slug in TRAINS:
            await convoy.tracking.run(slug)
            if day.weekday() < 5:
                await convoy.digests.send(slug, day)

    def _happen(self, day: date) -> None:
        published = {name: d for train in TRAINS.values() for name, d in train.documents(day).items()}
        lay(published, self._status)
        for slug, train in TRAINS.items():
            before, now = train.plan(day - timedelta(days=1)), train.plan(day)
            if now is not None and now != before and day > FIRST_DAY and self._hands is not None:
                self._hands.push(f"plans/{slug}/release_plan.json", dump(now), f"Change the plan of {day.isoformat()}")


def first_morning() -> datetime:
    """When the demo begins."""
    return datetime.combine(FIRST_DAY, MORNING, UTC)


def _plan(train: Train, day: date) -> PlanDocument:
    raw = train.plan(day)
    document = documents.parse_plan(dump(raw or {}))
    if not isinstance(document, PlanDocument):
        raise TypeError(f"the demo's plan is broken: {document}")
    return document
