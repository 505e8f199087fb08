"""What a hook sets going: a look at the store, a pass over the plans that watch the repository, and never a crowd."""

import asyncio
from collections.abc import Callable

import pytest

from bot.services.hearing import Hearing
from bot.services.ports import StoreUnavailableError
from bot.web.hook_news import moved
from tests.services.world import SLUG, World

STORE = "https://forge.example/acme/plans.git"


def at(address: str) -> Callable[[str], bool]:
    news = moved("push", {"repository": {"clone_url": address}})
    assert news is not None
    return news.is_at


class Ears(Hearing):
    """A Hearing that notes what it sets going; a pass takes as long as `slow` says."""

    def __init__(self, world: World) -> None:
        self.looked = 0
        self.passes: list[str] = []
        self.slow = asyncio.Event()
        self.slow.set()
        self.down = False
        super().__init__(world.planning, STORE, self._note_look, self._note_pass)

    async def _note_look(self) -> None:
        self.looked += 1

    async def _note_pass(self, slug: str) -> None:
        self.passes.append(slug)
        await self.slow.wait()
        if self.down:
            raise StoreUnavailableError("away")


@pytest.fixture
def ears(world: World) -> Ears:
    rows = [
        {"name": "server", "version": "v1", "status": "ON_TRACK", "source": "git+https://forge.example/acme/server"}
    ]
    groups = [{"name": "All", "lead": "Captain A", "repositories": rows}]
    world.open_plan("autumn", releaseGroups=groups, status="IN_PROGRESS")
    world.open_plan("over", releaseGroups=groups, status="RELEASED")
    return Ears(world)


async def test_a_push_to_the_store_is_looked_at_and_nothing_else(ears: Ears) -> None:
    await ears.moved(at(STORE))
    assert (ears.looked, ears.passes) == (1, [])


async def test_what_moved_in_a_repository_is_a_pass_over_the_plans_that_watch_it(ears: Ears) -> None:
    await ears.moved(at("git@forge.example:Acme/Server.git"))
    assert (ears.looked, ears.passes) == (0, ["autumn"])
    assert SLUG not in ears.passes


async def test_a_repository_that_names_no_source_is_found_in_its_organisation(ears: Ears, world: World) -> None:
    rows = [{"name": "agent", "version": "v1", "status": "ON_TRACK"}]
    groups = [{"name": "All", "lead": "Captain A", "repositories": rows}]
    world.open_plan("spring", releaseGroups=groups, organisation="github:acme")
    await ears.moved(at("https://github.com/acme/agent.git"))
    assert ears.passes == ["spring"]


async def test_what_nobody_watches_is_not_looked_at(ears: Ears) -> None:
    await ears.moved(at("https://forge.example/acme/other.git"))
    assert (ears.looked, ears.passes) == (0, [])


async def test_many_hooks_at_once_are_one_pass_that_runs_and_one_that_follows(ears: Ears) -> None:
    ears.slow.clear()
    first = asyncio.create_task(ears.moved(at("https://forge.example/acme/server")))
    while not ears.passes:
        await asyncio.sleep(0.001)
    more = [asyncio.create_task(ears.moved(at("https://forge.example/acme/server"))) for _ in range(20)]
    await asyncio.gather(*more)
    assert ears.passes == ["autumn"]
    ears.slow.set()
    await first
    assert ears.passes == ["autumn", "autumn"], "what came while it ran may have come after it had looked"


async def test_a_pass_that_does_not_get_through_stops_nothing(ears: Ears) -> None:
    ears.down = True
    await ears.moved(at("https://forge.example/acme/server"))
    await ears.moved(at("https://forge.example/acme/server"))
    assert ears.passes == ["autumn", "autumn"]
