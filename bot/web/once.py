"""Each request acts once. Slack sends again what it believes lost, and a signed request can be replayed for minutes;
Bolt runs it every time. A second one gets the first one's answer while this process still knows it.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

import structlog

from bot.services.ports import Clock

Seen = Callable[[str, datetime], Awaitable[bool]]
"""`seen(key, at)`: remembers the key for every process; True when nobody had seen it before."""

OnlyReads = Callable[[Mapping[str, Any]], bool]
"""Whether what a payload asks for changes nothing anywhere, so that doing it twice is the same as once."""

Answer = TypeVar("Answer")
log = structlog.get_logger(__name__)


def never(_: Mapping[str, Any]) -> bool:
    """The careful default: whatever is asked may change something."""
    return False


class Once(Generic[Answer]):
    """Remembers answers by key: in this process with what was answered, elsewhere (`seen`) that there was one.

    When `seen` fails (the database is down), this process's own memory still holds: answering people goes on, and only
    a copy that reaches another replica at that time acts twice. Readiness says that the database is down.
    """

    def __init__(self, seen: Seen, clock: Clock, *, keep: timedelta = timedelta(minutes=10), most: int = 2_000) -> None:
        self._seen = seen
        self._clock = clock
        self._keep = keep
        self._most = most
        self._answers: OrderedDict[str, tuple[datetime, asyncio.Future[Answer]]] = OrderedDict()

    async def answer(
        self, key: str, make: Callable[[], Awaitable[Answer]], otherwise: Answer, *, only_reads: bool = False
    ) -> Answer:
        """Make the answer, or give the first one again; `otherwise` when it was given by another process.

        `only_reads`: a copy at another process harms nobody, so that the database is not waited for. An exception of
        `make` reaches every caller of that key.
        """
        now = self._clock.now()
        self._forget(now)
        known = self._answers.get(key)
        if known is not None:
            return await asyncio.shield(known[1])
        first: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._answers[key] = (now, first)
        try:
            answer = await make() if only_reads or await self._is_new(key, now) else otherwise
        except BaseException as error:
            if isinstance(error, Exception):
                first.set_exception(error)
                first.exception()  # taken note of: nobody may be waiting for it
            else:
                first.cancel()
            raise
        first.set_result(answer)
        return answer

    async def _is_new(self, key: str, now: datetime) -> bool:
        try:
            return await self._seen(key, now)
        except Exception as error:  # noqa: BLE001 - whatever the database throws, people still get answers
            log.warning("request memory unavailable", error=type(error).__name__)
            return True

    def _forget(self, now: datetime) -> None:
        while self._answers:
            at, first = next(iter(self._answers.values()))
            if len(self._answers) < self._most and now - at <= self._keep:
                return
            if not first.done() and len(self._answers) < self._most:
                return
            self._answers.popitem(last=False)
