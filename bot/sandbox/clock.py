"""Where the sandbox takes its time from, so that a test can hold it and a demo can run through weeks."""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """The time. Any object with `now()` in UTC, with zone, will do."""

    def now(self) -> datetime:
        """Now, in UTC, with zone."""


class SystemClock:
    """The time of this machine."""

    def now(self) -> datetime:
        """Now, in UTC."""
        return datetime.now(UTC)


class ManualClock:
    """A clock that stands still until it is moved."""

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ValueError("a clock needs a time with zone; add tzinfo=UTC")
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """The time it was set to."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move on by so many seconds."""
        self._now += timedelta(seconds=seconds)

    def set(self, moment: datetime) -> None:
        """Jump to a moment (with zone)."""
        self._now = moment.astimezone(UTC)
