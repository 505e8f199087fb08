"""A push to the store is seen because a hook says so, long before anybody polls."""

import asyncio
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from bot import processes
from bot.app import hearing
from bot.demo.trains import HERE, dump
from bot.web.hook_news import Moved
from tests.scenarios.world import new_sandbox, running
from tests.web.server import served

SLUG = "summit"
NOW = datetime(2026, 3, 3, 8, 12, tzinfo=UTC)
PLAN: dict[str, Any] = {**json.loads((HERE / "summit" / "release_plan.json").read_text()), "channel": "#release"}
SECRET = "a webhook secret of some length"
STORE = "https://forge.example/acme/plans.git"


async def test_a_repository_of_the_default_organisation_is_passed_over_when_it_moves(tmp_path: Path) -> None:
    async with new_sandbox("http") as sandbox, running(sandbox, "http", tmp_path, NOW, {SLUG: PLAN}, {}) as world:
        named = {"convoy_organisation": "github:acme"}
        convoy = replace(world.convoy, settings=world.convoy.settings.model_copy(update=named))
        world.publish({"summit-app": {"status": "AT_RISK", "version": "v3.0.0"}})
        before = world.store.read(SLUG).commit
        moved = Moved(frozenset({"github.com/acme/summit-app"}))
        await hearing(world.convoy).moved(moved.is_at)
        assert world.store.read(SLUG).commit == before, "without the setting nobody knows whose it is"
        await hearing(convoy).moved(moved.is_at)
        assert world.store.read(SLUG).commit != before


async def test_a_pushed_head_is_answered_from_as_soon_as_its_hook_came(tmp_path: Path) -> None:
    async with new_sandbox("http") as sandbox, running(sandbox, "http", tmp_path, NOW, {SLUG: PLAN}, {}) as world:
        named = {"convoy_store": STORE, "convoy_webhook_secret": SecretStr(SECRET)}
        convoy = replace(world.convoy, settings=world.convoy.settings.model_copy(update=named))
        later = {**PLAN, "releaseDate": "2026-04-01"}
        await asyncio.to_thread(world.hands.push, f"plans/{SLUG}/release_plan.json", dump(later), "Later")
        assert (await convoy.planning.view(SLUG)).assessment.plan.release_date.isoformat() == "2026-03-15"

        body = json.dumps({"ref": "refs/heads/main", "repository": {"ssh_url": "git@forge.example:acme/plans.git"}})
        signature = "sha256=" + hmac.new(SECRET.encode(), body.encode(), hashlib.sha256).hexdigest()
        headers = {"x-hub-signature-256": signature, "x-github-event": "push", "x-github-delivery": "72d3162e-cc78"}
        async with served(processes.http_app(convoy)) as url, httpx.AsyncClient(trust_env=False) as client:
            assert (await client.post(f"{url}/hooks/github", content=body, headers=headers)).status_code == 202
            async with asyncio.timeout(30):
                while (await convoy.planning.view(SLUG)).assessment.plan.release_date.isoformat() != "2026-04-01":
                    await asyncio.sleep(0.01)
