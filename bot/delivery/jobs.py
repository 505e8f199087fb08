"""Everything that Convoy says to DBOS, which runs each job once whatever crashes, on SQLite and on Postgres alike.

DBOS is one per process and brings threads and an event loop of its own. Its async calls put their thread pool under the
loop that calls them and leave it broken when they stop, so only its blocking calls are used, from threads; the work
itself is handed back to Convoy's loop, where its connections live.
"""

import asyncio
import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from dbos import DBOS, SetEnqueueOptions, SetWorkflowID
from dbos import error as dbos_error
from sqlalchemy import URL
from sqlalchemy.exc import SQLAlchemyError

from bot.delivery.database import DeliveryError, write_ahead
from bot.delivery.outbox import Handover

QUEUE = "convoy-deliveries"
# Which steps a job takes, in which order. A process only runs jobs of its own version: raise it when the steps change.
VERSION = "1"
AT_ONCE = 32  # targets that one process serves at the same time
PRUNE = 500
WRITE_OFF = 2.0  # seconds that a stop gives finished jobs to be written off
LAST_PRIORITY = 2**31 - 1

Run = Callable[[str, int], Coroutine[Any, Any, None]]


@dataclass(frozen=True)
class Running:
    """A job that a process has taken: its id, that process, and when it took it (UTC)."""

    job: str
    executor: str
    since: datetime


class Jobs:
    """The job queue of this process. All methods block: call them from a thread."""

    def __init__(self, url: URL, executor: str, poll: float) -> None:
        self._url = url
        self._executor = executor
        self._poll = poll
        self._launched = False
        self.run: Run | None = None
        self.loop: asyncio.AbstractEventLoop | None = None

    def launch(self, loop: asyncio.AbstractEventLoop, run: Run) -> None:
        """Start taking jobs: `run(key, number)` is awaited on `loop`. Raises DeliveryError."""
        with _lock:
            if _current:
                raise DeliveryError("this process sends deliveries already: one engine at a time")
            _current.append(self)
        self.loop, self.run = loop, run
        try:
            self._launch()
        except (dbos_error.DBOSException, SQLAlchemyError, sqlite3.Error, OSError) as error:
            self.close()
            raise DeliveryError(f"the job queue cannot start: {type(error).__name__}: {_first_line(error)}") from error
        except BaseException:
            self.close()
            raise

    def _launch(self) -> None:
        # With a handler of its own DBOS would print; like this its warnings go where all others go.
        logger = logging.getLogger("dbos")
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())
        if self._url.get_backend_name() == "sqlite":
            with closing(sqlite3.connect(str(self._url.database))) as connection:
                write_ahead(connection)
        DBOS(
            config={
                "name": "convoy",
                "system_database_url": self._url.render_as_string(hide_password=False),
                "executor_id": self._executor,
                "application_version": VERSION,
                "log_level": "WARNING",
                "sys_db_pool_size": 8,
                "max_executor_threads": 16,
                # Nothing here waits for notifications; the thread that looks for them decides how long a stop takes.
                "use_listen_notify": False,
                "notification_listener_polling_interval_sec": min(self._poll, 1.0),
                "enable_otlp": False,
            }
        )
        DBOS.launch()
        self._launched = True
        # One job per target at a time, across all processes: that is what keeps one message a second.
        DBOS.register_queue(QUEUE, partition_concurrency=1, worker_concurrency=AT_ONCE, polling_interval_sec=self._poll)

    def enqueue(self, handovers: Sequence[Handover]) -> None:
        """Give runs to the queue. One that it knows already stays as it is."""
        for one in handovers:
            options = SetEnqueueOptions(queue_partition_key=one.target, priority=one.number % LAST_PRIORITY + 1)
            with SetWorkflowID(job_id(one.key, one.run)), options:
                DBOS.enqueue_workflow(QUEUE, _deliver, one.key, one.run)

    def over(self, handovers: Sequence[Handover]) -> Mapping[str, bool]:
        """Of these runs by job id, whether they are over for good; the queue does not know those that are missing."""
        wanted = [job_id(one.key, one.run) for one in handovers]
        found = DBOS.list_workflows(workflow_ids=wanted, load_input=False, load_output=False)
        return {one.workflow_id: one.status not in ("PENDING", "ENQUEUED", "DELAYED") for one in found}

    def running(self) -> Sequence[Running]:
        """Every job that some process has taken. While it has it, no other job for that target is given out."""
        found = DBOS.list_workflows(status="PENDING", queue_name=QUEUE, load_input=False, load_output=False)
        return [
            Running(one.workflow_id, one.executor_id or "", datetime.fromtimestamp((one.dequeued_at or 0) / 1000, UTC))
            for one in found
        ]

    def take_over(self, jobs: Sequence[str]) -> None:
        """Put jobs whose process is gone back into the queue, for any process to run."""
        DBOS.resume_workflows(list(jobs), queue_name=QUEUE)

    def prune(self, before: datetime) -> None:
        """Drop finished jobs; what became of the deliveries stands in the ledger."""
        while True:
            done = DBOS.list_workflows(
                completed_before=before.isoformat(), limit=PRUNE, load_input=False, load_output=False
            )
            if done:
                DBOS.delete_workflows([one.workflow_id for one in done])
            if len(done) < PRUNE:
                return

    def close(self, *, write_off: bool = True) -> None:
        """Stop taking jobs. What does not come to its end within a moment is taken over by whoever starts next.

        `write_off` False gives it no moment: the database is away, and asking it would take until it is back.
        """
        if self._launched and write_off:
            until = time.monotonic() + WRITE_OFF
            while time.monotonic() < until and any(one.executor == self._executor for one in self.running()):
                time.sleep(0.01)
        # Jobs that are cut off now are no news: that is what taking over is for.
        logging.getLogger("dbos").setLevel(logging.CRITICAL)
        DBOS.destroy()
        self._launched = False
        with _lock:
            if self in _current:
                _current.remove(self)


_lock = threading.Lock()
_current: list[Jobs] = []  # at most one


def job_id(key: str, run: int) -> str:
    """The job of a run of a delivery. After a change of version it is another job."""
    return f"{key}~{run}v{VERSION}"


@DBOS.workflow(name="convoy_delivery")
async def _deliver(key: str, run: int) -> None:
    """One run of one delivery. It has no steps of its own: the ledger says what is done, so it may begin again."""
    jobs = _current[0]
    if jobs.run is None or jobs.loop is None:
        raise RuntimeError("a job came before the queue was started")
    await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(jobs.run(key, run), jobs.loop))


def _first_line(error: BaseException) -> str:
    text = str(getattr(error, "orig", None) or error).strip()
    return text.splitlines()[0] if text else "no further words"
