"""Reading plans from memory, editing them through git."""

import asyncio
import copy
import os
import shutil
import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.app import render_dashboard
from bot.release.edits import AddDependency, Conflict, SetDate, SetVersion
from bot.release.status import Status
from bot.services.planning import SERVES, Planning, Unresolved
from bot.services.ports import Person, PlanNotFoundError, PlanState, StoreError, StoreUnavailableError, Updated
from bot.store import GitStore, locate, open_store
from bot.store.location import LocalStore
from tests.services.world import LEA, NOW, PLAN, SLUG, World
from tests.store.kit import git


def ship(version: str, edit_id: str = "e1") -> SetVersion:
    return SetVersion(edit_id, NOW, "server", version)


async def test_a_view_is_of_the_newest_commit_and_says_when_that_was_confirmed(world: World) -> None:
    view = await world.planning.view(SLUG)
    assert (view.slug, view.commit, view.as_of) == (SLUG, world.head(), NOW)
    assert view.assessment.plan.release_name == "Summit 2026 Q1 Launch"
    assert [r.name for r in view.assessment.repositories] == ["summit-app", "server"]
    assert view.people["Captain A"] == Person("Captain A", "U0ANA", None, "Bo")
    assert await world.planning.slugs() == (SLUG,)


async def test_answers_come_from_memory_even_when_the_repository_has_gone(world: World) -> None:
    first = await world.planning.view(SLUG)
    world.store.close()
    shutil.rmtree(world.repository)
    assert await world.planning.view(SLUG) is first
    assert await world.planning.resolve(None, None) == SLUG
    assert (await world.planning.state(SLUG)).commit == first.commit


async def test_a_view_serves_for_a_while_and_then_the_days_and_ages_are_counted_anew(world: World) -> None:
    first = await world.planning.view(SLUG)
    world.clock.advance(SERVES)
    assert await world.planning.view(SLUG) is first
    world.clock.advance(timedelta(seconds=1))
    later = await world.planning.view(SLUG)
    assert later.assessment.now == NOW + SERVES + timedelta(seconds=1)
    assert later.as_of == NOW  # nobody has looked at the store since
    world.clock.advance(SERVES / 2)
    await world.planning.warm()
    assert (await world.planning.view(SLUG)).assessment.now == world.clock.now()


async def test_what_people_push_shows_after_a_refresh(world: World) -> None:
    before = await world.planning.view(SLUG)
    world.clock.advance(timedelta(seconds=5))
    world.push_plan(releaseDate="2026-03-20")
    assert await world.planning.view(SLUG) is before
    await world.planning.refresh()
    after = await world.planning.view(SLUG)
    assert after.assessment.plan.release_date == date(2026, 3, 20)
    assert (after.commit, after.as_of) == (world.head(), NOW + timedelta(seconds=5))


async def test_who_is_who_may_change_without_the_plan(world: World) -> None:
    await world.planning.view(SLUG)
    world.push("captains.json", {"Captain A": {"slack": "U0NEW"}})
    await world.planning.refresh()
    assert (await world.planning.view(SLUG)).people["Captain A"].slack_user == "U0NEW"
    assert world.planning.people["Captain A"].slack_user == "U0NEW"


async def test_a_plan_that_is_not_there_names_those_that_are(world: World) -> None:
    with pytest.raises(PlanNotFoundError, match=r"there is no plan 'sumit'; known plans: summit"):
        await world.planning.view("sumit")
    with pytest.raises(PlanNotFoundError):
        await world.planning.state("sumit")


async def test_without_any_plan_there_is_a_hint_what_to_do(bare: World) -> None:
    assert await bare.planning.slugs() == ()
    with pytest.raises(PlanNotFoundError, match="convoy plan add FILE"):
        await bare.planning.view(SLUG)
    assert await bare.planning.resolve(None, None) == Unresolved("There is no plan yet", ())


async def test_a_broken_plan_is_served_as_it_was_and_hides_no_other(world: World) -> None:
    world.open_plan("autumn", releaseName="Autumn")
    good = world.head()
    world.push_plan(releaseName=7)
    world.push("plans/never/release_plan.json", b"{")
    await world.planning.refresh()
    assert await world.planning.slugs() == ("autumn", SLUG)
    view = await world.planning.view(SLUG)
    assert view.assessment.plan.release_name == "Summit 2026 Q1 Launch"
    assert view.bad_head is not None
    assert (view.bad_head.author, view.bad_head.problems[0].line) == ("Bo Hand", 2)
    assert view.commit == good
    assert (await world.planning.view("autumn")).bad_head is None
    with pytest.raises(StoreError, match="'never' cannot be read"):
        await world.planning.view("never")


