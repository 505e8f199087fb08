"""Asks package indexes during a pass: each package once, however many repositories name it; failures are values."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime

from bot.release.json_text import size
from bot.services.ports import Listed, Listing, SourceMemory, Unreachable, Wanted
from bot.sources.endings import our_fault, wait_until
from bot.sources.forges.asking import Asker, Lines
from bot.sources.forges.gate import Gate, Timing
from bot.sources.forges.limits import Reply
from bot.sources.forges.memory import MemoryOfProcess, Notes, is_mark
from bot.sources.https import Line, Rules
from bot.sources.packages import formats, places
from bot.sources.packages.formats import Versions
from bot.sources.packages.places import Index, Kind

_log = logging.getLogger(__name__)

MOST_BYTES = 32 * 1024 * 1024
"""Of one document: the largest packages of npm have thousands of versions, each with all that it needs."""
_AT_ONCE = 2
"""Requests under way at one index; more would hold too much in memory at a time."""
_DOCUMENTS = 3
"""A package may take as long as so many status documents."""


class Packages:
    """The indexes that are set up here, and what they said before. `deadline` of a pass in seconds."""

    def __init__(
        self,
        indexes: Sequence[Index],
        rules: Rules,
        deadline: float,
        *,
        memory: SourceMemory | None = None,
        timing: Timing | None = None,
    ) -> None:
        self._indexes = {index.kind: index for index in indexes}
        self._rules, self._deadline = rules, deadline
        self._memory = memory or MemoryOfProcess()
        self._timing = timing or Timing()
        self._gates = {index.kind: Gate(index.host, self._timing) for index in indexes}

    def waiting(self) -> Mapping[str, datetime]:
        """The indexes that want no requests now, by host, each with the moment until which."""
        return {gate.host: until for gate in self._gates.values() if (until := gate.waiting()) is not None}

    async def collect(self, wanted: Sequence[Wanted], connect: Callable[[], Awaitable[Line]]) -> Mapping[str, Listing]:
        """The versions of every repository that names packages, by its name. Raises nothing for any of them."""
        named = {one.repository: one.packages for one in wanted if one.packages}
        if not named:
            return {}
        found = await self._packages(list(dict.fromkeys(p for packages in named.values() for p in packages)), connect)
        return {name: _together([found[package] for package in packages]) for name, packages in named.items()}

    async def _packages(
        self, packages: Sequence[str], connect: Callable[[], Awaitable[Line]]
    ) -> Mapping[str, Versions | Unreachable]:
        notes, lines = Notes(self._memory), Lines(connect)
        ends = self._timing.now() + self._deadline
        askers = {
            kind: Asker(index, self._gates[kind], self._rules, lines, ends, asyncio.Semaphore(_AT_ONCE))
            for kind, index in self._indexes.items()
        }
        tasks = {asyncio.create_task(self._package(package, askers, notes)): package for package in packages}
        try:
            await wait_until(tasks, self._deadline)
        finally:
            await lines.aclose()
        await notes.save()
        return {package: self._outcome(task, package) for task, package in tasks.items()}

    def _outcome(self, task: "asyncio.Task[Versions | Unreachable]", package: str) -> Versions | Unreachable:
        if task.cancelled():
            return Unreachable(f"{package} was not looked up: the pass had to end after {self._deadline:g} s")
        fault = task.exception()
        if fault is None:
            return task.result()
        _log.error("looking up %s failed", package, exc_info=fault)
        return our_fault(fault, f"looking up {package}")

    async def _package(self, package: str, askers: Mapping[Kind, Asker], notes: Notes) -> Versions | Unreachable:
        kind, name = places.kind_and_name(package)
        index = self._indexes.get(kind)
        if index is None:
            return Unreachable(places.not_set(package, kind))
        url, asker = index.url(name), askers[kind]
        await notes.load([url])
        known = notes.get(url)
        etag = known.mark if known else None
        reply = await asker.get(url, asker.budget(_DOCUMENTS), etag=etag, accept=index.accept, most=MOST_BYTES)
        if isinstance(reply, Unreachable):
            return reply
        if reply.status == 304 and known is not None:
            return formats.remembered(known.text)
        if reply.status in (404, 410):
            return {}  # nobody has published it, or it was taken back whole
        if reply.status != 200:
            return Unreachable(places.status_of(package, index, reply.status))
        return await self._read(reply, package, index, notes)

    async def _read(self, reply: Reply, package: str, index: Index, notes: Notes) -> Versions | Unreachable:
        if not reply.whole:
            return Unreachable(places.too_large(package, size(MOST_BYTES)))
        kind, name = places.kind_and_name(package)
        versions = await asyncio.to_thread(formats.versions_in, kind, name, reply.data)
        if versions is None:
            return Unreachable(places.no_sense(package, index))
        etag = reply.headers.get("etag", "")
        if is_mark(etag):
            notes.put(index.url(name), etag, formats.written(versions))
        return versions


def _together(found: Sequence[Versions | Unreachable]) -> Listing:
    """What all packages of a repository have; of one that could not be looked up nobody knows what it lacks."""
    for one in found:
        if isinstance(one, Unreachable):
            return one
    return Listed(formats.in_all([one for one in found if not isinstance(one, Unreachable)]))
