"""A risk that somebody lives with: from the alert to the day it is back, and back sooner when it gets worse."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bot.release.edits import AcceptRisk
from bot.services.ports import Author, Updated
from tests.scenarios.test_main_job import CAPTAINS, PLAN, SLUG, document
from tests.scenarios.world import MODES, Mode, World, new_sandbox, running

APP, SERVER = "summit-app", "intelgraph-server"
ANA = Author("Product Release Captain A", "ana@example.org")


@pytest.fixture(params=MODES)
def mode(request: pytest.FixtureRequest) -> Mode:
    return request.param


@pytest.fixture
async def world(mode: Mode, tmp_path: Path) -> AsyncIterator[World]:
    now = datetime(2026, 3, 3, 8, 12, tzinfo=UTC)
    async with new_sandbox(mode) as sandbox, running(sandbox, mode, tmp_path, now, {SLUG: PLAN}, CAPTAINS) as world:
        yield world


async def morning(world: World, day: int, eta: str = "2026-03-18", hour: int = 8) -> int:
    """A pass on that day of March, with a feed that was written anew; how many messages it made."""
    world.clock.advance(datetime(2026, 3, day, hour, 30, tzinfo=UTC) - world.clock.now())
    at = f"2026-03-{day:02}T07:00:00Z"
    world.publish(document("AT_RISK", summary="load test fails", etaDate=eta, updatedAt=at))
    return (await world.run_pass(SLUG)).alerts


async def accept(world: World, until: date, reason: str) -> None:
    """Ana lives with it, by the edit that the command line makes."""
    edit = AcceptRisk(f"accept-{until}", world.clock.now(), APP, SERVER, until, reason, ANA.name)
    outcome = await world.convoy.editing.submit(SLUG, edit, ANA)
    assert isinstance(outcome, Updated), outcome
    await world.deliver()


async def asked(world: World, question: str) -> str:
    """What Ana reads in answer to a command."""
    answer = await world.sandbox.slash("ana", "release", f"/release {question}")
    return "\n".join(world.sandbox.show(m) for m in answer.messages)


def told(world: World) -> list[str]:
    """What Ana was sent, whole."""
    return [world.sandbox.show(m) for m in world.sandbox.dms("ana") if m.by_bot]


async def test_an_accepted_risk_is_silent_until_its_day_then_back_once_and_back_again_when_worse(world: World) -> None:
    assert await morning(world, 3) == 1
    (alert,) = told(world)
    assert "Your summit-app v3.0.0 waits on intelgraph-server v1.5.0" in alert
    assert "accept the risk" in alert

    await accept(world, date(2026, 3, 5), "we ship our own copy")
    for day, hour in ((3, 12), (4, 8), (5, 8), (5, 22)):
        assert await morning(world, day, hour=hour) == 0
    assert told(world) == [alert]
    accepted = 'Risk accepted by Product Release Captain A until Thu 5 Mar: "we ship our own copy".'
    for question in ("risks", f"why {APP}"):
        assert accepted in await asked(world, question)
    assert "accepted" in await asked(world, "status")

    assert await morning(world, 6) == 1
    (_, back) = told(world)
    assert "Back: your summit-app v3.0.0 waits on intelgraph-server v1.5.0" in back
    assert "You accepted this risk until Thu 5 Mar" in back
    assert "it is back because the acceptance ended yesterday" in back
    assert accepted not in await asked(world, "risks")
    for day in (7, 8):
        assert await morning(world, day) == 0
    assert told(world) == [alert, back]

    await accept(world, date(2026, 3, 14), "still our own copy")
    assert await morning(world, 9) == 0
    assert "until Sat 14 Mar" in await asked(world, "risks")
    assert await morning(world, 10, eta="2026-03-20") == 1
    (*_, worse) = told(world)
    assert "Back: your summit-app v3.0.0 waits on intelgraph-server v1.5.0" in worse
    assert "You accepted this risk until Sat 14 Mar" in worse
    assert "it is back because its date moved from Wed 18 Mar to Fri 20 Mar" in worse
    assert await morning(world, 11, eta="2026-03-20") == 0
    assert len(told(world)) == 3
    assert world.dms("bo") == []
    assert world.sandbox.violations == []
