import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Integer, Table, inspect, text

from bot.delivery import migrations
from bot.delivery.database import DeliveryError
from bot.delivery.migrations import check, current, migrate, newest
from bot.delivery.tables import metadata


def differences(url: str) -> list[object]:
    with migrations._transaction(url, reading=True) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return list(compare_metadata(context, metadata))


def test_models_and_migrations_agree(empty_database: str) -> None:
    migrate(empty_database)
    assert differences(empty_database) == []


def test_the_comparison_would_notice_a_table_that_was_forgotten(empty_database: str) -> None:
    migrate(empty_database)
    forgotten = Table("forgotten", metadata, Column("id", Integer, primary_key=True))
    try:
        assert len(differences(empty_database)) == 1
    finally:
        metadata.remove(forgotten)


def test_a_new_database_is_brought_up_and_stays_as_it_is(empty_database: str) -> None:
    assert current(empty_database) is None
    with pytest.raises(DeliveryError, match=f"has no tables of Convoy yet and this version needs {newest()}: run"):
        check(empty_database)
    assert migrate(empty_database) == newest()
    assert current(empty_database) == newest()
    check(empty_database)
    assert migrate(empty_database) == newest()


def test_processes_that_start_together_both_find_it_done_from_anywhere(empty_database: str, tmp_path: Path) -> None:
    # Processes, as threads would share Alembic's global context; in a folder without a configuration file.
    code = "import sys; from bot.delivery.migrations import migrate; print(migrate(sys.argv[1]))"
    command = [sys.executable, "-W", "error", "-c", code, empty_database]
    where = {**os.environ, "PYTHONPATH": str(Path(migrations.__file__).parents[3])}
    with ThreadPoolExecutor(2) as pool:
        runs = list(
            pool.map(
                lambda _: subprocess.run(command, cwd=tmp_path, env=where, capture_output=True, text=True), range(2)
            )
        )
    assert [(run.stdout.strip(), run.stderr, run.returncode) for run in runs] == [(newest(), "", 0)] * 2


def test_a_database_of_a_newer_convoy_is_left_alone(empty_database: str) -> None:
    migrate(empty_database)
    with migrations._transaction(empty_database) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for attempt in (migrate, check):
        with pytest.raises(DeliveryError, match=r"revision 9999, which this version does not know.*newer Convoy"):
            attempt(empty_database)
    assert current(empty_database) == "9999"


def test_a_migration_that_fails_leaves_nothing_behind(empty_database: str) -> None:
    with migrations._transaction(empty_database) as connection:
        connection.execute(text("CREATE TABLE replicas (id INTEGER)"))  # the last one of the first revision
    with pytest.raises(DeliveryError, match=r"cannot be used: .*replicas.* already exists"):
        migrate(empty_database)
    with migrations._transaction(empty_database, reading=True) as connection:
        assert set(inspect(connection).get_table_names()) <= {"replicas", "alembic_version"}
    assert current(empty_database) is None


def test_a_database_that_does_not_answer_is_said_so_without_the_password() -> None:
    with pytest.raises(DeliveryError, match=r"DATABASE_URL cannot be used: .*") as caught:
        migrate("postgresql://convoy:s3cret@127.0.0.1:1/convoy?connect_timeout=2")
    assert "s3cret" not in str(caught.value)


def test_something_that_is_no_database_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("this is not a database, " * 100)
    with pytest.raises(DeliveryError, match="file is not a database"):
        migrate(f"sqlite:///{tmp_path / 'notes.txt'}")
