"""Looking somebody up once, in time, and not believing it for ever."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.listeners.people import People
from bot.listeners.permissions import Profile
from bot.services.clock import FixedClock


class Slack:
    """`users.info`: counts, can be slow, can fail, can change its mind."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.delay = 0.0
        self.fails = False
        self.restricted = False
        self.unknown = False

    async def fetch(self, user_id: str) -> Profile | None:
        self.asked.append(user_id)
        await asyncio.sleep(self.delay)
        if self.fails:
            raise ConnectionError("no network")
        return None if self.unknown else Profile(user_id, frozenset({"T1"}), restricted=self.restricted)


@pytest.fixture
def slack() -> Slack:
    return Slack()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 3, 3, 9, tzinfo=UTC))


async def test_asked_once_then_remembered(slack: Slack, clock: FixedClock) -> None:
    people = People(slack.fetch, clock)
    assert [await people.who("U1") for _ in range(3)] == [Profile("U1", frozenset({"T1"}))] * 3
    assert slack.asked == ["U1"]


async def test_many_at_once_ask_once(slack: Slack, clock: FixedClock) -> None:
    slack.delay = 0.01
    people = People(slack.fetch, clock)
    found = await asyncio.gather(*(people.who("U1") for _ in range(20)))
    assert (len(set(map(id, found))), slack.asked) == (1, ["U1"])


async def test_a_slow_answer_is_not_waited_for_but_kept(slack: Slack, clock: FixedClock) -> None:
    slack.delay = 0.05
    people = People(slack.fetch, clock, deadline=0.01)
    assert await people.who("U1") is None
    await asyncio.sleep(0.06)
    assert await people.who("U1") is not None
    assert slack.asked == ["U1"]


async def test_a_failure_is_no_answer_and_the_next_try_asks_again(slack: Slack, clock: FixedClock) -> None:
    people = People(slack.fetch, clock)
    slack.fails = True
    assert await people.who("U1") is None
    slack.fails = False
    assert await people.who("U1") is not None


async def test_an_old_entry_is_renewed_behind_the_answer(slack: Slack, clock: FixedClock) -> None:
    people = People(slack.fetch, clock, fresh=timedelta(minutes=5))
    await people.who("U1")
    clock.advance(timedelta(minutes=6))
    slack.restricted = True
    first = await people.who("U1")
    await asyncio.sleep(0.01)
    second = await people.who("U1")
    assert first is not None
    assert second is not None
    assert (first.restricted, second.restricted, len(slack.asked)) == (False, True, 2)


async def test_an_entry_that_is_too_old_is_not_believed(slack: Slack, clock: FixedClock) -> None:
    people = People(slack.fetch, clock, good=timedelta(hours=1))
    await people.who("U1")
    clock.advance(timedelta(hours=2))
    slack.fails = True
    assert await people.who("U1") is None


async def test_somebody_who_has_gone_is_forgotten(slack: Slack, clock: FixedClock) -> None:
    people = People(slack.fetch, clock)
    await people.who("U1")
    clock.advance(timedelta(minutes=6))
    slack.unknown = True
    await people.who("U1")
    await asyncio.sleep(0.01)
    assert await people.who("U1") is None


async def test_memory_is_bounded(slack: Slack, clock: FixedClock) -> None:
    people = People(slack.fetch, clock, most=3)
    for n in range(10):
        await people.who(f"U{n}")
    assert len(people._known) == 3
