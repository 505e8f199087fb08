"""The questions of history as services answer them: on a real repository, by the plan's calendar and the clock."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bot.release.edits import SetStatus
from bot.release.moments import Ago
from bot.release.record import Way
from bot.release.status import Status
from bot.services.clock import FixedClock
from bot.services.history import A_WEEK, History
from bot.services.planning import Planning, View
from bot.services.ports import Author, PlanNotFoundError, StoreError
from bot.store import GitStore, LocalStore, open_history, open_store
from tests.store.kit import ANN, add, later, render, ship

LATE = datetime(2026, 3, 10, 23, 30, tzinfo=UTC)
"""The eleventh in Berlin."""


class World:
    """A plan of a zone east of Greenwich, with four commits on three days."""

    def __init__(self, folder: Path, **plan: object) -> None:
        place = LocalStore(folder / "plans.git")
        self.store: GitStore = open_store(place, render, durable=False)
        self.store.update("summit", add(timezone="Europe/Berlin", **plan), ANN)
        self.store.update("summit", ship("v1.6.0", "ship", at=later(days=1)), ANN)
        self.status("server", Status.READY, 2)
        self.status("summit-app", Status.AT_RISK, 2)
        self.clock = FixedClock(LATE)
        self.planning = Planning(self.store, self.clock)
        self.history = History(open_history(place), self.clock)

    def status(self, repository: str, status: Status, days: int) -> None:
        edit = SetStatus(f"{repository}-{status}", later(days=days), repository, status)
        self.store.update("summit", edit, Author("Bo", "bo@example.org"))

    async def view(self) -> View:
        return await self.planning.view("summit")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


async def test_days_back_are_those_of_the_plans_calendar(world: World) -> None:
    view = await world.view()
    assert world.history.beginning(view, Ago(0)) == date(2026, 3, 11)
    assert world.history.beginning(view, A_WEEK) == date(2026, 3, 4)
    assert world.history.beginning(view, Ago(10**9)) == date(1970, 1, 1)
    assert world.history.beginning(view, date(2026, 1, 1)) == date(2026, 1, 1)
    assert world.history.beginning(view, "1a2b3c4") == "1a2b3c4"


async def test_what_changed_and_the_way_of_one(world: World) -> None:
    found = await world.history.diff("summit", date(2026, 3, 5))
    assert {(t.change.repository, t.change.after, t.mark.author) for t in found.told} == {
        ("server", "READY", "Bo"), ("summit-app", "AT_RISK", "Bo"),
    }  # fmt: skip
    way = await world.history.timeline("summit", "server")
    assert isinstance(way, Way)
    assert [t.change.after for t in way.told] == ["READY", "v1.6.0", None]
    with pytest.raises(PlanNotFoundError):
        await world.history.diff("sumit", date(2026, 3, 5))


async def test_the_trend_goes_on_until_today(world: World) -> None:
    found = await world.history.trend(await world.view())
    assert [(p.day.day, p.counts.ready, p.counts.scope, p.counts.at_risk) for p in found.points] == [
        (3, 0, 2, 1), (4, 0, 2, 1), *((day, 1, 2, 1) for day in range(5, 12)),
    ]  # fmt: skip
    assert found.release_date == date(2026, 3, 15)


@pytest.mark.parametrize("status", ["RELEASED", "CANCELLED"])
async def test_the_trend_of_a_train_that_is_over_ends_with_its_last_change(tmp_path: Path, status: str) -> None:
    world = World(tmp_path, status=status)
    found = await world.history.trend(await world.view())
    assert found.points[-1].day == date(2026, 3, 5)


async def test_the_picture_says_in_words_what_it_shows(world: World) -> None:
    view = await world.view()
    file = await world.history.picture(view, await world.history.trend(view))
    assert file.name == "summit-trend.png"
    assert file.title == "Summit 2026 Q1 Launch: trend"
    assert file.content.startswith(b"\x89PNG\r\n")
    assert "1 of 2 ready or released, 1 at risk or blocked" in file.alt
    assert "Release date: Sun 15 Mar 2026, 4 days to go." in file.comment


async def test_status_as_of_a_day_and_history_agree(world: World) -> None:
    """The state that `/release status as of DATE` shows is the one that history counts at the end of that day."""
    trend = await world.history.trend(await world.view())
    for point in trend.points:
        then = (await world.planning.view("summit", at=point.day)).assessment
        statuses = [r.status for r in then.repositories]
        assert point.counts.ready == statuses.count(Status.READY), point.day
        assert point.counts.at_risk == statuses.count(Status.AT_RISK), point.day


async def test_of_today_nobody_knows_the_end(world: World) -> None:
    view = await world.planning.view("summit", at=date(2026, 3, 11))
    assert view.assessment.now == LATE
    with pytest.raises(StoreError, match="has not come yet"):
        await world.planning.view("summit", at=date(2026, 3, 12))


async def test_a_plan_that_is_younger_than_the_store_was_not_there_yet(world: World) -> None:
    world.store.update("winter", add("add-2", at=later(days=3)), ANN)
    with pytest.raises(StoreError, match="there was no plan 'winter' on Wed 4 Mar yet"):
        await world.planning.view("winter", at=date(2026, 3, 4))
    assert (await world.planning.view("winter", at=date(2026, 3, 6))).assessment.repositories
