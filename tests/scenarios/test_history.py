"""A captain asks what changed, when and by whom: through Slack in both transports, from git alone."""

import copy
import json
import os
import subprocess
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.app import look_at_store
from bot.demo.trains import HERE, dump
from bot.release.edits import SetDate, SetVersion
from bot.services.ports import Author
from tests.scenarios.world import LEA, MODES, Mode, World, new_sandbox, running

SLUG = "summit"
NOW = datetime(2026, 3, 3, 8, 12, tzinfo=UTC)
PLAN: dict[str, Any] = {
    **json.loads((HERE / "summit" / "release_plan.json").read_text()),
    "channel": "#release",
    "timezone": "Europe/Berlin",
}
CAPTAINS = {
    "Product Release Captain A": {"slack": "U0ANA", "deputy": "Lead Captain"},
    "Platform Ops Captain": {"slack": "U0BO"},
}
ANA = Author("Ana Diaz", "ana@example.org", "U0ANA", "T0SANDBOX")


@pytest.fixture(params=MODES)
def mode(request: pytest.FixtureRequest) -> Mode:
    return request.param


@pytest.fixture
async def world(mode: Mode, tmp_path: Path) -> AsyncIterator[World]:
    async with (
        new_sandbox(mode) as sandbox,
        running(sandbox, mode, tmp_path, NOW, {SLUG: PLAN}, {}) as world,
    ):
        yield world


def document(status: str, at: datetime, **more: Any) -> dict[str, dict[str, Any]]:
    """What intelgraph-server publishes."""
    said = {"schemaVersion": "1.0", "repository": "intelgraph-server", "version": "v1.5.0", "status": status}
    return {"intelgraph-server": {**said, "updatedAt": at.isoformat(), **more}}


def push(world: World, path: str, data: bytes, subject: str, at: datetime) -> None:
    """Lea changes a file with git, at a moment of the story."""
    clone = world.folder / "lea-dated"
    date = at.isoformat()
    environment = {
        **os.environ, "GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date, "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_AUTHOR_NAME": "Lea Moreau", "GIT_AUTHOR_EMAIL": "lea@example.org",
        "GIT_COMMITTER_NAME": "Lea Moreau", "GIT_COMMITTER_EMAIL": "lea@example.org",
    }  # fmt: skip

    def git(*arguments: str) -> None:
        subprocess.run(["git", *arguments], check=True, capture_output=True, env=environment)

    if not clone.exists():
        git("clone", "-q", str(world.folder / "plans.git"), str(clone))
    git("-C", str(clone), "pull", "-q", "--rebase", "origin", "main")
    (clone / path).parent.mkdir(parents=True, exist_ok=True)
    (clone / path).write_bytes(data)
    git("-C", str(clone), "add", path)
    git("-C", str(clone), "commit", "-q", "-m", subject)
    git("-C", str(clone), "push", "-q", "origin", "HEAD:main")


async def live(world: World) -> None:
    """Four days: a pass, an edit from Slack, a push with a bad file and its mending, trouble, and a later date."""
    world.publish(document("ON_TRACK", NOW - timedelta(hours=1)))
    await world.run_pass(SLUG)
    world.clock.advance(timedelta(days=1))
    await world.convoy.planning.apply(SLUG, SetVersion("ship", world.clock.now(), "summit-app", "v3.0.1"), ANA)
    raw = copy.deepcopy(dict(world.store.read(SLUG).folder.document.raw))
    raw["releaseGroups"][1]["lead"] = "Cy"
    world.clock.advance(timedelta(hours=2))
    file = f"plans/{SLUG}/release_plan.json"
    push(world, file, b'{"releaseName": ', "Oops", world.clock.now())
    world.clock.advance(timedelta(hours=1))
    push(world, file, dump(raw), "Cy takes over the platform", world.clock.now())
    await look_at_store(world.convoy)
    world.clock.advance(timedelta(days=2))
    world.publish(document("AT_RISK", world.clock.now() - timedelta(hours=1), etaDate="2026-03-18"))
    await world.run_pass(SLUG)
    edit = SetDate("later", world.clock.now(), datetime(2026, 3, 22).date())  # noqa: DTZ001 - a plain date
    await world.convoy.planning.apply(SLUG, edit, ANA)
    world.clock.advance(timedelta(hours=1))
    await look_at_store(world.convoy)


async def test_who_changed_what_and_when(world: World) -> None:
    await live(world)
    seen = await world.sandbox.slash("bo", "release", "/release diff since 2026-03-04")
    assert seen.ok
    lines = seen.text.splitlines()
    assert lines[0] == "Summit 2026 Q1 Launch: 5 changes since Wed 4 Mar"
    assert any("release date Sun 15 Mar → Sun 22 Mar, 7 days later · @ana, 12:12" in line for line in lines)
    assert any("summit-app v3.0.0 → v3.0.1 · @ana, Wed 4 Mar 09:12" in line for line in lines)
    assert any("Platform is in the hands of Cy now · Lea Moreau, Wed 4 Mar 12:12" in line for line in lines)
    assert any("intelgraph-server on track → at risk · a tracking pass, 12:12" in line for line in lines)
    assert any("intelgraph-server v1.5.0 expected Wed 18 Mar · a tracking pass" in line for line in lines)
    assert "Oops" not in seen.text
    assert world.sandbox.messages("release", viewer="ana") == []
    quiet = await world.sandbox.slash("bo", "release", "/release diff since 0 days summit")
    assert "3 changes since Fri 6 Mar" in quiet.text


