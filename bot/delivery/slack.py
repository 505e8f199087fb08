"""One message to Slack, and what became of it, as a value.

The SDK's own retries post a message twice when the connection drops after Slack took it, so there are none here: the
ledger owns retries. Every message carries its key in its metadata; before a post whose earlier fate is in doubt the
channel is searched for that key, where it can be read.
"""

import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.blocks.message import Message

log = structlog.get_logger(__name__)

EVENT_TYPE = "convoy_delivery"
DEFAULT_WAIT = 30.0  # seconds, when Slack asks for a pause and does not say how long
LONGEST_WAIT = 3600.0
CLOCK_SKEW = timedelta(minutes=10)
PAGES = 3  # of history, 100 messages each: what a channel can take in while one message is in doubt

REFUSED_BLOCKS = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"})
# Slack's own trouble, or ours to mend without touching the message: worth trying again.
PASSING = {
    "internal_error": "Slack had an internal error",
    "fatal_error": "Slack had an internal error",
    "service_unavailable": "Slack is not available",
    "request_timeout": "Slack took too long",
    "team_added_to_org": "the workspace is being moved",
    "invalid_auth": "Slack refuses our bot token: check SLACK_BOT_TOKEN",
    "not_authed": "Slack got no bot token: check SLACK_BOT_TOKEN",
    "token_expired": "our bot token has expired: renew SLACK_BOT_TOKEN",
    "token_revoked": "our bot token was revoked: install the app again and renew SLACK_BOT_TOKEN",
    "account_inactive": "our bot user was removed from the workspace: install the app again",
}
UNCERTAIN = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout"})


@dataclass(frozen=True)
class Post:
    """One message to post. `key` is unique to it. `thread_ts`: below which message; `doubt_since`: it may be there."""

    key: str
    to: str
    message: Message
    thread_ts: str | None = None
    doubt_since: datetime | None = None


@dataclass(frozen=True)
class Sent:
    """It is there. `note` says what was odd about it; `found`: an earlier try had posted it."""

    channel: str
    ts: str
    note: str = ""
    found: bool = False


@dataclass(frozen=True)
class RateLimited:
    """Nothing was posted; Slack wants silence for `retry_after` seconds."""

    retry_after: float


@dataclass(frozen=True)
class Transient:
    """It may work later. `doubtful`: nobody knows whether it was posted."""

    reason: str
    doubtful: bool = True


@dataclass(frozen=True)
class Refused:
    """Slack will not have it, today or tomorrow. `reason` is Slack's error code."""

    reason: str


Outcome = Sent | RateLimited | Transient | Refused
Trouble = RateLimited | Transient | Refused


class Sender(Protocol):
    """What the engine sends through. Never raises for what Slack or the network does."""

    async def send(self, post: Post) -> Outcome:
        """Post one message, or find that an earlier try has."""


def delivery_client(token: str, base_url: str, timeout: int = 30) -> AsyncWebClient:
    """A Web API client without retries. `base_url` ends in `/api/`; `timeout` in seconds for a whole call."""
    return AsyncWebClient(token=token, base_url=base_url, timeout=timeout, retry_handlers=[])


