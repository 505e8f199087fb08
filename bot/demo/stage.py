"""Play the demo: start the sandbox and the bot, let the days pass, and hand the keyboard over."""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from pydantic import SecretStr

from bot import logs, processes
from bot.app import build, open_plan_store
from bot.delivery import migrations
from bot.delivery.courier import Rhythm
from bot.demo.days import Days, first_morning
from bot.demo.world import CHANNELS, PEOPLE
from bot.sandbox import Sandbox, run_shell
from bot.services.clock import FixedClock
from bot.settings import Settings
from bot.sources import Sources

WELCOME = """\
Convoy demo: a sandbox workspace on this machine, a strict simulator of Slack. Nothing leaves it.
Two release trains: the example of the README in #summit-launch, and CAMARA's Sync26 as it really went in
#camara-sync26. A day passes every {every:g} seconds, from Tue 3 Mar 2026 on. You speak as @ana, captain of Product A.
Try: /release status · /release why summit-app · click ack · as bo · home · in camara-sync26 · help · quit
"""


async def play(script: Sequence[str] | None, name: str, every: float) -> int:
    """Run the demo and return the exit code. `script`: lines to run, `name` in its errors; `every`: seconds a day."""
    with tempfile.TemporaryDirectory(prefix="convoy-demo-") as folder:
        async with _world(Path(folder), every) as sandbox:
            return await _shell(sandbox, script, name, every)


@asynccontextmanager
async def _world(folder: Path, every: float) -> AsyncIterator[Sandbox]:
    """The sandbox with Convoy connected to it and time passing; all of it ends with the block."""
    sys.stderr.write("starting the sandbox, a git store and Convoy…\n")
    async with Sandbox(mode="socket", people=PEOPLE, channels=CHANNELS, commands=["/release"]) as sandbox:
        settings = _settings(folder, sandbox)
        logs.set_up(settings)
        clock = FixedClock(first_morning())
        store = open_plan_store(settings.convoy_store)
        days = Days(store, folder / "plans.git", folder / "status", folder / "lea", clock)
        await asyncio.to_thread(days.open_plans)
        await asyncio.to_thread(migrations.migrate, settings.database_url)
        source = Sources(folder / "status", allow_paths=False)
        rhythm = Rhythm(pace=0, poll=0.1, tick=0.2)
        convoy = build(settings, clock=clock, store=store, source=source, rhythm=rhythm)
        await convoy.engine.start()
        handler = processes.socket_mode(convoy)
        ticking: asyncio.Task[None] | None = None
        try:
            await handler.open()
            await sandbox.ready()
            ticking = asyncio.create_task(days.pass_by(convoy, every), name="days")
            yield sandbox
        finally:
            if ticking is not None:
                ticking.cancel()
                await asyncio.gather(ticking, return_exceptions=True)
            await handler.close()
            await convoy.engine.stop()
            await convoy.close()


def _settings(folder: Path, sandbox: Sandbox) -> Settings:
    return Settings(
        convoy_store=str(folder / "plans.git"),
        database_url=f"sqlite:///{folder / 'deliveries.sqlite'}",
        slack_bot_token=SecretStr(sandbox.bot_token),
        slack_app_token=SecretStr(sandbox.app_token),
        slack_api_url=sandbox.url,
        convoy_log_format="console",
        convoy_log_level="error",
    )


async def _shell(sandbox: Sandbox, script: Sequence[str] | None, name: str, every: float) -> int:
    out = sys.stdout
    out.write(WELCOME.format(every=every))
    out.flush()
    lines = None if script is None else _one_by_one(script)
    return await run_shell(sandbox, start_as="ana", start_in="summit-launch", lines=lines, out=out, name=name)


async def _one_by_one(script: Sequence[str]) -> AsyncIterator[str]:
    for line in script:
        yield line
