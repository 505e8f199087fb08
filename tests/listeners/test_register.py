"""All listeners on a real Bolt app: what is registered, and what a person reads when something breaks."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import structlog
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks import errors
from bot.blocks.ids import ACK, WHY
from bot.listeners.register import register
from tests.listeners.example import ANA, TEAM, Desk
from tests.listeners.slack_end import SlackEnd, slack_end


@pytest.fixture
async def end() -> AsyncIterator[SlackEnd]:
    async with slack_end() as one:
        yield one


def bolt(end: SlackEnd, desk: Desk) -> AsyncApp:
    client = AsyncWebClient("xoxb-1", base_url=f"{end.url}/api/", retry_handlers=[])
    app = AsyncApp(client=client, signing_secret="unused")
    register(app, desk.services)
    return app


async def send(app: AsyncApp, body: dict[str, Any]) -> BoltResponse:
    answer = await app.async_dispatch(AsyncBoltRequest(body=body, mode="socket_mode"))
    await asyncio.sleep(0.05)  # what comes after the acknowledgement
    return answer


def slash(end: SlackEnd, text: str) -> dict[str, Any]:
    return {
        "command": "/release",
        "text": text,
        "user_id": ANA,
        "team_id": TEAM,
        "channel_id": "C1REL",
        "channel_name": "release",
        "response_url": end.response_url,
    }


def click(end: SlackEnd, action: str, value: str) -> dict[str, Any]:
    return {
        "type": "block_actions",
        "user": {"id": ANA, "team_id": TEAM},
        "team": {"id": TEAM},
        "channel": {"id": "D1"},
        "message": {"ts": "1.2", "text": "t", "blocks": []},
        "actions": [{"type": "button", "action_id": action, "block_id": "b", "value": value}],
        "response_url": end.response_url,
    }


def opened(tab: str = "home") -> dict[str, Any]:
    event = {"type": "app_home_opened", "user": ANA, "tab": tab, "channel": "D1"}
    return {"type": "event_callback", "team_id": TEAM, "event_id": "Ev1", "event": event}


BUTTON = json.dumps({"p": "summit-2026-q1", "c": "Product Release Captain A", "r": "summit-app"})


async def test_a_command_is_answered_in_its_acknowledgement(end: SlackEnd) -> None:
    answer = await send(bolt(end, Desk()), slash(end, "status"))
    said = json.loads(answer.body)
    assert said["text"].startswith("Summit 2026 Q1 Launch: 12 days to go")
    assert said["response_type"] == "ephemeral"


async def told() -> Desk:
    """A desk whose captains have been told what they wait on."""
    desk = Desk()
    await desk.services.tracking.run("summit-2026-q1")
    assert desk.deliveries.rows
    return desk


async def test_an_ack_updates_the_message_in_place(end: SlackEnd) -> None:
    answer = await send(bolt(end, await told()), click(end, ACK, BUTTON))
    assert (answer.status, answer.body) == (200, "")
    assert [name for name, _ in end.called if name != "auth.test"] == ["chat.update"]
    assert end.said == []


async def test_an_ack_whose_message_cannot_be_changed_is_said_instead(end: SlackEnd) -> None:
    end.refuse["chat.update"] = "message_not_found"
    with structlog.testing.capture_logs() as lines:
        await send(bolt(end, await told()), click(end, ACK, BUTTON))
    assert "Acknowledged by" in repr(end.said)
    assert lines[-1]["reason"] == "message_not_found"


async def test_why_is_said_to_the_one_who_clicked(end: SlackEnd) -> None:
    await send(bolt(end, Desk()), click(end, WHY, BUTTON))
    assert "summit-app v3.0.0 waits on" in end.said[0]["text"]
    assert end.said[0]["response_type"] == "ephemeral"


async def test_home_is_published_when_its_own_tab_is_opened(end: SlackEnd) -> None:
    app = bolt(end, Desk())
    await send(app, opened("messages"))
    assert "views.publish" not in dict(end.called)
    await send(app, opened())
    assert dict(end.called)["views.publish"]["user_id"] == ANA


async def test_when_slack_does_not_say_who_we_are_a_command_still_gets_a_sentence(end: SlackEnd) -> None:
    """Bolt asks `auth.test` before any listener; the network may be down just then."""
    app = bolt(end, Desk())
    app.client.base_url = "http://127.0.0.1:9/api/"
    with structlog.testing.capture_logs() as lines:
        answer = await send(app, slash(end, "status"))
        await send(app, click(end, ACK, BUTTON))
        home = await send(app, opened())
    said = json.loads(answer.body)
    assert (answer.status, said["text"]) == (200, errors.unexpected("f00dfeed").text)
    assert said["response_type"] == "ephemeral"
    assert end.said[0]["text"] == errors.unexpected("f00dfeed").text
    assert home.status == 500
    assert [(line["id"], line["doing"]) for line in lines if line["event"] == "listener failed"] == [
        ("f00dfeed", "command"),
        ("f00dfeed", "block_actions"),
        ("f00dfeed", "event_callback"),
    ]


async def test_a_failure_after_the_acknowledgement_is_in_the_log(end: SlackEnd) -> None:
    end.refuse["views.publish"] = "internal_error"
    with structlog.testing.capture_logs() as lines:
        assert (await send(bolt(end, Desk()), opened())).status == 200
    assert [line["doing"] for line in lines if line["event"] == "listener failed"] == ["event_callback"]
