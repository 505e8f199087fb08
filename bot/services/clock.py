"""The real clock, and one that stands still until told."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


class SystemClock:
    """The machine's time in UTC."""

    def now(self) -> datetime:
        """Now, in UTC, with zone."""
        return datetime.now(UTC)


@dataclass
class FixedClock:
    """A time that is set by hand: for `--now`, tests and the demo."""

    moment: datetime

    def now(self) -> datetime:
        """The moment that it was set to."""
        return self.moment

    def advance(self, by: timedelta) -> None:
        """Move forward."""
        self.moment += by
