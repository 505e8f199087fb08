"""Signed HTTP: Slack posts to the app's request URL, with a v0 signature over the timestamp and the raw body."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode, urlsplit

import aiohttp

from bot.sandbox.clock import Clock
from bot.sandbox.core import Core
from bot.sandbox.journal import Journal
from bot.sandbox.refusal import Json
from bot.sandbox.transport import ACK_DEADLINE, RETRY_DELAYS, Ack, Envelope

LOOPBACK = {"127.0.0.1", "localhost", "::1"}
FORM = "application/x-www-form-urlencoded"


def sign(secret: str, timestamp: int, body: bytes) -> str:
    """Slack's v0 signature."""
    base = b"v0:" + str(timestamp).encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class SignedRequest:
    """The exact bytes of one request, so that it can be sent again as it was."""

    body: bytes
    headers: Mapping[str, str]


class SignedHttp:
    """The HTTP side of the sandbox. `request_url` may be set late: a delivery before that is dispatch_failed."""

    def __init__(self, journal: Journal, secret: str, clock: Clock) -> None:
        self.core: Core | None = None
        self.ack_deadline = ACK_DEADLINE
        self.retry_delays = RETRY_DELAYS
        self._journal = journal
        self._secret = secret
        self._clock = clock
        self._url = ""
        self._has_url = asyncio.Event()
        self._session: aiohttp.ClientSession | None = None
        self._waiting = 0
        self._sent: dict[str, SignedRequest] = {}
        self._retries: set[asyncio.Task[None]] = set()

    @property
    def request_url(self) -> str:
        """Where the app listens; empty until it is known."""
        return self._url

    @request_url.setter
    def request_url(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme != "http" or parts.hostname not in LOOPBACK:
            raise ValueError(f"{url!r} is not an http address of this machine; the sandbox sends nothing elsewhere")
        self._url = url
        self._has_url.set()

    def pack(self, envelope: Envelope) -> SignedRequest:
        """The signed request for an envelope."""
        if envelope.kind == "slash_commands":
            body, kind = urlencode(envelope.payload).encode(), FORM
        elif envelope.kind == "interactive":
            body, kind = urlencode({"payload": json.dumps(envelope.payload)}).encode(), FORM
        else:
            body, kind = json.dumps(envelope.payload).encode(), "application/json"
        timestamp = int(self._clock.now().timestamp())
        headers = {
            "Content-Type": kind,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": str(timestamp),
            "X-Slack-Signature": sign(self._secret, timestamp, body),
        }
        if envelope.retry:
            headers |= {"X-Slack-Retry-Num": str(envelope.retry), "X-Slack-Retry-Reason": envelope.retry_reason}
        return SignedRequest(body, headers)

    async def deliver(self, envelope: Envelope) -> Ack:
        """Post and wait for 200. Events that fail are posted again with the same ids and the retry headers."""
        ack = await self._attempt(envelope)
        if ack.error and envelope.kind == "events_api":
            task = asyncio.get_running_loop().create_task(self._again(envelope, ack.error))
            self._retries.add(task)
            task.add_done_callback(self._retries.discard)
        return ack

    async def _again(self, envelope: Envelope, error: str) -> None:
        reason = {"operation_timeout": "http_timeout", "dispatch_failed": "connection_failed"}.get(error, "http_error")
        for number, delay in enumerate(self.retry_delays, start=1):
            await asyncio.sleep(delay)
            ack = await self._attempt(replace(envelope, retry=number, retry_reason=reason))
            if not ack.error:
                return

    async def redeliver(self, envelope: Envelope) -> Ack:
        """The very same bytes and headers once more."""
        return await self._post(envelope, self._sent.get(envelope.id) or self.pack(envelope))

    async def _attempt(self, envelope: Envelope) -> Ack:
        signed = self.pack(envelope)
        self._sent = {envelope.id: signed}
        return await self._post(envelope, signed)

    async def _post(self, envelope: Envelope, signed: SignedRequest) -> Ack:
        self._waiting += 1
        status = 0
        try:
            async with asyncio.timeout(self.ack_deadline):
                status, kind, content = await self.send(signed.body, signed.headers)
            ack = self._ack(envelope, status, kind, content)
        except TimeoutError:
            ack = Ack("operation_timeout")
        except aiohttp.ClientError:
            ack = Ack("dispatch_failed")
        finally:
            self._waiting -= 1
        self._journal.add("to app", envelope.kind, envelope.payload, ack.body or ack.error, status)
        return ack

    async def send(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, str, bytes]:
        """Post raw bytes to the request URL: status, content type, body. For tests of what is no valid request."""
        if not self._url:
            raise aiohttp.ClientConnectionError("the app has no request URL yet")
        if self._session is None:
            self._session = aiohttp.ClientSession()
        async with self._session.post(self._url, data=body, headers=headers, allow_redirects=False) as answer:
            return answer.status, answer.content_type, await answer.read()

    def _ack(self, envelope: Envelope, status: int, kind: str, content: bytes) -> Ack:
        if status != 200:
            return Ack("http_service_error" if status >= 500 else "http_client_error")
        if not content.strip():
            return Ack()
        if not envelope.answers:
            if envelope.kind == "interactive":
                self._violation("an ack with a body for an interaction that takes none")
            return Ack()
        return _body(kind, content)

    def _violation(self, what: str) -> None:
        if self.core is not None:
            self.core.violation(what)

    async def verify(self) -> bool:
        """Slack's handshake: does the request URL echo a challenge?"""
        challenge = hashlib.sha256(self._url.encode()).hexdigest()
        payload: dict[str, Json] = {"type": "url_verification", "token": "", "challenge": challenge}
        signed = self.pack(Envelope("events_api", payload, answers=True))
        status, _, content = await self.send(signed.body, signed.headers)
        return status == 200 and challenge.encode() in content

    async def wait_ready(self) -> None:
        """Return when the request URL is known."""
        await self._has_url.wait()

    def busy(self) -> bool:
        """Whether an ack is owed."""
        return self._waiting > 0

    async def close(self) -> None:
        """Give up on retries and close the connections."""
        for task in tuple(self._retries):
            task.cancel()
        await asyncio.gather(*self._retries, return_exceptions=True)
        if self._session is not None:
            await self._session.close()


def _body(kind: str, content: bytes) -> Ack:
    if kind != "application/json":
        return Ack(body=content.decode(errors="replace"))
    try:
        return Ack(body=json.loads(content))
    except ValueError:
        return Ack("invalid_command_response")
