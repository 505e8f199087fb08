"""What sources said last, in the database: replicas share it, and a restart asks for nothing that has not changed."""

import hashlib
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TypeVar

from sqlalchemy import delete, select
from sqlalchemy.exc import SQLAlchemyError

from bot.delivery.database import Database, upsert
from bot.delivery.tables import source_notes
from bot.services.ports import Clock, Remembered, SourceMemoryError

Row = TypeVar("Row")

KEEP = timedelta(days=90)
"""Notes that nothing renewed for so long are dropped: their repositories may have left the plans."""
_ROWS = 500
"""Rows of one statement; databases limit how many values one may hold."""


class SqlSourceMemory:
    """The `ports.SourceMemory` on SQLite or Postgres."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    async def get(self, keys: Sequence[str]) -> Mapping[str, Remembered]:
        """What is known under these keys. Raises SourceMemoryError."""
        names = {_digest(key): key for key in keys}
        table = source_notes.c
        found: dict[str, Remembered] = {}
        async with _failures(), self._database.reading() as connection:
            for some in _cut(sorted(names)):
                columns = select(table.key, table.mark, table.text)  # not the moment: reading it costs as much again
                for row in await connection.execute(columns.where(table.key.in_(some))):
                    found[names[row.key]] = Remembered(row.mark, row.text)
        return found

    async def put(self, notes: Mapping[str, Remembered]) -> None:
        """Remember all of these or none, and drop what is old. Raises SourceMemoryError."""
        now = self._clock.now()
        rows = [{"key": _digest(key), "mark": n.mark, "text": n.text, "at": now} for key, n in notes.items()]
        rows.sort(key=lambda row: str(row["key"]))  # two replicas that lock rows in one order never wait for each other
        async with _failures(), self._database.writing() as connection:
            for some in _cut(rows):
                new = upsert(connection, source_notes).values(some)
                values = {name: new.excluded[name] for name in ("mark", "text", "at")}
                await connection.execute(new.on_conflict_do_update(index_elements=["key"], set_=values))
            await connection.execute(delete(source_notes).where(source_notes.c.at < now - KEEP))


@asynccontextmanager
async def _failures() -> AsyncIterator[None]:
    try:
        yield
    except (SQLAlchemyError, OSError, UnicodeError) as error:
        # Only its name: the text of a database error holds the values of the statement.
        raise SourceMemoryError(f"the database failed ({type(error).__name__})") from error


def _digest(key: str) -> str:
    """Keys hold addresses, which have no length limit; an index has."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def _cut(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    return (rows[i : i + _ROWS] for i in range(0, len(rows), _ROWS))
