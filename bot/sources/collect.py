"""Collects the documents of many repositories at once: each from its own source, none able to hold up another.

What a plan names decides: a git repository is asked, another URL is fetched, a path is read where paths are allowed,
and what names nothing is looked for in the folder of reports. All runs under one deadline for the pass; what is not
there by then is unreachable.
"""

import asyncio
import logging
import re
import ssl
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx

from bot.gitcli import Deadline
from bot.release.plan import Problem
from bot.services.ports import Answer, NotAsked, Refused, SourceMemory, Unreachable, Wanted
from bot.sources.addresses import Resolve, is_public, resolve
from bot.sources.files import has_report, read_path, read_report, read_tags
from bot.sources.forges.collect import Forges
from bot.sources.forges.gate import Timing
from bot.sources.forges.places import Asked, Forge, Place
from bot.sources.git import GitReader, Route, route
from bot.sources.git_urls import GitPlace, git_place
from bot.sources.https import Line, Rules, fetch, judge
from bot.sources.packages import Index, Packages

_log = logging.getLogger(__name__)

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*://")
_BATCH = 64
"""Files that one thread reads in one go: a thread per file would cost more than the file."""
_THREADS = 4

ReadFile = Callable[[], Answer]
_NO_LIST = NotAsked("a document alone shows no published versions: name a git repository as the source")


@dataclass
class _Pass:
    """What one call of `collect` shares: what limits it, the connections at rest, and the answers so far."""

    slots: asyncio.Semaphore
    threads: asyncio.Semaphore
    making_tls: asyncio.Lock = field(default_factory=asyncio.Lock)
    idle: list[Line] = field(default_factory=list)
    answers: dict[str, Answer] = field(default_factory=dict)


