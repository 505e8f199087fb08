"""Simulated forges, and time that passes only when somebody sleeps."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import SecretStr

from bot.services.ports import Answer, SourceMemory, Wanted
from bot.sources.collect import Sources
from bot.sources.forges import Forge, Kind, MemoryOfProcess
from bot.sources.forges.gate import Timing
from tests.sources.forges.forge_server import ForgeServer, running
from tests.sources.forges.github_server import GitHub

TOKEN = "s3cret-token"
NOON = 1_772_539_200.0  # 2026-03-03T12:00:00Z


class HeldTime:
    """Seconds since 1970 that stand still; whoever sleeps moves them, and is noted."""

    def __init__(self) -> None:
        self.now = NOON
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def timing(self) -> Timing:
        return Timing(lambda: self.now, self.sleep)


class Desk:
    """Sources over one simulated forge, with a memory that lasts."""

    def __init__(self, server: ForgeServer, kind: Kind, host: str, time: HeldTime) -> None:
        self.server, self.kind, self.host, self.time = server, kind, host, time
        self.memory: SourceMemory = MemoryOfProcess()
        self.made: Sources | None = None
        self.token: str | None = TOKEN

    def forge(self) -> Forge:
        base = self.server.base
        secret = None if self.token is None else SecretStr(self.token)
        return Forge(self.kind, self.host, base, f"{base}/graphql", secret, f"CONVOY_{self.kind.upper()}_TOKEN")

    def sources(self, **options: Any) -> Sources:
        given = {"allow_paths": False, "allow_http": True, "allow_private": True, "document_deadline": 5.0} | options
        self.made = Sources(None, forges=[self.forge()], memory=self.memory, timing=self.time.timing(), **given)
        return self.made

    async def read(self, *wanted: Wanted | str, again: bool = False, **options: Any) -> dict[str, Answer]:
        """One pass over repositories of acme; `again`: by the same sources as before, with their gates."""
        sources = self.made if again and self.made else self.sources(**options)
        rows = [one if isinstance(one, Wanted) else Wanted(one, f"{self.kind}:acme/{one}") for one in wanted]
        return dict(await sources.collect(rows))

    async def one(self, wanted: Wanted | str, **options: Any) -> Answer:
        (answer,) = (await self.read(wanted, **options)).values()
        return answer


@pytest.fixture
def held() -> HeldTime:
    return HeldTime()


@pytest.fixture
async def github(held: HeldTime) -> AsyncIterator[Desk]:
    server = GitHub()
    async with running(server):
        yield Desk(server, Kind.GITHUB, "github.com", held)
