"""Getting an answer to the one who asked: in the acknowledgement when it is there in time, afterwards when it is not.

Slack gives up at three seconds and shows an error although the work goes on; so an acknowledgement never waits longer
than it can, and what comes later comes by the `response_url`, which takes five messages in half an hour.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import structlog
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.blocks.message import Message

USES = 5  # of one response_url

# Bolt looks at an acknowledgement every 10 ms and sends it then; what is said below it must not overtake it.
AFTER_THE_ACK = 0.03  # seconds

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Started:
    """An answer that takes its time: `placeholder` is said at once, `rest` when it is there. `rest` never raises.

    `meanwhile` keeps the one who waits informed until then; it never raises either.
    """

    placeholder: Message
    rest: Awaitable[Message]
    meanwhile: Callable[[AsyncWebClient], Awaitable[None]] | None = None


Answer = Message | Started
Say = Callable[[Message], Awaitable[None]]


async def reply(
    work: Awaitable[Answer], ack: AsyncAck, say: Say, patience: float, client: AsyncWebClient | None = None
) -> None:
    """Acknowledge with the answer of `work` (which never raises), or with nothing when it is late; say what follows.

    With a `client`, what takes its time may tell how far it is.
    """
    task = asyncio.ensure_future(work)
    done, _ = await asyncio.wait({task}, timeout=patience)
    if not done:
        await ack()
        await say(await _whole(await task))
        return
    answer = task.result()
    first = answer.placeholder if isinstance(answer, Started) else answer
    await ack(text=first.text, blocks=plain_blocks(first), response_type="ephemeral")
    if first.thread or isinstance(answer, Started):
        await asyncio.sleep(AFTER_THE_ACK)
    for part in first.thread:
        await say(part)
    if isinstance(answer, Started):
        await say(await _informed(answer, client))


async def _informed(answer: Started, client: AsyncWebClient | None) -> Message:
    if answer.meanwhile is not None and client is not None:
        await answer.meanwhile(client)
    return await answer.rest


async def _whole(answer: Answer) -> Message:
    return await answer.rest if isinstance(answer, Started) else answer


def plain_blocks(message: Message) -> list[dict[str, Any]]:
    """The blocks as Slack's client takes them."""
    return [dict(block) for block in message.blocks]


class Later:
    """Says things to one user by the `response_url` of what they did: seen by nobody else, once each, in order.

    It is not Bolt's `respond`, which posts again when the connection drops after Slack took a message.
    """

    def __init__(self, response_url: str | None, client: AsyncWebClient) -> None:
        self._url = response_url
        self._client = client
        self._left = USES

    async def __call__(self, message: Message) -> None:
        """Say the message and what belongs below it, as far as Slack takes it; the log tells what it did not take."""
        for part in (message, *message.thread):
            if not await self._send(part):
                return

    async def _send(self, message: Message) -> bool:
        if not self._url or not self._left:
            log.warning("no way left to answer", reason="no response_url" if not self._url else "five uses are up")
            return False
        self._left -= 1
        webhook = AsyncWebhookClient(
            self._url, timeout=10, proxy=self._client.proxy, ssl=self._client.ssl, retry_handlers=[]
        )
        body = {
            "text": message.text,
            "blocks": plain_blocks(message),
            "response_type": "ephemeral",
            "replace_original": False,
        }
        try:
            answer = await webhook.send_dict(body)
        except Exception as error:  # noqa: BLE001 - the client raises what aiohttp raises; its text names the URL
            log.warning("late answer failed", error=type(error).__name__)
            return False
        if answer.status_code != 200:
            log.warning("late answer refused", status=answer.status_code, reason=answer.body[:80])
        return answer.status_code == 200