class SlackSender:
    """Posts through the Web API. `channel_of` answers the channel id that a target had before, or None."""

    def __init__(
        self, client: AsyncWebClient, channel_of: Callable[[str], Awaitable[str | None]] | None = None
    ) -> None:
        if client.retry_handlers:
            raise ValueError("the client retries by itself, which posts twice: build it with retry_handlers=[]")
        self._client = client
        self._channel_of = channel_of

    async def send(self, post: Post) -> Outcome:
        """Post one message to a channel (id or name) or a person (user id)."""
        if post.doubt_since is not None:
            found = await self._look(post, post.doubt_since)
            if found is not None:
                return found
        outcome = await self._post(post, post.message)
        if isinstance(outcome, Refused) and outcome.reason in REFUSED_BLOCKS and post.message.blocks:
            log.warning("blocks refused, sent as text", key=post.key, reason=outcome.reason)
            plain = await self._post(post, Message(post.message.text))
            note = f"sent as plain text: Slack refused the blocks ({outcome.reason})"
            return Sent(plain.channel, plain.ts, note) if isinstance(plain, Sent) else plain
        return outcome

    async def _post(self, post: Post, message: Message) -> Outcome:
        body: dict[str, Any] = {
            "channel": post.to,
            "text": message.text,
            "unfurl_links": False,
            "unfurl_media": False,
            "metadata": {"event_type": EVENT_TYPE, "event_payload": {"key": post.key}},
        }
        if message.blocks:
            body["blocks"] = [dict(block) for block in message.blocks]
        if post.thread_ts:
            body["thread_ts"] = post.thread_ts
        answer = await self._call(self._client.api_call("chat.postMessage", json=body))
        if not isinstance(answer, dict):
            return answer
        return Sent(str(answer["channel"]), str(answer["ts"]))

    async def _look(self, post: Post, since: datetime) -> Sent | RateLimited | Transient | None:
        """The message of an earlier try, None when it is not there or the place cannot be read."""
        channel = await self._channel(post.to)
        if not isinstance(channel, str):
            return channel
        wanted: dict[str, Any] = {"channel": channel, "limit": 100, "include_all_metadata": True}
        wanted["oldest"] = f"{(since - CLOCK_SKEW).timestamp():.6f}"
        for _page in range(PAGES):
            if post.thread_ts:
                answer = await self._call(self._client.conversations_replies(ts=post.thread_ts, **wanted))
            else:
                answer = await self._call(self._client.conversations_history(**wanted))
            if isinstance(answer, Refused):
                log.warning("channel cannot be searched, posting again", key=post.key, reason=answer.reason)
                return None
            if not isinstance(answer, dict):
                return answer
            for message in answer.get("messages", ()):
                metadata = message.get("metadata") or {}
                if metadata.get("event_type") == EVENT_TYPE and metadata.get("event_payload") == {"key": post.key}:
                    return Sent(channel, str(message["ts"]), found=True)
            wanted["cursor"] = (answer.get("response_metadata") or {}).get("next_cursor")
            if not wanted["cursor"]:
                return None
        return None

    async def _channel(self, target: str) -> str | RateLimited | Transient | None:
        """The id of the conversation behind a target, None when nobody can tell."""
        if target[:1] in ("C", "G", "D") and target.isalnum():
            return target
        if target[:1] in ("U", "W") and target.isalnum():
            answer = await self._call(self._client.conversations_open(users=target))
            if isinstance(answer, dict):
                return str(answer["channel"]["id"])
            return None if isinstance(answer, Refused) else answer
        return await self._channel_of(target) if self._channel_of is not None else None

    async def _call(self, call: Awaitable[AsyncSlackResponse]) -> dict[str, Any] | Trouble:
        """One Web API call; its answer, or what went wrong in words that hold no token and no text of the message."""
        try:
            data = (await call).data
            return data if isinstance(data, dict) else Transient("Slack answered in an unknown form")
        except SlackApiError as error:
            return _trouble(error)
        except aiohttp.ClientConnectorError as error:
            return Transient(f"Slack cannot be reached ({type(error).__name__})", doubtful=False)
        except TimeoutError:
            return Transient("Slack did not answer in time")
        except (aiohttp.ClientError, SlackClientError, OSError, ValueError, AttributeError) as error:
            # The last two: what the SDK raises on an answer that is no Slack answer, such as a proxy's page.
            return Transient(f"the call to Slack broke ({type(error).__name__})")


def _trouble(error: SlackApiError) -> Trouble:
    response: Any = error.response
    status: int = getattr(response, "status_code", 0) or getattr(response, "status", 0)
    data = getattr(response, "data", None)
    code = str(data.get("error", "")) if isinstance(data, dict) else ""
    if status == 429 or code in ("ratelimited", "rate_limited"):
        return RateLimited(_wait(getattr(response, "headers", None)))
    if code in PASSING:
        return Transient(f"{PASSING[code]} ({code})", doubtful=code in UNCERTAIN)
    if code and status < 500:
        return Refused(code)
    return Transient(f"Slack answered HTTP {status}", doubtful=status >= 500 or status == 200)


def _wait(headers: Any) -> float:
    """Seconds of `Retry-After`; a default when it is missing or no number, never less than one second."""
    found = {str(name).lower(): value for name, value in dict(headers or {}).items()}.get("retry-after")
    try:
        seconds = float(str(found))
    except ValueError:
        return DEFAULT_WAIT
    return min(max(seconds, 1.0), LONGEST_WAIT) if math.isfinite(seconds) else DEFAULT_WAIT
