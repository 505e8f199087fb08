"""A tracking pass from source to commit to those whom it concerns."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from bot.release import documents
from bot.release.edits import SetStatus, SetVersion
from bot.release.folder import FeedState
from bot.release.history import Change, Kind
from bot.release.passes import Observation
from bot.release.plan import Problem
from bot.release.published import PublishedVersion
from bot.release.status import Status
from bot.services.ports import (
    Answer,
    Found,
    Listed,
    NotFound,
    PlanNotFoundError,
    Refused,
    StoreError,
    Unreachable,
    Wanted,
)
from bot.services.tracking import Tracking, observe, wanted
from bot.sources import Sources
from tests.services.world import LEA, NOW, PLAN, SLUG, World
from tests.store.kit import git, names, report


async def test_a_pass_is_one_commit_by_convoy_with_everything_in_it(world: World) -> None:
    world.source.publish("server", "AT_RISK", etaDate="2026-03-18")
    result = await world.tracking.run(SLUG)
    assert result.commit == world.head()
    assert world.subjects()[0] == "Convoy: Track the status of the repositories"
    assert names(world.repository, world.head()) == {
        "plans/summit/release_plan.json",
        "plans/summit/RELEASE_PLAN.md",
        "plans/summit/tracking.json",
        "plans/summit/ga_status/server.json",
    }
    body = git(world.repository, "log", "-1", "--format=%b", "main")
    assert "Plan: summit\n" in body
    assert "Plan-Edit-Id: " in body
    assert result.state.folder.tracking["server"].since == NOW
    assert (result.at, result.alerts, result.refused) == (NOW, 1, {})
    assert Change(Kind.STATUS, "server", "ON_TRACK", "AT_RISK", "v1.5.0", "Platform") in result.changes
    assert result.took >= 0


async def test_the_same_pass_again_commits_and_says_nothing(world: World) -> None:
    world.source.publish("server", "AT_RISK")
    await world.tracking.run(SLUG)
    world.clock.advance(timedelta(hours=1))
    again = await world.tracking.run(SLUG)
    assert (again.commit, again.alerts, again.changes) == (None, 0, ())
    assert len(world.subjects()) == 3


async def test_passes_that_start_at_once_make_one_commit(world: World) -> None:
    world.source.publish("server", "AT_RISK")
    results = await asyncio.gather(*(world.tracking.run(SLUG) for _ in range(4)))
    assert [r.commit is not None for r in results] == [True, False, False, False]
    assert [r.alerts for r in results] == [1, 0, 0, 0]


async def test_every_repository_is_asked_for_and_what_is_needed_from_outside_too(world: World) -> None:
    world.push_plan(
        releaseGroups=[
            {
                "name": "G",
                "lead": "Captain A",
                "repositories": [
                    {
                        "name": "app",
                        "source": "https://x.example/ga.json",
                        "tagPrefix": "app/",
                        "dependencies": [{"name": "openssl"}],
                    }
                ],
            }
        ]
    )
    world.source.publish("openssl", "RELEASED", version="3.0", latestVersion="3.0")
    result = await world.tracking.run(SLUG)
    assert world.source.asked == [[Wanted("app", "https://x.example/ga.json", "app/"), Wanted("openssl")]]
    assert result.state.folder.document.plan.find("app") is not None
    assert set(result.state.folder.reports) == {"openssl"}


async def test_the_organisation_of_the_plan_is_where_a_repository_is_looked_for(world: World) -> None:
    world.push_plan(organisation="github:acme", releaseGroups=[{"name": "G", "repositories": [{"name": "app"}]}])
    await world.tracking.run(SLUG)
    assert world.source.asked == [[Wanted("app", organisation="github:acme")]]


async def test_published_versions_are_kept_whatever_came_of_the_document(world: World) -> None:
    world.source.versions["server"] = Listed((PublishedVersion("v1.4.0"), PublishedVersion("v1.5.0")))
    world.source.versions["summit-app"] = Unreachable("no answer")
    first = await world.tracking.run(SLUG)
    assert {n: [v.version for v in p.versions] for n, p in first.state.folder.published.items()} == {
        "server": ["v1.5.0", "v1.4.0"]
    }
    assert (first.refused, first.unlisted) == ({}, {"summit-app": "no answer"})
    world.clock.advance(timedelta(hours=1))
    assert (await world.tracking.run(SLUG)).commit is None
    world.source.versions["server"] = Unreachable("no answer")
    assert (await world.tracking.run(SLUG)).commit is None
    world.source.versions["server"] = NotFound("there is no tags.txt")
    assert (await world.tracking.run(SLUG)).state.folder.published == {}


async def test_one_reason_for_both_is_said_once(world: World) -> None:
    world.source.answers["server"] = world.source.versions["server"] = Unreachable("no answer")
    result = await world.tracking.run(SLUG)
    assert (result.refused, result.unlisted) == ({"server": "no answer"}, {})


async def test_what_could_not_be_read_is_said_with_its_reason_and_the_rest_goes_on(world: World) -> None:
    world.source.publish("server", "AT_RISK")
    await world.tracking.run(SLUG)
    world.clock.advance(timedelta(hours=1))
    world.source.answers["server"] = Refused("s.json", (Problem(3, "no"), Problem(4, "no"), Problem(5, "no")))
    world.source.publish("summit-app", "READY")
    result = await world.tracking.run(SLUG)
    assert result.refused == {"server": "s.json:3: no (and 2 more problems)"}
    statuses = {r.name: r.status for _, r in result.state.folder.document.plan.repositories()}
    assert statuses == {"server": Status.AT_RISK, "summit-app": Status.READY}
    world.source.answers = {"server": NotFound("there is no file s.json")}
    result = await world.tracking.run(SLUG)
    # `summit-app` has gone as well; what never was there is not worth a word.
    assert result.refused == {"server": "there is no file s.json", "summit-app": "there is no file"}
    fresh = await Tracking(world.planning, world.source, world.clock, None).run(SLUG)
    assert (fresh.commit, fresh.alerts) == (None, 0)


async def test_a_repository_without_any_document_is_no_news(world: World) -> None:
    first = await world.tracking.run(SLUG)
    assert (first.commit, first.refused, first.changes) == (None, {}, ())


async def test_what_a_person_set_by_hand_holds_until_the_feed_has_news(world: World) -> None:
    world.source.publish("server", "AT_RISK")
    await world.tracking.run(SLUG)
    await world.planning.apply(SLUG, SetStatus("e1", NOW, "server", Status.ON_TRACK), LEA)
    world.clock.advance(timedelta(hours=1))
    held = await world.tracking.run(SLUG)
    assert held.commit is None
    assert next(r for r in (await world.planning.view(SLUG)).assessment.repositories if r.name == "server").by_hand
    world.source.publish("server", "AT_RISK", summary="measured again")
    news = await world.tracking.run(SLUG)
    assert Change(Kind.STATUS, "server", "ON_TRACK", "AT_RISK", "v1.5.0", "Platform") in news.changes


class Meanwhile:
    """A source during whose reading somebody else changes the plan."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def collect(self, wanted: list[Wanted], watch: object = None) -> dict[str, Answer]:
        world = self._world
        edit = SetVersion("e-meanwhile", NOW, "summit-app", "v9.9.9")
        assert world.store.update(SLUG, edit, LEA)
        row = {"name": "billing", "version": "v1", "status": "READY", "dependencies": []}
        raw = world.store.read(SLUG).folder.document.raw
        groups = [*raw["releaseGroups"], {"name": "Money", "lead": "", "repositories": [row]}]
        world.push(f"plans/{SLUG}/release_plan.json", {**raw, "releaseGroups": groups})
        return {one.repository: Answer(Found(report(one.repository, "BLOCKED"))) for one in wanted}


