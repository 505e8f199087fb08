"""In the acknowledgement when it is there in time, afterwards when it is not; once each, in order, to one person."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import structlog
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.limits import section
from bot.blocks.message import Message
from bot.listeners.replies import USES, Later, Started, reply
from tests.listeners.slack_end import SlackEnd, slack_end


@pytest.fixture
async def end() -> AsyncIterator[SlackEnd]:
    async with slack_end() as one:
        yield one


def message(text: str, below: int = 0) -> Message:
    return Message(text, [section(text)], [message(f"{text}.{n}") for n in range(below)])


async def soon(answer: Any, after: float = 0) -> Any:
    await asyncio.sleep(after)
    return answer


class Order:
    """Notes when the acknowledgement went out and what was said."""

    def __init__(self) -> None:
        self.ack = AsyncAck()
        self.steps: list[str] = []

    async def acknowledge(self, **said: Any) -> Any:
        self.steps.append(f"ack {said.get('text', '')}".strip())
        return await self.ack(**said)

    async def say(self, message: Message) -> None:
        self.steps.append(f"say {message.text}")


async def run(work: Any, patience: float = 0.05) -> Order:
    order = Order()
    await reply(work, order.acknowledge, order.say, patience)  # type: ignore[arg-type]
    return order


async def test_in_time_it_is_the_acknowledgement_seen_by_one_person() -> None:
    order = await run(soon(message("a")))
    assert order.steps == ["ack a"]
    assert order.ack.response is not None
    assert '"response_type": "ephemeral"' in order.ack.response.body
    assert '"blocks"' in order.ack.response.body


async def test_what_belongs_below_follows_the_acknowledgement() -> None:
    assert (await run(soon(message("a", 2)))).steps == ["ack a", "say a.0", "say a.1"]


async def test_late_answers_come_after_an_empty_acknowledgement() -> None:
    assert (await run(soon(message("a"), 0.1))).steps == ["ack", "say a"]


async def test_a_placeholder_holds_the_place() -> None:
    started = Started(message("wait"), soon(message("a"), 0.02))
    assert (await run(soon(started))).steps == ["ack wait", "say a"]


async def test_a_placeholder_that_is_late_itself_is_left_out() -> None:
    started = Started(message("wait"), soon(message("a")))
    assert (await run(soon(started, 0.1))).steps == ["ack", "say a"]


def later(end: SlackEnd) -> Later:
    return Later(end.response_url, AsyncWebClient("xoxb-1"))


async def test_said_to_one_person_beside_what_is_there(end: SlackEnd) -> None:
    await later(end)(message("a", 1))
    assert [(s["text"], s["response_type"], s["replace_original"]) for s in end.said] == [
        ("a", "ephemeral", False),
        ("a.0", "ephemeral", False),
    ]
    assert end.said[0]["blocks"] == [section("a")]


async def test_a_response_url_is_used_no_more_often_than_slack_allows(end: SlackEnd) -> None:
    with structlog.testing.capture_logs() as lines:
        await later(end)(message("a", 9))
    assert len(end.said) == USES
    assert lines[-1]["reason"] == "five uses are up"


async def test_a_dropped_connection_never_says_it_twice(end: SlackEnd) -> None:
    end.drop = True
    with structlog.testing.capture_logs() as lines:
        await later(end)(message("a", 1))
    assert [s["text"] for s in end.said] == ["a"]
    assert lines[-1]["event"] == "late answer failed"
    assert end.response_url not in repr(lines)


async def test_a_refusal_is_in_the_log(end: SlackEnd) -> None:
    end.status = 404
    with structlog.testing.capture_logs() as lines:
        await later(end)(message("a"))
    assert (lines[-1]["event"], lines[-1]["status"]) == ("late answer refused", 404)


async def test_without_a_response_url_nothing_can_be_said() -> None:
    with structlog.testing.capture_logs() as lines:
        await Later(None, AsyncWebClient("xoxb-1"))(message("a"))
    assert lines[-1]["reason"] == "no response_url"
