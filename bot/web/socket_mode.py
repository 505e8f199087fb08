"""The way in without a public address: Socket Mode, with the same promise as HTTP, that each request acts once.

Slack sends an envelope again when the connection that should have acknowledged it broke. Bolt's own handler runs it
again; this one answers it again.
"""

import json

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.services.ports import Clock
from bot.web.once import Once, OnlyReads, Seen, never
from bot.web.payload import event_key


class SocketMode(AsyncSocketModeHandler):
    """Bolt's handler with dedupe in front and a readiness check (`problem`). Made inside a running event loop.

    `web_client` opens the connection: it carries the API's base URL.
    """

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
        super().__init__(app, app_token, web_client=web_client, ping_interval=ping_interval)
        self._only_reads = only_reads
        self._once: Once[BoltResponse] = Once(seen, clock)

    async def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]
        """Answer one envelope. What no listener acknowledged stays unacknowledged, so that Slack tells the user."""

        async def dispatch() -> BoltResponse:
            return await self.app.async_dispatch(AsyncBoltRequest(body=req.payload, mode="socket_mode"))

        key = event_key(req.payload) or f"envelope:{req.envelope_id}"
        only_reads = self._only_reads(req.payload)
        answer = await self._once.answer(key, dispatch, BoltResponse(status=200), only_reads=only_reads)
        if answer.status == 200:
            await client.send_socket_mode_response(_response(req.envelope_id, answer))

    async def open(self) -> None:
        """Connect, and stay connected until `close`."""
        await self.connect_async()  # type: ignore[no-untyped-call]

    async def close(self) -> None:
        """Disconnect for good."""
        await self.close_async()  # type: ignore[no-untyped-call]

    async def problem(self) -> str | None:
        """For `/readyz`: why this process does not hear Slack at the moment, or None."""
        return None if await self.client.is_connected() else "not connected to Slack (Socket Mode)"


def _response(envelope_id: str, answer: BoltResponse) -> SocketModeResponse:
    if not answer.body:
        return SocketModeResponse(envelope_id)
    if answer.headers["content-type"][0].startswith("application/json"):
        return SocketModeResponse(envelope_id, json.loads(answer.body))
    return SocketModeResponse(envelope_id, {"text": answer.body})
