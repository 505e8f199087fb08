"""The journal of edits on both databases."""

import asyncio
from datetime import timedelta

from sqlalchemy import select, update

from bot.blocks.message import Message
from bot.delivery.journal import SqlJournal
from bot.delivery.tables import edits
from bot.release.edits import SetVersion
from bot.services.ports import Author, Delivery, Entry, Journal
from tests.delivery.support import START, Desk

ANN = Author("Ann “Lee” <x>", "ann@example.org", "U0ANN", "T0TEAM")
LATER = START + timedelta(minutes=5)


def entry(id_: str, plan: str = "summit", base: str | None = "f" * 40) -> Entry:
    return Entry(plan, SetVersion(id_, START, "server", f"v-{id_}"), ANN, base, START)


def told(key: str) -> tuple[Delivery, ...]:
    return (Delivery(key, "notice", "summit", "U0ANN", Message("Made.")),)


async def test_what_is_written_waits_in_its_order_until_it_is_settled(desk: Desk) -> None:
    journal: Journal = SqlJournal(desk.database, desk.ledger)
    for one in (entry("b"), entry("a", base=None), entry("c", plan="winter")):
        await journal.write(one)
    await journal.write(Entry("other", SetVersion("a", LATER, "x", "y"), ANN, None, LATER))  # known by its id
    assert await journal.waiting() == [entry("b"), entry("a", base=None), entry("c", plan="winter")]
    assert await journal.settle("b", "done", LATER, ())
    assert [e.edit.id for e in await journal.waiting()] == ["a", "c"]


async def test_an_edit_that_was_answered_as_waiting_says_so(desk: Desk) -> None:
    journal = SqlJournal(desk.database, desk.ledger)
    await journal.write(entry("a"))
    await journal.promise("a", "the remote does not answer", LATER)
    (waiting,) = await journal.waiting()
    assert waiting.told


async def test_of_many_who_settle_one_edit_one_does_and_its_author_hears_once(desk: Desk) -> None:
    woken: list[int] = []
    desk.ledger.on_recorded = lambda: woken.append(1)
    journal = SqlJournal(desk.database, desk.ledger)
    await journal.write(entry("a"))
    done = await asyncio.gather(*(journal.settle("a", "done", LATER, told(f"edit:a:{n}")) for n in range(8)))
    assert sorted(done) == [False] * 7 + [True]
    assert len(await desk.ledger.pending()) == 1
    assert woken == [1]


async def test_what_cannot_be_read_stops_nobody_and_says_why(desk: Desk) -> None:
    journal = SqlJournal(desk.database, desk.ledger)
    for name in ("old", "nameless", "mangled", "new"):
        await journal.write(entry(name))
    async with desk.database.writing() as connection:
        other = {"payload": '{"operation": "launch"}'}
        damage = {"old": other, "nameless": {"author": "[]"}, "mangled": {"author": "{"}}
        for name, values in damage.items():
            await connection.execute(update(edits).where(edits.c.id == name).values(**values))
    assert [e.edit.id for e in await journal.waiting()] == ["new"]
    old, nameless, mangled = await journal.unreadable()
    assert (old.edit_id, old.author, old.written_at) == ("old", ANN, START)
    assert "cannot be read by this version (KeyError)" in old.reason
    assert [(n.edit_id, n.author) for n in (nameless, mangled)] == [("nameless", None), ("mangled", None)]
    assert await journal.settle("old", "parked", LATER, told("edit:old"), "no such operation")
    assert [n.edit_id for n in await journal.unreadable()] == ["nameless", "mangled"]
    async with desk.database.reading() as connection:
        (row,) = (await connection.execute(select(edits).where(edits.c.id == "old"))).all()
    assert (row.outcome, row.last_error) == ("parked", "no such operation")
