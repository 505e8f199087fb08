"""The way in without a public address: Socket Mode, with the same promise as HTTP, that each request acts once.

Slack sends an envelope again when the connection that should have acknowledged it broke. Bolt's own handler runs it
again; this one answers it again. And it looks after its connection itself: the SDK keeps trying an address that has
expired, holding the lock that every way to a new one needs, and is deaf from then on.
"""

import asyncio
import json
from contextlib import suppress
from functools import partial

import structlog
from slack_bolt.adapter.socket_mode.async_base_handler import AsyncBaseSocketModeHandler
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.services.ports import Clock
from bot.web.once import Once, OnlyReads, Seen, never
from bot.web.payload import event_key
from bot.web.tokens import WITHIN, refusal, trouble

LOOK_EVERY = 1.0  # seconds until a connection that was cut is noticed
LONGEST_PAUSE = 30.0  # seconds between two tries to reach Slack

log = structlog.get_logger(__name__)


class Line(SocketModeClient):
    """One connection. It never renews itself; `leave` is set when Slack says that it is about to close it."""

    def __init__(self, app: AsyncApp, app_token: str, web_client: AsyncWebClient, ping_interval: float) -> None:
        super().__init__(app_token, app.logger, web_client, auto_reconnect_enabled=False, ping_interval=ping_interval)
        self.leave = asyncio.Event()

    async def connect(self) -> None:
        """Ask for an address and dial it, once. Raises what the SDK and aiohttp raise, or TimeoutError."""
        async with asyncio.timeout(WITHIN):
            found = await self.web_client.apps_connections_open(app_token=self.app_token)
            self.current_session = await self.aiohttp_client_session.ws_connect(
                found["url"],
                autoping=False,
                # aiohttp closes a connection that leaves a ping unanswered, so that `is_connected` tells the truth.
                heartbeat=self.ping_interval,
                proxy=self.proxy,
                ssl=True if self.web_client.ssl is None else self.web_client.ssl,
            )
        self.current_session_monitor = asyncio.ensure_future(self.monitor_current_session())
        self.message_receiver = asyncio.ensure_future(self.receive_messages())

    async def connect_to_new_endpoint(self, force: bool = False) -> None:  # noqa: ARG002 - the SDK's signature
        """What the SDK calls when Slack says goodbye."""
        self.leave.set()


class SocketMode(AsyncBaseSocketModeHandler):
    """A Bolt app behind Socket Mode: dedupe in front, a connection that comes back, and a readiness check (`problem`).

    Made inside a running event loop. `web_client` opens connections: it carries the API's base URL.
    """

    app: AsyncApp
    client: Line

    def __init__(
        self,
        app: AsyncApp,
        app_token: str,
        *,
        web_client: AsyncWebClient,
        seen: Seen,
        clock: Clock,
        only_reads: OnlyReads = never,
        ping_interval: float = 10,
    ) -> None:
        self.app = app
        self._new_line = partial(Line, app, app_token, web_client, ping_interval)
        self._look_every = min(LOOK_EVERY, ping_interval)
        self._only_reads = only_reads
        self._once: Once[BoltResponse] = Once(seen, clock)
        self._trouble = ""
        self._keeper: asyncio.Task[None] | None = None
        self._leaving: set[asyncio.Task[None]] = set()
        self.client = self._listening()

    async def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]  # noqa: ARG002
        """Answer one envelope. What no listener acknowledged stays unacknowledged, so that Slack tells the user."""

        async def dispatch() -> BoltResponse:
            return await self.app.async_dispatch(AsyncBoltRequest(body=req.payload, mode="socket_mode"))

        key = event_key(req.payload) or f"envelope:{req.envelope_id}"
        only_reads = self._only_reads(req.payload)
        answer = await self._once.answer(key, dispatch, BoltResponse(status=200), only_reads=only_reads)
        if answer.status != 200:
            return
        try:
            # Not by the connection that it came from, which may have been replaced meanwhile.
            await self.client.send_socket_mode_response(_response(req.envelope_id, answer))
        except ConnectionError:
            log.warning("an answer met a broken connection", envelope=req.envelope_id)  # Slack asks again on the next

    async def open(self) -> None:
        """Connect, and stay connected until `close`.

        Raises SettingsError when Slack does not take the app-level token. When it cannot be reached this goes on
        trying, and `problem` says so meanwhile.
        """
        try:
            await self._renew()
        except SlackApiError as error:
            refused = refusal(error, "SLACK_APP_TOKEN")
            if refused is not None:
                raise refused from error
            self._failed(error)
        except Exception as error:  # noqa: BLE001 - whatever it is, it may be over when the next try is made
            self._failed(error)
        self._keeper = asyncio.create_task(self._stay_connected(), name="socket-mode")

    async def close(self) -> None:
        """Disconnect for good."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
            self._keeper = None
        await asyncio.gather(_let_go(self.client), *self._leaving, return_exceptions=True)

    async def connect_async(self) -> None:
        """`open`, as Bolt calls it."""
        await self.open()

    async def close_async(self) -> None:
        """`close`, as Bolt calls it."""
        await self.close()

    async def problem(self) -> str | None:
        """For `/readyz`: why this process does not hear Slack at the moment, or None."""
        if await self.client.is_connected():
            return None
        return f"not connected to Slack (Socket Mode){self._trouble and ': '}{self._trouble}"

    def _listening(self) -> Line:
        line = self._new_line()
        line.socket_mode_request_listeners.append(self.handle)  # type: ignore[arg-type]
        return line

    async def _renew(self) -> None:
        """Open a new connection, and only then let go of the old one: Slack is heard all the time."""
        line = self._listening()
        try:
            await line.connect()
        except BaseException:
            await _let_go(line)
            raise
        old, self.client, self._trouble = self.client, line, ""
        # Not waited for: a peer that is gone never answers the goodbye.
        leaving = asyncio.create_task(_let_go(old))
        self._leaving.add(leaving)
        leaving.add_done_callback(self._leaving.discard)

    async def _stay_connected(self) -> None:
        pause = 0.0
        while True:
            await asyncio.sleep(pause)
            with suppress(TimeoutError):
                await asyncio.wait_for(self.client.leave.wait(), self._look_every)
            if not self.client.leave.is_set() and await self.client.is_connected():
                continue
            try:
                await self._renew()
            except Exception as error:  # noqa: BLE001 - nothing may end this loop: then nobody would hear Slack again
                self._failed(error)
                pause = _pause(error, pause)
            else:
                log.info("connected to Slack anew")
                pause = 0.0

    def _failed(self, error: Exception) -> None:
        self._trouble = trouble(error)
        log.warning("no connection to Slack (Socket Mode), trying again", reason=self._trouble)


async def _let_go(line: Line) -> None:
    await line.close()  # type: ignore[no-untyped-call]


def _pause(error: Exception, last: float) -> float:
    """Seconds until the next try: what Slack asks for, else twice the last pause."""
    headers = getattr(error.response, "headers", {}) if isinstance(error, SlackApiError) else {}
    asked = str({k.lower(): v for k, v in headers.items()}.get("retry-after", ""))
    return min(max(float(asked) if asked.isdigit() else 0.0, last * 2, 0.5), LONGEST_PAUSE)


def _response(envelope_id: str, answer: BoltResponse) -> SocketModeResponse:
    if not answer.body:
        return SocketModeResponse(envelope_id)
    if answer.headers["content-type"][0].startswith("application/json"):
        return SocketModeResponse(envelope_id, json.loads(answer.body))
    return SocketModeResponse(envelope_id, {"text": answer.body})
