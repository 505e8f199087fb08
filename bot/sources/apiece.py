"""Reads what is read one by one: files, pages and git repositories. Each is answered by itself, within one deadline."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

import httpx

from bot.gitcli import Deadline
from bot.services.ports import Answer, NotAsked, SourceMemory, Unreachable, Wanted
from bot.sources.addresses import is_public
from bot.sources.endings import ended, our_fault, wait_until
from bot.sources.forges.memory import MemoryOfProcess, Notes
from bot.sources.git import GitReader, Reading, Route, route
from bot.sources.git_urls import GitPlace
from bot.sources.hosts import WIDTH, Door, Doors, Hosts
from bot.sources.https import Line, Rules, shown
from bot.sources.pages import fetch, memory_key

_log = logging.getLogger(__name__)

_BATCH = 64
"""Files that one thread reads in one go: a thread per file would cost more than the file."""
_THREADS = 4
_MOST = 16
"""Repositories of this machine that are read at the same time."""

ReadFile = Callable[[], Answer]
NO_LIST = NotAsked("a document alone shows no published versions: name a git repository as the source")


@dataclass
class Work:
    """What there is to read, by repository."""

    files: dict[str, ReadFile] = field(default_factory=dict)
    pages: list[tuple[Wanted, httpx.URL]] = field(default_factory=list)
    places: list[tuple[Wanted, GitPlace]] = field(default_factory=list)


class Apiece:
    """Reads one by one, `concurrency` pages and as many repositories at once; passes have `deadline` seconds."""

    def __init__(
        self,
        rules: Rules,
        git: GitReader,
        hosts: Hosts,
        deadline: float,
        concurrency: int,
        memory: SourceMemory | None,
    ) -> None:
        self._rules, self._git, self._hosts = rules, git, hosts
        self._deadline, self._concurrency = deadline, concurrency
        self._memory = memory or MemoryOfProcess()

    async def run(
        self, work: Work, answers: MutableMapping[str, Answer], connect: Callable[[], Awaitable[Line]]
    ) -> frozenset[str]:
        """Answer for all of it: with what is there by the deadline, or with why nothing is. Names those never begun."""
        if not (work.files or work.pages or work.places):
            return frozenset()
        notes, doors = Notes(self._memory), self._hosts.doors(self._deadline)
        run = _Run(self._rules, self._git, doors, self._concurrency, answers, connect, notes)
        names = list(work.files)
        batches = [{n: work.files[n] for n in names[i : i + _BATCH]} for i in range(0, len(names), _BATCH)]
        tasks = {asyncio.create_task(run.batch(batch)): tuple(batch) for batch in batches}
        for there in run.jobs(work, Deadline(self._deadline)):
            tasks[asyncio.create_task(run.host(there))] = tuple(job.name for job in there.jobs)
        try:
            await wait_until(tasks, self._deadline)
        finally:
            await run.aclose()
        await notes.save()
        left = {name: task for task, asked in tasks.items() for name in asked if name not in answers}
        for name, task in left.items():
            fault = None if task.cancelled() else task.exception()
            why = ended(self._deadline) if fault is None else _failed(name, fault)
            answers[name] = Answer(why, why)
        return frozenset(left.keys() - run.begun)


def _failed(name: str, fault: BaseException) -> Unreachable:
    """A fault of ours, which must not stay hidden."""
    _log.error("reading the status document of %s failed", name, exc_info=fault)
    return our_fault(fault)


class _Job(NamedTuple):
    """One repository, and how it is read; `shut`: the versions where its host is left alone (None: as the document)."""

    name: str
    read: Callable[[], Awaitable[Reading]]
    shut: NotAsked | None = None


@dataclass
class _There:
    """What is to be read at one host. `door` None: it is this machine. `places`: how many may be under way anywhere.

    `keys`: under which the memory may know it.
    """

    door: Door | None
    places: asyncio.Semaphore
    jobs: list[_Job] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)


class _Run:
    """One pass: what limits it, the connections at rest, and what was begun."""

    def __init__(
        self,
        rules: Rules,
        git: GitReader,
        doors: Doors,
        concurrency: int,
        answers: MutableMapping[str, Answer],
        connect: Callable[[], Awaitable[Line]],
        notes: Notes,
    ) -> None:
        self._rules, self._git, self._doors, self._answers, self._connect = rules, git, doors, answers, connect
        self._notes = notes
        self._pages, self._repositories = asyncio.Semaphore(concurrency), asyncio.Semaphore(concurrency)
        self._files = asyncio.Semaphore(_THREADS)
        self._threads = ThreadPoolExecutor(concurrency, "git")
        self._idle: list[Line] = []
        self.begun: set[str] = set()

    async def aclose(self) -> None:
        """Close the connections. What git still does ends with the pass: it is given no more time than that."""
        await asyncio.gather(*(line.aclose() for line in self._idle), return_exceptions=True)
        self._threads.shutdown(wait=False, cancel_futures=True)

    def jobs(self, work: Work, end: Deadline) -> Collection[_There]:
        """What there is to read, host by host."""
        found: dict[tuple[str, str], _There] = {}
        for one, url in work.pages:
            host = url.netloc.decode("ascii", "replace")
            there = found.setdefault(("page", host), _There(self._doors.to(host), self._pages))
            there.jobs.append(_Job(one.repository, partial(self._page, one, url), NO_LIST))
            there.keys.append(memory_key(url))
        for one, place in work.places:
            host = f"{place.host}:{place.port}" if place.host else ""
            door = self._doors.to(host) if host else None
            there = found.setdefault(("git", host), _There(door, self._repositories))
            there.jobs.append(_Job(one.repository, partial(self._ask, one, place, end)))
        return found.values()

    async def host(self, there: _There) -> None:
        """Everything at one host. A few that take one after the other: a task for each would cost more than reading."""
        await self._notes.load(there.keys)
        waiting = iter(there.jobs)
        most = len(there.jobs) if there.door is None else min(WIDTH, len(there.jobs))
        async with asyncio.TaskGroup() as workers:
            for _ in range(min(most, _MOST)):
                workers.create_task(self._worker(there, waiting))

    async def _worker(self, there: _There, waiting: Iterator[_Job]) -> None:
        while True:
            async with there.door.entered() if there.door else nullcontext() as shut, there.places:
                job = next(waiting, None)
                if job is None:
                    return
                if shut is not None:
                    why = Unreachable(shut)
                    self._answers[job.name] = Answer(why, job.shut or why)
                    continue
                self.begun.add(job.name)
                try:
                    found = await job.read()
                except Exception as fault:  # noqa: BLE001 - logged, and told as what came of this one
                    failed = _failed(job.name, fault)
                    self._answers[job.name] = Answer(failed, failed)
                    continue
                self._answers[job.name] = found.answer
                if there.door is not None:
                    there.door.heard(found.fault)

    async def batch(self, batch: Mapping[str, ReadFile]) -> None:
        """Some files, in a thread."""
        async with self._files:
            read = await asyncio.to_thread(lambda: {name: read() for name, read in batch.items()})
            self._answers.update(read)

    async def _page(self, one: Wanted, url: httpx.URL) -> Reading:
        """The document behind a URL."""
        line = self._idle.pop() if self._idle else await self._connect()
        try:
            found = await fetch(line, url, one, self._notes, self._rules.deadline)
        finally:
            if line.broken:
                await line.aclose()
            else:
                self._idle.append(line)
        if not line.broken or not isinstance(found, Unreachable):
            return Reading(Answer(found, NO_LIST))
        return Reading(Answer(found, NO_LIST), found.reason.removeprefix(f"{shown(url)} "))

    async def _ask(self, one: Wanted, place: GitPlace, end: Deadline) -> Reading:
        """The document and the tags of a git repository."""
        way = await self._way(place)
        if isinstance(way, Reading):
            return way
        read = partial(self._git.read, place, one, way, end)
        return await asyncio.get_running_loop().run_in_executor(self._threads, read)

    async def _way(self, place: GitPlace) -> Route | Reading:
        """How git gets there: to an address that was judged, and to no other that the name may have later."""
        if not place.host:
            return route(place, [])
        try:
            addresses = await asyncio.wait_for(self._rules.resolve(place.host, place.port), self._rules.deadline)
        except (OSError, UnicodeError, TimeoutError):
            why = Unreachable(f"{place.url} cannot be reached: its name cannot be resolved")
            return Reading(Answer(why, why), "its name cannot be resolved")
        if not addresses or not (self._rules.allow_private or all(map(is_public, addresses))):
            why = Unreachable(
                f"{place.url} is not read: it is not on the public internet, and private addresses are not allowed here"
            )
            return Reading(Answer(why, why))
        return route(place, addresses)
