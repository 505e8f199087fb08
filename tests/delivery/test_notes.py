"""What sources said last, on both databases: it comes back as it went in, is replaced, grows old and can be lost."""

import logging
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from bot.delivery.database import Database
from bot.delivery.notes import KEEP, SqlSourceMemory
from bot.delivery.tables import source_notes
from bot.services.ports import Found, Remembered, SourceMemory, SourceMemoryError, Wanted
from bot.sources.collect import Sources
from bot.sources.forges import Forge, Kind
from tests.delivery.support import Desk, HeldClock
from tests.sources.forges.forge_server import running
from tests.sources.forges.github_server import GitHub
from tests.sources.server import document


async def test_notes_come_back_are_replaced_and_never_mixed_up(desk: Desk) -> None:
    memory: SourceMemory = SqlSourceMemory(desk.database, desk.clock)
    odd = "k" * 5000 + "\x00\ud800'; DROP TABLE source_notes; --"
    await memory.put({"a": Remembered("1", "x"), odd: Remembered('W/"é"', "\x00\x1b{}" * 1000)})
    assert await memory.get(["a", odd, "b"]) == {
        "a": Remembered("1", "x"),
        odd: Remembered('W/"é"', "\x00\x1b{}" * 1000),
    }
    await memory.put({"a": Remembered("2", "y")})
    assert await memory.get(["a"]) == {"a": Remembered("2", "y")}
    assert await memory.get([]) == {}


async def test_thousands_at_once(desk: Desk) -> None:
    memory = SqlSourceMemory(desk.database, desk.clock)
    notes = {f"k{i}": Remembered(str(i), "{}") for i in range(1234)}
    await memory.put(notes)
    assert await memory.get([*notes, "other"]) == notes


async def test_what_nothing_renewed_is_dropped(desk: Desk) -> None:
    memory = SqlSourceMemory(desk.database, desk.clock)
    await memory.put({"old": Remembered("1", "x"), "kept": Remembered("1", "x")})
    desk.clock.advance((KEEP - timedelta(hours=1)).total_seconds())
    await memory.put({"kept": Remembered("2", "x")})
    assert set(await memory.get(["old", "kept"])) == {"old", "kept"}
    desk.clock.advance(7200)
    await memory.put({"new": Remembered("1", "x")})
    assert set(await memory.get(["old", "kept", "new"])) == {"kept", "new"}


async def test_a_database_that_fails_is_said_without_what_was_to_be_written(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'empty.sqlite'}")  # never migrated
    memory = SqlSourceMemory(database, HeldClock())
    with pytest.raises(SourceMemoryError, match="the database failed") as caught:
        await memory.put({"a": Remembered("1", "geheim")})
    assert "geheim" not in str(caught.value)
    with pytest.raises(SourceMemoryError):
        await memory.get(["a"])
    await database.close()


async def test_after_a_restart_no_text_is_asked_again_and_without_a_table_all_of_it(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(GitHub()) as server:
        server.repo("acme/app").put(document("app"))

        async def one_pass() -> int:
            """A process of its own; how many texts it asked for."""
            server.blobs.clear()
            forge = Forge(
                Kind.GITHUB, "github.com", server.base, f"{server.base}/graphql", SecretStr(server.token or "")
            )
            memory = SqlSourceMemory(Database(desk.url), desk.clock)
            sources = Sources(
                None, allow_paths=False, allow_http=True, allow_private=True, forges=[forge], memory=memory
            )
            answers = await sources.collect([Wanted("app", "github:acme/app")])
            await memory._database.close()
            assert isinstance(answers["app"].document, Found)
            return len(server.blobs)

        assert [await one_pass(), await one_pass()] == [1, 0]
        async with desk.database.writing() as connection:
            await connection.execute(text("DROP TABLE source_notes"))
        caplog.set_level(logging.WARNING)
        try:
            assert await one_pass() == 1
        finally:
            async with desk.database.writing() as connection:  # on Postgres all tests share one database
                await connection.run_sync(source_notes.create)
        assert "everything is asked again" in caplog.text
        assert "cannot be remembered" in caplog.text
