"""Socket Mode against a strict local Slack: every kind of answer, trouble on the line, and readiness."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox import Channel, Person, Sandbox
from bot.services.clock import SystemClock
from bot.settings import SettingsError
from bot.web.socket_mode import SocketMode, _pause


@dataclass
class Line:
    """A connected app: what its listeners heard, and what the database remembers."""

    slack: Sandbox
    socket: SocketMode
    heard: list[str] = field(default_factory=list)
    known: set[str] = field(default_factory=set)

    async def seen(self, key: str, at: datetime) -> bool:
        new = key not in self.known
        self.known.add(key)
        return new


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    sandbox = Sandbox(
        people=[Person("U0ANA0001", "ana")], channels=[Channel("C1REL", "release")], commands=["/do"], ack_deadline=1.0
    )
    async with sandbox:
        client = AsyncWebClient(sandbox.bot_token, base_url=sandbox.url, retry_handlers=[])
        app = AsyncApp(client=client, signing_secret="unused", name="test")
        one = Line(sandbox, None)  # type: ignore[arg-type]

        @app.command("/do")
        async def do(ack: Any, command: dict[str, str]) -> None:
            one.heard.append(command["text"])
            match command["text"]:
                case "text":
                    await ack("plain words")
                case "json":
                    await ack({"text": "an object", "response_type": "ephemeral"})
                case "nothing":
                    await ack()
                case "slow":
                    await asyncio.sleep(0.3)
                    await ack("took its time")

        one.socket = SocketMode(
            app, sandbox.app_token, web_client=client, seen=one.seen, clock=SystemClock(), ping_interval=0.1
        )
        await one.socket.connect_async()
        await sandbox.ready()
        yield one
        await one.socket.close_async()


@pytest.mark.parametrize(("text", "said"), [("text", "plain words"), ("json", "an object"), ("nothing", "")])
async def test_every_kind_of_acknowledgement(line: Line, text: str, said: str) -> None:
    seen = await line.slack.slash("ana", "release", f"/do {text}")
    assert seen.ok
    assert said in seen.text


async def test_the_same_envelope_is_answered_alike_and_acted_on_once(line: Line) -> None:
    await line.slack.slash("ana", "release", "/do json")
    again = await line.slack.redeliver()
    assert (again.error, line.heard) == ("", ["json"])
    assert again.body["text"] == "an object"


async def test_ready_as_long_as_slack_is_heard(line: Line) -> None:
    assert await line.socket.problem() is None
    line.socket.client.auto_reconnect_enabled = False
    line.socket.client.default_auto_reconnect_enabled = False
    await line.socket.disconnect_async()
    assert await line.socket.problem() == "not connected to Slack (Socket Mode)"


@pytest.mark.parametrize("how", ["refresh_requested", "abrupt"])
async def test_a_lost_connection_comes_back(line: Line, how: Any) -> None:
    await line.slack.disconnect(how)
    async with asyncio.timeout(10):
        while await line.socket.problem() is not None or line.slack.connections == 0:
            await asyncio.sleep(0.02)
    assert (await line.slack.slash("ana", "release", "/do text")).ok


async def test_a_goodbye_that_is_only_announced_is_followed_before_slack_goes_deaf(line: Line) -> None:
    before = line.socket.client
    await line.slack.disconnect("warning")
    async with asyncio.timeout(10):
        while line.socket.client is before:
            assert await line.socket.problem() is None
            await asyncio.sleep(0.005)
    assert (await line.slack.slash("ana", "release", "/do text")).ok


async def test_an_answer_under_way_arrives_by_the_next_connection(line: Line) -> None:
    asking = asyncio.create_task(line.slack.slash("ana", "release", "/do slow"))
    while not line.heard:
        await asyncio.sleep(0.01)
    await line.slack.disconnect("refresh_requested")
    assert (await asking).text == "took its time"
    assert line.heard == ["slow"]


class _Misled(AsyncWebClient):
    """Is given other addresses first."""

    wrong: Sequence[str] = ()

    async def apps_connections_open(self, *, app_token: str, **kwargs: Any) -> Any:
        answer = await super().apps_connections_open(app_token=app_token, **kwargs)
        if self.wrong:
            answer.data["url"], *self.wrong = self.wrong  # type: ignore[index]
        return answer


@asynccontextmanager
async def misled(line: Line, *wrong: str) -> AsyncIterator[SocketMode]:
    client = _Misled(line.slack.bot_token, base_url=line.slack.url, retry_handlers=[])
    client.wrong = wrong
    app = AsyncApp(client=client, signing_secret="unused", name="misled")
    socket = SocketMode(
        app, line.slack.app_token, web_client=client, seen=line.seen, clock=SystemClock(), ping_interval=0.2
    )
    try:
        await socket.open()
        yield socket
    finally:
        await socket.close()


async def connected(socket: SocketMode) -> None:
    async with asyncio.timeout(20):
        while await socket.problem() is not None:
            await asyncio.sleep(0.02)


async def test_an_address_that_has_expired_is_not_tried_for_ever(line: Line) -> None:
    expired = line.slack.url.replace("http", "ws", 1).removesuffix("api/") + "link/?ticket=expired"
    async with misled(line, expired, expired) as socket:
        assert await socket.problem() == "not connected to Slack (Socket Mode): Slack answered HTTP 401"
        await connected(socket)
        assert line.slack.connections == 2


async def test_a_peer_that_has_gone_silent_is_left(line: Line) -> None:
    async def listen_and_say_nothing(request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse(autoping=False)
        await ws.prepare(request)
        async for _ in ws:
            pass
        return ws

    deaf = web.Application()
    deaf.router.add_get("/", listen_and_say_nothing)
    async with TestServer(deaf) as server, misled(line, str(server.make_url("/")).replace("http", "ws", 1)) as socket:
        assert await socket.problem() is None  # the line is open, as far as anybody can tell
        async with asyncio.timeout(20):
            while line.slack.connections < 2:
                await asyncio.sleep(0.02)
        await connected(socket)


async def test_an_app_token_that_slack_refuses_is_a_wrong_setting(line: Line) -> None:
    socket = SocketMode(
        line.socket.app, "xapp-1-wrong", web_client=line.socket.app.client, seen=line.seen, clock=SystemClock()
    )
    try:
        with pytest.raises(SettingsError, match=r"^SLACK_APP_TOKEN: Slack refuses it \(invalid_auth\); "):
            await socket.open()
    finally:
        await socket.close()


async def test_slack_in_trouble_at_the_start_is_waited_for(line: Line) -> None:
    line.slack.faults.fail("apps.connections.open", times=2, status=503)
    socket = SocketMode(
        line.socket.app, line.slack.app_token, web_client=line.socket.app.client, seen=line.seen, clock=SystemClock(),
        ping_interval=0.1,
    )  # fmt: skip
    await socket.open()
    try:
        assert await socket.problem() == "not connected to Slack (Socket Mode): Slack answered HTTP 503"
        await connected(socket)
    finally:
        await socket.close()


@pytest.mark.parametrize(
    ("answered", "last", "pause"),
    [({"Retry-After": "7"}, 0.5, 7), ({}, 0, 0.5), ({}, 4, 8), ({"retry-after": "x"}, 29, 30)],
)
def test_the_pause_before_the_next_try(answered: dict[str, str], last: float, pause: float) -> None:
    error = SlackApiError("no", {})
    error.response = SimpleNamespace(headers=answered, data={})  # type: ignore[assignment]
    assert _pause(error, last) == pause
    assert _pause(OSError(), last) == min(max(2 * last, 0.5), 30)
