"""Collects the documents of many repositories at once: each from its own source, none able to hold up another.

What a plan names decides: a git repository is asked, another URL is fetched, a path is read where paths are allowed,
and what names nothing is looked for in the folder of reports. All runs under one deadline for the pass; what is not
there by then is unreachable.
"""

import asyncio
import re
import ssl
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import httpx

from bot.release.plan import Problem
from bot.release.progress import Progress
from bot.services.ports import (
    Answer,
    Listing,
    NotAsked,
    Refused,
    SourceMemory,
    Unreachable,
    Wanted,
    Watch,
)
from bot.sources.addresses import Resolve, resolve
from bot.sources.apiece import NO_LIST, Apiece, ReadFile, Work
from bot.sources.endings import ended
from bot.sources.files import has_report, read_path, read_report, read_tags
from bot.sources.forges.collect import Forges
from bot.sources.forges.gate import Timing
from bot.sources.forges.places import Asked, Forge, Place
from bot.sources.git import GitReader
from bot.sources.git_urls import GitPlace, git_place
from bot.sources.hosts import Hosts
from bot.sources.https import Line, Rules, judge
from bot.sources.packages import Index, Packages
from bot.sources.turns import Turns
from bot.sources.watched import watched

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*://")


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
        self._deadline, self._turns = pass_deadline, Turns()
        self._apiece = Apiece(
            self._rules, GitReader(repository_deadline), Hosts(timing or Timing()), pass_deadline, concurrency, memory
        )
        self._forges = Forges(
            forges, self._rules, pass_deadline, organisation=organisation, memory=memory, timing=timing
        )
        self._packages = Packages(indexes, self._rules, pass_deadline, memory=memory, timing=timing)
        self._tls = tls
        self._context: ssl.SSLContext | None = None

    async def collect(self, wanted: Sequence[Wanted], watch: Watch | None = None) -> Mapping[str, Answer]:
        """One answer for every repository asked for, keyed by name. Raises nothing for any of them."""
        answers: dict[str, Answer] = {}
        async with watched(watch, partial(self._progress, answers, len(wanted))):
            return await self._collect(wanted, answers)

    def _progress(self, answers: Mapping[str, Answer], total: int) -> Progress:
        failed = sum(isinstance(one.document, Refused | Unreachable) for one in answers.values())
        return Progress(len(answers), total, failed, {**self._forges.waiting(), **self._packages.waiting()})

    async def _collect(self, wanted: Sequence[Wanted], answers: dict[str, Answer]) -> Mapping[str, Answer]:
        work, asked = Work(), list[Asked]()
        reported = await self._reported(wanted)
        ordered = self._turns.ordered(wanted)
        for one in ordered:
            found = self._sort(one, reported)
            if isinstance(found, httpx.URL):
                work.pages.append((one, found))
            elif isinstance(found, GitPlace):
                work.places.append((one, found))
            elif isinstance(found, Place):
                asked.append(Asked(one, found))
            elif callable(found):
                work.files[one.repository] = found
            else:
                answers[one.repository] = found
        listings = await self._read(work, asked, ordered, answers)
        found_all = {one.repository: answers[one.repository] for one in wanted}
        return found_all | {name: Answer(found_all[name].document, listing) for name, listing in listings.items()}

    async def _read(
        self, work: Work, asked: Sequence[Asked], wanted: Sequence[Wanted], answers: dict[str, Answer]
    ) -> Mapping[str, Listing]:
        """Everything at once, into `answers`; and the versions of those that are packages."""
        connect = partial(self._line, asyncio.Lock())
        at_forges = asyncio.create_task(self._forges.collect(asked, connect, answers))
        at_indexes = asyncio.create_task(self._packages.collect(wanted, connect))
        try:
            missed = await self._apiece.run(work, answers, connect)
            await at_forges
            listings = await at_indexes
        finally:
            at_forges.cancel()
            at_indexes.cancel()
            await asyncio.gather(at_forges, at_indexes, return_exceptions=True)
        over = ended(self._deadline)
        self._turns.note(wanted, missed | {o.repository for o in asked if answers[o.repository].document == over})
        return listings

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
            return Answer(page, NO_LIST) if isinstance(page, Unreachable) else page
        if source and not self._allow_paths:
            reason = "the source is a path, and only https URLs are read here"
            return Answer(Refused(source, (Problem(0, reason),)), NO_LIST)
        if source:
            return lambda: Answer(read_path(source, self._base, one.repository), NO_LIST)
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

    async def _line(self, making: asyncio.Lock) -> Line:
        return Line(self._rules, await self._tls_context(making))

    async def _tls_context(self, making: asyncio.Lock) -> ssl.SSLContext:
        """Made once, in a thread: reading the certificates of the world takes 45 ms."""
        async with making:
            if self._context is None:
                self._context = await asyncio.to_thread(self._tls)
            return self._context
