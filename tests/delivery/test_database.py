import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from threading import Timer

import pytest
from sqlalchemy import select, text, update

from bot.delivery.database import Database, DeliveryError, blocking_url, database_url, jobs_url, write_ahead
from bot.delivery.tables import replicas
from tests.delivery.support import START, Desk, incident


@pytest.mark.parametrize(
    ("given", "driver"),
    [
        ("sqlite:///convoy.sqlite", "sqlite+aiosqlite"),
        ("sqlite+aiosqlite:////var/lib/convoy.sqlite", "sqlite+aiosqlite"),
        ("sqlite+pysqlite:///convoy.sqlite", "sqlite+aiosqlite"),
        ("postgresql://convoy@db/convoy", "postgresql+psycopg"),
        ("postgresql+asyncpg://convoy@db/convoy", "postgresql+psycopg"),
        ("postgresql+psycopg2://convoy@db/convoy", "postgresql+psycopg"),
        ("postgres://convoy@db/convoy", "postgresql+psycopg"),
    ],
)
def test_urls_are_read_in_every_common_spelling(given: str, driver: str) -> None:
    assert database_url(given).drivername == driver


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("", "is not a database URL"),
        ("/var/lib/convoy.sqlite", "is not a database URL"),
        ("mysql://root:s3cret@db/convoy", "starts with mysql"),
        ("sqlite://", "must name a file"),
        ("sqlite:///:memory:", "must name a file"),
        ("sqlite:///file:x?mode=memory&uri=true", "must name a file"),
        ("postgresql://convoy:s3cret@db", "names no database"),
        ("postgresql://convoy:s3cret@db:port/convoy", "is not a database URL"),
    ],
)
def test_urls_that_cannot_be_used_are_refused_without_their_password(given: str, words: str) -> None:
    with pytest.raises(DeliveryError, match=words) as caught:
        database_url(given)
    assert "s3cret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_the_jobs_of_an_sqlite_file_lie_beside_it_and_folders_are_made(tmp_path: Path) -> None:
    url = jobs_url(f"sqlite:///{tmp_path / 'deep' / 'er' / 'convoy.sqlite'}")
    assert url.database == str(tmp_path / "deep" / "er" / "convoy-jobs.sqlite")
    assert (tmp_path / "deep" / "er").is_dir()
    assert jobs_url("postgresql://convoy@db/convoy") == blocking_url("postgresql://convoy@db/convoy")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DeliveryError, match="cannot be created"):
        blocking_url(f"sqlite:///{tmp_path / 'file' / 'convoy.sqlite'}")


async def test_moments_come_back_in_utc_and_naive_ones_are_refused(desk: Desk) -> None:
    east = datetime(2026, 3, 3, 18, 30, 15, 123456, tzinfo=timezone(timedelta(hours=9, minutes=30)))
    await desk.ledger.record("summit", [incident("lib", at=east)], [])
    (kept,) = await desk.ledger.incidents("summit")
    assert kept.told_at == east
    assert kept.told_at.tzinfo is UTC
    with pytest.raises(Exception, match="without a time zone"):
        await desk.ledger.record("summit", [incident("other", at=datetime(2026, 3, 3))], [])  # noqa: DTZ001
    assert len(await desk.ledger.incidents("summit")) == 1


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
async def test_concurrent_changes_of_one_row_are_all_kept(desk: Desk) -> None:
    await desk.ledger.beat("counter", START)

    async def later_by_a_second() -> None:
        async with desk.database.writing() as connection:
            at = (await connection.execute(select(replicas.c.beat_at))).scalar_one()
            await asyncio.sleep(0)
            await connection.execute(update(replicas).values(beat_at=at + timedelta(seconds=1)))

    await asyncio.gather(*(later_by_a_second() for _ in range(20)))
    async with desk.database.reading() as connection:
        assert (await connection.execute(select(replicas.c.beat_at))).scalar_one() == START + timedelta(seconds=20)


async def test_a_reader_does_not_wait_for_a_writer_and_sees_only_what_is_committed(desk: Desk) -> None:
    await desk.ledger.beat("one", START)
    async with desk.database.writing() as connection:
        await connection.execute(update(replicas).values(id="two"))
        async with asyncio.timeout(2):
            assert await desk.ledger.living(START - timedelta(days=1)) == {"one"}
    assert await desk.ledger.living(START - timedelta(days=1)) == {"two"}


async def test_what_fails_halfway_leaves_nothing(desk: Desk) -> None:
    await desk.ledger.beat("one", START)

    async def half() -> None:
        async with desk.database.writing() as connection:
            await connection.execute(update(replicas).values(id="two"))
            raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError):
        await half()
    assert await desk.ledger.living(START - timedelta(days=1)) == {"one"}


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
async def test_sqlite_keeps_a_log_beside_it_and_waits_for_the_disk(database_url: str) -> None:
    database = Database(database_url)
    async with database.reading() as connection:
        assert (await connection.execute(text("PRAGMA journal_mode"))).scalar_one() == "wal"
        assert (await connection.execute(text("PRAGMA synchronous"))).scalar_one() == 2
    await database.close()


def test_a_new_file_that_somebody_is_writing_is_waited_for(tmp_path: Path) -> None:
    """Two processes start together: SQLite itself says at once that it is locked, whatever the busy timeout."""
    file = str(tmp_path / "new.sqlite")
    with (
        closing(sqlite3.connect(file, isolation_level=None, check_same_thread=False)) as other,
        closing(sqlite3.connect(file, isolation_level=None)) as ours,
    ):
        other.execute("CREATE TABLE rows (number)")
        other.execute("BEGIN IMMEDIATE")
        other.execute("INSERT INTO rows VALUES (1)")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            ours.execute("PRAGMA journal_mode=WAL")
        timer = Timer(0.2, other.execute, ["COMMIT"])
        timer.start()
        write_ahead(ours.cursor())
        timer.join()
        assert ours.execute("PRAGMA journal_mode").fetchone() == ("wal",)
