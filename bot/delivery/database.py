"""The way to the database: SQLite by default, Postgres at scale, one set of rules for both.

SQLite loses concurrent read-modify-writes unless every writer takes the lock before it reads, and forgets time zones;
both are settled here once, so that nothing above has to know which database it talks to.
"""

import sqlite3
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, DateTime, Dialect, Table, Text, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.types import TypeDecorator

BUSY_SECONDS = 30


class DeliveryError(Exception):
    """Deliveries cannot work as set up. The text is a sentence for people and never holds a password."""


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC, with zone on both ways. SQLite would store a local time and forget whose it was."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """To the database. A moment without a zone is a mistake of the caller: ValueError."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment without a time zone cannot be stored: {value.isoformat()}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """From the database."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class PlainText(TypeDecorator[str]):
    """Text that comes back as it went in. Postgres cannot hold U+0000, which JSON can name: it travels escaped."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """To the database."""
        return None if value is None else value.replace("\x1b", "\x1be").replace("\x00", "\x1b0")

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """From the database."""
        return None if value is None else value.replace("\x1b0", "\x00").replace("\x1be", "\x1b")


def database_url(text: str) -> URL:
    """Read a database URL and name the drivers that Convoy brings. Raises DeliveryError."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):  # the second: a port that is no number
        raise DeliveryError(
            "DATABASE_URL is not a database URL: write sqlite:///FILE or postgresql://USER@HOST/DATABASE"
        ) from None
    backend = url.get_backend_name()
    if backend in ("postgresql", "postgres"):
        if not url.database:
            raise DeliveryError("DATABASE_URL names no database: write postgresql://USER@HOST/DATABASE")
        return url.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise DeliveryError(f"DATABASE_URL starts with {backend}: Convoy works on sqlite:/// and on postgresql://")
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise DeliveryError(
            "DATABASE_URL must name a file, as in sqlite:////var/lib/convoy/convoy.sqlite: "
            "what is only in memory is lost with the process"
        )
    return url.set(drivername="sqlite+aiosqlite")


def blocking_url(text: str) -> URL:
    """The same database through a driver without asyncio, for migrations. Creates the folder of an SQLite file."""
    url = database_url(text)
    if url.get_backend_name() != "sqlite":
        return url
    make_folder(url)
    return url.set(drivername="sqlite")


def jobs_url(text: str) -> URL:
    """Where the durable queue keeps its own rows: beside an SQLite file as `<name>-jobs.sqlite`, within Postgres."""
    url = blocking_url(text)
    if url.get_backend_name() != "sqlite":
        return url
    file = Path(url.database or "")
    return url.set(database=str(file.with_name(f"{file.stem}-jobs.sqlite")))


def make_folder(url: URL) -> None:
    """Create the folder of an SQLite file, so that a first start needs no preparation. Raises DeliveryError."""
    folder = Path(url.database or "").parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DeliveryError(f"the folder of the database, {folder}, cannot be created: {error.strerror}") from error


def prepare_sqlite(dbapi_connection: Any, _record: object) -> None:
    """What every SQLite connection needs: readers beside a writer, patience with locks, and our own BEGIN."""
    dbapi_connection.isolation_level = None
    cursor = dbapi_connection.cursor()
    try:
        cursor.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
        write_ahead(cursor)
        cursor.execute("PRAGMA synchronous=FULL")
    finally:
        cursor.close()


def write_ahead(cursor: Any) -> None:
    """Have an SQLite file written ahead of itself, so that readers go on beside a writer; it stays so.

    Beside a writer of a new file SQLite refuses at once, whatever the busy timeout: two processes that start together.
    """
    ends = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > ends:
                raise
            time.sleep(0.01)
        else:
            return


def begin_sqlite(connection: Connection) -> None:
    """Writers take the lock before they read: with SQLite's own late locking, 19 of 20 concurrent updates got lost."""
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def upsert(connection: AsyncConnection, table: Table) -> "sqlite.Insert | postgresql.Insert":
    """An INSERT that can say what to do about a row that is already there; both databases spell it alike."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


async def insert_new(connection: AsyncConnection, table: Table, unique: Sequence[str], **values: object) -> bool:
    """Insert a row unless there is one with the same `unique` columns; True when it was inserted."""
    row = upsert(connection, table).values(**values).on_conflict_do_nothing(index_elements=unique)
    # Not `rowcount`: psycopg's is not kept for an INSERT.
    return (await connection.execute(row.returning(table.c[unique[0]]))).first() is not None


class Database:
    """Connections of one process. `writing()` and `reading()` are transactions; the first commits at its end."""

    def __init__(self, text: str) -> None:
        url = database_url(text)
        self.url = text
        if url.get_backend_name() == "sqlite":
            make_folder(url)
            self._engine: AsyncEngine = create_async_engine(url, connect_args={"timeout": BUSY_SECONDS})
            event.listen(self._engine.sync_engine, "connect", prepare_sqlite)
            event.listen(self._engine.sync_engine, "begin", begin_sqlite)
        else:
            self._engine = create_async_engine(url, pool_pre_ping=True, pool_size=5, max_overflow=5)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """One transaction: all of it is there afterwards, or nothing."""
        async with self._engine.begin() as connection:
            yield connection

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """One consistent look. It takes no write lock, so it never waits for a writer."""
        async with self._engine.connect() as connection:
            await connection.execution_options(reading=True)
            async with connection.begin():
                yield connection

    async def close(self) -> None:
        """Give all connections back. The object cannot be used afterwards."""
        await self._engine.dispose()
