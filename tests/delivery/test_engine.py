"""The engine with the real job queue, on both databases."""

import asyncio
import itertools
import logging
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.delivery.courier import Rhythm
from bot.delivery.database import Database, DeliveryError, jobs_url
from bot.delivery.engine import DeliveryEngine
from bot.delivery.ledger import SqlDeliveries
from bot.delivery.slack import Outcome, Post, RateLimited, Refused, Sent
from tests.delivery.support import QUICK, Desk, ToldSender

DRAIN = 20.0
# For what does not depend on the database.
ON_SQLITE = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)


@asynccontextmanager
async def running(desk: Desk, sender: ToldSender, rhythm: Rhythm = QUICK) -> AsyncIterator[DeliveryEngine]:
    engine = DeliveryEngine(desk.url, desk.ledger, sender, desk.clock, rhythm)
    await engine.start()
    try:
        yield engine
    finally:
        await engine.stop()


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(DRAIN):
        while not true():
            await asyncio.sleep(0.01)


async def kill(engine: DeliveryEngine) -> None:
    """As good a death as one can have within a process: no goodbye, no heartbeat any more, its jobs half done."""
    assert engine._jobs is not None
    for task in engine._tasks:
        task.cancel()
    await asyncio.to_thread(engine._jobs.close, write_off=False)


def job_states(desk: Desk) -> list[tuple[str]]:
    """The states of all jobs that the queue still knows, on SQLite."""
    with closing(sqlite3.connect(str(jobs_url(desk.url).database))) as connection:
        return connection.execute("SELECT DISTINCT status FROM workflow_status").fetchall()


