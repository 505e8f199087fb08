"""The ledger: what was said to whom, who acknowledged it, and which messages are on their way. Implements `Deliveries`.

What is decided and the messages that follow from it are written in one transaction, so a crash leaves both or neither;
every event has a key, so saying it twice writes it once.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import payload
from bot.delivery.database import Database, insert_new, upsert
from bot.delivery.outbox import PARKED, QUEUED, SENT, Outbox
from bot.delivery.tables import deliveries, digests, incidents, seen_requests
from bot.release.alerts import Incident
from bot.services.ports import Acknowledged, Clock, Deliveries, Delivery, DigestRecord

LONGEST_KEY = 1000  # bytes; Postgres cannot index much more than twice that


@dataclass(frozen=True)
class Kept:
    """One delivery as people are shown it. `last_error` is the reason of the last try that came to nothing."""

    key: str
    kind: str
    plan: str
    target: str
    state: str
    attempts: int
    next_at: datetime
    created_at: datetime
    last_error: str | None
    sent_at: datetime | None
    channel: str | None
    ts: str | None


class SqlDeliveries(Outbox, Deliveries):
    """The `Deliveries` port on SQLite or Postgres, with what the worker and the operators need beside it.

    `on_recorded` is called after a commit that queued something new; the engine sets it to wake up.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        super().__init__(database)
        self._clock = clock
        self.on_recorded: Callable[[], None] | None = None

    async def incidents(self, plan: str) -> Sequence[Incident]:
        """What every captain of a plan was last told, by captain and cause."""
        table = incidents.c
        query = select(incidents).where(table.plan == plan).order_by(table.captain, table.cause)
        async with self._database.reading() as connection:
            return [_incident(row) for row in await connection.execute(query)]

    async def record(self, plan: str, incidents: Sequence[Incident], deliveries: Sequence[Delivery]) -> int:
        """Write the incidents and enqueue the deliveries in one transaction; returns how many deliveries were new.

        An incident that says what the ledger knows already (a second replica made the same pass) changes nothing, so an
        acknowledgement that came in between stays.
        """
        async with self._database.writing() as connection:
            for one in incidents:
                await _tell(connection, one)
            new = await self.enqueue_in(connection, plan, deliveries)
        self.woken(new)
        return new

    async def acknowledge(self, plan: str, captain: str, causes: Sequence[str], by: str, at: datetime) -> Acknowledged:
        """Mark open incidents as acknowledged; of several people at once exactly one is the first.

        `causes` of the answer are those that this call acknowledged. When it found only what somebody had acknowledged
        before, they are those, and `already_by` and `at` are the first one's; with nothing open there are none.
        """
        table = incidents.c
        asked = [table.plan == plan, table.captain == captain, table.open.is_(True)]
        if causes:
            asked.append(table.cause.in_(list(causes)))
        async with self._database.writing() as connection:
            done = await connection.execute(
                update(incidents)
                .where(*asked, table.acked_by.is_(None))
                .values(acked_by=by, acked_at=at)
                .returning(table.cause)
            )
            fresh = sorted(done.scalars())
            if fresh:
                return Acknowledged(tuple(fresh), by, at)
            before = (await connection.execute(select(incidents).where(*asked).order_by(table.acked_at))).all()
        if not before:
            return Acknowledged((), by, at)
        first = before[0]
        return Acknowledged(tuple(sorted(row.cause for row in before)), by, first.acked_at, first.acked_by)

    async def record_digest(self, record: DigestRecord, plan: str, deliveries: Sequence[Delivery]) -> bool:
        """Record that the digest of `record.key` is out and enqueue it, in one transaction; False if it already was."""
        async with self._database.writing() as connection:
            told = {"plan": plan, "key": record.key, "commit": record.commit, "at": record.at}
            if not await insert_new(connection, digests, ("plan", "key"), **told):
                return False
            new = await self.enqueue_in(connection, plan, deliveries)
        self.woken(new)
        return True

    async def last_digest(self, plan: str) -> DigestRecord | None:
        """The newest digest of a plan, or None."""
        table = digests.c
        query = select(table.key, table.commit, table.at).where(table.plan == plan)
        async with self._database.reading() as connection:
            row = (await connection.execute(query.order_by(table.at.desc(), table.id.desc()).limit(1))).one_or_none()
        return None if row is None else DigestRecord(*row)

    async def seen(self, key: str, at: datetime) -> bool:
        """Note a request or an event; True when it is new. Keys of any length; forgotten after a day."""
        ident = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
        async with self._database.writing() as connection:
            return await insert_new(connection, seen_requests, ("key",), key=ident, at=at)

    async def pending(self) -> Sequence[Kept]:
        """Everything that is neither sent nor parked, oldest first."""
        return await self._kept(QUEUED)

    async def parked(self) -> Sequence[Kept]:
        """Everything that could not be delivered and waits for a person, oldest first, with the reason."""
        return await self._kept(PARKED)

    async def find(self, key: str) -> Kept | None:
        """One delivery by its key."""
        async with self._database.reading() as connection:
            row = (await connection.execute(select(deliveries).where(deliveries.c.key == fit(key)))).one_or_none()
        return None if row is None else _shown(row)

    async def counts(self) -> Mapping[str, int]:
        """How many deliveries are `queued`, `sent` and `parked`."""
        query = select(deliveries.c.state, func.count()).group_by(deliveries.c.state)
        async with self._database.reading() as connection:
            found = {row[0]: row[1] for row in await connection.execute(query)}
        return {state: found.get(state, 0) for state in (QUEUED, SENT, PARKED)}

    async def resend(self, key: str) -> bool:
        """Queue a parked delivery again, with all its attempts; False when none is parked under that key."""
        async with self._database.writing() as connection:
            done = await connection.execute(
                update(deliveries)
                .where(deliveries.c.key == fit(key), deliveries.c.state == PARKED)
                .values(state=QUEUED, next_at=self._clock.now(), attempts=0)
            )
        self.woken(done.rowcount)
        return bool(done.rowcount)

    async def _kept(self, state: str) -> Sequence[Kept]:
        query = select(deliveries).where(deliveries.c.state == state).order_by(deliveries.c.id)
        async with self._database.reading() as connection:
            return [_shown(row) for row in await connection.execute(query)]

    async def enqueue_in(self, connection: AsyncConnection, plan: str, wanted: Sequence[Delivery]) -> int:
        """Queue deliveries within somebody else's transaction; how many were new. `woken` belongs after its commit."""
        now = self._clock.now()
        new = 0
        for one in wanted:
            new += await insert_new(
                connection,
                deliveries,
                ("key",),
                key=fit(one.key),
                kind=one.kind,
                plan=plan,
                target=one.to,
                payload=payload.encode(one.message),
                state=QUEUED,
                runs=1,
                handed=0,
                attempts=0,
                next_at=now,
                parts_sent=0,
                created_at=now,
            )
        return new

    def woken(self, new: int) -> None:
        """Wake the engine when something new was committed."""
        if new and self.on_recorded is not None:
            self.on_recorded()


