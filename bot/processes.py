"""The long-running processes: what starts in which order, and what stops when one is asked to.

`run` is everything in one; `serve` answers Slack over HTTP and `worker` does the jobs, any number of each.

What is wrong at the start (a setting, a token that Slack refuses, a database or a store that nothing is known of) ends
the process with a sentence. What goes away later is waited for: readiness turns red, and the log says why.
"""

import asyncio
import os
import signal
import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

import structlog

from bot import logs
from bot.app import Convoy, build, hearing, look_at_store
from bot.delivery import migrations
from bot.listeners.command import only_reads
from bot.release.plan import Plan
from bot.scheduler import Scheduler
from bot.services.clock import SystemClock
from bot.services.ports import StoreError
from bot.settings import Settings, SettingsError, require
from bot.web.app import watch_app, web_app
from bot.web.health import Check
from bot.web.server import end_now, serve_until_told
from bot.web.socket_mode import SocketMode
from bot.web.tokens import check_bot_token
from bot.web.webhooks import Webhooks

FIRST_LOOK = 20.0  # seconds that a start waits for the store when plans are known from before

log = structlog.get_logger(__name__)


async def run(settings: Settings) -> None:
    """Socket Mode, jobs and sending in one process, until it is asked to stop."""
    _prepare(settings, "slack_bot_token", "slack_app_token")
    await asyncio.to_thread(migrations.migrate, settings.database_url)
    async with _wired(settings) as convoy, _connected(convoy) as handler, working(convoy):
        checks = {**convoy.checks(), "deliveries": _deliveries(convoy), "slack": handler.problem}
        log.info("listening", mode="socket", plans=list(await convoy.planning.slugs()))
        await serve_until_told(watch_app(checks, hooks=webhooks(convoy)), settings.host, settings.port)
        await handler.close()  # before the jobs end: what comes now is for the next process


async def serve(settings: Settings) -> None:
    """Signed HTTP from Slack; what it makes due is sent by a worker."""
    _prepare(settings, "slack_bot_token", "slack_signing_secret")
    await asyncio.to_thread(migrations.check, settings.database_url)
    async with _wired(settings) as convoy:
        looking = asyncio.create_task(_keep_looking(convoy), name="look-at-store")
        try:
            log.info("listening", mode="http", plans=list(await convoy.planning.slugs()))
            await serve_until_told(http_app(convoy), settings.host, settings.port)
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)


async def worker(settings: Settings) -> None:
    """Passes, digests and the sending of messages; /healthz and /readyz for whoever watches it."""
    _prepare(settings, "slack_bot_token")
    await asyncio.to_thread(migrations.check, settings.database_url)
    async with _wired(settings) as convoy, working(convoy):
        log.info("working", plans=list(await convoy.planning.slugs()))
        checks = {**convoy.checks(), "deliveries": _deliveries(convoy)}
        await serve_until_told(watch_app(checks), settings.host, settings.port)


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
        hooks=webhooks(convoy),
    )


def webhooks(convoy: Convoy) -> Webhooks | None:
    """What takes the webhooks of forges, when a secret for them is set."""
    secret = convoy.settings.convoy_webhook_secret
    if secret is None:
        return None
    heard = hearing(convoy)
    return Webhooks(secret.get_secret_value(), convoy.seen, SystemClock(), lambda news: heard.moved(news.is_at))


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


def _prepare(settings: Settings, *needed: str) -> None:
    """Look at the settings, and set up what every process has. Raises SettingsError."""
    require(settings, *needed)
    reports = settings.convoy_reports
    if reports is not None and not os.path.isdir(reports):  # noqa: PTH112 - Path's raises where it may not look
        raise SettingsError(f"CONVOY_REPORTS: there is no directory {reports}: make it, or unset the variable")
    logs.set_up(settings)
    threading.excepthook = _thread_failed
    # Before anything is served there is nothing to finish: it ends like a crash, which harms nothing, and as asked.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, end_now, "stopped before it was ready")


@asynccontextmanager
async def _wired(settings: Settings) -> AsyncIterator[Convoy]:
    """Everything wired, with a token that Slack takes and plans that were looked at."""
    convoy = build(settings)
    try:
        await check_bot_token(convoy.client)
        await _first_look(convoy)
        yield convoy
    finally:
        await convoy.close()


async def _first_look(convoy: Convoy) -> None:
    """See the store for the first time. Raises StoreError when it does not answer and no plan is known from before."""
    try:
        async with asyncio.timeout(FIRST_LOOK):
            trouble = await look_at_store(convoy)
    except TimeoutError:
        known = await convoy.planning.slugs()
        trouble = f"it did not answer within {FIRST_LOOK:g} s" if known else await look_at_store(convoy)
    if trouble is None:
        return
    if not await convoy.planning.slugs():
        raise StoreError(f"no plan is known yet, and {trouble}")
    log.warning("the plan store does not answer, plans are those seen last", reason=trouble)


@asynccontextmanager
async def _connected(convoy: Convoy) -> AsyncIterator[SocketMode]:
    handler = socket_mode(convoy)
    try:
        await handler.open()
        yield handler
    finally:
        await handler.close()


@asynccontextmanager
async def working(convoy: Convoy) -> AsyncIterator[Scheduler]:
    """The engine and the clock of a process that does jobs, started in that order and stopped in the other."""
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
        try:
            trouble = await look_at_store(convoy)
        except Exception:
            # Nothing may end this loop: nobody would notice, and the answers would grow old.
            log.exception("looking at the plan store failed, trying again")
            continue
        if trouble is not None:
            log.warning("the plan store does not answer", reason=trouble)


def _deliveries(convoy: Convoy) -> Check:
    async def check() -> str | None:
        return convoy.engine.trouble()

    return check


def _thread_failed(failed: threading.ExceptHookArgs) -> None:
    """A fault in a thread, as a log line like all others."""
    name = failed.thread.name if failed.thread else "?"
    log.error("a thread failed", thread=name, exc_info=failed.exc_value)