class BusySender(ToldSender):
    """Takes a moment for each post and notes how many were on their way at a time, in all and to one target."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds
        self.now: list[str] = []
        self.most = 0
        self.most_to_one = 0

    async def send(self, post: Post) -> Outcome:
        self.now.append(post.to)
        self.most = max(self.most, len(self.now))
        self.most_to_one = max(self.most_to_one, self.now.count(post.to))
        await asyncio.sleep(self.seconds)
        self.now.remove(post.to)
        return await super().send(post)


async def test_what_is_recorded_is_sent_once_in_its_order(desk: Desk) -> None:
    sender = ToldSender()
    async with running(desk, sender) as engine:
        keys = [f"k{number:02}" for number in range(12)]
        await desk.put(*reversed(keys))
        await desk.put(*keys)
        assert await engine.drain(DRAIN)
        await engine.poke()
        assert sender.keys == keys[::-1]
        assert await desk.ledger.counts() == {"queued": 0, "sent": 12, "parked": 0}
        assert engine.trouble() is None


@ON_SQLITE
async def test_a_record_wakes_the_engine(desk: Desk) -> None:
    sender = ToldSender()
    async with running(desk, sender, replace(QUICK, tick=60)):
        await asyncio.sleep(0.1)  # the tick at the start is over, the next one is far
        await desk.put("a")
        async with asyncio.timeout(DRAIN):
            while not sender.keys:
                await asyncio.sleep(0.01)


@ON_SQLITE
async def test_what_another_process_records_is_found_at_the_next_tick(desk: Desk) -> None:
    sender = ToldSender()
    async with running(desk, sender):
        other = Database(desk.url)
        web = Desk(desk.url, other, SqlDeliveries(other, desk.clock), desk.clock)
        await web.put("a")
        async with asyncio.timeout(DRAIN):
            while not sender.keys:
                await asyncio.sleep(0.01)
        await other.close()


async def test_what_was_left_behind_is_sent_after_a_start_and_nothing_twice(desk: Desk) -> None:
    sender = ToldSender()
    await desk.put("before")
    async with running(desk, sender) as engine:
        assert await engine.drain(DRAIN)
    await desk.put("between")
    async with running(desk, sender) as engine:
        assert await engine.drain(DRAIN)
    async with running(desk, sender) as engine:
        assert await engine.drain(DRAIN)
    assert sender.keys == ["before", "between"]


async def test_posts_to_one_target_keep_their_distance_and_other_targets_do_not_wait(desk: Desk) -> None:
    sender = ToldSender()
    async with running(desk, sender, replace(QUICK, pace=0.4)) as engine:
        await desk.put("a1", "a2", to="C0A", thread=["reply"])
        await desk.put("b1", to="C0B")
        assert await engine.drain(DRAIN)
    times = dict(zip(sender.keys, sender.at, strict=True))
    order = sorted(times[key] for key in ("a1", "a1#1", "a2", "a2#1"))
    assert times["a1"] < times["a1#1"]
    assert times["a2"] < times["a2#1"]
    assert min(later - earlier for earlier, later in itertools.pairwise(order)) >= 0.39
    assert times["b1"] < order[-1]


@ON_SQLITE
async def test_targets_are_served_side_by_side_each_by_one_post_at_a_time(desk: Desk) -> None:
    sender = BusySender(0.1)
    async with running(desk, sender) as engine:
        for target in ("C0A", "C0B", "C0C"):
            await desk.put(f"{target}1", f"{target}2", f"{target}3", to=target)
        assert await engine.drain(DRAIN)
    assert sender.most_to_one == 1
    assert sender.most >= 2


async def test_nothing_goes_out_before_the_pause_that_slack_asked_for(desk: Desk) -> None:
    sender = ToldSender([RateLimited(30)])
    async with running(desk, sender) as engine:
        await desk.put("a", "b")
        assert await engine.drain(DRAIN)
        assert sender.keys == ["a"]
        desk.clock.advance(29)
        await engine.poke()
        await asyncio.sleep(0.2)
        assert sender.keys == ["a"]
        desk.clock.advance(1)
        assert await engine.drain(DRAIN)
        assert sorted(sender.keys) == ["a", "a", "b"]


@ON_SQLITE
async def test_what_is_parked_holds_nothing_up_and_can_be_sent_again(desk: Desk) -> None:
    sender = ToldSender([Refused("is_archived")])
    async with running(desk, sender) as engine:
        await desk.put("a", "b")
        assert await engine.drain(DRAIN)
        assert [kept.key for kept in await desk.ledger.parked()] == ["a"]
        assert await desk.ledger.resend("a")
        assert await engine.drain(DRAIN)
    assert sender.keys == ["a", "b", "a"]
    assert await desk.ledger.counts() == {"queued": 0, "sent": 2, "parked": 0}


@ON_SQLITE
async def test_a_drain_that_takes_too_long_says_so(desk: Desk) -> None:
    sender = BusySender(1)
    async with running(desk, sender) as engine:
        await desk.put("a")
        assert not await engine.drain(0.1)
        async with asyncio.timeout(DRAIN):
            while not sender.now:
                await asyncio.sleep(0.01)
    assert sender.keys == ["a"]  # the stop waited for the post that was on its way


@ON_SQLITE
async def test_one_engine_at_a_time_in_a_process(desk: Desk) -> None:
    async with running(desk, ToldSender()):
        with pytest.raises(DeliveryError, match="sends deliveries already"):
            await DeliveryEngine(desk.url, desk.ledger, ToldSender(), desk.clock, QUICK).start()
        await desk.put("a")


@ON_SQLITE
async def test_a_stopped_engine_says_so_and_may_start_again(desk: Desk) -> None:
    sender = ToldSender()
    engine = DeliveryEngine(desk.url, desk.ledger, sender, desk.clock, QUICK)
    assert engine.trouble() == "the engine has not started"
    with pytest.raises(RuntimeError, match="await start"):
        await engine.poke()
    await engine.stop()  # nothing to do
    for number in range(2):
        await engine.start()
        await desk.put(f"k{number}")
        assert await engine.drain(DRAIN)
        assert engine.trouble() is None
        await engine.stop()
        assert engine.trouble() == "the engine was stopped"
    assert sender.keys == ["k0", "k1"]
    assert await desk.ledger.living(datetime(2000, 1, 1, tzinfo=UTC)) == frozenset()


async def test_the_work_of_a_process_that_died_is_taken_over(desk: Desk) -> None:
    await desk.put("a")
    stuck = asyncio.Event()

    class Hanging(ToldSender):
        async def send(self, post: Post) -> Outcome:
            stuck.set()
            await asyncio.sleep(60)
            return Sent("C0", "1.1")

    dead = DeliveryEngine(desk.url, desk.ledger, Hanging(), desk.clock, QUICK)
    await dead.start()
    await stuck.wait()
    await kill(dead)
    sender = ToldSender()
    async with running(desk, sender) as engine:
        assert await engine.drain(DRAIN)
    assert sender.keys == ["a"]
    assert sender.posts[0].doubt_since == desk.clock.now()


async def test_a_process_that_died_after_its_post_blocks_nobody(desk: Desk) -> None:
    # The job of a delivery that is done was not written off; while the queue believes in it, its target is closed.
    await desk.put("done", to="C0A")
    dead = DeliveryEngine(desk.url, desk.ledger, ToldSender(), desk.clock, replace(QUICK, pace=60))
    await dead.start()
    assert await dead.drain(DRAIN)
    await kill(dead)
    sender = ToldSender()
    async with running(desk, sender) as engine:
        await desk.put("next", to="C0A")
        assert await engine.drain(DRAIN)
    assert sender.keys == ["next"]


@ON_SQLITE
async def test_a_job_that_the_queue_took_and_dropped_blocks_nobody(desk: Desk) -> None:
    sender = ToldSender()
    async with running(desk, sender) as engine:
        await desk.put("done", to="C0A")
        assert await engine.drain(DRAIN)
        await until(lambda: job_states(desk) == [("SUCCESS",)])  # written off a moment after the ledger is
        with sqlite3.connect(str(jobs_url(desk.url).database)) as connection:
            stumble = "UPDATE workflow_status SET status = 'PENDING', executor_id = ?, completed_at = NULL"
            assert connection.execute(stumble, (engine.name,)).rowcount == 1
        connection.close()
        await desk.put("next", to="C0A")
        assert await engine.drain(DRAIN)
    assert sender.keys == ["done", "next"]


@ON_SQLITE
async def test_a_job_queue_that_lost_everything_is_told_again(desk: Desk) -> None:
    await desk.put("a")
    await desk.ledger.handed(await desk.ledger.waiting(desk.clock.now(), datetime.now(UTC)), datetime.now(UTC))
    sender = ToldSender()
    async with running(desk, sender) as engine:
        assert await engine.drain(DRAIN)
    assert sender.keys == ["a"]


@ON_SQLITE
async def test_a_ledger_that_could_not_be_written_for_a_moment_loses_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = desk.ledger.mark_sent
    failures: list[str] = []

    async def failing_once(key: str, **values: object) -> None:
        if not failures:
            failures.append(key)
            raise OSError("the disk is full")
        await real(key, **values)  # type: ignore[arg-type]

    monkeypatch.setattr(desk.ledger, "mark_sent", failing_once)
    sender = ToldSender()
    async with running(desk, sender) as engine:
        await desk.put("a")
        assert await engine.drain(DRAIN)
    assert sender.keys == ["a", "a"]
    assert sender.posts[1].doubt_since is not None  # the second one looks before it posts


@ON_SQLITE
async def test_a_database_that_goes_away_is_trouble_until_it_is_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(desk, ToldSender(), replace(QUICK, lease=0.2, tick=0.05)) as engine:
        await engine.drain(DRAIN)
        with monkeypatch.context() as patch:

            async def gone(*_args: object, **_more: object) -> list[object]:
                raise OSError("connection lost, password s3cret")

            patch.setattr(desk.ledger, "waiting", gone)
            await asyncio.sleep(0.5)
            trouble = engine.trouble()
            assert trouble == "deliveries stand still: the last look at the ledger failed (OSError)"
        async with asyncio.timeout(DRAIN):
            while engine.trouble() is not None:
                await asyncio.sleep(0.02)


@ON_SQLITE
async def test_it_stops_without_a_database_too(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    sender = ToldSender()
    engine = DeliveryEngine(desk.url, desk.ledger, sender, desk.clock, QUICK)
    await engine.start()
    with monkeypatch.context() as patch:

        async def gone(*_args: object) -> None:
            raise OSError("connection lost")

        for method in ("beat", "leave", "waiting"):
            patch.setattr(desk.ledger, method, gone)
        await engine.stop()
    await desk.put("a")
    async with running(desk, sender) as after:
        assert await after.drain(DRAIN)
    assert sender.keys == ["a"]


@ON_SQLITE
async def test_finished_jobs_and_old_requests_are_swept_away(desk: Desk) -> None:
    async with running(desk, ToldSender()) as engine:
        await desk.put("a")
        assert await engine.drain(DRAIN)
        await desk.ledger.seen("old", datetime.now(UTC) - timedelta(days=2))
        await until(lambda: job_states(desk) == [("SUCCESS",)])  # written off a moment after the ledger is
        assert engine._jobs is not None
        await asyncio.to_thread(engine._jobs.prune, datetime.now(UTC) + timedelta(minutes=1))
        assert job_states(desk) == []
        engine._cleaned = datetime(2000, 1, 1, tzinfo=UTC)
        await engine._clean()
        assert await desk.ledger.seen("old", datetime.now(UTC))
        assert await desk.ledger.counts() == {"queued": 0, "sent": 1, "parked": 0}


@ON_SQLITE
async def test_the_job_queue_is_silent_and_leaves_the_loop_as_it_was(
    desk: Desk, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    async with running(desk, ToldSender()) as engine:
        await desk.put("a")
        assert await engine.drain(DRAIN)
    assert [record.getMessage() for record in caplog.records if record.name.startswith("dbos")] == []
    printed = capfd.readouterr()
    assert "DBOS" not in printed.out + printed.err
    assert await asyncio.to_thread(lambda: "threads still work") == "threads still work"
    assert job_states(desk) == [("SUCCESS",)]  # nothing is left half done


@ON_SQLITE
async def test_a_job_queue_that_cannot_start_is_said_so_and_can_be_tried_again(desk: Desk) -> None:
    class Elsewhere(DeliveryEngine):
        pass

    engine = Elsewhere(
        "postgresql://convoy:s3cret@127.0.0.1:1/convoy?connect_timeout=1", desk.ledger, ToldSender(), desk.clock, QUICK
    )
    with pytest.raises(DeliveryError, match="the job queue cannot start: ") as caught:
        await engine.start()
    assert "s3cret" not in str(caught.value)
    async with running(desk, ToldSender()) as working:
        await desk.put("a")
        assert await working.drain(DRAIN)
