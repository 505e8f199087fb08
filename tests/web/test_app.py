"""The HTTP application on a real port with a real Bolt app behind it: signed, unsigned, hostile, repeated."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

from bot.services.clock import FixedClock
from bot.web.app import SLACK_PATHS, web_app
from bot.web.health import Check
from tests.web.server import served
from tests.web.signing import SECRET, headers, sign, slash

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
NOW = datetime(2026, 3, 3, 9, tzinfo=UTC)


@dataclass
class Bot:
    """A served application, and what its listeners heard."""

    url: str
    client: httpx.AsyncClient
    clock: FixedClock
    heard: list[str] = field(default_factory=list)

    async def send(self, path: str, body: bytes, kind: str, *, at: datetime = NOW, **more: str) -> httpx.Response:
        return await self.client.post(
            self.url + path, content=body, headers=headers(body, at, content_type=kind) | more
        )

    async def raw(self, head: bytes, body: bytes = b"") -> bytes:
        """Bytes as they are, for what no HTTP client would send; returns the status line."""
        host, port = self.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(head + b"\r\n" + body)
        await writer.drain()
        line = await reader.readline()
        writer.close()
        await writer.wait_closed()
        return line


async def authorize(**_: Any) -> AuthorizeResult:
    return AuthorizeResult(enterprise_id=None, team_id="T1", bot_token="xoxb-not-a-token", bot_user_id="UBOT")


def bolt(heard: list[str]) -> AsyncApp:
    app = AsyncApp(authorize=authorize, signing_secret=SECRET)

    @app.command("/release")
    async def release(ack: Any, command: Mapping[str, str]) -> None:
        heard.append(command["text"])
        await ack(f"heard {command['text']} as number {len(heard)}")

    @app.command("/slow")
    async def slow(ack: Any) -> None:
        await asyncio.sleep(0.05)
        await ack("too late")

    app._async_listeners[-1].ack_timeout = 0  # as after three seconds

    @app.action("go")
    async def go(ack: Any, action: Mapping[str, str]) -> None:
        heard.append(action["value"])
        await ack()

    @app.event("app_home_opened")
    async def opened(event: Mapping[str, str]) -> None:
        heard.append(event["user"])

    return app


@dataclass
class Keys:
    """The database's memory of requests."""

    known: set[str] = field(default_factory=set)

    async def seen(self, key: str, at: datetime) -> bool:
        new = key not in self.known
        self.known.add(key)
        return new


async def serve(checks: Mapping[str, Check]) -> AsyncIterator[Bot]:
    heard: list[str] = []
    clock = FixedClock(NOW)
    app = web_app(bolt(heard), signing_secret=SECRET, seen=Keys().seen, clock=clock, checks=checks)
    async with served(app) as url, httpx.AsyncClient(trust_env=False) as client:
        yield Bot(url, client, clock, heard)


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    async for one in serve({}):
        yield one


# ---- what Slack sends


@pytest.mark.parametrize("path", SLACK_PATHS)
async def test_a_signed_command_reaches_its_listener(bot: Bot, path: str) -> None:
    answer = await bot.send(path, slash("status"), FORM)
    assert (answer.status_code, answer.text) == (200, "heard status as number 1")


async def test_a_command_may_speak_of_a_payload(bot: Bot) -> None:
    answer = await bot.send("/slack/commands", slash("why payload-service"), FORM)
    assert answer.text == "heard why payload-service as number 1"


async def test_a_click_reaches_its_listener(bot: Bot) -> None:
    click = {
        "type": "block_actions",
        "user": {"id": "U1"},
        "team": {"id": "T1"},
        "actions": [{"action_id": "go", "block_id": "b", "type": "button", "value": "1"}],
    }
    answer = await bot.send("/slack/interactions", urlencode({"payload": json.dumps(click)}).encode(), FORM)
    assert (answer.status_code, bot.heard) == (200, ["1"])


async def test_the_address_is_verified_when_signed_only(bot: Bot) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "abc", "token": "x"}).encode()
    answer = await bot.send("/slack/events", body, JSON)
    assert (answer.status_code, answer.json()) == (200, {"challenge": "abc"})
    unsigned = await bot.client.post(bot.url + "/slack/events", content=body, headers={"content-type": JSON})
    assert (unsigned.status_code, unsigned.text) == (401, "")