async def test_people_who_push_in_the_demo_do_it_on_its_own_clock(world: World) -> None:
    """Commits of the machine's clock would lie in the demo's future, and its trend would end there."""
    world.clock.advance(timedelta(days=1))
    await world.push(f"plans/{SLUG}/release_plan.json", {**PLAN, "releaseDate": "2026-03-22"})
    dates = subprocess.run(
        ["git", "-C", str(world.folder / "plans.git"), "log", "-1", "--format=%an %at %ct", "main"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    at = int(world.clock.now().timestamp())
    assert dates.stdout.strip() == f"{LEA.name} {at} {at}"
    seen = await world.sandbox.slash("bo", "release", "/release diff yesterday")
    assert "release date Sun 15 Mar → Sun 22 Mar, 7 days later · Lea Moreau, 09:12" in seen.text
    trend = await world.sandbox.slash("bo", "release", "/release trend")
    assert "Summit 2026 Q1 Launch: 18 days to go" in trend.text
    assert "2 days · every day" in trend.text
    past = await world.sandbox.slash("bo", "release", "/release status yesterday")
    assert "12 days to go" in past.text


async def test_the_way_of_one_repository(world: World) -> None:
    await live(world)
    seen = await world.sandbox.slash("bo", "release", "/release timeline intelgraph-server")
    assert "intelgraph-server v1.5.0 in Summit 2026 Q1 Launch: at risk since this afternoon" in seen.text
    steps = [line for line in seen.text.splitlines() if line[:2].isdigit() and line[2] == ":"]
    assert [line.split(" · ")[0][6:] for line in steps] == [
        "intelgraph-server v1.5.0 expected Wed 18 Mar",
        "on track → at risk",
        "Platform is in the hands of Cy now",
        "at risk → on track",
        "intelgraph-server v1.5.0 came into the scope",
    ]
    assert '"Cy takes over the platform"' in steps[2]
    typo = await world.sandbox.slash("bo", "release", "/release timeline intelgraf-server")
    assert "Did you mean `/release timeline intelgraph-server summit`?" in typo.text


async def test_the_trend_in_numbers_here_and_as_a_picture_there(world: World) -> None:
    await live(world)
    seen = await world.sandbox.slash("bo", "release", "/release trend")
    assert "16 days to go, 0 of 2 ready or released, 1 at risk or blocked" in seen.text
    assert "Fri 6 Mar      0      2        1" in seen.text
    assert "Tue 3 Mar      0      2        0" in seen.text
    await world.sandbox.wait_for("The picture of the trend is in your direct messages", viewer="bo", within=20)
    picture = next(m for m in world.sandbox.dms("bo") if m.files)
    (file,) = picture.files
    assert file["name"] == "summit-trend.png"
    assert "On Fri 6 Mar 2026, 0 of 2 ready or released, 1 at risk or blocked." in file["alt_txt"]
    assert not any(m.files for m in world.sandbox.dms("ana"))
    assert world.sandbox.violations == []


async def test_status_as_of_a_day_is_how_it_stood_at_its_end(world: World) -> None:
    await live(world)
    third = await world.sandbox.slash("bo", "release", "/release status as of 2026-03-03")
    assert third.text.startswith("Summit 2026 Q1 Launch on Tue 3 Mar: 12 days to go (Sun 15 Mar), not all is known")
    sixth = await world.sandbox.slash("bo", "release", "/release status as of 2026-03-06")
    assert "16 days to go (Sun 22 Mar), at risk" in sixth.text
    before = await world.sandbox.slash("bo", "release", "/release status as of 2026-03-01")
    assert "there was no plan yet" in before.text
    assert before.ok


async def test_guests_and_strangers_learn_nothing(world: World) -> None:
    await live(world)
    for who in ("gus", "eve"):
        for text in ("diff", "timeline intelgraph-server", "trend"):
            seen = await world.sandbox.slash(who, "release", f"/release {text}")
            assert "Convoy answers full members of this workspace only" in seen.text
        assert not world.dms(who)


async def test_after_a_restart_the_same_is_told(mode: Mode, tmp_path: Path) -> None:
    async with new_sandbox(mode) as sandbox:
        async with running(sandbox, mode, tmp_path, NOW, {SLUG: PLAN}, CAPTAINS) as world:
            await live(world)
            now = world.clock.now()
            first = (await world.sandbox.slash("bo", "release", "/release diff since 2026-03-04")).text
        async with running(sandbox, mode, tmp_path, now, {SLUG: PLAN}, CAPTAINS) as world:
            assert (await world.sandbox.slash("bo", "release", "/release diff since 2026-03-04")).text == first
