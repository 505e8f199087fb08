"""A whole Convoy against the sandbox, for journeys: real git, real SQL, the real Slack protocol in either transport."""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

import uvicorn
from pydantic import SecretStr

from bot import processes
from bot.app import Convoy, build, look_at_store, open_plan_store
from bot.delivery import migrations
from bot.delivery.courier import Rhythm
from bot.demo.hands import Hands
from bot.demo.trains import dump, lay
from bot.release import documents
from bot.release.edits import AddPlan
from bot.release.plan import PlanDocument
from bot.sandbox import Channel, Person, Sandbox
from bot.services.clock import FixedClock
from bot.services.digests import DigestOutcome
from bot.services.ports import Author, PlanStore
from bot.services.tracking import PassResult
from bot.settings import Settings
from bot.sources import Sources

Mode = Literal["socket", "http"]
MODES: tuple[Mode, ...] = ("socket", "http")
LEA = Author("Lea Moreau", "lea@example.org")

PEOPLE = (
    Person("U0LEA", "lea", "Lea Moreau"),
    Person("U0ANA", "ana", "Ana Diaz"),
    Person("U0BO", "bo", "Bo Lind"),
    Person("U0GUS", "gus", "Gus", is_guest=True),
    Person("U0EVE", "eve", "Eve", team="T0OTHER"),
)
CHANNELS = (
    Channel("C0REL", "release", members=("lea", "ana", "bo", "gus", "eve")),
    Channel("C0TWO", "second"),
)


@dataclass
class World:
    """One running Convoy with its sandbox, clock and files."""

    sandbox: Sandbox
    convoy: Convoy
    clock: FixedClock
    store: PlanStore
    folder: Path
    hands: Hands

    def publish(self, published: Mapping[str, Mapping[str, Any]]) -> None:
        """What the repositories publish from now on."""
        lay(published, self.folder / "status")

    async def push(self, path: str, data: Mapping[str, Any]) -> None:
        """A person changes one file of the store with git; Convoy sees it."""
        await asyncio.to_thread(self.hands.push, path, dump(data), f"Change {path}")
        await look_at_store(self.convoy)

    async def run_pass(self, slug: str) -> PassResult:
        """A tracking pass, with what it made due sent."""
        result = await self.convoy.tracking.run(slug)
        await self.deliver()
        return result

    async def digest(self, slug: str, day: date | None = None) -> DigestOutcome:
        """The digest of a day, sent."""
        outcome = await self.convoy.digests.send(slug, day)
        await self.deliver()
        return outcome

    async def deliver(self) -> None:
        """Until nothing that is due is queued."""
        assert await self.convoy.engine.drain(20)

    def texts(self, where: str, viewer: str = "lea") -> list[str]:
        """First lines of the bot's messages in a channel, without threads."""
        return [m.text for m in self.sandbox.messages(where, viewer=viewer) if m.by_bot and m.thread_ts is None]

    def dms(self, user: str) -> list[str]:
        """First lines of the bot's direct messages to a person."""
        return [m.text for m in self.sandbox.dms(user) if m.by_bot]


def settings_for(folder: Path, sandbox: Sandbox) -> Settings:
    """Everything in one folder, Slack at the sandbox."""
    return Settings(
        convoy_store=str(folder / "plans.git"),
        database_url=f"sqlite:///{folder / 'deliveries.sqlite'}",
        slack_bot_token=SecretStr(sandbox.bot_token),
        slack_app_token=SecretStr(sandbox.app_token),
        slack_signing_secret=SecretStr(sandbox.signing_secret),
        slack_api_url=sandbox.url,
        port=0,
    )


@asynccontextmanager
async def new_sandbox(
    mode: Mode, people: tuple[Person, ...] = PEOPLE, channels: tuple[Channel, ...] = CHANNELS
) -> AsyncIterator[Sandbox]:
    """A workspace in one of the two transports."""
    async with Sandbox(mode=mode, people=people, channels=channels, commands=["/release"]) as sandbox:
        yield sandbox


@asynccontextmanager
async def running(
    sandbox: Sandbox, mode: Mode, folder: Path, now: datetime, plans: Mapping[str, Mapping[str, Any]],
    captains: Mapping[str, Any],
) -> AsyncIterator[World]:  # fmt: skip
    """Convoy started on a folder; plans that are not there yet are opened, as in a first start."""
    settings = settings_for(folder, sandbox)
    clock = FixedClock(now)
    store = open_plan_store(settings.convoy_store)
    for slug, raw in plans.items():
        if slug not in store.slugs():
            document = documents.parse_plan(dump(raw))
            assert isinstance(document, PlanDocument), document
            store.update(slug, AddPlan(document, f"open-{slug}", now), LEA)
    clones = len(list(folder.glob("lea-*")))
    hands = Hands(folder / f"lea-{clones}", folder / "plans.git", LEA.name, LEA.email, clock)
    hands.push("captains.json", dump(captains), "Say who answers for what")
    await asyncio.to_thread(migrations.migrate, settings.database_url)
    source = Sources(folder / "status", allow_paths=False)
    rhythm = Rhythm(pace=0, poll=0.02, tick=0.1, first_wait=0.1)
    (folder / "status").mkdir(exist_ok=True)
    convoy = build(settings, clock=clock, store=store, source=source, rhythm=rhythm)
    await look_at_store(convoy)
    await convoy.engine.start()
    try:
        async with _connected(sandbox, mode, convoy):
            yield World(sandbox, convoy, clock, store, folder, hands)
    finally:
        await convoy.engine.stop()
        await convoy.close()


@asynccontextmanager
async def _connected(sandbox: Sandbox, mode: Mode, convoy: Convoy) -> AsyncIterator[None]:
    if mode == "socket":
        handler = processes.socket_mode(convoy)
        await handler.open()
        try:
            await sandbox.ready()
            yield
        finally:
            await handler.close()
        return
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(processes.http_app(convoy), log_config=None, lifespan="off"))
    server.capture_signals = _no_signals  # type: ignore[method-assign]
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    sandbox.request_url = f"http://127.0.0.1:{listening.getsockname()[1]}/slack/events"
    try:
        await sandbox.ready()
        yield
    finally:
        server.should_exit = True
        await serving


def _no_signals() -> Any:
    import contextlib

    return contextlib.nullcontext()
