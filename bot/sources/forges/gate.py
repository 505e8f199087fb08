"""The gate before one forge: shut while it wants to be left alone, and while it fails again and again.

It outlives a pass, for a forge that says "in an hour" means the next passes too.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

FAULTS = 5
"""Failures in a row after which a forge is left alone."""
REST = 60.0
"""Seconds for which it then is."""


@dataclass(frozen=True)
class Timing:
    """The time in seconds since 1970, and how to let some of it pass; tests hold both."""

    now: Callable[[], float] = time.time
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


@dataclass
class Gate:
    """Counts what went wrong at `host`, and remembers until when it wants no requests. One event loop at a time."""

    host: str
    timing: Timing = field(default_factory=Timing)
    _paused: float = 0.0
    _broken: float = 0.0
    _faults: int = 0
    _last: str = ""

    async def enter(self, ends: float) -> str | None:
        """Waits until a request may go out; or says why none may before the pass `ends`."""
        while True:
            now = self.timing.now()
            if now < self._broken:
                return f"{self.host} is not asked for a while: it failed {FAULTS} times in a row ({self._last})"
            if now >= self._paused:
                return None
            if self._paused >= ends:
                return (
                    f"not read: {self.host} wants no more requests until {_clock(self._paused)}, "
                    "and the pass ends before that; a later pass reads it"
                )
            await self.timing.sleep(self._paused - now)

    def waiting(self) -> datetime | None:
        """Until when it wants no requests, if it does not want any now."""
        return datetime.fromtimestamp(self._paused, UTC) if self.timing.now() < self._paused else None

    def pause(self, until: float) -> None:
        """The forge said until when it wants to be left alone."""
        self._paused = max(self._paused, until)

    def answered(self) -> None:
        """It does what it should, be it to say no."""
        self._faults = 0

    def failed(self, reason: str) -> None:
        """It did not answer, or with a fault of its own; `reason` in words."""
        self._faults += 1
        self._last = reason
        if self._faults >= FAULTS:
            self._broken = self.timing.now() + REST
            self._faults = FAULTS - 1  # after the rest one failure is enough


def _clock(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M:%S} UTC"
