"""Notes of a pass: looked up once, written only when they are new, and wired to the database where there is one."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.app import build
from bot.delivery.notes import SqlSourceMemory
from bot.services.ports import Found, Remembered, SourceMemoryError
from bot.settings import Settings
from bot.sources.collect import Sources
from bot.sources.forges.memory import MemoryOfProcess, Notes
from tests.sources.server import document


class Counted(MemoryOfProcess):
    def __init__(self) -> None:
        super().__init__()
        self.looked: list[str] = []
        self.written: list[str] = []

    async def get(self, keys: Sequence[str]) -> Mapping[str, Remembered]:
        self.looked += keys
        return await super().get(keys)

    async def put(self, notes: Mapping[str, Remembered]) -> None:
        self.written += notes
        await super().put(notes)


class Failing(MemoryOfProcess):
    async def get(self, keys: Sequence[str]) -> Mapping[str, Remembered]:
        raise SourceMemoryError("the database failed (OperationalError)")

    async def put(self, notes: Mapping[str, Remembered]) -> None:
        raise SourceMemoryError("the database failed (OperationalError)")


async def test_what_is_known_already_is_neither_looked_up_nor_written_again():
    memory = Counted()
    for _ in range(2):
        notes = Notes(memory)
        await notes.load(["a", "b"])
        await notes.load(["a"])
        notes.put("a", "1", "x")
        notes.put("c", "", "what has no mark cannot be asked about")
        await notes.save()
    assert memory.looked == ["a", "b"] * 2
    assert memory.written == ["a"]
    notes.put("a", "2", "y")
    await notes.save()
    assert await memory.get(["a", "c"]) == {"a": Remembered("2", "y")}


async def test_a_memory_that_fails_costs_requests_and_is_not_kept_quiet(github, caplog):
    github.memory = Failing()
    github.server.repo("acme/app").put(document("app"))
    with caplog.at_level(logging.WARNING):
        assert isinstance((await github.one("app")).document, Found)
    assert "everything is asked again: the database failed" in caplog.text
    assert "cannot be remembered" in caplog.text


async def test_a_server_remembers_in_its_database(tmp_path: Path):
    settings = Settings(
        database_url=f"sqlite:///{tmp_path / 'convoy.sqlite'}",
        convoy_store=str(tmp_path / "plans.git"),
        slack_bot_token="xoxb-1",
        convoy_github_token="ghp_1",
    )
    convoy = build(settings)
    try:
        source = convoy.tracking._source
        assert isinstance(source, Sources)
        assert isinstance(source._forges._memory, SqlSourceMemory)
        assert source._forges._forges[0].token == settings.convoy_github_token
    finally:
        await convoy.close()
