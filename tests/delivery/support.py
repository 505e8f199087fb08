"""What the delivery tests share: a clock that is held, databases made from a template, and a sender that is told."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.blocks.message import Message
from bot.delivery.courier import Rhythm
from bot.delivery.database import Database
from bot.delivery.ledger import SqlDeliveries
from bot.delivery.slack import Outcome, Post, Sent
from bot.release.alerts import Incident
from bot.services.ports import Delivery

START = datetime(2026, 3, 3, 9, tzinfo=UTC)
QUICK = Rhythm(pace=0, poll=0.03, tick=0.1, lease=0.6, attempts=3, first_wait=5)


class HeldClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, now: datetime = START) -> None:
        self.time = now

    def now(self) -> datetime:
        return self.time

    def advance(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@dataclass
class Desk:
    """A ledger on a migrated database, with the clock that it goes by."""

    url: str
    database: Database
    ledger: SqlDeliveries
    clock: HeldClock

    async def put(self, *keys: str, to: str = "C0RELEASE", text: str = "Hello.", thread: Sequence[str] = ()) -> int:
        """Record one delivery for each key."""
        message = Message(text, (), tuple(Message(reply) for reply in thread))
        return await self.ledger.record("summit", [], [Delivery(key, "alert", "summit", to, message) for key in keys])


@dataclass
class ToldSender:
    """A sender that answers what a test tells it to, in order, and then `Sent`; it keeps what it was asked."""

    answers: list[Outcome | Exception] = field(default_factory=list)
    posts: list[Post] = field(default_factory=list)
    at: list[float] = field(default_factory=list)
    before: Callable[[Post], None] | None = None

    async def send(self, post: Post) -> Outcome:
        self.posts.append(post)
        self.at.append(asyncio.get_running_loop().time())
        if self.before is not None:
            self.before(post)
        answer = self.answers.pop(0) if self.answers else Sent("C0RELEASE", f"{len(self.posts)}.000100")
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def keys(self) -> list[str]:
        return [post.key for post in self.posts]


def incident(
    cause: str, captain: str = "Captain A", fingerprint: str = "f1", at: datetime = START, **more: object
) -> Incident:
    return Incident("summit", captain, cause, fingerprint, at, **more)  # type: ignore[arg-type]