class Sources:
    """A `ports.StatusSource` over files, https, git and the APIs of forges.

    `reports` is the folder of `<repository>/ga_status.json` for repositories without a source of their own (None: there
    is none). `allow_paths`: a plan may name paths, relative ones from `base`; only for people who run Convoy on their
    own machine. `allow_http` and `allow_private` (addresses that are not public) are for tests and closed networks.
    Deadlines in seconds; `concurrency` is how many URLs are fetched, and how many repositories asked, at once.
    `forges`: whose repositories can be named; `organisation`, `memory`, `timing`: see `Forges`. `indexes`: where
    packages are looked up, at most one of each kind.
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
        repository_deadline: float = 20.0,
        pass_deadline: float = 120.0,
        concurrency: int = 16,
        resolve: Resolve = resolve,
        tls: Callable[[], ssl.SSLContext] = httpx.create_ssl_context,
        forges: Sequence[Forge] = (),
        indexes: Sequence[Index] = (),
        organisation: str | None = None,
        memory: SourceMemory | None = None,
        timing: Timing | None = None,
    ) -> None:
        hosts = None if allowed_hosts is None else frozenset(host.lower().rstrip(".") for host in allowed_hosts)
        self._reports, self._allow_paths, self._base = reports, allow_paths, base
        self._rules = Rules(allow_http, allow_private, hosts, document_deadline, resolve)
        self._deadline, self._concurrency = pass_deadline, concurrency
        self._git = GitReader(repository_deadline)
        self._forges = Forges(
            forges, self._rules, pass_deadline, organisation=organisation, memory=memory, timing=timing
        )
        self._packages = Packages(indexes, self._rules, pass_deadline, memory=memory, timing=timing)
        self._tls = tls
        self._context: ssl.SSLContext | None = None

    async def collect(self, wanted: Sequence[Wanted]) -> Mapping[str, Answer]:
        """One answer for every repository asked for, keyed by name. Raises nothing for any of them."""
        work = _Pass(asyncio.Semaphore(self._concurrency), asyncio.Semaphore(_THREADS))
        files: dict[str, ReadFile] = {}
        pages: dict[str, httpx.URL] = {}
        repositories: list[tuple[Wanted, GitPlace]] = []
        asked: list[Asked] = []
        reported = await self._reported(wanted)
        for one in wanted:
            found = self._sort(one, reported)
            if isinstance(found, httpx.URL):
                pages[one.repository] = found
            elif isinstance(found, GitPlace):
                repositories.append((one, found))
            elif isinstance(found, Place):
                asked.append(Asked(one, found))
            elif callable(found):
                files[one.repository] = found
            else:
                work.answers[one.repository] = found
        connect = partial(self._line, work)
        at_forges = asyncio.create_task(self._forges.collect(asked, connect))
        at_indexes = asyncio.create_task(self._packages.collect(wanted, connect))
        try:
            if files or pages or repositories:
                await self._run(work, files, pages, repositories)
            work.answers |= await at_forges
            listings = await at_indexes
        finally:
            at_forges.cancel()
            at_indexes.cancel()
            await asyncio.gather(at_forges, at_indexes, return_exceptions=True)
        answers = {one.repository: work.answers[one.repository] for one in wanted}
        return answers | {name: Answer(answers[name].document, listing) for name, listing in listings.items()}

    async def _reported(self, wanted: Sequence[Wanted]) -> frozenset[str] | None:
        """Which repositories have a report that comes before their place in an organisation; None: do not ask there.

        Only looked for where there are both, a folder of reports and an organisation.
        """
        reports = self._reports
        unnamed = (one for one in wanted if not (one.source or "").strip())
        names = [one.repository for one in unnamed if isinstance(self._forges.default(one), Place)]
        if reports is None or not names:
            return None
        here = asyncio.to_thread(lambda: frozenset(n for n in names if has_report(reports, n)))
        try:
            async with asyncio.timeout(self._deadline):
                return await here
        except TimeoutError:
            return None

    def _sort(self, one: Wanted, reported: frozenset[str] | None) -> httpx.URL | GitPlace | Place | ReadFile | Answer:
        """What is to be done for one repository: a URL to fetch, a place to ask, a file to read, or the answer."""
        source = (one.source or "").strip()
        place = git_place(source, self._rules, allow_paths=self._allow_paths)
        if place is not None:
            return Answer(place, place) if isinstance(place, Unreachable) else place
        if source and (named := self._forges.named(source)) is not None:
            return named if isinstance(named, Place) else Answer(named, named)
        if _URL.match(source):
            page = judge(source, self._rules)
            return Answer(page, _NO_LIST) if isinstance(page, Unreachable) else page
        if source and not self._allow_paths:
            reason = "the source is a path, and only https URLs are read here"
            return Answer(Refused(source, (Problem(0, reason),)), _NO_LIST)
        if source:
            return lambda: Answer(read_path(source, self._base, one.repository), _NO_LIST)
        return self._unnamed(one, reported)

    def _unnamed(self, one: Wanted, reported: frozenset[str] | None) -> Place | ReadFile | Answer:
        """The same for a repository that names no source."""
        default, reports = self._forges.default(one), self._reports
        if reports is None:
            nowhere = default or NotAsked("the plan names no source for it, and no folder of reports was given")
            return nowhere if isinstance(nowhere, Place) else Answer(nowhere, nowhere)
        if isinstance(default, Place) and reported is not None and one.repository not in reported:
            return default
        return lambda: Answer(read_report(reports, one.repository), read_tags(reports, one.repository, one.tag_prefix))

    async def _run(
        self,
        work: _Pass,
        files: Mapping[str, ReadFile],
        pages: Mapping[str, httpx.URL],
        repositories: Sequence[tuple[Wanted, GitPlace]],
    ) -> None:
        """Answer for every file and page: with what is there by the deadline of the pass, or with why nothing is."""
        names = list(files)
        batches = [{n: files[n] for n in names[i : i + _BATCH]} for i in range(0, len(names), _BATCH)]
        tasks = {asyncio.create_task(_read_batch(work, batch)): tuple(batch) for batch in batches}
        tasks |= {asyncio.create_task(self._fetch(work, name, url)): (name,) for name, url in pages.items()}
        end = Deadline(self._deadline)
        gits = ThreadPoolExecutor(self._concurrency, "git")
        for one, place in repositories:
            tasks[asyncio.create_task(self._ask(work, gits, one, place, end))] = (one.repository,)
        try:
            await asyncio.wait(tasks, timeout=self._deadline)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.gather(*(line.aclose() for line in work.idle), return_exceptions=True)
            # What still runs ends with the pass: no git is given more time than that.
            gits.shutdown(wait=False, cancel_futures=True)
        for task, asked in tasks.items():
            for name in asked:
                if name not in work.answers:
                    work.answers[name] = self._unanswered(task, name)

    def _unanswered(self, task: asyncio.Task[None], name: str) -> Answer:
        """Why a task left `name` without an answer: the deadline, or a fault of ours that must not stay hidden."""
        fault = None if task.cancelled() else task.exception()
        why = Unreachable(f"not read: the pass had to end after {self._deadline:g} s")
        if fault is not None:
            _log.error("reading the status document of %s failed", name, exc_info=fault)
            why = Unreachable(f"reading it failed inside Convoy ({type(fault).__name__}); the log has more")
        return Answer(why, why)

    async def _ask(self, work: _Pass, gits: ThreadPoolExecutor, one: Wanted, place: GitPlace, end: Deadline) -> None:
        way = await self._way(place)
        if isinstance(way, Unreachable):
            work.answers[one.repository] = Answer(way, way)
            return
        read = partial(self._git.read, place, one, way, end)
        work.answers[one.repository] = await asyncio.get_running_loop().run_in_executor(gits, read)

    async def _way(self, place: GitPlace) -> Route | Unreachable:
        """How git gets there: to an address that was judged, and to no other that the name may have later."""
        if not place.host:
            return route(place, [])
        try:
            addresses = await asyncio.wait_for(self._rules.resolve(place.host, place.port), self._rules.deadline)
        except (OSError, UnicodeError, TimeoutError):
            return Unreachable(f"{place.url} cannot be reached: its name cannot be resolved")
        if not addresses or not (self._rules.allow_private or all(map(is_public, addresses))):
            return Unreachable(
                f"{place.url} is not read: it is not on the public internet, and private addresses are not allowed here"
            )
        return route(place, addresses)

    async def _fetch(self, work: _Pass, name: str, url: httpx.URL) -> None:
        async with work.slots:
            line = work.idle.pop() if work.idle else await self._line(work)
            try:
                work.answers[name] = Answer(await fetch(line, url, name, self._rules), _NO_LIST)
            finally:
                if line.broken:
                    await line.aclose()
                else:
                    work.idle.append(line)

    async def _line(self, work: _Pass) -> Line:
        return Line(self._rules, await self._tls_context(work))

    async def _tls_context(self, work: _Pass) -> ssl.SSLContext:
        """Made once, in a thread: reading the certificates of the world takes 45 ms."""
        async with work.making_tls:
            if self._context is None:
                self._context = await asyncio.to_thread(self._tls)
            return self._context


async def _read_batch(work: _Pass, batch: Mapping[str, ReadFile]) -> None:
    async with work.threads:
        work.answers |= await asyncio.to_thread(lambda: {name: read() for name, read in batch.items()})
