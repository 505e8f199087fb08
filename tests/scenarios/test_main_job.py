"""The main job in both transports: ask, hear, acknowledge, and never hear twice."""

import copy
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.demo.trains import HERE
from tests.scenarios.world import MODES, Mode, World, new_sandbox, running

SLUG = "summit"
NOW = datetime(2026, 3, 3, 8, 12, tzinfo=UTC)
PLAN: dict[str, Any] = {**json.loads((HERE / "summit" / "release_plan.json").read_text()), "channel": "#release"}
CAPTAINS = {
    "Lead Captain": {"slack": "U0LEA"},
    "Product Release Captain A": {"slack": "U0ANA", "deputy": "Lead Captain"},
    "Platform Ops Captain": {"slack": "U0BO"},
}


def document(status: str = "ON_TRACK", **more: Any) -> dict[str, dict[str, Any]]:
    """What intelgraph-server publishes."""
    return {
        "intelgraph-server": {
            "schemaVersion": "1.0", "repository": "intelgraph-server", "version": "v1.5.0", "status": status,
            "updatedAt": "2026-03-03T07:00:00Z", **more,
        }
    }  # fmt: skip


LATE = document("AT_RISK", summary="load test fails", etaDate="2026-03-18")


@pytest.fixture(params=MODES)
def mode(request: pytest.FixtureRequest) -> Mode:
    return request.param


@pytest.fixture
async def world(mode: Mode, tmp_path: Path) -> AsyncIterator[World]:
    async with (
        new_sandbox(mode) as sandbox,
        running(sandbox, mode, tmp_path, NOW, {SLUG: PLAN}, CAPTAINS) as world,
    ):
        yield world


async def test_every_command_answers_the_one_who_asks_and_nobody_else(world: World) -> None:
    world.publish(LATE)
    await world.run_pass(SLUG)
    status = await world.sandbox.slash("ana", "release", "/release status")
    assert status.ok
    assert status.text.startswith("Summit 2026 Q1 Launch: 12 days to go (Sun 15 Mar), at risk")
    assert world.texts("release", viewer="bo") == []
    risks = await world.sandbox.slash("ana", "release", "/release risks")
    assert "intelgraph-server" in risks.text
    why = await world.sandbox.slash("ana", "release", "/release why summit-app")
    assert "summit-app" in why.text
    plans = await world.sandbox.slash("ana", "release", "/release plans")
    assert "Summit 2026 Q1 Launch" in world.sandbox.show(plans.messages[0])
    refresh = await world.sandbox.slash("ana", "release", "/release refresh")
    assert refresh.ok
    helped = await world.sandbox.slash("ana", "release", "/release help")
    for verb in ("status", "risks", "why", "plans", "refresh", "help"):
        assert f"/release {verb}" in "\n".join(world.sandbox.show(m) for m in helped.messages)
    typo = await world.sandbox.slash("ana", "release", "/release staus")
    assert "status" in typo.text
    assert world.sandbox.violations == []


async def test_a_repository_called_payload_service_can_be_asked_about(world: World) -> None:
    raw = copy.deepcopy(PLAN)
    raw["releaseGroups"][0]["repositories"].append(
        {"name": "payload-service", "version": "1.0.0", "status": "ON_TRACK", "dependencies": []}
    )
    await world.push(f"plans/{SLUG}/release_plan.json", raw)
    why = await world.sandbox.slash("ana", "release", "/release why payload-service")
    assert why.ok
    assert "payload-service" in why.text


async def test_guests_and_other_organisations_get_nothing(world: World) -> None:
    for person in ("gus", "eve"):
        answer = await world.sandbox.slash(person, "release", "/release status")
        shown = "\n".join(world.sandbox.show(m) for m in answer.messages)
        assert "Summit" not in shown
        assert "full members" in shown


async def test_an_alert_comes_once_is_acked_once_and_recovery_is_told(world: World) -> None:
    world.publish(LATE)
    await world.run_pass(SLUG)
    (alert,) = world.dms("ana")
    assert "summit-app v3.0.0" in alert
    assert world.dms("bo") == []  # nobody is told of what they themselves cause
    world.clock.advance(timedelta(hours=2))
    again = await world.run_pass(SLUG)
    assert (again.commit, again.alerts) == (None, 0)
    assert len(world.dms("ana")) == 1

    await world.sandbox.click("ana", "Ack")
    await world.sandbox.wait_for("Acknowledged by", viewer="ana", within=20)
    shown = world.sandbox.show(world.sandbox.dms("ana")[-1])
    assert "Acknowledged by @ana" in shown
    assert "[Ack]" not in shown
    incidents = await world.convoy.deliveries.incidents(SLUG)
    assert {i.acked_by for i in incidents} == {"U0ANA"}

    world.publish(document("RELEASED", latestVersion="v1.5.0"))
    await world.run_pass(SLUG)
    assert len(world.dms("ana")) == 2
    assert "intelgraph-server" in world.sandbox.show(world.sandbox.dms("ana")[-1])


async def test_a_digest_goes_out_once_a_local_day(world: World) -> None:
    world.publish(document())
    await world.run_pass(SLUG)
    assert (await world.digest(SLUG)).sent
    assert not (await world.digest(SLUG)).sent
    assert [t.split(",")[0] for t in world.texts("release")] == ["Summit 2026 Q1 Launch: 12 days to go"]
    world.publish(LATE)
    world.clock.advance(timedelta(days=1))
    await world.run_pass(SLUG)
    assert (await world.digest(SLUG)).sent
    shown = world.sandbox.show(next(m for m in world.sandbox.messages("release", viewer="lea") if "11 days" in m.text))
    assert "on track → at risk" in shown


async def test_what_people_push_is_seen_and_a_broken_plan_stays_out(world: World) -> None:
    raw = copy.deepcopy(PLAN)
    raw["releaseDate"] = "2026-03-20"
    await world.push(f"plans/{SLUG}/release_plan.json", raw)
    assert "17 days to go" in (await world.sandbox.slash("bo", "release", "/release status")).text
    await world.push(f"plans/{SLUG}/release_plan.json", {**raw, "releaseDate": 7})
    answer = await world.sandbox.slash("bo", "release", "/release status")
    assert "17 days to go" in answer.text
    assert "releaseDate" in world.sandbox.show(answer.messages[0])


@pytest.mark.parametrize("mode", MODES, indirect=True)
async def test_a_restart_repeats_nothing_and_delivers_what_was_due(mode: Mode, tmp_path: Path) -> None:
    async with new_sandbox(mode) as sandbox:
        plans = {SLUG: PLAN}
        async with running(sandbox, mode, tmp_path, NOW, plans, CAPTAINS) as first:
            first.publish(LATE)
            await first.run_pass(SLUG)
            await first.digest(SLUG)
        async with running(sandbox, mode, tmp_path, NOW + timedelta(minutes=5), plans, CAPTAINS) as second:
            result = await second.run_pass(SLUG)
            assert result.commit is None
            await second.digest(SLUG)
            assert len(second.dms("ana")) == 1
            assert len(second.texts("release")) == 1
