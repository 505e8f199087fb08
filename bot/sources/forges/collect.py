"""A pass over the repositories at forges: every forge by itself, all within the deadline, failures as values."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime

from bot.services.ports import Answer, NotAsked, Refused, SourceMemory, Unreachable, Wanted
from bot.sources.endings import ended, our_fault, wait_until
from bot.sources.forges.apart import apart
from bot.sources.forges.asking import Asker, Lines
from bot.sources.forges.by_graphql import ByGraphQL
from bot.sources.forges.by_rest import ByRest
from bot.sources.forges.gate import Gate, Timing
from bot.sources.forges.memory import MemoryOfProcess, Notes
from bot.sources.forges.parties import parties
from bot.sources.forges.places import Asked, Forge, Kind, Place, find, of_organisation
from bot.sources.https import Line, Rules

_log = logging.getLogger(__name__)

Named = Place | Refused | Unreachable | NotAsked
"""A repository, or why there is none to be asked for."""
_AT_ONCE = 8
"""Requests that are under way at one forge."""


class Forges:
    """The forges that are known here, what they want of us, and what they said before.

    `organisation`: where a repository is of which neither its plan nor a folder of reports says it. `deadline` of a
    pass in seconds. The gates live as long as this object: a pause of an hour outlives a pass.
    """

    def __init__(
        self,
        forges: Sequence[Forge],
        rules: Rules,
        deadline: float,
        *,
        organisation: str | None = None,
        memory: SourceMemory | None = None,
        timing: Timing | None = None,
    ) -> None:
        self._forges, self._rules, self._deadline = tuple(forges), rules, deadline
        self._organisation = organisation
        self._memory = memory or MemoryOfProcess()
        self._timing = timing or Timing()
        self._gates = {forge.host: Gate(forge.host, self._timing) for forge in forges}

    def waiting(self) -> Mapping[str, datetime]:
        """The forges that want no requests now, by host, each with the moment until which."""
        return {host: until for host, gate in self._gates.items() if (until := gate.waiting()) is not None}

    def named(self, source: str) -> Named | None:
        """The repository that a source means; None: it means something else."""
        return self._allowed(find(source, self._forges), source)

    def default(self, one: Wanted) -> Named | None:
        """Where a repository without a source is: in the organisation of its plan, else of the settings, if any."""
        organisation = one.organisation or self._organisation
        if organisation is None:
            return None
        return self._allowed(of_organisation(organisation, one.repository, self._forges), organisation)

    def _allowed(self, found: Named | None, source: str) -> Named | None:
        hosts = self._rules.allowed_hosts
        if not isinstance(found, Place) or hosts is None or found.forge.host.partition(":")[0] in hosts:
            return found
        return Unreachable(f"{source} is not read: the host {found.forge.host} is not on the list of allowed hosts")

    async def collect(
        self, asked: Sequence[Asked], connect: Callable[[], Awaitable[Line]], answers: dict[str, Answer]
    ) -> None:
        """One answer for every repository asked for, by its name, into `answers`. Raises nothing for any of them."""
        if not asked:
            return
        notes = Notes(self._memory)
        lines = Lines(connect)
        by_forge: dict[str, list[Asked]] = {}
        for one in asked:
            by_forge.setdefault(one.place.forge.host, []).append(one)
        tasks = {asyncio.create_task(self._forge(some, notes, lines, answers)): some for some in by_forge.values()}
        try:
            await wait_until(tasks, self._deadline)
        finally:
            await lines.aclose()
        await notes.save()
        for task, some in tasks.items():
            self._complete(task, some, answers)

    async def _forge(self, asked: Sequence[Asked], notes: Notes, lines: Lines, answers: dict[str, Answer]) -> None:
        forge = asked[0].place.forge
        ends = self._timing.now() + self._deadline
        rules = Rules(
            self._rules.allow_http, self._rules.allow_private, None, self._rules.deadline, self._rules.resolve
        )
        slots = asyncio.Semaphore(_AT_ONCE)

        async def party(owner: str, some: Sequence[Asked]) -> None:
            asker = Asker(forge, self._gates[forge.host], rules, lines, ends, slots, owner)
            left = some
            if forge.kind is Kind.GITHUB and forge.lets_in:
                left = await ByGraphQL(forge, asker, notes, answers).run(some)
            if left:
                await ByRest(forge, asker, notes, answers).run(left)

        by_owner = await parties(forge, asked, answers)
        await apart([(some, party(owner, some)) for owner, some in by_owner.items()], answers)

    def _complete(self, task: asyncio.Task[None], asked: Sequence[Asked], answers: dict[str, Answer]) -> None:
        """Say of those without an answer why: the deadline, or a fault of ours that must not stay hidden."""
        fault = None if task.cancelled() else task.exception()
        why = ended(self._deadline)
        if fault is not None:
            _log.error("reading the repositories at %s failed", asked[0].place.forge.host, exc_info=fault)
            why = our_fault(fault)
        for one in asked:
            answers.setdefault(one.repository, Answer(why, why))
