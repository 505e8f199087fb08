"""Collects the documents of many repositories at once: each from its own source, none able to hold up another.

What a plan names decides: a URL is fetched, a path is read where paths are allowed, and what names nothing is looked
for in the folder of reports. All runs under one deadline for the pass; what is not there by then is unreachable.
"""

import asyncio
import logging
import re
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx

from bot.release.plan import Problem
from bot.services.ports import Answer, Collected, NotAsked, Refused, Unreachable, Wanted
from bot.sources.addresses import Resolve, resolve
from bot.sources.files import read_path, read_report
from bot.sources.https import Line, Rules, fetch, judge

_log = logging.getLogger(__name__)

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*://")
_BATCH = 64
"""Files that one thread reads in one go: a thread per file would cost more than the file."""
_THREADS = 4

ReadFile = Callable[[], Collected]


@dataclass
class _Pass:
    """What one call of `collect` shares: what limits it, the connections at rest, and the answers so far."""

    slots: asyncio.Semaphore
    threads: asyncio.Semaphore
    making_tls: asyncio.Lock = field(default_factory=asyncio.Lock)
    idle: list[Line] = field(default_factory=list)
    answers: dict[str, Collected] = field(default_factory=dict)


class Sources:
    """A `ports.StatusSource` over files and https.

    `reports` is the folder of `<repository>/ga_status.json` for repositories without a source of their own (None: there
    is none). `allow_paths`: a plan may name paths, relative ones from `base`; only for people who run Convoy on their
    own machine. `allow_http` and `allow_private` (addresses that are not public) are for tests and closed networks.
    Deadlines in seconds; `concurrency` is how many URLs are fetched at once.
    """

    def __init__(
        self,
        reports: Path | None,
        *,
        allow_paths: bool,
        base: Path | None = None,
        allow_http: bool = False,
        allow_private: bool = False,
        allowed_hosts: frozenset[str] | None = None,
        document_deadline: float = 10.0,
        pass_deadline: float = 120.0,
        concurrency: int = 16,
        resolve: Resolve = resolve,
        tls: Callable[[], ssl.SSLContext] = httpx.create_ssl_context,
    ) -> None:
        hosts = None if allowed_hosts is None else frozenset(host.lower().rstrip(".") for host in allowed_hosts)
        self._reports, self._allow_paths, self._base = reports, allow_paths, base
        self._rules = Rules(allow_http, allow_private, hosts, document_deadline, resolve)
        self._deadline, self._concurrency = pass_deadline, concurrency
        self._tls = tls
        self._context: ssl.SSLContext | None = None

    async def collect(self, wanted: Sequence[Wanted]) -> Mapping[str, Answer]:
        """One answer for every repository asked for, keyed by name. Raises nothing for any of them."""
        work = _Pass(asyncio.Semaphore(self._concurrency), asyncio.Semaphore(_THREADS))
        files: dict[str, ReadFile] = {}
        pages: dict[str, httpx.URL] = {}
        for one in wanted:
            found = self._sort(one)
            if isinstance(found, httpx.URL):
                pages[one.repository] = found
            elif callable(found):
                files[one.repository] = found
            else:
                work.answers[one.repository] = found
        if files or pages:
            await self._run(work, files, pages)
        return {one.repository: Answer(work.answers[one.repository]) for one in wanted}

    def _sort(self, one: Wanted) -> httpx.URL | ReadFile | Collected:
        """What is to be done for one repository: a URL to fetch, a file to read, or already the answer."""
        source = (one.source or "").strip()
        if _URL.match(source):
            return judge(source, self._rules)
        if source and not self._allow_paths:
            reason = "the source is a path, and only https URLs are read here"
            return Refused(source, (Problem(0, reason),))
        if source:
            return partial(read_path, source, self._base, one.repository)
        if self._reports is None:
            return NotAsked("the plan names no source for it, and no folder of reports was given")
        return partial(read_report, self._reports, one.repository)

    async def _run(self, work: _Pass, files: Mapping[str, ReadFile], pages: Mapping[str, httpx.URL]) -> None:
        """Answer for every file and page: with what is there by the deadline of the pass, or with why nothing is."""
        names = list(files)
        batches = [{n: files[n] for n in names[i : i + _BATCH]} for i in range(0, len(names), _BATCH)]
        tasks = {asyncio.create_task(_read_batch(work, batch)): tuple(batch) for batch in batches}
        tasks |= {asyncio.create_task(self._fetch(work, name, url)): (name,) for name, url in pages.items()}
        try:
            await asyncio.wait(tasks, timeout=self._deadline)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.gather(*(line.aclose() for line in work.idle), return_exceptions=True)
        for task, asked in tasks.items():
            for name in asked:
                if name not in work.answers:
                    work.answers[name] = self._unanswered(task, name)

    def _unanswered(self, task: asyncio.Task[None], name: str) -> Unreachable:
        """Why a task left `name` without an answer: the deadline, or a fault of ours that must not stay hidden."""
        fault = None if task.cancelled() else task.exception()
        if fault is None:
            return Unreachable(f"not read: the pass had to end after {self._deadline:g} s")
        _log.error("reading the status document of %s failed", name, exc_info=fault)
        return Unreachable(f"reading it failed inside Convoy ({type(fault).__name__}); the log has more")

    async def _fetch(self, work: _Pass, name: str, url: httpx.URL) -> None:
        async with work.slots:
            line = work.idle.pop() if work.idle else Line(self._rules, await self._tls_context(work))
            try:
                work.answers[name] = await fetch(line, url, name, self._rules)
            finally:
                if line.broken:
                    await line.aclose()
                else:
                    work.idle.append(line)

    async def _tls_context(self, work: _Pass) -> ssl.SSLContext:
        """Made once, in a thread: reading the certificates of the world takes 45 ms."""
        async with work.making_tls:
            if self._context is None:
                self._context = await asyncio.to_thread(self._tls)
            return self._context


async def _read_batch(work: _Pass, batch: Mapping[str, ReadFile]) -> None:
    async with work.threads:
        work.answers |= await asyncio.to_thread(lambda: {name: read() for name, read in batch.items()})
