"""A process that records two deliveries, begins to send them, and is killed: what `test_kill.py` runs.

The deliveries are `key`, which it dies at, and `key-next` to the same target, which the job queue has not begun.
"""

import asyncio
import os
import signal
from datetime import UTC, datetime
from enum import StrEnum

from bot.blocks.message import Message
from bot.delivery.database import Database
from bot.delivery.engine import DeliveryEngine
from bot.delivery.ledger import SqlDeliveries
from bot.delivery.slack import Outcome, Post, SlackSender, delivery_client
from bot.services.ports import Delivery
from tests.delivery.support import QUICK


class Point(StrEnum):
    """Where it is killed."""

    RECORDED = "recorded"  # committed, and nobody was told yet
    AFTER_POST = "after-post"  # Slack has it, the ledger does not know
    IN_THREAD = "in-thread"  # the same, with the first reply


class RealClock:
    """Real time."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class Deadly(SlackSender):
    """Sends until a post with that key is out, and dies as hard as it gets: no cleaning up, no goodbye."""

    last = ""

    async def send(self, post: Post) -> Outcome:
        outcome = await super().send(post)
        if post.key == self.last:
            os.kill(os.getpid(), signal.SIGKILL)
        return outcome


def deliveries(key: str) -> list[Delivery]:
    """The two deliveries of a victim, each with two replies."""
    return [
        Delivery(one, "alert", "summit", "C0RELEASE", Message(one, (), (Message(f"{one} 1"), Message(f"{one} 2"))))
        for one in (key, f"{key}-next")
    ]


async def _send_and_die(url: str, api: str, token: str, key: str, point: Point) -> None:
    ledger = SqlDeliveries(Database(url), RealClock())
    if point is Point.RECORDED:
        await ledger.record("summit", [], deliveries(key))
        os.kill(os.getpid(), signal.SIGKILL)
    sender = Deadly(delivery_client(token, api), ledger.channel_of)
    sender.last = key if point is Point.AFTER_POST else f"{key}#1"
    engine = DeliveryEngine(url, ledger, sender, RealClock(), QUICK)
    await ledger.record("summit", [], deliveries(key))
    await engine.start()
    await asyncio.sleep(60)


def main(url: str, api: str, token: str, key: str, point: Point) -> None:
    """Record, send, die."""
    asyncio.run(_send_and_die(url, api, token, key, point))
