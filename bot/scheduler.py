"""The clock: it fires passes, digests and looks at the store's head, and does nothing else.

Jobs live in memory and are rebuilt from the plans, in every replica: each may fire, the ledger's keys let one through.
What each firing does comes from `app.py` as a function.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.interval import IntervalTrigger

from bot.release.plan import DigestSchedule, Plan
from bot.release.schedule import ScheduleError, missed_today, next_slot, weekdays, zone
from bot.services.ports import Clock

log = structlog.get_logger(__name__)


class SlotTrigger(BaseTrigger):  # type: ignore[misc]
    """Fires at every slot of a digest, each local date once. APScheduler's cron would fire 02:30 twice in autumn."""

    def __init__(self, digest: DigestSchedule, where: ZoneInfo) -> None:
        self._digest = digest
        self._where = where

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """The next slot after the last one, or after now when none has fired."""
        slot = next_slot(self._digest, self._where, previous_fire_time or now)
        return None if slot is None else slot[1]


@dataclass(frozen=True)
class _Planned:
    """What the jobs of a plan were made from: while it is the same they keep their rhythm."""

    digest: DigestSchedule
    timezone: str


class Scheduler:
    """Fires for every plan that is not at rest (released or cancelled).

    `on_pass(slug)` every `pass_every` seconds, never twice at a time for one plan; `on_digest(slug, local_date)` at the
    plan's own time, and once more at a start or a change of the schedule when today's time has passed (the ledger drops
    what is out already); `on_refresh()` every `refresh_every` seconds. What they raise is logged and stops nothing.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        on_pass: Callable[[str], Awaitable[object]],
        on_digest: Callable[[str, date], Awaitable[object]],
        on_refresh: Callable[[], Awaitable[object]],
        pass_every: float = 300,
        refresh_every: float = 60,
    ) -> None:
        self._clock = clock
        self._on_pass = on_pass
        self._on_digest = on_digest
        self._on_refresh = on_refresh
        self._pass_every = pass_every
        self._refresh_every = refresh_every
        self._planned: dict[str, _Planned] = {}
        self._filled = False
        self._stopped = False
        self._running: set[asyncio.Task[Any]] = set()
        # A tick that comes late (a laptop that slept, a busy loop) is made up once, not dropped: the default grace of a
        # second would lose a digest.
        self._scheduler = AsyncIOScheduler(
            timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )

    def start(self) -> None:
        """Begin to fire. Call it within the running event loop."""
        self._scheduler.start()
        self._every("refresh", self._refresh_every, self._refresh)

    async def stop(self) -> None:
        """Fire no more, and cancel what is running."""
        self._stopped = True
        running = tuple(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        for _ in range(3):  # let APScheduler see that its jobs are over: it logs those that it has to cut off
            await asyncio.sleep(0)
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
            await asyncio.sleep(0)  # it only takes effect in the loop's next round

    def rebuild(self, plans: Mapping[str, Plan]) -> Mapping[str, str]:
        """Make the jobs those of these plans; returns by slug what cannot be read of a schedule, for people.

        Jobs of a plan whose schedule is as it was keep their rhythm, so this may be called as often as one likes.
        """
        problems: dict[str, str] = {}
        awake = {slug: plan for slug, plan in plans.items() if not plan.status.at_rest}
        for slug in set(self._planned) - set(awake):
            del self._planned[slug]
            self._drop(f"pass:{slug}")
            self._drop(f"digest:{slug}")
        for slug, plan in awake.items():
            wanted = _Planned(plan.digest, plan.timezone)
            known = self._planned.get(slug)
            if known is None:
                self._every(f"pass:{slug}", self._pass_every, self._pass, slug)
            try:
                where = zone(plan.timezone)
                weekdays(plan.digest.days)
            except ScheduleError as error:
                problems[slug] = str(error)
                self._drop(f"digest:{slug}")
            else:
                if known != wanted:
                    self._schedule_digest(slug, plan.digest, where, new=known is None)
            self._planned[slug] = wanted
        self._filled = True
        return problems

    def _schedule_digest(self, slug: str, digest: DigestSchedule, where: ZoneInfo, *, new: bool) -> None:
        job = f"digest:{slug}"
        self._drop(job)
        if digest.enabled:
            self._scheduler.add_job(self._digest, SlotTrigger(digest, where), (slug, digest, where), id=job)
        # A plan that has just been opened has missed nothing; after a start nobody knows, so today's is made up.
        missed = missed_today(digest, where, self._clock.now())
        if missed is not None and (not new or not self._filled):
            self._scheduler.add_job(self._digest, args=(slug, digest, where), id=f"{job}:missed", replace_existing=True)

    def _every(self, job: str, seconds: float, function: Callable[..., Awaitable[None]], *args: str) -> None:
        trigger = IntervalTrigger(seconds=seconds, timezone=UTC)
        # The first firing is now: after a start nobody wants to wait for the first interval to pass.
        self._scheduler.add_job(function, trigger, args, id=job, next_run_time=datetime.now(UTC))

    def _drop(self, job: str) -> None:
        if self._scheduler.get_job(job) is not None:
            self._scheduler.remove_job(job)

    async def _refresh(self) -> None:
        await self._guarded("refresh", self._on_refresh)

    async def _pass(self, slug: str) -> None:
        await self._guarded("pass", lambda: self._on_pass(slug), plan=slug)

    async def _digest(self, slug: str, digest: DigestSchedule, where: ZoneInfo) -> None:
        # Late by more than the rest of the day, it is the next day's turn.
        day = missed_today(digest, where, self._clock.now())
        if day is not None:
            await self._guarded("digest", lambda: self._on_digest(slug, day), plan=slug, day=day.isoformat())

    async def _guarded(self, what: str, work: Callable[[], Awaitable[object]], **about: str) -> None:
        if self._stopped:
            return
        task = asyncio.ensure_future(work())
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        await asyncio.wait({task})
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a scheduled job failed, the next firing tries again", job=what, exc_info=error, **about)
