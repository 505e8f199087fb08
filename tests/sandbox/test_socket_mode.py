"""Socket Mode on the wire: which socket gets what, what comes again, and how sockets end."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.sandbox import Sandbox
from tests.sandbox.bolt_app import bare_app, client_of, connected, make_sandbox


@contextlib.asynccontextmanager
async def dial(slack: Sandbox) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A bare WebSocket, greeted."""
    url = (await client_of(slack).apps_connections_open(app_token=slack.app_token))["url"]
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as ws:
        hello = await ws.receive_json()
        assert hello["type"] == "hello"
        yield ws


async def take(ws: aiohttp.ClientWebSocketResponse, payload: dict | None = None) -> dict:
    """Receive one envelope and acknowledge it."""
    frame = await ws.receive_json(timeout=3)
    ack = {"envelope_id": frame["envelope_id"]}
    await ws.send_json({**ack, "payload": payload} if payload else ack)
    return frame


async def test_an_envelope_has_all_that_a_command_needs(slack):
    async with dial(slack) as ws:
        told = asyncio.create_task(slack.slash("ana", "release", "/echo one two"))
        frame = await take(ws, {"text": "hi"})
        seen = await told
    assert (frame["type"], frame["accepts_response_payload"]) == ("slash_commands", True)
    payload = frame["payload"]
    assert (payload["command"], payload["text"], payload["user_id"]) == ("/echo", "one two", "U0ANA")
    assert (payload["channel_id"], payload["channel_name"], payload["team_id"]) == ("C0REL", "release", "T0SANDBOX")
    assert payload["response_url"].startswith("http://127.0.0.1:")
    assert seen.text == "hi"


async def test_a_ticket_opens_one_socket(slack, client):
    url = (await client.apps_connections_open(app_token=slack.app_token))["url"]
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(url):
            pass
        for used_or_wrong in (url, url.partition("?")[0]):
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await session.ws_connect(used_or_wrong)


async def test_each_envelope_goes_to_exactly_one_socket(slack):
    async with dial(slack) as one, dial(slack) as two:
        assert slack.connections == 2
        got: list[list[str]] = [[], []]

        async def listen(ws, box):
            while True:
                box.append((await take(ws))["payload"]["text"])

        tasks = [asyncio.create_task(listen(ws, box)) for ws, box in zip((one, two), got, strict=True)]
        for number in range(6):
            assert (await slack.slash("ana", "release", f"/echo {number}")).ok
        for task in tasks:
            task.cancel()
    assert sorted(got[0] + got[1]) == ["0", "1", "2", "3", "4", "5"]
    assert got[0]
    assert got[1]


async def test_without_a_socket_the_user_reads_that_it_failed(slack):
    seen = await slack.slash("ana", "release", "/echo")
    assert seen.error == "dispatch_failed"
    assert "dispatch_failed" in seen.text


async def test_what_a_dying_socket_owed_goes_to_another_with_the_same_id(slack):
    async with dial(slack) as one:
        told = asyncio.create_task(slack.slash("ana", "release", "/echo"))
        first = await one.receive_json()
        await one.close()
    async with dial(slack) as two:
        second = await take(two)
        assert (await told).ok
    assert second["envelope_id"] == first["envelope_id"]
    assert second["payload"] == first["payload"]


async def test_an_event_that_nobody_acknowledges_comes_again_with_the_same_event_id():
    async with make_sandbox(ack_deadline=0.1, retry_delays=(0.05, 0.05)) as slack, dial(slack) as ws:
        await slack.open_home("ana", within=0)
        frames = [await ws.receive_json(timeout=3) for _ in range(2)]
        third = await take(ws)
    assert [frame["retry_attempt"] for frame in (*frames, third)] == [0, 1, 2]
    assert {frame["payload"]["event_id"] for frame in (*frames, third)} == {third["payload"]["event_id"]}
    assert {frame["envelope_id"] for frame in (*frames, third)} == {third["envelope_id"]}
    assert third["retry_reason"] == "timeout"


async def test_a_command_that_nobody_acknowledges_does_not_come_again():
    async with make_sandbox(ack_deadline=0.1, retry_delays=(0.05,)) as slack, dial(slack) as ws:
        seen = await slack.slash("ana", "release", "/echo")
        assert seen.error == "operation_timeout"
        await ws.receive_json()
        with pytest.raises(TimeoutError):
            await ws.receive_json(timeout=0.3)


async def test_redelivery_on_demand_repeats_the_envelope(slack):
    async with dial(slack) as ws:
        told = asyncio.create_task(slack.slash("ana", "release", "/echo"))
        first = await take(ws)
        await told
        again = asyncio.create_task(slack.redeliver())
        assert await take(ws) == first
        assert not (await again).error


async def test_acks_that_slack_would_ignore_are_noted():
    async with make_sandbox(ack_deadline=0.3, retry_delays=()) as slack, dial(slack) as ws:
        await ws.send_json({"envelope_id": "nobody asked"})
        await ws.send_str("hello?")
        opened = asyncio.create_task(slack.open_home("ana", within=0))
        await take(ws, {"text": "events take no answer"})
        await opened
    assert "waits for none" in slack.violations[0]
    assert "no ack" in slack.violations[1]
    assert "takes none" in slack.violations[2]


async def test_at_most_ten_sockets(slack, client):
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(10):
            await stack.enter_async_context(dial(slack))
        url = (await client.apps_connections_open(app_token=slack.app_token))["url"]
        async with aiohttp.ClientSession() as session, session.ws_connect(url) as ws:
            assert (await ws.receive_json())["reason"] == "too_many_websockets"


@pytest.mark.parametrize("how", ["refresh_requested", "abrupt"])
async def test_a_real_client_comes_back_after_a_disconnect(slack, how):
    app = bare_app(slack)

    @app.command("/echo")
    async def echo(ack):
        await ack("still here")

    async with connected(slack, app):
        assert (await slack.slash("ana", "release", "/echo")).ok
        await slack.disconnect(how)
        await slack.ready(within=15)
        assert (await slack.slash("ana", "release", "/echo")).text == "still here"


async def test_a_warning_announces_and_leaves_the_socket_open(slack):
    async with dial(slack) as ws:
        await slack.disconnect("warning")
        assert (await ws.receive_json())["reason"] == "warning"
        told = asyncio.create_task(slack.slash("ana", "release", "/echo"))
        await take(ws)
        assert (await told).ok
