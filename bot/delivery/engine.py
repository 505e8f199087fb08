"""The engine that sends what the ledger has queued: once, paced, and whatever crashes in between.

A delivery is written to the ledger in the transaction that decides it. A relay tells the job queue of what is due and
does so again at every start and every few seconds, so a crash between the two loses nothing; the queue drops what it
knows already. A process shows by a heartbeat that it lives; the jobs of one that does not are taken over.
"""

import asyncio
import secrets
import socket
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from bot.delivery.courier import Courier, Rhythm
from bot.delivery.database import jobs_url
from bot.delivery.ledger import SqlDeliveries
from bot.delivery.outbox import Handover
from bot.delivery.slack import Sender
from bot.services.ports import Clock

if TYPE_CHECKING:
    from bot.delivery.jobs import Jobs

log = structlog.get_logger(__name__)

BATCH = 500
GRACE = 10.0  # seconds that a stop waits for posts that are on their way
KEEP_JOBS = timedelta(days=7)
KEEP_REQUESTS = timedelta(days=1)
CLEAN_EVERY = timedelta(hours=1)


class DeliveryEngine:
    """Sends for one process; one engine at a time in it. The database must be migrated before."""

    def __init__(
        self, database_url: str, ledger: SqlDeliveries, sender: Sender, clock: Clock, rhythm: Rhythm | None = None
    ) -> None:
        self.name = f"{socket.gethostname()[:40]}-{secrets.token_hex(6)}"
        self.rhythm = rhythm or Rhythm()
        self._url = database_url
        self._ledger = ledger
        self._clock = clock
        self._courier = Courier(ledger, sender, clock, self.rhythm, name=self.name, pause=self._pause)
        self._jobs: Jobs | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = asyncio.Event()
        self._wake = asyncio.Event()
        self._relaying = asyncio.Lock()
        self._in_hand: set[str] = set()
        self._idle = asyncio.Event()
        self._idle.set()
        self._looked_back = False
        self._cleaned = datetime.min.replace(tzinfo=UTC)
        self._last_good = datetime.min.replace(tzinfo=UTC)
        self._trouble = "the engine has not started"

    async def start(self) -> None:
        """Begin to send, first of all what an earlier process left behind. Raises DeliveryError."""
        # DBOS takes a second to import; commands that send nothing do without it.
        from bot.delivery.jobs import Jobs

        loop = asyncio.get_running_loop()
        self._stopping.clear()
        self._looked_back = False
        jobs = await asyncio.to_thread(lambda: Jobs(jobs_url(self._url), self.name, self.rhythm.poll))
        await self._ledger.beat(self.name, _wall())
        try:
            await asyncio.to_thread(jobs.launch, loop, self._run)
        except BaseException:
            await self._ledger.leave(self.name)
            raise
        self._jobs, self._trouble = jobs, "the first look at the ledger has not ended"
        self._ledger.on_recorded = self._wake.set
        self._tasks = [
            asyncio.create_task(self._keep_beating(), name="delivery-heartbeat"),
            asyncio.create_task(self._keep_relaying(), name="delivery-relay"),
        ]

    async def stop(self) -> None:
        """Stop sending. Posts that are on their way are waited for; the rest stays queued for the next start."""
        if self._jobs is None:
            return
        self._stopping.set()
        self._ledger.on_recorded = None
        self._wake.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(GRACE):
                await asyncio.wait(self._tasks)
                await self._idle.wait()
        for task in self._tasks:
            task.cancel()
        # DBOS waits for a database that is away for as long as it takes; then nothing is asked of it any more.
        reachable = await self._said(self._ledger.beat(self.name, _wall()))
        await asyncio.to_thread(self._jobs.close, write_off=reachable)
        self._jobs = None
        self._trouble = "the engine was stopped"
        await self._said(self._ledger.leave(self.name))

    async def _said(self, word: Awaitable[None]) -> bool:
        """Say something about this process to the others, if the database can be reached."""
        try:
            await word
        except Exception:
            log.exception("the other processes could not be told how this one is")
            return False
        return True

    async def poke(self) -> None:
        """Hand over now what is due, without waiting for the next tick."""
        jobs = self._running()
        async with self._relaying:
            while True:
                waiting = await self._ledger.waiting(self._clock.now(), self._alive_since(), BATCH)
                fresh = [one for one in waiting if not one.again]
                fresh += await self._mend(jobs, [one for one in waiting if one.again])
                if fresh:
                    await asyncio.to_thread(jobs.enqueue, fresh)
                if waiting:
                    await self._ledger.handed(waiting, _wall())
                if len(waiting) < BATCH:
                    return

    async def drain(self, timeout: float) -> bool:  # noqa: ASYNC109
        """Wait until nothing that is due is queued; False when `timeout` seconds were not enough.

        What waits for a later moment (Slack asked for a pause, or a try failed) is not waited for.
        """
        deadline = asyncio.get_running_loop().time() + timeout
        while True:
            await self.poke()
            if not await self._ledger.due(self._clock.now()):
                return True
            if asyncio.get_running_loop().time() >= deadline:
                return False
            await asyncio.sleep(min(0.05, self.rhythm.poll))

    def trouble(self) -> str | None:
        """Why deliveries are not being sent, for a readiness probe; None while all is well."""
        if self._jobs is None:
            return self._trouble
        silent = _wall() - self._last_good
        if silent > timedelta(seconds=max(3 * self.rhythm.tick, self.rhythm.lease)):
            return f"deliveries stand still: {self._trouble}"
        return None

    async def _keep_beating(self) -> None:
        # Apart from the relay: one that is busy for long must not look dead.
        while not self._stopping.is_set():
            await self._said(self._ledger.beat(self.name, _wall()))
            await self._pause(self.rhythm.lease / 4)

    async def _keep_relaying(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                await self.poke()
                self._last_good, self._trouble = _wall(), "the last look at the ledger does not end"
                await self._clean()
            except Exception as error:
                # The database may be away for a while; the next tick tries again and readiness turns red meanwhile.
                self._trouble = f"the last look at the ledger failed ({type(error).__name__})"
                log.exception("relay failed, trying again")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), self.rhythm.tick)

    async def _mend(self, jobs: "Jobs", again: Sequence[Handover]) -> list[Handover]:
        """See to what was handed over a while ago and is not done; returns what the queue has lost."""
        if self._looked_back and not again:
            return []
        from bot.delivery.jobs import job_id

        await self._take_over(jobs)
        self._looked_back = True
        over = await asyncio.to_thread(jobs.over, again) if again else {}
        for one in again:
            if over.get(job_id(one.key, one.run)):
                log.warning("a job ended without a result, trying again", key=one.key, run=one.run)
                await self._ledger.put_back(one.key, one.run)
        return [one for one in again if job_id(one.key, one.run) not in over]

    async def _take_over(self, jobs: "Jobs") -> None:
        """Free the jobs of processes that are gone, finished deliveries included: each one blocks its target."""
        living = await self._ledger.living(self._alive_since())
        orphans = [
            one.job
            for one in await asyncio.to_thread(jobs.running)
            if one.executor not in living
            # Ours, and yet not in our hands: the queue took it and stumbled before it came to us.
            or (one.executor == self.name and one.job not in self._in_hand and one.since < self._alive_since())
        ]
        if orphans:
            log.warning("taking over what nobody is at any more", jobs=len(orphans))
            await asyncio.to_thread(jobs.take_over, orphans)

    async def _run(self, key: str, run: int) -> None:
        """One job of the queue, on our loop."""
        from bot.delivery.jobs import job_id

        job = job_id(key, run)
        if self._stopping.is_set():
            await self._ledger.put_back(key, run)
            return
        if job in self._in_hand:
            return
        self._in_hand.add(job)
        self._idle.clear()
        try:
            await self._courier.deliver(key, run, self._alive_since())
        except Exception:
            # The ledger could not be written. The row is still queued: the relay finds the job over and tries again.
            log.exception("a delivery was interrupted", key=key, run=run)
        finally:
            self._in_hand.discard(job)
            if not self._in_hand:
                self._idle.set()

    async def _clean(self) -> None:
        now = _wall()
        if now - self._cleaned < CLEAN_EVERY:
            return
        await self._ledger.forget(now - KEEP_REQUESTS)
        await asyncio.to_thread(self._running().prune, now - KEEP_JOBS)
        self._cleaned = now

    async def _pause(self, seconds: float) -> None:
        if seconds <= 0:
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    def _alive_since(self) -> datetime:
        return _wall() - timedelta(seconds=self.rhythm.lease)

    def _running(self) -> "Jobs":
        if self._jobs is None:
            raise RuntimeError("the delivery engine is not running: await start() first")
        return self._jobs


def _wall() -> datetime:
    """Real time. Whether a process lives is a matter of it, also where a test holds the clock that messages go by."""
    return datetime.now(UTC)
