import asyncio
from datetime import timedelta

import pytest

from bot.blocks.message import Message
from bot.delivery.database import Database
from bot.delivery.ledger import SqlDeliveries
from bot.services.ports import Deliveries, Delivery, DigestRecord
from tests.delivery.support import START, Desk, incident

LATER = START + timedelta(hours=1)
ODD = "Kapitän “Bo”; DROP TABLE incidents; --\x00\x1b0\x1b 🚢" + "x" * 3000


def delivery(key: str, to: str = "U0BO") -> Delivery:
    return Delivery(key, "alert", "summit", to, Message("Hello."))


async def test_what_was_told_is_there_for_its_plan_only(desk: Desk) -> None:
    port: Deliveries = desk.ledger
    told = [incident("lib"), incident("api", captain="Captain B", open=False), incident("app", acked_by="U0BO")]
    assert await port.record("summit", told, [delivery("a"), delivery("b")]) == 2
    assert await port.incidents("summit") == sorted(told, key=lambda i: (i.captain, i.cause))
    assert await port.incidents("other") == []


async def test_the_same_event_is_enqueued_once(desk: Desk) -> None:
    assert await desk.ledger.record("summit", [], [delivery("a"), delivery("a"), delivery("b")]) == 2
    assert await desk.ledger.record("summit", [], [delivery("b", to="U0ANA"), delivery("c")]) == 1
    assert [(kept.key, kept.target) for kept in await desk.ledger.pending()] == [
        ("a", "U0BO"),
        ("b", "U0BO"),
        ("c", "U0BO"),
    ]


async def test_of_many_who_record_the_same_at_once_one_does(desk: Desk) -> None:
    new = await asyncio.gather(
        *(desk.ledger.record("summit", [incident("lib")], [delivery("a"), delivery("b")]) for _ in range(12))
    )
    assert sum(new) == 2
    assert len(await desk.ledger.pending()) == 2
    assert len(await desk.ledger.incidents("summit")) == 1


async def test_incidents_and_deliveries_are_written_together_or_not_at_all(desk: Desk) -> None:
    broken = Delivery("b", "alert", "summit", "U0BO", Message("x", ({"type": object()},)))
    with pytest.raises(TypeError):
        await desk.ledger.record("summit", [incident("lib")], [delivery("a"), broken])
    with pytest.raises(TypeError):
        await desk.ledger.record_digest(DigestRecord("digest:1", "c0", START), "summit", [delivery("a"), broken])
    assert await desk.ledger.incidents("summit") == []
    assert await desk.ledger.pending() == []
    assert await desk.ledger.last_digest("summit") is None


async def test_news_replaces_what_was_told_and_asks_for_a_new_acknowledgement(desk: Desk) -> None:
    await desk.ledger.record("summit", [incident("lib")], [])
    await desk.ledger.acknowledge("summit", "Captain A", (), "U0ANA", START)
    worse = incident("lib", fingerprint="f2", at=LATER)
    await desk.ledger.record("summit", [worse], [])
    assert await desk.ledger.incidents("summit") == [worse]
    over = incident("lib", fingerprint="f2", at=LATER, open=False)
    await desk.ledger.record("summit", [over], [])
    assert await desk.ledger.incidents("summit") == [over]


async def test_a_second_replica_that_tells_the_same_does_not_wipe_out_an_acknowledgement(desk: Desk) -> None:
    await desk.ledger.record("summit", [incident("lib")], [delivery("a")])
    await desk.ledger.acknowledge("summit", "Captain A", (), "U0ANA", START)
    assert await desk.ledger.record("summit", [incident("lib", at=LATER)], [delivery("a")]) == 0
    assert await desk.ledger.incidents("summit") == [incident("lib", acked_by="U0ANA", acked_at=START)]


async def test_names_of_any_kind_and_length_come_back_as_they_were(desk: Desk) -> None:
    told = [incident(ODD, captain=ODD), incident("lib", captain=ODD)]
    assert await desk.ledger.record("summit", told, [delivery("k" * 5000), delivery(ODD)]) == 2
    assert await desk.ledger.record("summit", told, [delivery("k" * 5000), delivery(ODD)]) == 0
    assert {(i.captain, i.cause) for i in await desk.ledger.incidents("summit")} == {(ODD, ODD), (ODD, "lib")}
    assert (await desk.ledger.acknowledge("summit", ODD, [ODD], "U0ANA", START)).causes == (ODD,)
    for key in ("k" * 5000, ODD):
        assert await desk.ledger.find(key) is not None
    assert await desk.ledger.find("k" * 4999) is None


async def test_an_acknowledgement_names_what_it_covers(desk: Desk) -> None:
    told = [incident("lib"), incident("api"), incident("old", open=False), incident("lib", captain="Captain B")]
    await desk.ledger.record("summit", told, [])
    done = await desk.ledger.acknowledge("summit", "Captain A", (), "U0ANA", LATER)
    assert (done.causes, done.by, done.at, done.already_by) == (("api", "lib"), "U0ANA", LATER, None)
    acked = {(i.captain, i.cause): i.acked_by for i in await desk.ledger.incidents("summit")}
    assert acked == {
        ("Captain A", "api"): "U0ANA",
        ("Captain A", "lib"): "U0ANA",
        ("Captain A", "old"): None,
        ("Captain B", "lib"): None,
    }


