"""Each request acts once, whoever sends it again, whenever."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.services.clock import FixedClock
from bot.web.once import Once


class Memory:
    """`seen` of one database that several processes share."""

    def __init__(self) -> None:
        self.keys: dict[str, datetime] = {}
        self.broken = False

    async def seen(self, key: str, at: datetime) -> bool:
        await asyncio.sleep(0)
        if self.broken:
            raise ConnectionError("postgres://user:secret@db is down")
        new = key not in self.keys
        self.keys.setdefault(key, at)
        return new


class Work:
    """Counts how often it is done."""

    def __init__(self) -> None:
        self.done = 0

    async def __call__(self) -> str:
        await asyncio.sleep(0.01)
        self.done += 1
        return f"answer {self.done}"


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 3, 3, 9, tzinfo=UTC))


async def test_a_copy_gets_the_first_answer(clock: FixedClock) -> None:
    once, work = Once[str](Memory().seen, clock), Work()
    assert [await once.answer("a", work, "empty") for _ in range(3)] == ["answer 1"] * 3
    assert await once.answer("b", work, "empty") == "answer 2"


async def test_copies_at_the_same_time_wait_for_the_first(clock: FixedClock) -> None:
    once, work = Once[str](Memory().seen, clock), Work()
    assert await asyncio.gather(*(once.answer("a", work, "empty") for _ in range(20))) == ["answer 1"] * 20
    assert work.done == 1


async def test_a_copy_at_another_replica_is_answered_emptily(clock: FixedClock) -> None:
    memory, work = Memory(), Work()
    here, there = Once[str](memory.seen, clock), Once[str](memory.seen, clock)
    answers = await asyncio.gather(here.answer("a", work, "empty"), there.answer("a", work, "empty"))
    assert sorted(answers) == ["answer 1", "empty"]
    assert await there.answer("a", work, "empty") == "empty"


async def test_without_a_database_this_process_still_remembers(clock: FixedClock) -> None:
    memory, work = Memory(), Work()
    memory.broken = True
    once = Once[str](memory.seen, clock)
    assert [await once.answer("a", work, "empty") for _ in range(2)] == ["answer 1"] * 2


async def test_what_only_reads_does_not_wait_for_the_database(clock: FixedClock) -> None:
    memory, work = Memory(), Work()
    here, there = Once[str](memory.seen, clock), Once[str](memory.seen, clock)
    assert [await here.answer("a", work, "empty", only_reads=True) for _ in range(2)] == ["answer 1"] * 2
    assert await there.answer("a", work, "empty", only_reads=True) == "answer 2"
    assert memory.keys == {}


async def test_the_answer_is_forgotten_after_a_while_but_not_the_key(clock: FixedClock) -> None:
    once, work = Once[str](Memory().seen, clock, keep=timedelta(minutes=10)), Work()
    await once.answer("a", work, "empty")
    clock.advance(timedelta(minutes=11))
    assert await once.answer("a", work, "empty") == "empty"
    assert work.done == 1


async def test_memory_is_bounded(clock: FixedClock) -> None:
    once, work = Once[str](Memory().seen, clock, most=3), Work()
    for n in range(10):
        await once.answer(str(n), work, "empty")
    assert len(once._answers) == 3
    assert await once.answer("9", work, "empty") == "answer 10"
    assert await once.answer("0", work, "empty") == "empty"


async def test_a_failure_reaches_every_copy_and_is_not_tried_again(clock: FixedClock) -> None:
    calls = 0

    async def fail() -> str:
        nonlocal calls
        calls += 1
        raise RuntimeError("no")

    once = Once[str](Memory().seen, clock)
    for _ in range(2):
        with pytest.raises(RuntimeError, match="no"):
            await once.answer("a", fail, "empty")
    assert calls == 1
