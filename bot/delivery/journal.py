"""The journal of edits on SQLite or Postgres: what was promised to people and is not in git yet."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

import structlog
from sqlalchemy import select, update

from bot.delivery.database import Database, insert_new
from bot.delivery.ledger import SqlDeliveries
from bot.delivery.tables import edits
from bot.release import edit_codec
from bot.release.edits import Conflict
from bot.services.ports import Author, Delivery, Entry, Journal

log = structlog.get_logger(__name__)


class SqlJournal(Journal):
    """`services.ports.Journal` in the database of the deliveries, so that an outcome and its message are one thing."""

    def __init__(self, database: Database, deliveries: SqlDeliveries) -> None:
        self._database = database
        self._deliveries = deliveries

    async def write(self, entry: Entry) -> None:
        """Take an edit; one that is known by its id stays as it is. Raises ValueError for one that cannot wait."""
        payload, author = edit_codec.dump(entry.edit), json.dumps(asdict(entry.author))
        async with self._database.writing() as connection:
            await insert_new(
                connection, edits, ("id",), id=entry.edit.id, plan=entry.plan, payload=payload, author=author,
                base=entry.base, written_at=entry.written_at, told=entry.told,
            )  # fmt: skip

    async def promise(self, edit_id: str, reason: str, at: datetime) -> None:
        """Note that it did not get through, and that its author is told that it waits."""
        values = {"told": True, "tried_at": at, "last_error": reason}
        async with self._database.writing() as connection:
            await connection.execute(update(edits).where(edits.c.id == edit_id).values(**values))

    async def waiting(self) -> Sequence[Entry]:
        """What has no outcome yet, oldest first. One that this version cannot read is logged and stays."""
        query = select(edits).where(edits.c.outcome.is_(None)).order_by(edits.c.number)
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        found: list[Entry] = []
        for row in rows:
            edit = edit_codec.load(row.payload)
            if isinstance(edit, Conflict):
                log.error("an edit in the journal cannot be read", edit=row.id, plan=row.plan, reason=edit.reason)
                continue
            author = Author(**json.loads(row.author))
            found.append(Entry(row.plan, edit, author, row.base, row.written_at, told=row.told))
        return found

    async def settle(self, edit_id: str, outcome: str, at: datetime, deliveries: Sequence[Delivery]) -> bool:
        """Close an entry and enqueue what its author is told, in one transaction; False when it was closed before."""
        async with self._database.writing() as connection:
            closed = await connection.execute(
                update(edits)
                .where(edits.c.id == edit_id, edits.c.outcome.is_(None))
                .values(outcome=outcome, settled_at=at)
                .returning(edits.c.plan)
            )
            row = closed.one_or_none()
            if row is None:
                return False
            new = await self._deliveries.enqueue_in(connection, row.plan, deliveries)
        self._deliveries.woken(new)
        return True