async def test_a_certificate_check_is_answered_and_runs_nothing(bot: Bot) -> None:
    answer = await bot.send("/slack/commands", b"ssl_check=1&token=x", FORM)
    assert (answer.status_code, answer.text, bot.heard) == (200, "", [])


async def test_a_late_acknowledgement_is_said_in_the_log(bot: Bot) -> None:
    with structlog.testing.capture_logs() as lines:
        answer = await bot.send("/slack/commands", slash("x", command="/slow"), FORM)
    assert answer.status_code == 404
    assert lines[-1]["note"] == "no listener acknowledged it"


# ---- what strangers send


async def test_unsigned_wrong_and_stale_requests_run_nothing(bot: Bot) -> None:
    body = slash("status")
    good = headers(body, NOW, content_type=FORM)
    for bad in (
        {"content-type": FORM},
        good | {"x-slack-signature": "v0=" + "0" * 64},
        good | {"x-slack-request-timestamp": "abc"},
        headers(body, NOW - timedelta(seconds=301), content_type=FORM),
        headers(body, NOW + timedelta(seconds=301), content_type=FORM),
        headers(body, NOW, content_type=FORM, secret="another"),
    ):
        answer = await bot.client.post(bot.url + "/slack/commands", content=body, headers=bad)
        assert (answer.status_code, answer.text) == (401, "")
    assert bot.heard == []


@pytest.mark.parametrize("name", [b"X-Slack-Signature", b"X-Slack-Request-Timestamp"])
@pytest.mark.parametrize("value", ["é".encode(), b"\xff\xfe\xfd", "٣".encode(), b""])
async def test_header_bytes_that_are_not_ascii(bot: Bot, name: bytes, value: bytes) -> None:
    body = slash("status")
    sent = {k.encode(): v.encode() for k, v in headers(body, NOW, content_type=FORM).items()} | {name.lower(): value}
    head = b"POST /slack/commands HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n" % len(body)
    head += b"".join(k + b": " + v + b"\r\n" for k, v in sent.items())
    assert b" 401 " in await bot.raw(head, body)
    assert bot.heard == []


async def test_signed_garbage_is_a_bad_request(bot: Bot) -> None:
    for body, kind in (
        (b"text=\xff\xfe&command=%2Frelease", FORM),
        (b"text=%ff&command=%2Frelease", FORM),
        (b'{"type": "\xff"}', JSON),
        (b"[" * 100_000, JSON),
        (b'{"type": "block_actions", "user": 5, "actions": 7}', JSON),
        (b'{"type": "view_submission", "view": 3, "user": {"id": 1}}', JSON),
        (b'{"response_urls": 5}', JSON),
        (b"", JSON),
    ):
        answer = await bot.send("/slack/events", body, kind)
        assert answer.status_code == 400, body[:60]
    assert (await bot.send("/slack/events", b"{}", "text/plain")).status_code == 415
    assert bot.heard == []


async def test_bodies_up_to_one_mebibyte(bot: Bot) -> None:
    room = 1024 * 1024 - len(slash(""))
    assert (await bot.send("/slack/commands", slash("x" * room), FORM)).status_code == 200
    assert (await bot.send("/slack/commands", slash("x" * (room + 1)), FORM)).status_code == 413


async def test_a_large_length_is_refused_before_the_body_comes(bot: Bot) -> None:
    sent = headers(b"", NOW, content_type=FORM)
    head = b"POST /slack/commands HTTP/1.1\r\nHost: x\r\nContent-Length: 1048577\r\n"
    head += b"".join(f"{k}: {v}\r\n".encode() for k, v in sent.items())
    assert b" 413 " in await bot.raw(head)


async def test_a_body_without_a_length_is_cut_off_while_it_streams(bot: Bot) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 64 * 1024 * 1024:
            sent += 65536
            yield b"x" * 65536

    try:
        answer = await bot.client.post(
            bot.url + "/slack/commands", content=endless(), headers=headers(b"", NOW, content_type=FORM)
        )
        assert answer.status_code == 413
    except httpx.TransportError:
        pass  # the connection is closed while the client still writes; the server may win that race
    assert sent < 16 * 1024 * 1024  # what the buffers on the way took in


# ---- again and again


async def test_a_replay_gets_the_same_answer_and_acts_once(bot: Bot) -> None:
    answers = [await bot.send("/slack/commands", slash("refresh"), FORM) for _ in range(3)]
    assert {(a.status_code, a.text) for a in answers} == {(200, "heard refresh as number 1")}
    assert bot.heard == ["refresh"]


