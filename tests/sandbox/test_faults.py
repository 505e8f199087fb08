"""Planted trouble: what the client sees, and whether the call was applied."""

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.sandbox.bolt_app import refused


async def texts(slack) -> list[str]:
    return [one.text for one in slack.messages("release")]


async def test_rate_limits_with_retry_after(slack, client):
    slack.faults.rate_limit("chat.postMessage", times=2, retry_after=7)
    for _ in range(2):
        with pytest.raises(SlackApiError) as problem:
            await client.chat_postMessage(channel="C0REL", text="t")
        assert (problem.value.response.status_code, problem.value.response.headers["Retry-After"]) == (429, "7")
    await client.auth_test()
    await client.chat_postMessage(channel="C0REL", text="through")
    assert await texts(slack) == ["through"]


async def test_server_errors_before_and_after(slack, client):
    slack.faults.fail("chat.postMessage", status=503)
    slack.faults.fail("chat.postMessage", status=500, when="after")
    for status in (503, 500):
        with pytest.raises(SlackApiError) as problem:
            await client.chat_postMessage(channel="C0REL", text=str(status))
        assert problem.value.response.status_code == status
    assert await texts(slack) == ["500"]


@pytest.mark.parametrize(("when", "applied"), [("before", []), ("after", ["t"])])
async def test_a_dropped_connection(slack, client, when, applied):
    slack.faults.drop("chat.postMessage", when=when)
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await client.chat_postMessage(channel="C0REL", text="t")
    assert await texts(slack) == applied


async def test_the_sdks_own_retry_posts_twice(slack):
    client = AsyncWebClient(slack.bot_token, base_url=slack.url)
    slack.faults.drop("chat.postMessage", when="after")
    await client.chat_postMessage(channel="C0REL", text="twice")
    assert await texts(slack) == ["twice", "twice"]


async def test_a_slow_answer(slack):
    client = AsyncWebClient(slack.bot_token, base_url=slack.url, timeout=0.1, retry_handlers=[])
    slack.faults.slow("auth.test", 0.4)
    with pytest.raises(TimeoutError):
        await client.auth_test()
    await client.auth_test()


async def test_an_error_code(slack, client):
    slack.faults.error("chat.postMessage", "internal_error")
    assert await refused(client.chat_postMessage(channel="C0REL", text="t")) == "internal_error"


async def test_everything_and_clear(slack, client):
    slack.faults.error("*", "fatal_error", times=5)
    assert await refused(client.auth_test()) == "fatal_error"
    slack.faults.clear()
    await client.auth_test()


async def test_a_seeded_share_hits_the_same_calls_each_time(slack, client):
    async def run() -> list[bool]:
        slack.faults.clear()
        slack.faults.share("auth.test", "rate_limit", 0.3, seed=5)
        hits = []
        for _ in range(20):
            try:
                await client.auth_test()
                hits.append(False)
            except SlackApiError:
                hits.append(True)
        return hits

    first = await run()
    assert first == await run()
    assert 1 <= sum(first) <= 15
