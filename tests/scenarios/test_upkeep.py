"""What people do to the store behind Convoy's back, and who hears of it: once, with what to do next."""

import asyncio
import copy
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.app import look_at_store
from bot.demo.trains import HERE
from bot.release.edits import SetVersion
from tests.scenarios.world import LEA, World, new_sandbox, running
from tests.store.kit import git

SLUG = "summit"
NOW = datetime(2026, 3, 3, 8, 12, tzinfo=UTC)
PLAN: dict[str, Any] = {**json.loads((HERE / "summit" / "release_plan.json").read_text()), "channel": "#release"}
WINTER: dict[str, Any] = {**copy.deepcopy(PLAN), "releaseName": "Winter", "channel": "#second"}
CAPTAINS = {"Lead Captain": {"slack": "U0LEA"}, "Product Release Captain A": {"slack": "U0ANA"}}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with (
        new_sandbox("http") as sandbox,
        running(sandbox, "http", tmp_path, NOW, {SLUG: PLAN, "winter": WINTER}, CAPTAINS) as world,
    ):
        yield world


async def look(world: World, times: int = 3) -> None:
    for _ in range(times):
        await look_at_store(world.convoy)
    await world.deliver()


async def test_a_push_that_breaks_a_plan_is_told_to_its_channel_once_and_the_last_good_one_stays(world: World) -> None:
    text = b'{"releaseName": "Summit",\n "releaseDate": soon}\n'
    await asyncio.to_thread(world.hands.push, f"plans/{SLUG}/release_plan.json", text, "Move the date")
    await look(world)

    (told,) = world.texts("release")
    assert "cannot be read: line 2" in told
    assert "The plan stays as it was at commit" in told
    assert world.texts("second") == []
    status = await world.sandbox.slash("ana", "release", "/release status summit")
    assert status.text.startswith("Summit 2026 Q1 Launch")
    edit = SetVersion("e-winter", NOW, "summit-app", "v9")
    assert (await world.convoy.planning.apply("winter", edit, LEA)).commit, "other plans can be changed"

    await asyncio.to_thread(world.hands.push, f"plans/{SLUG}/release_plan.json", text + b"\n", "Try again")
    await look(world)
    assert len(world.texts("release")) == 2, "another bad commit is another piece of news"


async def test_what_no_plan_can_be_told_of_is_told_once_to_the_channel_of_the_settings(world: World) -> None:
    """A plan that never could be read has no channel that anybody knows, and captains.json is of all plans."""
    world.convoy.upkeep._channel = "#second"
    await asyncio.to_thread(world.hands.push, "plans/autumn/release_plan.json", b'{\n"releaseName" 1}', "Open autumn")
    await asyncio.to_thread(world.hands.push, "captains.json", b'{\n\n"Lead Captain": oops}', "Say who")
    await look(world)
    await asyncio.to_thread(world.hands.push, "notes.md", b"hello\n", "A note")
    await look(world)

    autumn, captains = sorted(world.texts("second"), key=lambda text: "captains.json" in text)
    head = git(world.folder / "plans.git", "log", "--format=%h", "--abbrev=7", "main").split()
    assert f"commit {head[2]} by Lea Moreau" in autumn
    assert "plans/autumn/release_plan.json:2: " in autumn
    assert f'captains.json, line 3: expected a value, not "oops" (commit {head[1]} by Lea Moreau)' in captains
    assert world.texts("release") == []
    status = await world.sandbox.slash("ana", "release", "/release status autumn")
    assert "plans/autumn/release_plan.json:2: " in status.text


async def test_a_plan_that_never_could_be_read_keeps_no_rewind_from_being_told(world: World) -> None:
    await look(world)
    before = git(world.folder / "plans.git", "rev-parse", "main").strip()
    await asyncio.to_thread(world.hands.push, "plans/autumn/release_plan.json", b"{", "Open autumn")
    await world.convoy.planning.apply(SLUG, SetVersion("e-gone", NOW, "summit-app", "v9.9.9"), LEA)
    await look(world)
    await asyncio.to_thread(git, world.folder / "plans.git", "update-ref", "refs/heads/main", before)
    await look(world)
    (told,) = world.dms("lea")
    assert "Plans that differ now: `autumn`, `summit`." in told


async def test_a_branch_that_was_moved_back_is_told_to_the_lead_captain_once(world: World) -> None:
    await look(world)
    before = git(world.folder / "plans.git", "rev-parse", "main").strip()
    edit = SetVersion("e-gone", NOW, "summit-app", "v9.9.9")
    gone = (await world.convoy.planning.apply(SLUG, edit, LEA)).commit
    await look(world)
    await asyncio.to_thread(git, world.folder / "plans.git", "update-ref", "refs/heads/main", before)
    await look(world)

    (told,) = world.dms("lea")
    assert "The branch main of the plan store was moved back: 1 commit went" in told
    assert f"`{gone[:7]}` “Ship summit-app v9.9.9” by Lea Moreau" in told
    assert "Plans that differ now: `summit`." in told
    assert world.dms("ana") == []
    assert git(world.folder / "plans.git", "rev-parse", "main").strip() == before, "nothing is put back"
    assert world.texts("release") == []
