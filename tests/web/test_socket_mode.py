"""Socket Mode against a strict local Slack: every kind of answer, trouble on the line, and readiness."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox import Channel, Person, Sandbox
from bot.services.clock import SystemClock
from bot.web.socket_mode import SocketMode


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