def fit(key: str) -> str:
    """The key as it is stored: itself, or for one of absurd length its beginning and its digest."""
    raw = key.encode()
    return key if len(raw) <= LONGEST_KEY else f"{key[:200]}…{hashlib.sha256(raw).hexdigest()}"


async def _tell(connection: AsyncConnection, one: Incident) -> None:
    ident = hashlib.sha256(json.dumps([one.plan, one.captain, one.cause]).encode()).hexdigest()
    told = {"fingerprint": one.fingerprint, "told_at": one.told_at, "open": one.open}
    told |= {"acked_by": one.acked_by, "acked_at": one.acked_at}
    row = upsert(connection, incidents).values(ident=ident, plan=one.plan, captain=one.captain, cause=one.cause, **told)
    news = or_(incidents.c.fingerprint != row.excluded.fingerprint, incidents.c.open != row.excluded.open)
    await connection.execute(row.on_conflict_do_update(index_elements=["ident"], set_=told, where=news))


def _incident(row: Row[Any]) -> Incident:
    return Incident(
        plan=row.plan,
        captain=row.captain,
        cause=row.cause,
        fingerprint=row.fingerprint,
        told_at=row.told_at,
        open=row.open,
        acked_by=row.acked_by,
        acked_at=row.acked_at,
    )


def _shown(row: Row[Any]) -> Kept:
    return Kept(
        key=row.key,
        kind=row.kind,
        plan=row.plan,
        target=row.target,
        state=row.state,
        attempts=row.attempts,
        next_at=row.next_at,
        created_at=row.created_at,
        last_error=row.last_error,
        sent_at=row.sent_at,
        channel=row.slack_channel,
        ts=row.slack_ts,
    )
