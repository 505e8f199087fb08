"""The processes: `run` (everything in one), `serve` and `worker` (HTTP and jobs apart), `migrate`, and `demo`."""

import asyncio
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.common import Store, fail
from bot.cli.terminal import say

if TYPE_CHECKING:
    from bot.settings import Settings

TOUR = Path(__file__).parents[1] / "demo" / "tour.txt"
NAMES = ("run", "serve", "worker")


def run(store: Store = None) -> None:
    """Everything in one process: Socket Mode, tracking, digests, alerts; SQLite unless DATABASE_URL says otherwise."""
    with _failures_told():
        from bot import processes

        _stay(processes.run, store)


def serve(store: Store = None) -> None:
    """The web process: signed HTTP from Slack, /healthz and /readyz. Jobs run in `convoy worker`."""
    with _failures_told():
        from bot import processes

        _stay(processes.serve, store)


def worker(store: Store = None) -> None:
    """The job process: tracking passes, digests, and the sending of messages."""
    with _failures_told():
        from bot import processes

        _stay(processes.worker, store)


def migrate() -> None:
    """Bring the database of deliveries to the newest schema (safe to call again)."""
    with _failures_told():
        from bot.delivery import migrations
        from bot.settings import load

        say(f"database is at revision {migrations.migrate(load().database_url)}")


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


@contextmanager
def _failures_told() -> Iterator[None]:
    """Settings, a store or a database that cannot be used: a sentence for each on stderr, and exit code 1."""
    from bot.delivery.database import DeliveryError
    from bot.services.ports import StoreError
    from bot.settings import SettingsError

    try:
        yield
    except (DeliveryError, SettingsError, StoreError) as error:
        fail("\n".join(f"convoy: {line}" for line in str(error).splitlines()))


def _stay(process: "Callable[[Settings], Coroutine[Any, Any, None]]", store: str | None) -> None:
    """Run a process to its end. A fault that nobody expected ends it too, and is told where secrets are taken out."""
    import structlog

    from bot import logs
    from bot.delivery.database import DeliveryError
    from bot.services.ports import StoreError
    from bot.settings import SettingsError, load

    settings = load()
    if store is not None:
        settings = settings.model_copy(update={"convoy_store": store})
    try:
        asyncio.run(process(settings))
    except (DeliveryError, SettingsError, StoreError):
        raise
    except Exception:  # noqa: BLE001 - ruff does not see that the logger is one
        logs.set_up(settings)
        structlog.get_logger(__name__).exception("stopped by a fault that Convoy did not expect")
        raise typer.Exit(1) from None
