"""The journal of edits on SQLite or Postgres: what was promised to people and is not in git yet."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update

from bot.delivery.database import Database, insert_new
from bot.delivery.ledger import SqlDeliveries
from bot.delivery.tables import edits
from bot.release import edit_codec
from bot.release.edits import Conflict
from bot.services.ports import Author, Delivery, Entry, Journal, Unreadable


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
        """What has no outcome yet and can be read, oldest first."""
        return [entry for entry in await self._open() if isinstance(entry, Entry)]

    async def unreadable(self) -> Sequence[Unreadable]:
        """What has no outcome yet and this version cannot read, oldest first."""
        return [entry for entry in await self._open() if isinstance(entry, Unreadable)]

    async def _open(self) -> Sequence[Entry | Unreadable]:
        query = select(edits).where(edits.c.outcome.is_(None)).order_by(edits.c.number)
        async with self._database.reading() as connection:
            return [_entry(row) for row in (await connection.execute(query)).all()]

    async def settle(
        self, edit_id: str, outcome: str, at: datetime, deliveries: Sequence[Delivery], reason: str | None = None
    ) -> bool:
        """Close an entry and enqueue what its author is told, in one transaction; False when it was closed before."""
        why = {"last_error": reason} if reason is not None else {}
        async with self._database.writing() as connection:
            closed = await connection.execute(
                update(edits)
                .where(edits.c.id == edit_id, edits.c.outcome.is_(None))
                .values(outcome=outcome, settled_at=at, **why)
                .returning(edits.c.plan)
            )
            row = closed.one_or_none()
            if row is None:
                return False
            new = await self._deliveries.enqueue_in(connection, row.plan, deliveries)
        self._deliveries.woken(new)
        return True


def _entry(row: Row[Any]) -> Entry | Unreadable:
    author = _author(row.author)
    edit = edit_codec.load(row.payload)
    if isinstance(edit, Conflict):
        return Unreadable(row.plan, row.id, edit.reason, row.written_at, author)
    if author is None:
        return Unreadable(row.plan, row.id, "the journal does not say who made this change", row.written_at)
    return Entry(row.plan, edit, author, row.base, row.written_at, told=row.told)


def _author(text: str) -> Author | None:
    try:
        return Author(**json.loads(text))
    except (ValueError, TypeError):
        return None
