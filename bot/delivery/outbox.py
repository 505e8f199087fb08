"""The worker's half of the ledger: which messages are wanted, who is at them, and what became of each.

A delivery is queued until it is sent or parked. It is tried in numbered runs, and the job queue runs each number once;
a wait (Slack asked for one, or did not answer) is a later `next_at` and the next number. Before a post `doubt_since` is
set, and it is cleared once the fate of the post is known: a process that died in between leaves a trace that makes the
next one look before it posts again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, exists, func, literal, or_, select, update
from sqlalchemy.engine import Row

from bot.blocks.message import Message
from bot.delivery import payload
from bot.delivery.database import Database, UtcDateTime, upsert
from bot.delivery.tables import deliveries, replicas, seen_requests

QUEUED, SENT, PARKED = "queued", "sent", "parked"


@dataclass(frozen=True)
class Handover:
    """A run of a delivery that the job queue should know of. `again`: it was told, and nothing came of it yet.

    `number` rises with every delivery recorded: what was said first to a target is sent first.
    """

    key: str
    run: int
    target: str
    number: int
    again: bool = False


@dataclass(frozen=True)
class Job:
    """A delivery in the hands of one process. `parts_sent` of the message and its thread are posted already.

    `doubt_since` is when an earlier try began whose fate is not known; None when there is no doubt.
    """

    key: str
    run: int
    target: str
    message: Message
    attempts: int
    parts_sent: int
    doubt_since: datetime | None
    channel: str | None
    ts: str | None


class Outbox:
    """Rows of `deliveries` and `replicas`. Safe for many processes at once: each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def waiting(self, now: datetime, handed_before: datetime, limit: int = 500) -> Sequence[Handover]:
        """Runs that are due and that the job queue does not know of, oldest first.

        With them, marked `again`, come runs that it was given before `handed_before` and that are still not done.
        """
        table = deliveries.c
        query = (
            select(table.key, table.runs, table.target, table.id, table.handed >= table.runs)
            .where(table.state == QUEUED, table.next_at <= now)
            .where(or_(table.handed < table.runs, table.handed_at < handed_before))
            .order_by(table.id)
            .limit(limit)
        )
        async with self._database.reading() as connection:
            return [
                Handover(row[0], row[1], row[2], row[3], again=bool(row[4])) for row in await connection.execute(query)
            ]

    async def handed(self, handovers: Sequence[Handover], at: datetime) -> None:
        """Note that the job queue has these runs."""
        async with self._database.writing() as connection:
            for one in handovers:
                await connection.execute(
                    update(deliveries)
                    .where(deliveries.c.key == one.key, deliveries.c.runs == one.run)
                    .values(handed=one.run, handed_at=at)
                )

    async def begin(self, key: str, run: int, *, by: str, now: datetime, alive_since: datetime) -> Job | None:
        """Take a run in hand; None when there is nothing to do (done already, put off, or a later run is wanted).

        A run that another living process is at is not taken: living is one whose heartbeat is after `alive_since`.
        """
        table = deliveries.c
        living = exists().where(replicas.c.id == table.tried_by, replicas.c.beat_at > alive_since)
        free = or_(table.tried_by.is_(None), table.tried_by == by, ~living)
        async with self._database.writing() as connection:
            mine = and_(table.key == key, table.runs == run, table.state == QUEUED)
            row = (await connection.execute(select(deliveries).where(mine).with_for_update())).one_or_none()
            if row is None:
                return None
            if row.next_at > now:
                await connection.execute(update(deliveries).where(mine).values(runs=table.runs + 1, tried_by=None))
                return None
            taken = await connection.execute(
                update(deliveries)
                .where(mine, free)
                .values(tried_by=by, doubt_since=func.coalesce(table.doubt_since, literal(now, UtcDateTime)))
            )
            return _job(row) if taken.rowcount else None

    async def progress(self, key: str, *, channel: str, ts: str, parts_sent: int, now: datetime) -> None:
        """Note that the first `parts_sent` parts are posted; `channel` and `ts` are those of the main message."""
        await self._set(key, slack_channel=channel, slack_ts=ts, parts_sent=parts_sent, doubt_since=now)

    async def mark_sent(self, key: str, *, channel: str, ts: str, parts_sent: int, now: datetime, note: str) -> None:
        """Note that all of it is posted. `note` says what was odd about it, for people; empty when nothing was."""
        await self._set(
            key,
            state=SENT,
            slack_channel=channel,
            slack_ts=ts,
            parts_sent=parts_sent,
            sent_at=now,
            doubt_since=None,
            tried_by=None,
            last_error=note or None,
        )

    async def mark_failed(
        self, key: str, *, reason: str, next_at: datetime | None, counts: bool, doubt_since: datetime | None
    ) -> None:
        """Note why a try came to nothing, and when to try again; `next_at` None parks the delivery.

        `counts` False is for waits that Slack asked for: they use up no attempt.
        """
        await self._set(
            key,
            state=PARKED if next_at is None else QUEUED,
            runs=deliveries.c.runs + 1,
            attempts=deliveries.c.attempts + (1 if counts else 0),
            last_error=reason,
            tried_by=None,
            doubt_since=doubt_since,
            **({} if next_at is None else {"next_at": next_at}),
        )

    async def hold_back(self, target: str, until: datetime) -> None:
        """Slack asked for a pause at a target: what else is queued for it waits as well."""
        table = deliveries.c
        async with self._database.writing() as connection:
            await connection.execute(
                update(deliveries)
                .where(table.target == target, table.state == QUEUED, table.next_at < until)
                .values(next_at=until)
            )

    async def put_back(self, key: str, run: int) -> None:
        """Want the run again under a new number: it was handed over and came to nothing before Slack was asked."""
        async with self._database.writing() as connection:
            await connection.execute(
                update(deliveries)
                .where(deliveries.c.key == key, deliveries.c.runs == run, deliveries.c.state == QUEUED)
                .values(runs=deliveries.c.runs + 1)
            )

    async def channel_of(self, target: str) -> str | None:
        """The channel id behind a name or a person, as an earlier delivery found it."""
        table = deliveries.c
        query = select(table.slack_channel).where(table.target == target, table.slack_channel.is_not(None))
        async with self._database.reading() as connection:
            return (await connection.execute(query.order_by(table.id.desc()).limit(1))).scalar()

    async def due(self, now: datetime) -> int:
        """How many deliveries should be on their way by now."""
        query = select(func.count()).where(deliveries.c.state == QUEUED, deliveries.c.next_at <= now)
        async with self._database.reading() as connection:
            return int((await connection.execute(query)).scalar_one())

    async def beat(self, replica: str, at: datetime) -> None:
        """A heartbeat of a sending process."""
        async with self._database.writing() as connection:
            row = upsert(connection, replicas).values(id=replica, started_at=at, beat_at=at)
            await connection.execute(row.on_conflict_do_update(index_elements=["id"], set_={"beat_at": at}))

    async def leave(self, replica: str) -> None:
        """A sending process says goodbye: whatever it had in hand may be taken over at once."""
        async with self._database.writing() as connection:
            await connection.execute(delete(replicas).where(replicas.c.id == replica))

    async def living(self, alive_since: datetime) -> frozenset[str]:
        """The sending processes whose heart beats."""
        query = select(replicas.c.id).where(replicas.c.beat_at > alive_since)
        async with self._database.reading() as connection:
            return frozenset((await connection.execute(query)).scalars())

    async def forget(self, before: datetime) -> None:
        """Drop what is of no more use: requests seen and heartbeats before a moment. Deliveries are kept."""
        async with self._database.writing() as connection:
            await connection.execute(delete(seen_requests).where(seen_requests.c.at < before))
            await connection.execute(delete(replicas).where(replicas.c.beat_at < before))

    async def _set(self, key: str, **values: object) -> None:
        async with self._database.writing() as connection:
            mine = and_(deliveries.c.key == key, deliveries.c.state == QUEUED)
            await connection.execute(update(deliveries).where(mine).values(values))


def _job(row: Row[Any]) -> Job:
    return Job(
        key=row.key,
        run=row.runs,
        target=row.target,
        message=payload.decode(row.payload),
        attempts=row.attempts,
        parts_sent=row.parts_sent,
        doubt_since=row.doubt_since,
        channel=row.slack_channel,
        ts=row.slack_ts,
    )
