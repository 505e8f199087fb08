"""Edits over a store that comes and goes: nothing taken is lost, nothing is made twice, and its author hears of it."""

import asyncio
import contextlib
import multiprocessing
import os
import random
import signal
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest
from pydantic import TypeAdapter
from sqlalchemy import select, update

from bot.delivery import migrations
from bot.delivery.database import Database
from bot.delivery.journal import SqlJournal
from bot.delivery.ledger import SqlDeliveries
from bot.delivery.tables import edits
from bot.release import edit_codec
from bot.release.edits import Conflict, SetVersion
from bot.release.folder import PlanFolder
from bot.services.clock import FixedClock
from bot.services.editing import Editing, Pending
from bot.services.planning import Planning
from bot.services.ports import Author, Updated
from bot.store import GitStore, locate, open_store
from tests.services import writer
from tests.store.http_backend import HttpBackend, Mood, serving
from tests.store.kit import ANN, NOON, add, git, history, render

PUSH = "git-receive-pack"
BO = Author("Bo Lind", "bo@example.org", "U0BO00001", "T0TEAM")


@dataclass
class Desk:
    """One process's editing over a remote that can be told to misbehave."""

    remote: HttpBackend
    repository: Path
    store: GitStore
    planning: Planning
    editing: Editing
    journal: SqlJournal
    ledger: SqlDeliveries
    clock: FixedClock
    database: Database

    def out(self, mood: Mood = Mood.BUSY) -> None:
        self.remote.mood = lambda _path, _number: mood

    def back(self) -> None:
        self.remote.mood = lambda _path, _number: Mood.WELL

    def ship(self, version: str, repository: str = "server") -> SetVersion:
        return SetVersion(f"id-{version}", self.clock.now(), repository, version)

    async def told(self) -> list[str]:
        return [f"{row.key} to {row.target}" for row in await self.ledger.pending()]


@pytest.fixture
def remote(tmp_path: Path) -> Iterator[HttpBackend]:
    (tmp_path / "remotes").mkdir()
    git(tmp_path / "remotes", "init", "--quiet", "--bare", "--template=", "plans.git")
    with serving(tmp_path / "remotes") as server:
        yield server


@pytest.fixture
async def desk(tmp_path: Path, remote: HttpBackend) -> AsyncIterator[Desk]:
    url = f"sqlite:///{tmp_path / 'convoy.sqlite'}"
    await asyncio.to_thread(migrations.migrate, url)
    database = Database(url)
    clock = FixedClock(NOON)
    ledger = SqlDeliveries(database, clock)
    journal = SqlJournal(database, ledger)
    store = open_store(locate(remote.url("plans.git"), cache_dir=tmp_path), render, durable=False, deadline=5.0)
    store.update("summit", add(), ANN)
    planning = Planning(store, clock)
    await planning.refresh()
    yield Desk(
        remote, tmp_path / "remotes" / "plans.git", store, planning, Editing(planning, journal, clock), journal, ledger,
        clock, database,
    )  # fmt: skip
    store.close()
    await database.close()


async def test_while_the_store_answers_an_edit_is_made_at_once_and_nothing_waits(desk: Desk) -> None:
    outcome = await desk.editing.submit("summit", desk.ship("v1.6.0"), BO)
    assert isinstance(outcome, Updated)
    assert history(desk.repository, "%an|%s")[0] == "Bo Lind|Ship server v1.6.0"
    assert await desk.journal.waiting() == []
    assert await desk.told() == [], "who got the answer needs no message"


async def test_while_it_is_away_edits_wait_in_order_and_are_made_once_with_a_word_to_their_author(desk: Desk) -> None:
    desk.out()
    first = await desk.editing.submit("summit", desk.ship("v1.6.0"), BO)
    assert isinstance(first, Pending)
    assert "does not answer" in first.reason
    assert first.head_at == NOON, "how old the answers are meanwhile"
    second = await desk.editing.submit("summit", desk.ship("v3.0.1", "summit-app"), BO)
    assert isinstance(second, Pending)
    assert "older change" in second.reason
    assert await desk.editing.replay() == 0
    assert (await desk.planning.view("summit")).assessment.plan.release_name, "reads go on"

    desk.back()
    desk.clock.advance(timedelta(minutes=10))
    assert await desk.editing.replay() == 2
    assert await desk.editing.replay() == 0
    assert history(desk.repository, "%s")[:3] == [
        "Ship summit-app v3.0.1", "Ship server v1.6.0", "Open the plan Summit 2026 Q1 Launch"
    ]  # fmt: skip
    assert await desk.told() == ["edit:id-v1.6.0 to U0BO00001", "edit:id-v3.0.1 to U0BO00001"]


async def test_what_others_changed_meanwhile_is_not_overwritten(desk: Desk) -> None:
    desk.out()
    await desk.editing.submit("summit", desk.ship("v1.6.0"), BO)
    desk.back()
    other = open_store(locate(str(desk.repository), cache_dir=desk.repository.parent), render, durable=False)
    other.update("summit", SetVersion("theirs", NOON, "server", "v1.9.0"), ANN)
    other.close()
    assert await desk.editing.replay() == 1
    assert history(desk.repository, "%s")[0] == "Ship server v1.9.0"
    (row,) = await desk.ledger.pending()
    assert row.key == "edit:id-v1.6.0"
    assert await desk.journal.waiting() == []


async def test_a_lost_answer_makes_no_second_commit(desk: Desk) -> None:
    desk.remote.mood = lambda path, _n: Mood.LOST if "POST" in path and "receive-pack" in path else Mood.WELL
    outcome = await desk.editing.submit("summit", desk.ship("v1.6.0"), BO)
    desk.back()
    desk.clock.advance(timedelta(minutes=10))
    if isinstance(outcome, Pending):
        assert await desk.editing.replay() == 1
    assert [s for s in history(desk.repository, "%s") if "v1.6.0" in s] == ["Ship server v1.6.0"]