async def test_a_replay_after_five_minutes_is_stale(bot: Bot) -> None:
    await bot.send("/slack/commands", slash("refresh"), FORM)
    bot.clock.advance(timedelta(seconds=301))
    assert (await bot.send("/slack/commands", slash("refresh"), FORM)).status_code == 401


async def test_the_same_words_said_again_are_another_request(bot: Bot) -> None:
    await bot.send("/slack/commands", slash("status"), FORM)
    answer = await bot.send("/slack/commands", slash("status"), FORM, at=NOW + timedelta(seconds=1))
    assert answer.text == "heard status as number 2"


def event(event_id: str) -> bytes:
    body = {"type": "app_home_opened", "user": "U1", "tab": "home"}
    return json.dumps({"type": "event_callback", "team_id": "T1", "event_id": event_id, "event": body}).encode()


async def test_an_event_delivered_again_acts_once_although_signed_anew(bot: Bot) -> None:
    for number in range(3):
        at = NOW + timedelta(seconds=60 * number)
        answer = await bot.send("/slack/events", event("Ev1"), JSON, at=at, **{"x-slack-retry-num": str(number)})
        assert answer.status_code == 200
    assert bot.heard == ["U1"]


async def test_a_retry_whose_first_delivery_never_came_is_not_skipped(bot: Bot) -> None:
    await bot.send("/slack/events", event("Ev2"), JSON, **{"x-slack-retry-num": "1"})
    await asyncio.sleep(0.02)
    assert bot.heard == ["U1"]


# ---- the rest of the world


async def test_nothing_else_is_served(bot: Bot) -> None:
    for path in ("/", "/slack", "/slack/events/", "/slack/install", "/healthz/", "/metrics", "/.env"):
        assert (await bot.client.get(bot.url + path)).status_code == 404, path
    for path in SLACK_PATHS:
        assert (await bot.client.get(bot.url + path)).status_code == 405
    assert (await bot.client.post(bot.url + "/healthz")).status_code == 405


async def test_alive_and_ready(bot: Bot) -> None:
    assert (await bot.client.get(bot.url + "/healthz")).text == "ok\n"
    answer = await bot.client.get(bot.url + "/readyz")
    assert (answer.status_code, answer.json()) == (200, {"ready": True, "reasons": {}, "checks": []})


async def test_not_ready_says_why_without_secrets() -> None:
    async def fine() -> None:
        return None

    async def stale() -> str:
        return "the store was last read 20 minutes ago"

    async def broken() -> str:
        raise ConnectionError("postgres://user:hunter2@db")

    async for bot in serve({"slack": fine, "store": stale, "database": broken}):
        answer = await bot.client.get(bot.url + "/readyz")
        assert answer.status_code == 503
        assert answer.json() == {
            "ready": False,
            "reasons": {"store": "the store was last read 20 minutes ago", "database": "ConnectionError: see the log"},
            "checks": ["database", "slack", "store"],
        }
        assert (await bot.client.get(bot.url + "/healthz")).status_code == 200


async def test_log_lines_carry_no_body_query_header_or_secret(bot: Bot, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    logging.getLogger("httpx").setLevel(logging.CRITICAL)  # the test's own client
    secret_text = "the-secret-text"
    with structlog.testing.capture_logs() as lines:
        body = slash(secret_text)
        await bot.send("/slack/commands", body, FORM)
        await bot.send("/slack/commands", slash(secret_text, command="/unknown"), FORM)
        await bot.client.post(bot.url + "/slack/commands?q=" + secret_text, content=body)
        await bot.client.get(bot.url + "/" + secret_text)
        await bot.send("/slack/events", secret_text.encode(), JSON)
    assert [(line["path"], line["status"], line["note"]) for line in lines if line["event"] == "request"] == [
        ("/slack/commands", 200, ""),
        ("/slack/commands", 404, "no listener acknowledged it"),
        ("/slack/commands", 401, "no signature"),
        ("other", 404, ""),
        ("/slack/events", 400, "unreadable body"),
    ]
    told = repr(lines) + caplog.text
    for hidden in (secret_text, SECRET, sign(body, str(int(NOW.timestamp()))), "xoxb-not-a-token", "legacy"):
        assert hidden not in told, hidden


def test_an_empty_signing_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="signing secret"):
        web_app(bolt([]), signing_secret="", seen=Keys().seen, clock=FixedClock(NOW), checks={})
