"""Counts along while a pass runs that somebody asked for: a direct message to them, updated in place.

What is seen by one alone in a channel cannot be updated, and its `response_url` takes five messages: so it is a direct
message. It is a courtesy: what Slack does not take of it is logged, and holds up nothing.
"""

import asyncio
from dataclasses import dataclass

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks import progress as words
from bot.blocks.message import Message
from bot.listeners.replies import plain_blocks
from bot.release.progress import Progress

log = structlog.get_logger(__name__)


@dataclass
class Live:
    """What a running pass said last of itself."""

    slug: str
    now: Progress | None = None

    def watch(self, progress: Progress) -> None:
        """Hear of it."""
        self.now = progress


class Counting:
    """Tells one user how far a pass is, at most once in `every` seconds (Slack takes some fifty updates a minute)."""

    def __init__(self, client: AsyncWebClient, user: str, every: float) -> None:
        self._client, self._user, self._every = client, user, every

    async def __call__(self, live: Live, over: "asyncio.Future[Message]") -> None:
        """Count along until `over`. Nothing is said of a pass that ends before the first update is due."""
        try:
            await self._count(live, over)
        except Exception as error:  # noqa: BLE001 - the client raises what aiohttp raises; the answer comes all the same
            log.warning("counting along failed", error=type(error).__name__)

    async def _count(self, live: Live, over: "asyncio.Future[Message]") -> None:
        channel = ts = ""
        said: Message | None = None
        while not (await asyncio.wait({over}, timeout=self._every))[0]:
            message = None if live.now is None else words.reading(live.slug, live.now)
            if message is None or message == said:
                continue
            said = message
            if ts:
                await self._update(channel, ts, message)
                continue
            answer = await self._client.chat_postMessage(
                channel=self._user, text=message.text, blocks=plain_blocks(message)
            )
            channel, ts = str(answer["channel"]), str(answer["ts"])
        if ts and live.now is not None:
            await self._update(channel, ts, words.read(live.slug, live.now))

    async def _update(self, channel: str, ts: str, message: Message) -> None:
        await self._client.chat_update(channel=channel, ts=ts, text=message.text, blocks=plain_blocks(message))
