"""How far a pass has come, while it goes on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.release import words

_HOSTS = 3


@dataclass(frozen=True)
class Progress:
    """`done` of `total` repositories are read, `failed` of them refused or out of reach.

    `waiting`: hosts that want no requests now, each with the moment (with zone) until which.
    """

    done: int
    total: int
    failed: int = 0
    waiting: Mapping[str, datetime] = field(default_factory=dict)

    def told(self) -> str:
        """In words, without an end: `4,200 of 10,000 repositories, 12 of them could not be read`."""
        failed = f", {self.failed:,} of them could not be read" if self.failed else ""
        return f"{self.done:,} of {words.count(self.total, 'repository', 'repositories')}{failed}"

    def held_up(self) -> str:
        """What it waits for, in words: `waiting for github.com until 12:30:05 UTC`; empty where for nothing."""
        hosts = [f"{host} until {until:%H:%M:%S %Z}" for host, until in sorted(self.waiting.items())]
        return f"waiting for {words.listing(hosts, _HOSTS)}" if hosts else ""
