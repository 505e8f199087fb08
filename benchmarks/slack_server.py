"""A server to be measured, in a process of its own: `python -m benchmarks.slack_server ours|bare FOLDER`.

Prints one line of JSON (`port`, `secret`) when it answers. `ours`: Convoy with a plan of 1,000 repositories; `bare`: a
Bolt app whose handler answers a constant, behind Bolt's own Starlette adapter and verifier.
"""

import asyncio
import json
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvicorn
from pydantic import SecretStr
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks.trains import raw_plan
from bot import logs, processes
from bot.app import build, look_at_store, open_plan_store
from bot.delivery import migrations
from bot.demo.trains import dump
from bot.release import documents
from bot.release.edits import AddPlan
from bot.release.plan import PlanDocument
from bot.sandbox import Channel, Person, Sandbox
from bot.services.clock import SystemClock
from bot.services.ports import Author
from bot.settings import Settings


async def main(kind: str, folder: Path) -> None:
    """Serve until killed."""
    people = [Person("U0ANA", "ana")]
    async with Sandbox(
        mode="http", people=people, channels=[Channel("C0REL", "release")], commands=["/release"]
    ) as slack:
        app = await (_ours(slack, folder) if kind == "ours" else _bare(slack))
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)  # before the port is told: who asks early waits
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off"))
        team = (await AsyncWebClient(slack.bot_token, slack.url).auth_test())["team_id"]
        sys.stdout.write(
            json.dumps({"port": listening.getsockname()[1], "secret": slack.signing_secret, "team": team}) + "\n"
        )
        sys.stdout.flush()
        await server.serve(sockets=[listening])


async def _ours(slack: Sandbox, folder: Path) -> Any:
    settings = Settings(
        convoy_store=str(folder / "plans.git"), database_url=f"sqlite:///{folder / 'db.sqlite'}",
        slack_bot_token=SecretStr(slack.bot_token), slack_signing_secret=SecretStr(slack.signing_secret),
        slack_api_url=slack.url, convoy_log_level="warning",
    )  # fmt: skip
    logs.set_up(settings)
    store = open_plan_store(settings.convoy_store)
    document = documents.parse_plan(dump(raw_plan(1_000, 5_000)))
    assert isinstance(document, PlanDocument)
    store.update("big", AddPlan(document, "bench", datetime.now(UTC)), Author("bench", "bench@localhost"))
    migrations.migrate(settings.database_url)
    convoy = build(settings, clock=SystemClock(), store=store)
    await look_at_store(convoy)
    return processes.http_app(convoy)


async def _bare(slack: Sandbox) -> Any:
    client = AsyncWebClient(slack.bot_token, slack.url, retry_handlers=[])
    bolt = AsyncApp(client=client, signing_secret=slack.signing_secret)

    @bolt.command("/release")
    async def answer(ack: Any) -> None:
        await ack("a constant")

    handler = AsyncSlackRequestHandler(bolt)

    async def endpoint(request: Request) -> Response:
        return await handler.handle(request)

    return Starlette(routes=[Route("/slack/events", endpoint, methods=["POST"])])


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
