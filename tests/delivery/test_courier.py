"""One delivery at a time, on both databases, with a sender that answers what it is told to."""

from datetime import datetime, timedelta

import pytest

from bot.delivery.courier import Courier, Rhythm, part_key
from bot.delivery.ledger import Kept
from bot.delivery.slack import Post, RateLimited, Refused, Sent, Transient
from tests.delivery.support import START, Desk, ToldSender

RHYTHM = Rhythm(pace=1.5, attempts=4, first_wait=5)
REAL_NOW = START  # heartbeats and leases of these tests
ALIVE_SINCE = REAL_NOW - timedelta(seconds=10)


class Bench:
    """A courier at work, and the pauses that it made."""

    def __init__(self, desk: Desk, sender: ToldSender, name: str = "me") -> None:
        self.desk = desk
        self.pauses: list[float] = []
        self.courier = Courier(desk.ledger, sender, desk.clock, RHYTHM, name=name, pause=self._pause)

    async def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)

    async def run(self, key: str = "a") -> Kept:
        """Make the run that is wanted now, as the job queue would."""
        wanted = [one for one in await self.desk.ledger.waiting(self.desk.clock.now(), REAL_NOW) if one.key == key]
        for one in wanted:
            await self.courier.deliver(one.key, one.run, ALIVE_SINCE)
        kept = await self.desk.ledger.find(key)
        assert kept is not None
        return kept


async def test_a_delivery_is_sent_and_stays_sent(desk: Desk) -> None:
    await desk.put("a", to="U0BO")
    sender = ToldSender([Sent("D0BO", "7.1", note="odd")])
    bench = Bench(desk, sender)
    kept = await bench.run()
    assert (kept.state, kept.channel, kept.ts, kept.sent_at, kept.last_error) == ("sent", "D0BO", "7.1", START, "odd")
    assert bench.pauses == [1.5]
    for run in (1, 2, 3):
        await bench.courier.deliver("a", run, ALIVE_SINCE)
    await bench.courier.deliver("unknown", 1, ALIVE_SINCE)
    assert sender.keys == ["a"]
    assert await desk.ledger.channel_of("U0BO") == "D0BO"


async def test_a_thread_follows_its_message_part_by_part(desk: Desk) -> None:
    await desk.put("a", to="#release", thread=["one", "two"])
    sender = ToldSender([Sent("C9", "7.1"), Sent("C9", "7.2"), Sent("C9", "7.3")])
    bench = Bench(desk, sender)
    kept = await bench.run()
    assert [(p.key, p.to, p.message.text, p.thread_ts) for p in sender.posts] == [
        ("a", "#release", "Hello.", None),
        ("a#1", "C9", "one", "7.1"),
        ("a#2", "C9", "two", "7.1"),
    ]
    assert (kept.state, kept.channel, kept.ts) == ("sent", "C9", "7.1")
    assert bench.pauses == [1.5, 1.5, 1.5]


async def test_trouble_in_a_thread_is_taken_up_where_it_began(desk: Desk) -> None:
    await desk.put("a", thread=["one", "two"])
    sender = ToldSender([Sent("C9", "7.1"), Sent("C9", "7.2"), Transient("no answer")])
    bench = Bench(desk, sender)
    kept = await bench.run()
    assert (kept.state, kept.last_error) == ("queued", "no answer (part 3, in the thread)")
    desk.clock.advance(5)
    assert (await bench.run()).state == "sent"
    assert sender.keys == ["a", "a#1", "a#2", "a#2"]
    assert [post.doubt_since for post in sender.posts] == [None, None, None, START]
    assert sender.posts[-1].thread_ts == "7.1"


async def test_a_rate_limit_is_waited_out_and_uses_up_no_attempt(desk: Desk) -> None:
    await desk.put("a", "b")
    await desk.put("c", to="C0OTHER")
    sender = ToldSender([RateLimited(30)] * 9)
    bench = Bench(desk, sender)
    for round_number in range(9):
        kept = await bench.run()
        until = START + timedelta(seconds=30 * (round_number + 1))
        assert (kept.state, kept.next_at, kept.attempts) == ("queued", until, 0)
        due = [one.key for one in await desk.ledger.waiting(until - timedelta(seconds=1), REAL_NOW)]
        assert due == ["c"]  # what else waits for that channel waits too
        desk.clock.advance(30)
    assert (await bench.run()).state == "sent"
    assert (await bench.run("b")).state == "sent"
    assert [post.doubt_since for post in sender.posts] == [None] * 11


async def test_a_run_that_comes_before_its_time_asks_nobody(desk: Desk) -> None:
    await desk.put("a", "b")
    sender = ToldSender([RateLimited(30)])
    bench = Bench(desk, sender)
    await bench.run()
    await bench.courier.deliver("b", 1, ALIVE_SINCE)  # the job queue had it before the pause was asked for
    assert sender.keys == ["a"]
    desk.clock.advance(30)
    assert {(one.key, one.run) for one in await desk.ledger.waiting(desk.clock.now(), REAL_NOW)} == {("a", 2), ("b", 2)}


