"""Signed HTTP on the wire: what is signed, what is retried, what failures look like."""

import asyncio
import contextlib
import hashlib
import hmac
import time
from collections.abc import AsyncIterator, Callable
from urllib.parse import parse_qs

import pytest
from aiohttp import web
from slack_sdk.signature import SignatureVerifier

from bot.sandbox import ManualClock, Sandbox
from tests.sandbox.bolt_app import make_sandbox


class Ear:
    """An app that keeps every request, and answers what it is told."""

    def __init__(self) -> None:
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.answer: Callable[[], web.Response] = web.Response
        self.delay = 0.0
        self.heard = asyncio.Semaphore(0)

    async def hear(self, request: web.Request) -> web.Response:
        self.requests.append((dict(request.headers), await request.read()))
        self.heard.release()
        await asyncio.sleep(self.delay)
        return self.answer()


@contextlib.asynccontextmanager
async def listening(**options) -> AsyncIterator[tuple[Sandbox, Ear]]:
    ear = Ear()
    app = web.Application()
    app.router.add_post("/slack/events", ear.hear)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with make_sandbox(mode="http", **options) as slack:
        slack.request_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
        await slack.ready()
        yield slack, ear
    await runner.cleanup()


async def test_requests_are_signed_as_slacks_own_verifier_expects():
    async with listening() as (slack, ear):
        await slack.slash("ana", "release", "/echo a&b <c>")
        await slack.open_home("ana", within=0)
    verifier = SignatureVerifier(slack.signing_secret)
    for headers, body in ear.requests:
        assert verifier.is_valid_request(body, headers)
        assert not verifier.is_valid_request(body + b" ", headers)
    form = parse_qs(ear.requests[0][1].decode())
    assert (form["command"], form["text"]) == (["/echo"], ["a&amp;b &lt;c&gt;"])
    assert ear.requests[0][0]["Content-Type"] == "application/x-www-form-urlencoded"
    assert ear.requests[1][0]["Content-Type"] == "application/json"


async def test_the_timestamp_is_real_time_unless_a_clock_is_given(clock: ManualClock):
    async with listening(clock=clock) as (slack, ear):
        await slack.slash("ana", "release", "/echo")
    assert abs(int(ear.requests[0][0]["X-Slack-Request-Timestamp"]) - time.time()) < 60
    async with listening(clock=clock, signing_clock=clock) as (slack, ear):
        await slack.slash("ana", "release", "/echo")
    headers, body = ear.requests[0]
    assert headers["X-Slack-Request-Timestamp"] == str(int(clock.now().timestamp()))
    base = f"v0:{headers['X-Slack-Request-Timestamp']}:".encode() + body
    wanted = hmac.new(slack.signing_secret.encode(), base, hashlib.sha256).hexdigest()
    assert headers["X-Slack-Signature"] == f"v0={wanted}"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (lambda: web.Response(status=404), "http_client_error"),
        (lambda: web.Response(status=500), "http_service_error"),
        (lambda: web.Response(status=302, headers={"Location": "/"}), "http_client_error"),
        (lambda: web.Response(text="{", content_type="application/json"), "invalid_command_response"),
    ],
)
async def test_what_is_no_ack(answer, error):
    async with listening() as (slack, ear):
        ear.answer = answer
        seen = await slack.slash("ana", "release", "/echo")
    assert seen.error == error
    assert seen.text == f'/echo failed with the error "{error}"'


async def test_three_seconds_for_an_ack():
    async with listening(ack_deadline=0.1) as (slack, ear):
        ear.delay = 0.3
        seen = await slack.slash("ana", "release", "/echo")
    assert seen.text == '/echo failed with the error "operation_timeout"'
    assert len(ear.requests) == 1


async def test_commands_and_interactions_do_not_come_again():
    async with listening(retry_delays=(0.0,)) as (slack, ear):
        ear.answer = lambda: web.Response(status=500)
        await slack.slash("ana", "release", "/echo")
        await asyncio.sleep(0.05)
    assert len(ear.requests) == 1


async def test_nobody_listens():
    async with make_sandbox(mode="http") as slack:
        assert (await slack.slash("ana", "release", "/echo")).error == "dispatch_failed"


async def test_events_come_again_with_the_same_ids():
    async with listening(retry_delays=(0.0, 0.05)) as (slack, ear):
        ear.answer = lambda: web.Response(status=500)
        await slack.open_home("ana", within=0)
        for _ in range(3):
            await ear.heard.acquire()
    headers = [one for one, _ in ear.requests]
    assert [one.get("X-Slack-Retry-Num") for one in headers] == [None, "1", "2"]
    assert headers[1]["X-Slack-Retry-Reason"] == "http_error"
    assert len({body for _, body in ear.requests}) == 1


async def test_redelivery_on_demand_repeats_the_very_bytes(clock):
    async with listening(signing_clock=clock) as (slack, ear):
        await slack.slash("ana", "release", "/echo")
        clock.advance(60)
        await slack.redeliver()
    (one, first), (two, second) = ear.requests
    assert first == second
    assert one["X-Slack-Signature"] == two["X-Slack-Signature"]
    assert one["X-Slack-Request-Timestamp"] == two["X-Slack-Request-Timestamp"]


async def test_url_verification():
    async with listening() as (slack, ear):
        assert not await slack.verify_request_url()
        challenge = hashlib.sha256(slack.request_url.encode()).hexdigest()
        ear.answer = lambda: web.json_response({"challenge": challenge})
        assert await slack.verify_request_url()


async def test_raw_posts_for_tests_of_a_verifier():
    async with listening() as (slack, ear):
        assert (await slack.post_raw(b"garbage", {"X-Slack-Signature": "v0=1"}))[0] == 200
    assert ear.requests[0][1] == b"garbage"


@pytest.mark.parametrize("url", ["http://example.org/slack", "https://127.0.0.1/", "http://10.0.0.1/", "nonsense", ""])
async def test_it_posts_to_this_machine_only(url):
    slack = make_sandbox(mode="http")
    with pytest.raises(ValueError, match="not an http address of this machine"):
        slack.request_url = url
