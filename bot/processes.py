"""The long-running processes: what starts in which order, and what stops when one is asked to.

`run` is everything in one; `serve` answers Slack over HTTP and `worker` does the jobs, any number of each.
"""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

import structlog
import uvicorn

from bot import logs
from bot.app import Convoy, build, look_at_store
from bot.delivery import migrations
from bot.listeners.command import only_reads
from bot.release.plan import Plan
from bot.scheduler import Scheduler
from bot.services.clock import SystemClock
from bot.services.ports import StoreError
from bot.settings import Settings, SettingsError, require
from bot.web.app import watch_app, web_app
from bot.web.health import Check
from bot.web.socket_mode import SocketMode

log = structlog.get_logger(__name__)


async def run(settings: Settings) -> None:
    """Socket Mode, jobs and sending in one process, until it is asked to stop."""
    require(settings, "slack_bot_token", "slack_app_token")
    logs.set_up(settings)
    await asyncio.to_thread(migrations.migrate, settings.database_url)
    async with _wired(settings) as convoy, working(convoy):
        handler = socket_mode(convoy)
        await handler.open()
        try:
            checks = {**convoy.checks(), "deliveries": _deliveries(convoy), "slack": handler.problem}
            log.info("listening", mode="socket", plans=list(await convoy.planning.slugs()))
            await _serve(settings, watch_app(checks))
        finally:
            await handler.close()


async def serve(settings: Settings) -> None:
    """Signed HTTP from Slack; what it makes due is sent by a worker."""
    require(settings, "slack_bot_token", "slack_signing_secret")
    logs.set_up(settings)
    await asyncio.to_thread(migrations.check, settings.database_url)
    async with _wired(settings) as convoy:
        await look_at_store(convoy)
        looking = asyncio.create_task(_keep_looking(convoy), name="look-at-store")
        try:
            log.info("listening", mode="http", plans=list(await convoy.planning.slugs()))
            await _serve(settings, http_app(convoy))
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)


async def worker(settings: Settings) -> None:
    """Passes, digests and the sending of messages; /healthz and /readyz for whoever watches it."""
    require(settings, "slack_bot_token")
    logs.set_up(settings)
    await asyncio.to_thread(migrations.check, settings.database_url)
    async with _wired(settings) as convoy, working(convoy):
        log.info("working", plans=list(await convoy.planning.slugs()))
        await _serve(settings, watch_app({**convoy.checks(), "deliveries": _deliveries(convoy)}))


def http_app(convoy: Convoy) -> Any:
    """The ASGI application of `serve`."""
    secret = convoy.settings.slack_signing_secret
    return web_app(
        convoy.bolt,
        signing_secret=secret.get_secret_value() if secret else "",
        seen=convoy.seen,
        clock=SystemClock(),  # signatures go by real time, also where a demo's clock runs fast
        checks=convoy.checks(),
        only_reads=only_reads,
    )


def socket_mode(convoy: Convoy) -> SocketMode:
    """The Socket Mode connection of `run`, not yet opened."""
    token = convoy.settings.slack_app_token
    return SocketMode(
        convoy.bolt,
        token.get_secret_value() if token else "",
        web_client=convoy.client,
        seen=convoy.seen,
        clock=SystemClock(),
        only_reads=only_reads,
    )


@asynccontextmanager
async def _wired(settings: Settings) -> AsyncIterator[Convoy]:
    convoy = build(settings)
    try:
        yield convoy
    finally:
        await convoy.close()


@asynccontextmanager
async def working(convoy: Convoy) -> AsyncIterator[Scheduler]:
    """The engine and the clock of a process that does jobs, started in that order and stopped in the other."""
    await look_at_store(convoy)
    await convoy.engine.start()
    scheduler = _scheduler(convoy)
    try:
        await _rebuild(convoy, scheduler)
        scheduler.start()
        yield scheduler
    finally:
        await scheduler.stop()
        await convoy.engine.stop()


def _scheduler(convoy: Convoy) -> Scheduler:
    async def refresh() -> None:
        trouble = await look_at_store(convoy)
        if trouble is not None:
            log.warning("the plan store does not answer", reason=trouble)
        await _rebuild(convoy, scheduler)

    async def run_pass(slug: str) -> None:
        try:
            result = await convoy.tracking.run(slug)
        except StoreError as error:
            log.warning("a pass did not get through, the next one tries again", plan=slug, reason=str(error))
            return
        log.info("pass", plan=slug, commit=result.commit, refused=len(result.refused), seconds=round(result.took, 2))

    async def digest(slug: str, day: date) -> None:
        outcome = await convoy.digests.send(slug, day)
        log.info("digest", plan=slug, key=outcome.key, sent=outcome.sent, reason=outcome.reason)

    scheduler = Scheduler(
        convoy.clock,
        on_pass=run_pass,
        on_digest=digest,
        on_refresh=refresh,
        pass_every=convoy.settings.convoy_track_every,
        refresh_every=convoy.settings.convoy_refresh_every,
    )
    return scheduler


async def _rebuild(convoy: Convoy, scheduler: Scheduler) -> None:
    for slug, problem in scheduler.rebuild(await _plans(convoy)).items():
        log.warning("the digest of a plan cannot be scheduled", plan=slug, reason=problem)


async def _plans(convoy: Convoy) -> Mapping[str, Plan]:
    return {s: (await convoy.planning.state(s)).folder.document.plan for s in await convoy.planning.slugs()}


async def _keep_looking(convoy: Convoy) -> None:
    while True:
        await asyncio.sleep(convoy.settings.convoy_refresh_every)
        trouble = await look_at_store(convoy)
        if trouble is not None:
            log.warning("the plan store does not answer", reason=trouble)


def _deliveries(convoy: Convoy) -> Check:
    async def check() -> str | None:
        return convoy.engine.trouble()

    return check


async def _serve(settings: Settings, app: Any) -> None:
    """Serve until SIGTERM or SIGINT. Raises SettingsError when the address is taken."""
    loop = asyncio.get_running_loop()
    listening = _listen(settings)
    server = uvicorn.Server(
        uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=10)
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        # uvicorn raises the signal again when it is done; without a handler of ours that would end us before the rest
        # of the process has stopped.
        loop.add_signal_handler(number, lambda: setattr(server, "should_exit", True))
    log.info("http", address=":".join(map(str, listening.getsockname()[:2])))
    try:
        await server.serve(sockets=[listening])
    finally:
        listening.close()


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # Without the protocol asyncio does not set TCP_NODELAY, and every answer waits 40 ms for a delayed ACK.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
    except OSError as error:
        listening.close()
        raise SettingsError(
            f"HOST and PORT: cannot listen on {settings.host}:{settings.port} ({error.strerror}); name a free port"
        ) from error
    listening.set_inheritable(True)
    return listening