async def test_passing_trouble_is_tried_again_at_growing_distance_and_then_parked(desk: Desk) -> None:
    await desk.put("a")
    sender = ToldSender([Transient("no answer")] * 4)
    bench = Bench(desk, sender)
    waits: list[float] = []
    while (kept := await bench.run()).state == "queued":
        waits.append((kept.next_at - desk.clock.now()).total_seconds())
        desk.clock.time = kept.next_at
    assert waits == [5, 10, 20]
    assert (kept.state, kept.attempts, kept.last_error) == ("parked", 4, "given up after 4 tries: no answer")
    assert await desk.ledger.resend("a")
    assert (await bench.run()).state == "sent"
    # From the first doubt on every try looks for what may be there since then.
    assert [post.doubt_since for post in sender.posts] == [None, START, START, START, START]


async def test_trouble_that_leaves_no_doubt_needs_no_look(desk: Desk) -> None:
    await desk.put("a")
    sender = ToldSender([Transient("refused the connection", doubtful=False)])
    bench = Bench(desk, sender)
    desk.clock.time = (await bench.run()).next_at
    assert (await bench.run()).state == "sent"
    assert [post.doubt_since for post in sender.posts] == [None, None]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("is_archived", "is_archived: the channel is archived: name another one in the plan"),
        ("some_new_code", "some_new_code: Slack refuses the message"),
    ],
)
async def test_what_is_refused_is_parked_with_words(desk: Desk, code: str, words: str) -> None:
    await desk.put("a")
    bench = Bench(desk, ToldSender([Refused(code)]))
    kept = await bench.run()
    assert (kept.state, kept.last_error) == ("parked", words)
    assert [one.key for one in await desk.ledger.parked()] == ["a"]


async def test_a_mistake_of_ours_is_tried_again_and_its_words_are_not_kept(desk: Desk) -> None:
    await desk.put("a")
    sender = ToldSender([RuntimeError("token xoxb-1-secret in it")])
    bench = Bench(desk, sender)
    kept = await bench.run()
    assert (kept.state, kept.last_error) == ("queued", "an error inside Convoy (RuntimeError)")
    desk.clock.time = kept.next_at
    assert (await bench.run()).state == "sent"
    assert sender.posts[1].doubt_since == START


@pytest.mark.parametrize("thread", [(), ("one",)])
async def test_a_process_that_died_in_a_post_makes_the_next_one_look(desk: Desk, thread: tuple[str, ...]) -> None:
    await desk.put("a", thread=thread)

    class DiedError(BaseException):
        """A kill: nothing after it is done."""

    def die_at_the_last_part(post: Post) -> None:
        if post.key == part_key("a", len(thread)):
            raise DiedError

    first = ToldSender(before=die_at_the_last_part)
    await desk.ledger.beat("first", REAL_NOW - timedelta(seconds=60))
    with pytest.raises(DiedError):
        await Bench(desk, first, "first").run()
    desk.clock.advance(60)
    second = ToldSender()
    kept = await Bench(desk, second, "second").run()
    assert kept.state == "sent"
    assert [(post.key, post.doubt_since) for post in second.posts] == [(part_key("a", len(thread)), START)]


async def test_what_a_living_process_is_at_is_left_to_it(desk: Desk) -> None:
    await desk.put("a")
    heard: list[str] = []
    other = ToldSender()

    class Meddler(ToldSender):
        async def send(self, post: Post) -> Sent:
            await Bench(desk, other, "other").courier.deliver("a", 1, ALIVE_SINCE)
            heard.append(post.key)
            return Sent("C9", "7.1")

    await desk.ledger.beat("me", REAL_NOW)
    await Bench(desk, Meddler()).run()
    assert (heard, other.keys) == (["a"], [])


async def test_a_dead_process_that_wakes_up_late_does_no_harm(desk: Desk) -> None:
    await desk.put("a")
    await desk.ledger.beat("me", REAL_NOW - timedelta(seconds=60))

    class Overtaken(ToldSender):
        async def send(self, post: Post) -> Transient:
            await Bench(desk, ToldSender([Sent("C9", "7.1")]), "other").courier.deliver("a", 1, ALIVE_SINCE)
            return Transient("no answer")

    kept = await Bench(desk, Overtaken()).run()
    assert (kept.state, kept.ts, kept.attempts) == ("sent", "7.1", 0)


async def test_runs_that_were_handed_over_come_back_only_after_a_while(desk: Desk) -> None:
    await desk.put("a", "b")
    waiting = await desk.ledger.waiting(START, REAL_NOW)
    assert [(one.key, one.run, one.again) for one in waiting] == [("a", 1, False), ("b", 1, False)]
    assert [one.number for one in waiting] == sorted(one.number for one in waiting)
    await desk.ledger.handed(waiting[:1], at(0))
    assert [one.key for one in await desk.ledger.waiting(START, at(0))] == ["b"]
    again = await desk.ledger.waiting(START, at(1))
    assert [(one.key, one.again) for one in again] == [("a", True), ("b", False)]
    assert await desk.ledger.waiting(START, at(1), limit=1) == again[:1]
    await desk.ledger.put_back("a", 7)  # a run of long ago changes nothing
    await desk.ledger.put_back("a", 1)
    assert [(one.key, one.run) for one in await desk.ledger.waiting(START, at(0))] == [("a", 2), ("b", 1)]


def at(seconds: float) -> datetime:
    return REAL_NOW + timedelta(seconds=seconds)
