"""Webhooks on a real port: signed over raw bytes, taken once, answered before anything is looked at."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import structlog

from bot.services.clock import FixedClock
from bot.web.app import watch_app
from bot.web.hook_news import Moved
from bot.web.webhooks import HOOK_LIMIT, Webhooks
from tests.web.server import served

SECRET = "a webhook secret of some length"
NOW = datetime(2026, 3, 3, 9, tzinfo=UTC)
PUSH = {"ref": "refs/tags/v1", "repository": {"clone_url": "https://github.com/acme/server.git"}}


@dataclass
class Forge:
    """Who sends hooks, and what came of them."""

    url: str
    client: httpx.AsyncClient
    heard: list[Moved] = field(default_factory=list)
    number: int = 0
    fails: bool = False

    async def send(self, payload: Any = PUSH, *, where: str = "github", **more: str | None) -> httpx.Response:
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        self.number += 1
        signature = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        ours: dict[str, str | None] = {
            "github": {
                "x-hub-signature-256": signature,
                "x-github-event": "push",
                "x-github-delivery": f"0000-0000-{self.number}",
            },
            "gitlab": {
                "x-gitlab-token": SECRET,
                "x-gitlab-event": "Push Hook",
                "x-gitlab-event-uuid": f"0000-0000-{self.number}",
            },
            "bitbucket": {
                "x-hub-signature": signature,
                "x-event-key": "repo:push",
                "x-request-uuid": f"{{0000-0000-{self.number}}}",
            },
        }[where]
        named = {name.replace("_", "-"): value for name, value in more.items()}
        headers = {name: value for name, value in (ours | named).items() if value is not None}
        answer = await self.client.post(f"{self.url}/hooks/{where}", content=body, headers=headers)
        await asyncio.sleep(0.02)
        return answer


@pytest.fixture
async def forge() -> AsyncIterator[Forge]:
    seen: set[str] = set()
    found = Forge("", httpx.AsyncClient(trust_env=False))

    async def remember(key: str, _at: datetime) -> bool:
        new = key not in seen
        seen.add(key)
        return new

    async def on_moved(news: Moved) -> None:
        if found.fails:
            raise RuntimeError("looking failed")
        found.heard.append(news)

    hooks = Webhooks(SECRET, remember, FixedClock(NOW), on_moved)
    async with found.client, served(watch_app({}, hooks=hooks)) as url:
        found.url = url
        yield found


@pytest.mark.parametrize("where", ["github", "gitlab", "bitbucket"])
async def test_a_push_is_taken_once_whatever_is_delivered_twice(forge: Forge, where: str) -> None:
    payload = {"repository": {"html_url": "https://host.example/a/b", "links": {}}}
    assert (await forge.send(payload, where=where)).status_code == 202
    forge.number -= 1
    assert (await forge.send(payload, where=where)).status_code == 200
    assert [news.is_at("https://host.example/a/b.git") for news in forge.heard] == [True]


@pytest.mark.parametrize(
    ("where", "more", "status"),
    [
        ("github", {"x_hub_signature_256": None}, 401),
        ("github", {"x_hub_signature_256": "sha256=" + "0" * 64}, 401),
        ("github", {"x_hub_signature_256": "sha1=whatever"}, 401),
        ("github", {"x_github_delivery": None}, 400),
        ("github", {"x_github_delivery": "a b/../c d e"}, 400),
        ("gitlab", {"x_gitlab_token": "another secret of some length"}, 401),
        ("gitlab", {"x_gitlab_token": None}, 401),
        ("bitbucket", {"x_hub_signature": "sha256=" + "f" * 64}, 401),
    ],
)
async def test_what_is_not_signed_or_not_named_is_refused(
    forge: Forge, where: str, more: dict[str, str | None], status: int
) -> None:
    assert (await forge.send(where=where, **more)).status_code == status
    assert forge.heard == []


async def test_the_signature_is_of_the_very_bytes(forge: Forge) -> None:
    body = json.dumps(PUSH).encode()
    signature = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    assert (await forge.send(body + b" ", x_hub_signature_256=signature)).status_code == 401
    assert (await forge.send(body, x_hub_signature_256=signature)).status_code == 202


async def test_what_cannot_be_read_may_come_again_corrected(forge: Forge) -> None:
    assert (await forge.send(b"payload=%7B%7D")).status_code == 400
    assert (await forge.send(b"[" * 200_000)).status_code == 400
    forge.number -= 1
    assert (await forge.send()).status_code == 202


async def test_a_ping_and_what_is_too_large(forge: Forge) -> None:
    assert (await forge.send({"zen": "Design for failure."}, x_github_event="ping")).status_code == 200
    # Said before a byte of it is read, as soon as its size is declared.
    host, port = forge.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = (
        f"POST /hooks/github HTTP/1.1\r\nhost: x\r\nx-hub-signature-256: x\r\ncontent-length: {HOOK_LIMIT + 1}\r\n\r\n"
    )
    writer.write(head.encode())
    assert b" 413 " in await reader.readline()
    writer.close()
    assert forge.heard == []


async def test_when_looking_fails_the_forge_has_its_answer_and_the_log_says_so(forge: Forge) -> None:
    forge.fails = True
    with structlog.testing.capture_logs() as lines:
        assert (await forge.send()).status_code == 202
    assert any("looking failed" in line["event"] for line in lines)


async def test_without_a_secret_there_is_no_such_address() -> None:
    async with served(watch_app({})) as url, httpx.AsyncClient(trust_env=False) as client:
        assert (await client.post(f"{url}/hooks/github")).status_code == 404
    with pytest.raises(ValueError, match="empty"):
        Webhooks("", None, FixedClock(NOW), None)  # type: ignore[arg-type]
