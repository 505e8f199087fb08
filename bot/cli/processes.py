"""The processes: `run` (everything in one), `serve` and `worker` (HTTP and jobs apart), `migrate`, and `demo`."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.common import Store, fail, failures_told
from bot.settings import Settings, load

TOUR = Path(__file__).parents[1] / "demo" / "tour.txt"
NAMES = ("run", "serve", "worker")


def _settings(store: str | None) -> Settings:
    settings = load()
    return settings.model_copy(update={"convoy_store": store}) if store is not None else settings


def run(store: Store = None) -> None:
    """Everything in one process: Socket Mode, tracking, digests, alerts; SQLite unless DATABASE_URL says otherwise."""
    from bot import processes

    with failures_told():
        asyncio.run(processes.run(_settings(store)))


def serve(store: Store = None) -> None:
    """The web process: signed HTTP from Slack, /healthz and /readyz. Jobs run in `convoy worker`."""
    from bot import processes

    with failures_told():
        asyncio.run(processes.serve(_settings(store)))


def worker(store: Store = None) -> None:
    """The job process: tracking passes, digests, and the sending of messages."""
    from bot import processes

    with failures_told():
        asyncio.run(processes.worker(_settings(store)))


def migrate() -> None:
    """Bring the database of deliveries to the newest schema (safe to call again)."""
    from bot.delivery import migrations

    with failures_told():
        typer.echo(f"database is at revision {migrations.migrate(load().database_url)}")


def demo(
    script: Annotated[Path | None, typer.Option("--script", metavar="FILE", help="Run these lines and exit.")] = None,
    every: Annotated[float, typer.Option("--every", metavar="SECONDS", help="Real seconds for one day.")] = 4.0,
) -> None:
    """Try Convoy on this machine without a Slack account: a sandbox workspace with two release trains."""
    from bot.demo.stage import play

    if script is None and not sys.stdin.isatty():
        script = TOUR
    lines = None
    if script is not None:
        try:
            lines = script.read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            fail(f"convoy: --script {script}: {getattr(error, 'strerror', None) or 'is not UTF-8 text'}", 2)
    raise typer.Exit(asyncio.run(play(lines, str(script), every)))