async def test_a_day_ends_in_the_zone_of_the_plan(bare: World) -> None:
    """23:30 in Berlin is still that day there, and 22:30 of the day in UTC; half an hour after midnight it is over."""
    bare.open_plan()
    late = datetime(2026, 3, 2, 22, 30, tzinfo=UTC)
    await bare.planning.apply(SLUG, SetVersion("e1", late, "server", "v1.5.1"), LEA)
    await bare.planning.apply(SLUG, SetVersion("e2", late + timedelta(hours=1), "server", "v1.5.2"), LEA)

    async def shipped(day: date) -> str | None:
        view = await bare.planning.view(SLUG, at=day)
        return next(r.version for r in view.assessment.repositories if r.name == "server")

    assert [await shipped(date(2026, 3, d)) for d in (1, 2, 3)] == ["v1.5.0", "v1.5.1", "v1.5.2"]
    then = (await bare.planning.view(SLUG, at=date(2026, 3, 2))).assessment
    assert then.now == datetime(2026, 3, 2, 22, 59, 59, tzinfo=UTC)
    assert then.days_left == 13
    with pytest.raises(StoreError, match="there was no plan yet"):
        await bare.planning.view(SLUG, at=date(2026, 2, 1))


async def test_an_edit_shows_at_once_and_is_one_commit_by_its_author(world: World) -> None:
    await world.planning.view(SLUG)
    outcome = await world.planning.apply(SLUG, ship("v1.6.0"), LEA)
    assert isinstance(outcome, Updated)
    view = await world.planning.view(SLUG)
    assert (view.commit, view.assessment.repositories[1].version) == (outcome.commit, "v1.6.0")
    assert world.subjects()[0] == "Lea Moreau: Ship server v1.6.0"
    again = await world.planning.apply(SLUG, ship("v1.6.0", "e2"), LEA)
    assert isinstance(again, Updated)
    assert again.commit is None
    refused = await world.planning.apply(SLUG, SetVersion("e3", NOW, "servr", "v1"), LEA)
    assert isinstance(refused, Conflict)
    assert len(world.subjects()) == 3


class Gated:
    """The real store, in which the next reading takes as long as a test wants."""

    def __init__(self, store: GitStore) -> None:
        self._store = store
        self.began, self.go_on = threading.Event(), threading.Event()
        self.armed = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def captains(self) -> Any:
        """The last thing that a reading looks at."""
        found = self._store.captains()
        if self.armed:
            self.armed = False
            self.began.set()
            assert self.go_on.wait(10)
        return found


async def test_a_reading_that_began_before_an_edit_does_not_hide_it(world: World) -> None:
    gated = Gated(world.store)
    planning = Planning(gated, world.clock)
    await planning.view(SLUG)
    gated.armed = True
    looking = asyncio.create_task(planning.refresh())
    await asyncio.to_thread(gated.began.wait, 10)
    editing = asyncio.create_task(planning.apply(SLUG, ship("v1.6.0"), LEA))
    while len(world.subjects()) < 3:  # the edit is in git, and the reading from before it still under way
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    gated.go_on.set()
    await asyncio.gather(looking, editing)
    assert (await planning.view(SLUG)).assessment.repositories[1].version == "v1.6.0"


async def test_a_remote_that_does_not_answer_stops_no_answer(tmp_path: Path, world: World) -> None:
    place = locate(f"file://{world.repository}", cache_dir=tmp_path / "cache")
    assert not isinstance(place, LocalStore)
    store = open_store(place, render_dashboard)
    planning = Planning(store, world.clock)
    first = await planning.view(SLUG)
    gone = world.repository.rename(tmp_path / "elsewhere.git")
    world.clock.advance(timedelta(minutes=10))
    with pytest.raises(StoreUnavailableError):
        await planning.refresh()
    later = await planning.view(SLUG)
    assert (later.commit, later.as_of) == (first.commit, NOW)
    # A process that starts now knows what was fetched last and when, and has reached nobody.
    (answered,) = (tmp_path / "cache").rglob("convoy.answered")
    for known in (True, False):
        if known:
            os.utime(answered, (NOW.timestamp(), NOW.timestamp()))
        else:
            answered.unlink()
        fresh = Planning(open_store(place, render_dashboard), world.clock)
        view = await fresh.view(SLUG)
        assert (view.commit, view.as_of) == (first.commit, NOW if known else fresh.as_of)
        assert (fresh.reached, fresh.as_of.year == 1) == (False, not known)
    with pytest.raises(StoreError):
        await planning.apply(SLUG, ship("v1.6.0"), LEA)
    gone.rename(world.repository)
    await planning.refresh()
    assert (await planning.view(SLUG)).as_of == world.clock.now()
    store.close()


