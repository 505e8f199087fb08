"""How one host is treated during a pass: carefully until it has answered, then a few at a time, and not at all while it
is dead.

Without this, a host that takes every request and answers none would hold all that may be under way at once, and the
repositories of other hosts would wait for the end of the pass.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.sources.forges.gate import Gate, Timing

FIRST = 2
"""Repositories that are asked at the same time of a host that has not answered yet in this pass."""
WIDTH = 12
"""The same once it has."""


class Door:
    """One host during one pass that `ends` at a moment. `gate` outlives the pass, and remembers the failures."""

    def __init__(self, gate: Gate, ends: float) -> None:
        self._gate, self._ends = gate, ends
        self._places = asyncio.Semaphore(FIRST)
        self._wide = False

    @asynccontextmanager
    async def entered(self) -> AsyncIterator[str | None]:
        """A place at this host, for one request; or in words why nothing is asked there now."""
        async with self._places:
            yield await self._gate.enter(self._ends)

    def heard(self, fault: str) -> None:
        """What one request came to: `fault` says in words that the host did not answer; empty, and it did."""
        if fault:
            self._gate.failed(fault)
            return
        self._gate.answered()
        if not self._wide:
            self._wide = True
            for _ in range(WIDTH - FIRST):
                self._places.release()


class Hosts:
    """Every host that was ever asked, with what went wrong there last."""

    def __init__(self, timing: Timing) -> None:
        self._timing = timing
        self._gates: dict[str, Gate] = {}

    def doors(self, seconds: float) -> "Doors":
        """The doors of one pass that has so many seconds."""
        return Doors(self, self._timing.now() + seconds)

    def gate(self, host: str) -> Gate:
        """The gate of a host, the same in every pass."""
        return self._gates.setdefault(host, Gate(host, self._timing))


class Doors:
    """The doors of one pass."""

    def __init__(self, hosts: Hosts, ends: float) -> None:
        self._hosts, self._ends = hosts, ends
        self._doors: dict[str, Door] = {}

    def to(self, host: str) -> Door:
        """The one of a host."""
        if host not in self._doors:
            self._doors[host] = Door(self._hosts.gate(host), self._ends)
        return self._doors[host]
