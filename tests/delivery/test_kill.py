"""Real processes, really killed: what they recorded is sent once, by whoever comes next."""

import asyncio
import multiprocessing
import signal
from multiprocessing.context import ForkServerContext

import pytest

from bot.delivery.database import Database
from bot.delivery.engine import DeliveryEngine
from bot.delivery.ledger import SqlDeliveries
from bot.delivery.slack import SlackSender, delivery_client
from bot.sandbox import Channel, Person, Sandbox
from tests.delivery.support import QUICK
from tests.delivery.victim import Point, RealClock, deliveries
from tests.delivery.victim import main as victim_main


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    """Makes real processes that need not import everything anew: they are forked from one that has."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.delivery.victim", "bot.delivery.jobs"])
    return context


async def run_victim(processes: ForkServerContext, url: str, sandbox: Sandbox, key: str, point: Point) -> None:
    victim = processes.Process(target=victim_main, args=(url, sandbox.url, sandbox.bot_token, key, point))
    victim.start()
    try:
        await asyncio.to_thread(victim.join, 60)
        assert victim.exitcode == -signal.SIGKILL
    finally:
        victim.kill()
        victim.join()
        victim.close()


@pytest.mark.parametrize(
    ("backend", "points"),
    [
        ("sqlite", (Point.RECORDED, Point.AFTER_POST, Point.IN_THREAD)),
        ("postgres", (Point.IN_THREAD, Point.AFTER_POST)),
    ],
    indirect=["backend"],
)
async def test_what_killed_processes_recorded_is_sent_exactly_once(
    processes: ForkServerContext, database_url: str, points: tuple[Point, ...]
) -> None:
    people, channels = [Person("U0BO", "bo")], [Channel("C0RELEASE", "release")]
    async with Sandbox(people=people, channels=channels) as sandbox:
        # One after the other, so that each dies at its own delivery, on top of what those before it left behind.
        for point in points:
            await run_victim(processes, database_url, sandbox, point.value, point)

        database = Database(database_url)
        ledger = SqlDeliveries(database, RealClock())
        left_behind = (await ledger.counts())["queued"]
        sender = SlackSender(delivery_client(sandbox.bot_token, sandbox.url), ledger.channel_of)
        engine = DeliveryEngine(database_url, ledger, sender, RealClock(), QUICK)
        await engine.start()
        assert await engine.drain(60)
        await engine.stop()
        counts = await ledger.counts()
        await database.close()

        tops = [one for one in sandbox.messages("release", viewer="bo") if not one.is_reply]
        threads = {top.text: [r.text for r in sandbox.replies("release", top.ts) if r.ts != top.ts] for top in tops}
    wanted = [one.key for point in points for one in deliveries(point.value)]
    assert left_behind >= 2
    assert counts == {"queued": 0, "sent": len(wanted), "parked": 0}
    assert sorted(top.text for top in tops) == sorted(wanted)
    assert threads == {key: [f"{key} 1", f"{key} 2"] for key in wanted}
