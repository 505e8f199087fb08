"""What lies ahead as services answer it: on a real repository, read once for each change and before nobody's answer."""

import asyncio
import threading
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.release.dates import dates
from bot.release.edits import SetStatus
from bot.release.experience import Lived
from bot.release.forecast import TooLittle
from bot.release.impact import Impact, NoImpact
from bot.release.record import Moves
from bot.release.status import Status
from bot.services.outlook import Outlook, gather
from bot.services.ports import PlanHistory, StoreError
from bot.store import open_history
from tests.services.world import LEA, NOW, SLUG, World
from tests.store.kit import git


class Counted(PlanHistory):
    """The real history, which notes what is asked, can be held up, and can be broken."""

    def __init__(self, inner: PlanHistory) -> None:
        self.inner = inner
        self.asked: list[str] = []
        self.told: list[int] = []
        self.open = threading.Event()
        self.open.set()
        self.broken = False

    def moves(self, slug: str, after: str | None = None) -> Moves:
        self.asked.append(slug)
        self.open.wait(30)
        if self.broken:
            raise StoreError("the disk is gone")
        found = self.inner.moves(slug, after)
        self.told.append(len(found.found))
        return found


@pytest.fixture
async def outlook(world: World) -> AsyncIterator[Outlook]:
    found = Outlook(world.planning, Counted(open_history(str(world.repository))))  # type: ignore[abstract]
    yield found
    await found.close()


def asked(outlook: Outlook) -> list[str]:
    history = outlook._history
    assert isinstance(history, Counted)
    return history.asked


def test_the_history_of_a_plan_that_has_gone_is_no_failure(world: World) -> None:
    history = open_history(str(world.repository))
    assert list(gather(history, (SLUG, "gone"))) == [SLUG]


async def test_history_is_read_once_for_each_change_of_a_plan(world: World, outlook: Outlook) -> None:
    view = await world.planning.view(SLUG)
    assert outlook.at_hand(view, "server") is None
    await outlook.learn()
    await outlook.learn()
    assert asked(outlook) == [SLUG]
    found = outlook.at_hand(view, "server")
    assert isinstance(found, TooLittle)
    assert "no release on record that took longer than 2 days" in found.reason
    assert outlook.at_hand(view, "nobody") is None
    world.open_plan("winter")
    await world.planning.refresh()
    await outlook.learn()
    assert asked(outlook) == [SLUG, "winter"]
    await world.planning.apply(SLUG, SetStatus("s", NOW, "server", Status.RELEASED), LEA)
    await outlook.learn()
    assert asked(outlook) == [SLUG, "winter", SLUG]


async def test_only_what_is_new_is_learnt_and_it_comes_to_the_same(world: World, outlook: Outlook) -> None:
    """Also after a rewind, when what was learnt lies in no history any more."""
    history = outlook._history
    assert isinstance(history, Counted)
    await outlook.learn()
    before = world.head()
    for number, status in enumerate((Status.AT_RISK, Status.READY, Status.RELEASED)):
        at = NOW + timedelta(hours=number)
        await world.planning.apply(SLUG, SetStatus(f"s{number}", at, "summit-app", status), LEA)
        await outlook.learn()
    assert history.told == [1, 1, 1, 1]

    def learnt() -> Lived:
        return outlook._learnt[SLUG].lived

    assert learnt() == gather(open_history(str(world.repository)), (SLUG,))[SLUG]
    git(world.repository, "update-ref", "refs/heads/main", before)
    await world.planning.refresh()
    await world.planning.apply(SLUG, SetStatus("other", NOW, "server", Status.BLOCKED), LEA)
    await outlook.learn()
    assert history.told == [1, 1, 1, 1, 2], "all of it again"
    assert learnt() == gather(open_history(str(world.repository)), (SLUG,))[SLUG]
    assert learnt().since["server"][0] is Status.BLOCKED


async def test_nobody_who_asks_waits_for_history(world: World, outlook: Outlook) -> None:
    history = outlook._history
    assert isinstance(history, Counted)
    history.open.clear()
    outlook.learn_soon()
    first = outlook._learning
    outlook.learn_soon()
    assert outlook._learning is first
    view = await world.planning.view(SLUG)
    assert (await outlook.date_of(view, "server")) is not None
    assert outlook.at_hand(view, "server") is None
    history.open.set()
    assert outlook._learning is not None
    await outlook._learning
    assert asked(outlook) == [SLUG]
    assert outlook.at_hand(view, "server") is not None


async def test_a_history_that_cannot_be_read_leaves_what_was_learnt(world: World, outlook: Outlook) -> None:
    history = outlook._history
    assert isinstance(history, Counted)
    await outlook.learn()
    await world.planning.apply(SLUG, SetStatus("s", NOW, "summit-app", Status.AT_RISK), LEA)
    history.broken = True
    outlook.learn_soon()
    assert outlook._learning is not None
    await outlook._learning
    assert outlook.at_hand(await world.planning.view(SLUG), "server") is not None
    history.broken = False
    await outlook.learn()
    assert len(asked(outlook)) == 3


async def test_dates_are_computed_once_for_each_view(world: World, outlook: Outlook) -> None:
    view = await world.planning.view(SLUG)
    first = await outlook.dates(view)
    assert await outlook.dates(view) is first
    assert first == dates(view.folder, view.assessment.now)


async def test_asking_what_a_slip_would_do_writes_nothing(world: World, outlook: Outlook) -> None:
    head = world.head()
    view = await world.planning.view(SLUG)
    found = await outlook.impact(view, "server", timedelta(days=5))
    assert isinstance(found, Impact)
    assert [m.after.name for m in found.late] == ["summit-app", "server"]
    assert isinstance(await outlook.impact(view, "serv", None), NoImpact)
    assert world.head() == head
    assert (await world.planning.view(SLUG)) is view
    await asyncio.sleep(0)