async def test_many_who_ask_at_once_get_one_answer(world: World) -> None:
    views = await asyncio.gather(*(world.planning.view(SLUG) for _ in range(20)))
    assert {v.commit for v in views} == {world.head()}
    edits = [AddDependency(f"e{n}", NOW, "summit-app", f"lib-{n}", None) for n in range(5)]
    assert len(await asyncio.gather(*(world.planning.apply(SLUG, edit, LEA) for edit in edits))) == 5
    assert len(world.subjects()) == 2 + 5


async def test_of_many_who_change_one_field_at_once_one_does_and_the_others_read_its_value(world: World) -> None:
    edits = [SetDate(f"e{n}", NOW, date(2026, 4, 1 + n)) for n in range(3)]
    seen = world.head()
    outcomes = await asyncio.gather(*(world.planning.apply(SLUG, edit, LEA, seen) for edit in edits))
    refused = [one.reason for one in outcomes if isinstance(one, Conflict)]
    assert len(refused) == 2
    assert all("changed the release date meanwhile: it is 2026-04-0" in reason for reason in refused)


async def test_state_at_a_commit_is_what_lay_there(world: World) -> None:
    first = world.head()
    await world.planning.apply(SLUG, SetDate("e1", NOW, date(2026, 4, 1)), LEA)
    old = await world.planning.state(SLUG, first)
    assert isinstance(old, PlanState)
    assert old.folder.document.plan.release_date == date(2026, 3, 15)
    with pytest.raises(StoreError):
        await world.planning.state(SLUG, "0" * 40)


async def test_which_plan_a_person_means(world: World) -> None:
    """The example in #summit, a second plan in #autumn, and one that is over."""
    world.open_plan("autumn-2026", releaseName="Autumn Ünïted", channel="C0AUTUMN")
    world.open_plan("autumn-2025", releaseName="Old", status="RELEASED", channel="C0OLD")
    meant: list[tuple[str | None, str | None, str | None, str | tuple[str, ...]]] = [
        ("summit", None, None, SLUG),
        ("SUMMIT", "C0AUTUMN", None, SLUG),
        ("autumn ÜNÏTED", None, None, "autumn-2026"),
        ("summ", None, None, SLUG),
        ("autumn", None, None, ("autumn-2025", "autumn-2026")),
        ("autum-2026", None, None, ("autumn-2026", "autumn-2025")),
        ("xyz", None, None, ("autumn-2025", "autumn-2026", SLUG)),
        (None, "C0AUTUMN", "whatever", "autumn-2026"),
        (None, "C0X", "summit", SLUG),
        (None, "C0OLD", None, "autumn-2025"),
        (None, "C0X", "other", ("autumn-2026", SLUG)),
        (None, None, None, ("autumn-2026", SLUG)),
    ]
    for word, channel, name, expected in meant:
        found = await world.planning.resolve(word, channel, name)
        assert (found.choices if isinstance(found, Unresolved) else found) == expected, (word, channel, name)


async def test_the_only_plan_that_is_under_way_is_meant(world: World) -> None:
    world.open_plan("old", releaseName="Old", status="RELEASED")
    assert await world.planning.resolve(None, "C0X") == SLUG
    done = copy.deepcopy(dict(PLAN))
    world.push_plan(**{**done, "status": "CANCELLED"})
    await world.planning.refresh()
    assert await world.planning.resolve(None, "C0X") == Unresolved("There are several plans: name one", ("old", SLUG))


async def test_a_clone_of_the_store_answers_for_itself(world: World) -> None:
    """What a view shows is what lies in the commit that it names."""
    await world.planning.apply(SLUG, ship("v1.6.0"), LEA)
    view = await world.planning.view(SLUG)
    shown = git(world.repository, "show", f"{view.commit}:plans/{SLUG}/RELEASE_PLAN.md")
    assert "v1.6.0" in shown
    assert view.assessment.repositories[0].status is Status.ON_TRACK


async def test_a_day_that_has_not_come_is_refused(world: World) -> None:
    with pytest.raises(StoreError, match="has not come yet"):
        await world.planning.view(SLUG, at=NOW.date() + timedelta(days=1))
