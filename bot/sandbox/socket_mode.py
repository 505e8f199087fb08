"""Socket Mode: apps dial in, and each envelope goes to exactly one of the open sockets, in turn.

An envelope that is not acknowledged because its socket closed goes to another one with the same `envelope_id`. An event
that is not acknowledged in time comes again with the same `event_id`.
"""

import asyncio
import contextlib
import json
import secrets
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from typing import Literal

from aiohttp import WSMsgType, web

from bot.sandbox.core import Core
from bot.sandbox.journal import Journal
from bot.sandbox.refusal import Json
from bot.sandbox.transport import ACK_DEADLINE, RETRY_DELAYS, Ack, Envelope

MOST_SOCKETS = 10
How = Literal["refresh_requested", "warning", "abrupt"]


@dataclass
class Socket:
    """One open WebSocket. `owing` are the envelope ids that it has not acknowledged."""

    ws: web.WebSocketResponse
    request: web.Request
    owing: set[str] = field(default_factory=set)
    leaving: bool = False


@dataclass
class Pending:
    """An envelope that waits for its ack."""

    envelope: Envelope
    ack: "asyncio.Future[Ack]"
    sent: bool = False


class SocketMode:
    """The Socket Mode side of the sandbox."""

    def __init__(self, journal: Journal, app_id: str) -> None:
        self.core: Core | None = None
        self.ack_deadline = ACK_DEADLINE
        self.retry_delays = RETRY_DELAYS
        self._journal = journal
        self._app_id = app_id
        self._tickets: set[str] = set()
        self._sockets: list[Socket] = []
        self._pending: dict[str, Pending] = {}
        self._changed = asyncio.Event()
        self._turn = 0
        self._retries: set[asyncio.Task[None]] = set()

    @property
    def connections(self) -> int:
        """How many sockets are open."""
        return len(self._open())

    def _open(self) -> list[Socket]:
        return [socket for socket in self._sockets if not socket.leaving]

    def new_ticket(self) -> str:
        """A path that one WebSocket can be opened with, once."""
        ticket = secrets.token_urlsafe(16)
        self._tickets.add(ticket)
        return f"/link/?ticket={ticket}&app_id={self._app_id}"

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One WebSocket, until it closes."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.json_response({"ok": False, "error": "invalid_ticket"}, status=401)
        self._tickets.discard(ticket)
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        if len(self._sockets) >= MOST_SOCKETS:
            await ws.send_json({"type": "disconnect", "reason": "too_many_websockets", "debug_info": {}})
            await ws.close()
            return ws
        socket = Socket(ws, request)
        self._sockets.append(socket)
        try:
            await self._greet(socket)
            async for message in ws:
                if message.type == WSMsgType.TEXT:
                    self._take(socket, message.data)
        finally:
            self._sockets.remove(socket)
            self._notify()
            self._send_again(socket)
        return ws

    async def _greet(self, socket: Socket) -> None:
        await socket.ws.send_json(
            {
                "type": "hello",
                "num_connections": self.connections,
                "debug_info": {"host": "applink-1", "build_number": 1, "approximate_connection_time": 18060},
                "connection_info": {"app_id": self._app_id},
            }
        )
        self._notify()
        for pending in list(self._pending.values()):
            if not pending.sent:
                await self._send(pending)

    def _notify(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    # outgoing

    async def deliver(self, envelope: Envelope) -> Ack:
        """Send to one socket and wait for the ack. Without any socket the answer is dispatch_failed."""
        ack = await self._attempt(envelope)
        if ack.error and envelope.kind == "events_api":
            self._spawn(self._again(envelope, ack.error))
        return ack

    async def _attempt(self, envelope: Envelope) -> Ack:
        if not self._open():
            ack = Ack("dispatch_failed")
        else:
            pending = Pending(envelope, asyncio.get_running_loop().create_future())
            self._pending[envelope.id] = pending
            try:
                await self._send(pending)
                ack = await asyncio.wait_for(pending.ack, self.ack_deadline)
            except TimeoutError:
                ack = Ack("operation_timeout")
            finally:
                del self._pending[envelope.id]
                for socket in self._sockets:
                    socket.owing.discard(envelope.id)
        self._journal.add("to app", envelope.kind, envelope.payload, ack.body or ack.error, 0 if ack.error else 200)
        return ack

    async def _again(self, envelope: Envelope, error: str) -> None:
        for number, delay in enumerate(self.retry_delays, start=1):
            await asyncio.sleep(delay)
            reason = "timeout" if error == "operation_timeout" else "connection_failed"
            ack = await self._attempt(replace(envelope, retry=number, retry_reason=reason))
            if not ack.error:
                return

    async def redeliver(self, envelope: Envelope) -> Ack:
        """The same envelope once more, with the same id."""
        return await self._attempt(envelope)

    async def _send(self, pending: Pending) -> None:
        sockets = self._open()
        if not sockets:
            pending.sent = False
            return
        socket = sockets[self._turn % len(sockets)]
        self._turn += 1
        envelope = pending.envelope
        frame: dict[str, Json] = {
            "envelope_id": envelope.id,
            "type": envelope.kind,
            "payload": envelope.payload,
            "accepts_response_payload": envelope.answers,
        }
        if envelope.kind == "events_api":
            frame |= {"retry_attempt": envelope.retry, "retry_reason": envelope.retry_reason}
        pending.sent = True
        socket.owing.add(envelope.id)
        try:
            await socket.ws.send_json(frame)
        except ConnectionError:
            socket.leaving = True
            pending.sent = False
            await self._send(pending)

    def _send_again(self, gone: Socket) -> None:
        for name in gone.owing:
            pending = self._pending.get(name)
            if pending is not None and not pending.ack.done():
                self._spawn(self._send(pending))

    def _spawn(self, work: Coroutine[Json, Json, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._retries.add(task)
        task.add_done_callback(self._retries.discard)

    # incoming

    def _take(self, socket: Socket, raw: str) -> None:
        try:
            frame = json.loads(raw)
            name = frame["envelope_id"]
        except (ValueError, KeyError, TypeError):
            self._violation(f"a frame that is no ack: {raw[:200]}")
            return
        socket.owing.discard(name)
        pending = self._pending.get(name)
        if pending is None or pending.ack.done():
            self._violation(f"an ack for envelope {name}, which waits for none")
            return
        body = frame.get("payload")
        if body and not pending.envelope.answers:
            self._violation(f"an ack with a body for {pending.envelope.kind}, which takes none")
            body = None
        if isinstance(body, dict) and set(body) == {"text"}:
            body = body["text"]
        pending.ack.set_result(Ack(body=body))

    def _violation(self, what: str) -> None:
        if self.core is not None:
            self.core.violation(what)

    # trouble and life

    async def disconnect(self, how: How) -> None:
        """End every socket: announced (`refresh_requested`, `warning`) or by cutting it (`abrupt`)."""
        for socket in self._open():
            if how == "abrupt":
                socket.leaving = True
                if socket.request.transport is not None:
                    socket.request.transport.abort()
                continue
            with contextlib.suppress(ConnectionError):
                await socket.ws.send_json({"type": "disconnect", "reason": how, "debug_info": {"host": "applink-1"}})
            if how == "refresh_requested":
                socket.leaving = True
                self._spawn(self._close_soon(socket))

    async def _close_soon(self, socket: Socket) -> None:
        # Slack leaves some seconds between the frame and the end; acks that are under way still count.
        await asyncio.sleep(0.2)
        await socket.ws.close()

    async def wait_ready(self) -> None:
        """Return when a socket is open."""
        while not self._open():
            await self._changed.wait()

    def busy(self) -> bool:
        """Whether an ack is owed."""
        return bool(self._pending)

    async def close(self) -> None:
        """Close all sockets and give up on retries."""
        for task in tuple(self._retries):
            task.cancel()
        await asyncio.gather(*self._retries, return_exceptions=True)
        for socket in tuple(self._sockets):
            with contextlib.suppress(ConnectionError):
                await socket.ws.close()
