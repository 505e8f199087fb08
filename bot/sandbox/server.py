"""The sandbox itself: one HTTP server on loopback, one workspace, one app, and the people in it."""

import asyncio
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Literal, Self

from aiohttp import web

from bot.sandbox.api import DEFAULT_SCOPES, Tokens, WebApi, with_faults
from bot.sandbox.clock import Clock, SystemClock
from bot.sandbox.core import Core
from bot.sandbox.faults import Faults
from bot.sandbox.journal import Journal
from bot.sandbox.methods_files import take_upload
from bot.sandbox.model import Channel, Person
from bot.sandbox.outcome import CannotError
from bot.sandbox.rates import ChannelRate
from bot.sandbox.refusal import Json
from bot.sandbox.responses import take_response
from bot.sandbox.seeing import Seeing
from bot.sandbox.signed_http import SignedHttp
from bot.sandbox.socket_mode import How, SocketMode
from bot.sandbox.talking import Setup
from bot.sandbox.tickets import Tickets
from bot.sandbox.transport import ACK_DEADLINE, RETRY_DELAYS, Ack
from bot.sandbox.workspace import Identity, Workspace

Mode = Literal["socket", "http"]
LOOPBACK = ("127.0.0.1", "::1")
LARGEST_BODY = 32 * 1024 * 1024


class Sandbox(Seeing):
    """A workspace that one app is installed in. Use it as `async with Sandbox(…) as sandbox:`.

    - `mode`: how the app hears of things, `socket` or `http` (signed; set `request_url` before or after the start).
    - `people`, `channels`: who and what is there.
    - `commands`: the app's slash commands; `escape_commands`: whether their text has `@ana` as `<@U…|ana>`
      (`should_escape` in the manifest). `events`: the events it subscribed to.
    - `scopes`: what the bot token may do (default: everything but `chat:write.public`).
    - `strict_rate`: refuse more than about one message a second and channel.
    - `clock`: for `ts`, triggers, response URLs and rates. `signing_clock`: for the timestamps of signed requests,
      which apps compare with real time, so it is the real time unless given.
    - `ack_deadline`: real seconds that an app has for an ack. `retry_delays`: real seconds before an event comes again.
    """

    def __init__(
        self,
        *,
        mode: Mode = "socket",
        people: Iterable[Person] = (),
        channels: Iterable[Channel] = (),
        commands: Sequence[str] = (),
        escape_commands: bool = True,
        events: Iterable[str] = ("app_home_opened",),
        scopes: Iterable[str] = DEFAULT_SCOPES,
        strict_rate: bool = False,
        clock: Clock | None = None,
        signing_clock: Clock | None = None,
        request_url: str = "",
        identity: Identity | None = None,
        ack_deadline: float = ACK_DEADLINE,
        retry_delays: Sequence[float] = RETRY_DELAYS,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        if host not in LOOPBACK:
            raise ValueError(f"the sandbox binds to loopback only (127.0.0.1 or ::1), not to {host!r}")
        self.clock: Clock = clock or SystemClock()
        self.mode: Mode = mode
        self.faults = Faults()
        self._tokens = Tokens.fresh()
        journal = Journal(self.clock, (self._tokens.bot, self._tokens.app, self._tokens.signing_secret))
        identity = identity or Identity()
        workspace = Workspace(identity, people, channels, self.clock)
        self._socket = SocketMode(journal, identity.app_id)
        self._http = SignedHttp(journal, self._tokens.signing_secret, signing_clock or SystemClock())
        core = Core(
            workspace,
            Tickets(self.clock),
            ChannelRate(self.clock, strict=strict_rate),
            frozenset(scopes),
            self._socket_url,
        )
        for line in (self._socket, self._http):
            line.core = core
            line.ack_deadline = ack_deadline
            line.retry_delays = tuple(retry_delays)
        setup = Setup(tuple(commands), escape_commands, frozenset(events))
        super().__init__(core, self._socket if mode == "socket" else self._http, setup, journal)
        self._api = WebApi(core, self._tokens, self.faults, journal)
        self._host, self._port = host, port
        self._runner: web.AppRunner | None = None
        if request_url:
            self.request_url = request_url

    # what the app is given

    @property
    def url(self) -> str:
        """The base URL of the Web API, with `/api/` at its end: for `SLACK_API_URL` and `base_url`."""
        return f"{self._core.base_url}/api/"

    @property
    def bot_token(self) -> str:
        """The `xoxb-` token."""
        return self._tokens.bot

    @property
    def app_token(self) -> str:
        """The `xapp-` token, for Socket Mode."""
        return self._tokens.app

    @property
    def signing_secret(self) -> str:
        """What signed requests are signed with."""
        return self._tokens.signing_secret

    @property
    def request_url(self) -> str:
        """Where the app takes signed requests (http mode). It must be on this machine."""
        return self._http.request_url

    @request_url.setter
    def request_url(self, url: str) -> None:
        self._http.request_url = url

    # life

    async def start(self) -> None:
        """Begin to serve. The port is free to choose unless it was given."""
        app = web.Application(client_max_size=LARGEST_BODY)
        app.router.add_route("*", "/api/{method}", self._api.handle)
        app.router.add_get("/link/", self._socket.handle)
        app.router.add_post("/upload/v1/{file_id}", self._upload)
        app.router.add_post("/{kind:commands|actions}/{team}/{token}", self._respond)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port)
        await site.start()
        port = self._runner.addresses[0][1]
        self._core.base_url = f"http://{f'[{self._host}]' if ':' in self._host else self._host}:{port}"

    async def stop(self) -> None:
        """Hang up on everybody."""
        await self._socket.close()
        await self._http.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()
        if error is None and self._core.crashes:
            raise self._core.crashes[0]

    async def ready(self, within: float = 5.0) -> None:
        """Return when the app can be reached: a socket is open, or the request URL is set. Raises TimeoutError."""
        async with asyncio.timeout(within):
            await self.transport.wait_ready()

    def _socket_url(self) -> str:
        return self._core.base_url.replace("http", "ws", 1) + self._socket.new_ticket()

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        return await with_faults(self._core, request, "upload", self.faults, lambda: take_upload(self._core, request))

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        return await with_faults(
            self._core, request, "response_url", self.faults, lambda: take_response(self._core, self.journal, request)
        )

    # trouble

    @property
    def connections(self) -> int:
        """How many sockets are open."""
        return self._socket.connections

    async def disconnect(self, how: How = "refresh_requested") -> None:
        """End all sockets as Slack does (`refresh_requested`), announce it only (`warning`), or cut them (`abrupt`)."""
        await self._socket.disconnect(how)

    async def redeliver(self) -> Ack:
        """Tell the app the last thing once more: the same envelope, or the very same signed bytes."""
        if self._last is None:
            raise CannotError("nothing has been delivered yet")
        return await self.transport.redeliver(self._last)

    async def verify_request_url(self) -> bool:
        """Slack's handshake with the request URL."""
        return await self._http.verify()

    async def post_raw(self, body: bytes, headers: dict[str, Json]) -> tuple[int, bytes]:
        """Send any bytes to the request URL, signed or not: status and body."""
        status, _, content = await self._http.send(body, headers)
        return status, content