async def test_what_people_change_while_a_pass_reads_is_neither_lost_nor_undone(world: World) -> None:
    result = await Tracking(world.planning, Meanwhile(world), world.clock, None).run(SLUG)
    rows = {r.name: r for _, r in result.state.folder.document.plan.repositories()}
    assert rows["summit-app"].version == "v9.9.9"
    assert rows["billing"].status is Status.READY
    assert rows["server"].status is Status.BLOCKED


async def test_a_plan_that_is_not_there_or_is_broken_is_told(world: World) -> None:
    with pytest.raises(PlanNotFoundError, match="known plans: summit"):
        await world.tracking.run("autumn")
    commit = world.push("plans/summit/release_plan.json", documents.dump_json({**PLAN, "releaseDate": "soon"}))
    with pytest.raises(StoreError, match=rf"release_plan.json:3: releaseDate.*{commit[:7]}.*Mend or revert"):
        await world.tracking.run(SLUG)
    assert world.head() == commit


async def test_documents_in_a_folder_become_what_the_source_says(world: World, tmp_path: Path) -> None:
    """The same with the real source, so that the values of these tests are those of the world."""
    for name, text in (("server", '{"schemaVersion": "1.0"'), ("summit-app", None)):
        (tmp_path / "status" / name).mkdir(parents=True)
        if text is not None:
            (tmp_path / "status" / name / "ga_status.json").write_text(text)
    source = Sources(tmp_path / "status", allow_paths=False)
    result = await Tracking(world.planning, source, world.clock, None).run(SLUG)
    assert set(result.refused) == {"server"}
    assert "ga_status.json:1: " in result.refused["server"]


def test_every_answer_of_a_source_has_its_observation() -> None:
    found = report("a")
    seen = observe(
        {
            "a": Answer(Found(found)),
            "b": Answer(Refused("b.json", (Problem(2, "wrong"),))),
            "c": Answer(NotFound("")),
            "d": Answer(NotFound("404")),
            "e": Answer(Unreachable("no answer")),
        }
    )
    assert seen == {
        "a": Observation(FeedState.FRESH, found),
        "b": Observation(FeedState.REFUSED, reason="b.json:2: wrong"),
        "c": Observation(FeedState.MISSING, reason="its ga_status.json has gone"),
        "d": Observation(FeedState.MISSING, reason="404"),
        "e": Observation(FeedState.UNREACHABLE, reason="no answer"),
    }


def test_a_repository_is_asked_for_once_however_many_need_it() -> None:
    plan = documents.parse_plan(documents.dump_json(dict(PLAN)))
    assert not isinstance(plan, tuple)
    assert [w.repository for w in wanted(plan.plan)].count("server") == 1
