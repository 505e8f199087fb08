"""A captain asks what lies ahead: what a slip would do, when something can be ready, and what the past says of it."""

import json
import os
import subprocess
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.app import look_at_store
from bot.demo.trains import HERE
from bot.release.edits import SetStatus
from bot.release.status import Status
from bot.services.outlook import Outlook
from tests.scenarios.world import LEA, MODES, Mode, World, new_sandbox, running

SLUG = "summit"
NOW = datetime(2026, 3, 3, 8, 12, tzinfo=UTC)
SERVER = "intelgraph-server"
PLAN: dict[str, Any] = {
    **json.loads((HERE / "summit" / "release_plan.json").read_text()),
    "channel": "#release",
    "timezone": "Europe/Berlin",
    "milestones": [{"name": "Code freeze", "date": "2026-03-13"}],
}
BEFORE: dict[str, Any] = {
    "releaseName": "Autumn 2025",
    "releaseDate": "2026-04-30",
    "status": "PLANNING",
    "timezone": "Europe/Berlin",
    "channel": "#second",
    "releaseGroups": [
        {
            "name": "Libraries",
            "lead": "Lia",
            "repositories": [{"name": f"lib-{n}", "version": "v1", "status": "ON_TRACK"} for n in range(8)],
        }
    ],
}
CAPTAINS = {"Product Release Captain A": {"slack": "U0ANA"}, "Platform Ops Captain": {"slack": "U0BO"}}


@pytest.fixture(params=MODES)
def mode(request: pytest.FixtureRequest) -> Mode:
    return request.param


@pytest.fixture
async def world(mode: Mode, tmp_path: Path) -> AsyncIterator[World]:
    async with (
        new_sandbox(mode) as sandbox,
        running(sandbox, mode, tmp_path, NOW, {SLUG: PLAN, "autumn": BEFORE}, CAPTAINS) as world,
    ):
        yield world


def head(world: World) -> str:
    """Every ref of the store, so that nothing can have been written unseen."""
    where = ["git", "--git-dir", str(world.folder / "plans.git"), "for-each-ref", "refs/heads", "refs/tags"]
    return subprocess.run(where, check=True, capture_output=True, text=True, env=dict(os.environ)).stdout


async def expected(world: World, day: str, status: str = "ON_TRACK") -> None:
    """The server's feed gives a date."""
    said = {"schemaVersion": "1.0", "repository": SERVER, "version": "v1.5.0", "status": status, "etaDate": day}
    world.publish({SERVER: {**said, "updatedAt": (world.clock.now() - timedelta(hours=1)).isoformat()}})
    await world.run_pass(SLUG)


async def learnt(outlook: Outlook) -> None:
    """Until what was begun beside the answers is done."""
    assert outlook._learning is not None
    await outlook._learning


async def test_what_a_slip_would_do_and_no_commit_is_made(world: World) -> None:
    await expected(world, "2026-03-12")
    before, said = head(world), list(world.dms("ana"))
    seen = await world.sandbox.slash("bo", "release", f"/release impact {SERVER} +5d")
    assert seen.ok
    lines = seen.text.splitlines()
    assert lines[0] == (
        f"If {SERVER} slips 5 days to Tue 17 Mar, 2 repositories of 2 captains miss their date; worst summit-app, "
        "2 days late."
    )
    assert "The latest of these comes 2 days after the release date (Sun 15 Mar)." in lines
    assert f"After the milestone Code freeze: summit-app and {SERVER}." in lines
    assert "Counted from Thu 12 Mar, the day on which it is expected." in lines
    late = "Thu 12 Mar → Tue 17 Mar or later, 2 days after the release date (Sun 15 Mar)"
    assert f"summit-app, @ana: {late}" in lines
    assert any(line.startswith(f"summit-app on {SERVER}: waiting → ⚠ at risk.") for line in lines)
    assert "Talk to @ana." in lines  # it is bo who asks
    waits = await world.sandbox.slash("bo", "release", f"/release impact {SERVER}")
    assert waits.text.startswith(f"1 repository of 1 captain waits on {SERVER}.")
    typo = await world.sandbox.slash("bo", "release", "/release impact inteligraph-server +5d summit")
    assert f"Did you mean `/release impact {SERVER} +5d summit`?" in typo.text
    assert head(world) == before
    await look_at_store(world.convoy)
    await world.run_pass(SLUG)  # a pass in which nothing is new has nothing to write either
    assert head(world) == before
    assert world.dms("ana") == said
    assert not any(SERVER in text for text in world.texts("release"))
    assert world.sandbox.violations == []


async def test_why_tells_when_it_can_be_ready_and_because_of_whom(world: World) -> None:
    await expected(world, "2026-03-18")
    seen = await world.sandbox.slash("ana", "release", "/release why summit-app")
    assert (
        "It can be ready on Wed 18 Mar at the earliest, 3 days after the release date (Sun 15 Mar), "
        f"because of {SERVER}, past Code freeze; it may be later: no date is known for it and common-utils."
    ) in seen.text


async def test_the_past_of_an_earlier_plan_speaks_once_it_has_been_read(world: World) -> None:
    await expected(world, "2026-03-12")
    await learnt(world.convoy.outlook)
    seen = await world.sandbox.slash("ana", "release", f"/release why {SERVER}")
    assert "No forecast: no release on record from “on track” on; 8 are needed." in seen.text
    for number in range(8):  # one a day
        world.clock.advance(timedelta(days=1))
        edit = SetStatus(f"out-{number}", world.clock.now(), f"lib-{number}", Status.RELEASED)
        await world.convoy.planning.apply("autumn", edit, LEA)
    await expected(world, "2026-03-12", "BLOCKED")
    world.clock.advance(timedelta(hours=2))
    await expected(world, "2026-03-12")  # on track again, and for no time yet
    await look_at_store(world.convoy)
    await learnt(world.convoy.outlook)
    # Ten were on track from the third on: eight got out after one to eight days, two are still open. Half took five.
    half = "Going by the past, one in two like it is out by Mon 16 Mar, 85 of 100 after Thu 19 Mar"
    basis = "(8 releases of 10 repositories in 2 plans, 2 more still open)"
    for text in (f"why {SERVER}", f"impact {SERVER} +1d"):
        seen = await world.sandbox.slash("ana", "release", f"/release {text} summit")
        assert f"{half}, farther than this past reaches {basis}." in seen.text.splitlines()


async def test_guests_learn_nothing(world: World) -> None:
    for who in ("gus", "eve"):
        seen = await world.sandbox.slash(who, "release", f"/release impact {SERVER} +5d")
        assert "Convoy answers full members of this workspace only" in seen.text