async def test_a_refusal_is_final_and_shows_the_remotes_words(desk: Desk) -> None:
    hook = desk.repository / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'freeze until Monday' >&2\nexit 1\n")
    hook.chmod(0o755)
    outcome = await desk.editing.submit("summit", desk.ship("v1.6.0"), BO)
    assert isinstance(outcome, Conflict)
    assert "freeze until Monday" in outcome.reason
    hook.unlink()
    assert await desk.editing.replay() == 0
    assert len(history(desk.repository)) == 1


async def test_what_a_dead_process_had_written_down_is_made_by_the_next(desk: Desk) -> None:
    entry = replace(writer.entry(1), written_at=desk.clock.now())
    await desk.journal.write(entry)
    assert await desk.editing.replay() == 0, "whoever wrote it may be at it"
    desk.clock.advance(timedelta(minutes=2))
    assert await desk.editing.replay() == 1
    assert history(desk.repository, "%s")[0] == "Let server need lib-1 (any version)"


class Cursed(SetVersion):
    """An edit at which whoever applies it fails."""

    def apply(self, folder: PlanFolder | None) -> PlanFolder | Conflict | None:
        raise RecursionError("a fault of ours")


async def test_one_change_at_which_convoy_fails_is_parked_and_the_others_go_on(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both plans go on: the one whose change cannot be decoded, and the one whose change fails when it is applied."""
    desk.out()
    for version in ("v1.6.0", "v1.7.0", "v1.8.0"):
        await desk.editing.submit("summit", desk.ship(version), BO)
    async with desk.database.writing() as connection:
        await connection.execute(
            update(edits).where(edits.c.id == "id-v1.6.0").values(payload='{"operation": "launch"}')
        )
    kind = TypeAdapter(Cursed)
    load = edit_codec.load
    monkeypatch.setattr(edit_codec, "load", lambda text: kind.validate_json(text) if "v1.7.0" in text else load(text))
    desk.back()
    desk.clock.advance(timedelta(minutes=10))
    assert await desk.editing.replay() == 3
    assert history(desk.repository, "%s")[:2] == ["Ship server v1.8.0", "Open the plan Summit 2026 Q1 Launch"]
    assert await desk.editing.replay() == 0
    assert await desk.told() == [f"edit:id-{v} to U0BO00001" for v in ("v1.6.0", "v1.7.0", "v1.8.0")]
    async with desk.database.reading() as connection:
        rows = (await connection.execute(select(edits.c.outcome, edits.c.last_error).order_by(edits.c.number))).all()
    assert [row.outcome for row in rows] == ["parked", "parked", "done"]
    assert "cannot be read by this version" in rows[0].last_error
    assert rows[1].last_error == "Convoy failed at it (RecursionError)"


async def test_a_change_that_was_just_written_by_a_newer_version_is_left_to_it(desk: Desk) -> None:
    await desk.journal.write(replace(writer.entry(1), written_at=desk.clock.now()))
    async with desk.database.writing() as connection:
        await connection.execute(update(edits).values(payload='{"operation": "launch"}'))
    assert await desk.editing.replay() == 0
    desk.clock.advance(timedelta(minutes=2))
    assert await desk.editing.replay() == 1


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.services.writer"])
    return context


def _lines(file: Path) -> list[str]:
    return file.read_text().split() if file.exists() else []


async def test_writers_that_are_killed_anywhere_lose_nothing_and_repeat_nothing(
    desk: Desk, tmp_path: Path, processes: ForkServerContext
) -> None:
    """Ten kills of a process group, forty edits, a quarter of the answers to pushes lost or nobody there: once each."""
    dice, away = random.Random(7), False

    def mood(path: str, _number: int) -> Mood:
        if away:
            return Mood.BUSY
        return Mood.LOST if path.startswith("POST") and path.endswith(PUSH) and dice.random() < 0.25 else Mood.WELL

    desk.remote.mood = mood
    url, place = f"sqlite:///{tmp_path / 'convoy.sqlite'}", desk.remote.url("plans.git")
    note, kills = tmp_path / "taken", 0
    for begin in range(1, 41, 4):
        away = begin % 8 == 5
        victim = processes.Process(target=writer.main, args=(url, place, str(tmp_path), str(note), begin, 4))
        victim.start()
        until = len(_lines(note)) + dice.randrange(4)
        while victim.exitcode is None and len(_lines(note)) < until:
            await asyncio.sleep(0.01)
        await asyncio.to_thread(victim.join, dice.uniform(0, 0.3))
        assert victim.pid
        with contextlib.suppress(ProcessLookupError):  # it is done, or has not begun yet
            os.killpg(victim.pid, signal.SIGKILL)
            kills += 1
        await asyncio.to_thread(victim.join)
        victim.close()
    assert kills, "or nobody was killed at it"
    taken = set(_lines(note))
    desk.back()
    desk.clock.moment = datetime.now(UTC) + timedelta(hours=1)
    for _ in range(5):
        await desk.planning.refresh()
        await desk.editing.replay()
    assert await desk.journal.waiting() == []
    bodies = git(desk.repository, "log", "--format=%(trailers:key=Plan-Edit-Id,valueonly)", "main").split()
    made = [b for b in bodies if b.startswith("edit-")]
    assert len(made) == len(set(made)), "no edit twice"
    assert taken <= set(made), "everything that was acknowledged is there"
    assert taken, "and some were"
    assert git(desk.repository, "fsck", "--full", "--strict", "--no-dangling") == ""