async def test_a_second_acknowledgement_changes_nothing_and_names_the_first(desk: Desk) -> None:
    await desk.ledger.record("summit", [incident("lib"), incident("api")], [])
    await desk.ledger.acknowledge("summit", "Captain A", ["lib"], "U0ANA", START)
    again = await desk.ledger.acknowledge("summit", "Captain A", ["lib"], "U0BO", LATER)
    assert (again.causes, again.by, again.at, again.already_by) == (("lib",), "U0BO", START, "U0ANA")
    rest = await desk.ledger.acknowledge("summit", "Captain A", (), "U0BO", LATER)
    assert (rest.causes, rest.already_by) == (("api",), None)
    assert {i.cause: i.acked_by for i in await desk.ledger.incidents("summit")} == {"lib": "U0ANA", "api": "U0BO"}


async def test_nothing_open_is_nothing_to_acknowledge(desk: Desk) -> None:
    await desk.ledger.record("summit", [incident("lib", open=False)], [])
    for captain in ("Captain A", "Nobody"):
        done = await desk.ledger.acknowledge("summit", captain, (), "U0ANA", START)
        assert (done.causes, done.already_by) == ((), None)


async def test_of_many_who_acknowledge_at_once_one_is_first(desk: Desk) -> None:
    await desk.ledger.record("summit", [incident("lib"), incident("api")], [])
    people = [f"U{n}" for n in range(10)]
    answers = await asyncio.gather(*(desk.ledger.acknowledge("summit", "Captain A", (), who, START) for who in people))
    firsts = [answer.by for answer in answers if answer.already_by is None]
    assert len(firsts) == 1
    assert {answer.already_by for answer in answers} == {None, firsts[0]}
    assert {i.acked_by for i in await desk.ledger.incidents("summit")} == set(firsts)


async def test_a_digest_goes_out_once_and_the_newest_is_known(desk: Desk) -> None:
    first, second = DigestRecord("digest:summit:1", "c1", START), DigestRecord("digest:summit:2", "c2", LATER)
    assert await desk.ledger.last_digest("summit") is None
    assert await desk.ledger.record_digest(second, "summit", [delivery("digest:summit:2")])
    assert await desk.ledger.record_digest(first, "summit", [delivery("digest:summit:1")])
    again = DigestRecord("digest:summit:2", "c3", LATER + timedelta(hours=1))
    assert not await desk.ledger.record_digest(again, "summit", [delivery("other")])
    assert await desk.ledger.record_digest(first, "elsewhere", [])
    assert await desk.ledger.last_digest("summit") == second
    assert await desk.ledger.last_digest("elsewhere") == first
    assert [kept.key for kept in await desk.ledger.pending()] == ["digest:summit:2", "digest:summit:1"]


async def test_of_many_replicas_that_fire_at_once_one_sends_the_digest(desk: Desk) -> None:
    record = DigestRecord("digest:summit:1", "c1", START)
    out = await asyncio.gather(
        *(desk.ledger.record_digest(record, "summit", [delivery("digest:summit:1")]) for _ in range(12))
    )
    assert sum(out) == 1
    assert len(await desk.ledger.pending()) == 1


async def test_a_request_is_new_once_until_it_is_forgotten(desk: Desk) -> None:
    key = "v0=" + "a" * 64 + "1772528400"
    assert sum(await asyncio.gather(*(desk.ledger.seen(key, START) for _ in range(8)))) == 1
    assert not await desk.ledger.seen(key, LATER)
    assert await desk.ledger.seen("Ev0OTHER", LATER)
    await desk.ledger.forget(LATER)
    assert await desk.ledger.seen(key, LATER)
    assert not await desk.ledger.seen("Ev0OTHER", LATER)


async def test_what_is_parked_is_counted_and_can_be_sent_again(desk: Desk) -> None:
    await desk.put("a", "b", "c")
    for key in ("a", "b"):
        job = await desk.ledger.begin(key, 1, by="me", now=START, alive_since=START)
        assert job is not None
    await desk.ledger.mark_failed("a", reason="is_archived", next_at=None, counts=False, doubt_since=None)
    await desk.ledger.mark_sent("b", channel="C1", ts="1.2", parts_sent=1, now=LATER, note="")
    assert await desk.ledger.counts() == {"queued": 1, "sent": 1, "parked": 1}
    (parked,) = await desk.ledger.parked()
    assert (parked.key, parked.last_error) == ("a", "is_archived")
    sent = await desk.ledger.find("b")
    assert sent is not None
    assert (sent.state, sent.channel, sent.ts, sent.sent_at) == ("sent", "C1", "1.2", LATER)

    woken: list[str] = []
    desk.ledger.on_recorded = lambda: woken.append("now")
    desk.clock.advance(60)
    assert await desk.ledger.resend("a")
    assert not await desk.ledger.resend("a")
    assert not await desk.ledger.resend("b")
    assert not await desk.ledger.resend("unknown")
    assert woken == ["now"]
    assert await desk.ledger.parked() == []
    assert [(kept.key, kept.attempts) for kept in await desk.ledger.pending()] == [("a", 0), ("c", 0)]
    waiting = await desk.ledger.waiting(desk.clock.now(), START)
    assert {(one.key, one.run) for one in waiting} == {("a", 2), ("c", 1)}


async def test_the_engine_is_woken_after_the_commit_and_only_for_something_new(desk: Desk) -> None:
    seen: list[int] = []
    desk.ledger.on_recorded = lambda: seen.append(1)
    await desk.put("a")
    await desk.put("a")
    await desk.ledger.record("summit", [incident("lib")], [])
    assert seen == [1]


async def test_another_process_sees_it_at_once(desk: Desk) -> None:
    await desk.put("a")
    other = Database(desk.url)
    ledger = SqlDeliveries(other, desk.clock)
    assert [kept.key for kept in await ledger.pending()] == ["a"]
    assert await ledger.record("summit", [], [delivery("a"), delivery("b")]) == 1
    await other.close()
    assert [kept.key for kept in await desk.ledger.pending()] == ["a", "b"]
