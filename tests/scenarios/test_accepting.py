"""A captain accepts a risk from the alert: button, form, commit; and what happens when it cannot be made at once."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.app import look_at_store
from bot.services.ports import StoreUnavailableError
from tests.scenarios.test_main_job import CAPTAINS, LATE, NOW, PLAN, SLUG, document
from tests.scenarios.world import MODES, Mode, World, new_sandbox, running
from tests.store.kit import git

REASON = "We ship without it"


@pytest.fixture(params=MODES)
def mode(request: pytest.FixtureRequest) -> Mode:
    return request.param


@pytest.fixture
async def world(mode: Mode, tmp_path: Path) -> AsyncIterator[World]:
    async with (
        new_sandbox(mode) as sandbox,
        running(sandbox, mode, tmp_path, NOW, {SLUG: PLAN}, CAPTAINS) as world,
    ):
        world.publish(LATE)
        await world.run_pass(SLUG)
        yield world


def newest(world: World, form: str) -> str:
    return git(world.folder / "plans.git", "log", "-1", f"--format={form}", "main").strip()


def waivers(world: World) -> list[dict[str, Any]]:
    raw = json.loads(git(world.folder / "plans.git", "show", f"main:plans/{SLUG}/release_plan.json"))
    return [w for g in raw["releaseGroups"] for r in g["repositories"] for w in r.get("waivers", ())]


async def test_a_risk_is_accepted_from_the_alert_and_is_one_commit_of_the_captain(world: World) -> None:
    assert (await world.sandbox.click("ana", "Accept risk…")).ok
    await world.sandbox.wait_for("Why you can live with it", viewer="ana", within=20)
    view = world.sandbox.modal("ana")
    assert view is not None
    assert "summit-app waits on intelgraph-server" in world.sandbox.show(view)

    past = await world.sandbox.submit("ana", {"accept_until": "2026-03-02", "accept_reason": REASON})
    assert past.errors == {"accept_until": "That day has passed. Name the day until which you accept it."}
    assert (await world.sandbox.submit("ana", {"accept_until": "2026-03-12", "accept_reason": REASON})).error == ""
    await world.sandbox.wait_for("accepted until Thu 12 Mar", viewer="ana", within=20)

    (waiver,) = waivers(world)
    assert (waiver["cause"], waiver["until"], waiver["reason"]) == ("intelgraph-server", "2026-03-12", REASON)
    assert newest(world, "%an|%cn|%s") == (
        "Product Release Captain A|Convoy|Accept until 2026-03-12 that summit-app waits on intelgraph-server"
    )
    assert "Slack-User: U0ANA" in newest(world, "%B")
    world.clock.advance(timedelta(hours=2))
    await world.run_pass(SLUG)
    assert len(world.dms("ana")) == 1, "silent from now on"


async def test_while_the_store_is_away_it_is_kept_made_once_and_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise StoreUnavailableError("the plan store does not answer")

    await world.sandbox.click("ana", "Accept risk…")
    await world.sandbox.wait_for("Why you can live with it", viewer="ana", within=20)
    with monkeypatch.context() as gone:
        gone.setattr(world.store, "update", away)
        await world.sandbox.submit("ana", {"accept_until": "2026-03-12", "accept_reason": REASON})
        view = await world.sandbox.wait_for("Taken, and not in the plan yet", viewer="ana", within=20)
        shown = world.sandbox.show(view)
        assert "The plan store does not answer." in shown
        assert "Answers meanwhile are as of 09:12." in shown
    assert waivers(world) == []

    world.clock.advance(timedelta(minutes=5))
    for _ in range(2):
        await look_at_store(world.convoy)
    await world.deliver()
    assert len(waivers(world)) == 1
    assert [text.partition(":")[0] for text in world.dms("ana")[1:]] == ["Made"]


async def test_whoever_closes_the_form_meanwhile_reads_it_beside_the_alert(world: World) -> None:
    await world.sandbox.click("ana", "Accept risk…")
    await world.sandbox.wait_for("Why you can live with it", viewer="ana", within=20)
    world.sandbox.faults.error("views.update", "not_found", times=1)
    await world.sandbox.submit("ana", {"accept_until": "2026-03-12", "accept_reason": REASON})
    await world.sandbox.wait_for("Done: summit-app waits on intelgraph-server", viewer="ana", within=20)
    assert len(waivers(world)) == 1


async def test_what_is_over_when_the_form_is_sent_is_not_accepted(world: World) -> None:
    await world.sandbox.click("ana", "Accept risk…")
    await world.sandbox.wait_for("Why you can live with it", viewer="ana", within=20)
    world.publish(document("RELEASED", latestVersion="v1.5.0"))
    await world.run_pass(SLUG)
    await world.sandbox.submit("ana", {"accept_until": "2026-03-12", "accept_reason": REASON})
    await world.sandbox.wait_for("does not wait on intelgraph-server any more", viewer="ana", within=20)
    assert waivers(world) == []
