"""Bringing a database to the shape that this version needs, from an installed package and without a configuration file.

`migrate` is safe to run twice and from several processes at once; a database that a newer Convoy has changed is left
alone. Migrations only ever add (expand, then contract a version later), so that the previous version keeps working
while a new one is rolled out.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError

from bot.delivery.database import BUSY_SECONDS, DeliveryError, begin_sqlite, blocking_url, prepare_sqlite

# Two processes that start together must not both create tables. The number is "convoy" and means nothing else.
_POSTGRES_LOCK = 0x636F6E766F79


def migrate(url: str) -> str:
    """Bring the database to the newest revision in one transaction, creating it if need be; returns that revision.

    Blocking. Raises DeliveryError when the database cannot be reached or was changed by a newer Convoy.
    """
    with _transaction(url) as connection:
        config = _config()
        revision = _revision(connection)
        _refuse_unknown(config, revision)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        return _revision(connection) or ""


def current(url: str) -> str | None:
    """The revision that the database is at; None when it was never migrated. Blocking. Raises DeliveryError."""
    with _transaction(url, reading=True) as connection:
        return _revision(connection)


def newest() -> str:
    """The revision that this version of the code needs."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def check(url: str) -> None:
    """Raise DeliveryError, with what to do, unless the database is at exactly the revision that the code needs."""
    revision = current(url)
    _refuse_unknown(_config(), revision)
    if revision != newest():
        state = f"is at revision {revision}" if revision else "has no tables of Convoy yet"
        raise DeliveryError(f"the database {state} and this version needs {newest()}: run convoy migrate")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _refuse_unknown(config: Config, revision: str | None) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if revision is not None and revision not in known:
        raise DeliveryError(
            f"the database is at revision {revision}, which this version does not know (its newest is {newest()}): "
            "a newer Convoy has changed it. Start that version, or point DATABASE_URL at another database"
        )


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


@contextmanager
def _transaction(text_url: str, *, reading: bool = False) -> Iterator[Connection]:
    engine = _engine(text_url)
    try:
        with engine.connect().execution_options(reading=reading) as connection, connection.begin():
            if engine.dialect.name == "postgresql" and not reading:
                connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _POSTGRES_LOCK})
            yield connection
    except DBAPIError as error:
        reason = str(error.orig).strip().splitlines()[0] if error.orig else type(error).__name__
        raise DeliveryError(f"the database of DATABASE_URL cannot be used: {reason}") from error
    finally:
        engine.dispose()


def _engine(text_url: str) -> Engine:
    url = blocking_url(text_url)
    if url.get_backend_name() != "sqlite":
        return create_engine(url)
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", prepare_sqlite)
    event.listen(engine, "begin", begin_sqlite)
    return engine
