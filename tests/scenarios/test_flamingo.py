"""A large train (278 repositories, odd leads, undecided versions, dependencies from outside) within Slack's limits."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.blocks import limits
from bot.demo.trains import Train
from tests.scenarios.world import MODES, Mode, new_sandbox, running

FOLDER = Path(__file__).parents[1] / "data" / "trains" / "openstack-flamingo"
SLUG = "flamingo"
NOW = datetime(2025, 9, 12, 9, tzinfo=UTC)
PLAN = {**json.loads((FOLDER / "release_plan_full.json").read_text()), "channel": "#release"}


@pytest.mark.parametrize("mode", MODES)
async def test_a_pass_and_every_answer_stay_within_slacks_limits(mode: Mode, tmp_path: Path) -> None:
    async with (
        new_sandbox(mode) as sandbox,
        running(sandbox, mode, tmp_path, NOW, {SLUG: PLAN}, {}) as world,
    ):
        world.publish(Train(FOLDER).documents(NOW.date()))
        result = await world.run_pass(SLUG)
        assert result.commit is not None
        assert result.refused == {}
        rows = list(result.state.folder.document.plan.repositories())
        assert len(rows) == 278
        assert sum(r.version is None for _, r in rows) == 59
        for question in ("status", "risks", "why nova", "why keystoneauth", "why oslo.messaging", "plans"):
            answer = await sandbox.slash("lea", "release", f"/release {question}")
            assert answer.ok, question
            await sandbox.settle(quiet=0.7, within=30)
            seen = [m for m in sandbox.messages("release", viewer="lea") if m.ephemeral_to]
            assert seen, question
            for message in seen:
                weight = limits.weight(message.text, message.blocks)
                assert weight <= 9_000, (question, weight)
                assert len(message.blocks) <= 50
        assert (await world.digest(SLUG)).sent
        await world.push("readme.md", {})
        dashboard = world.folder / "lea-0" / "plans" / SLUG / "RELEASE_PLAN.md"
        assert 10_000 < dashboard.stat().st_size < 500_000
        assert sandbox.violations == []


@pytest.mark.parametrize("mode", MODES)
async def test_nothing_that_does_not_fit_is_left_out(mode: Mode, tmp_path: Path) -> None:
    """Every repository at risk is named somewhere in the answer to `risks`, split over as many messages as it takes."""
    async with (
        new_sandbox(mode) as sandbox,
        running(sandbox, mode, tmp_path, NOW, {SLUG: PLAN}, {}) as world,
    ):
        documents = Train(FOLDER).documents(NOW.date())
        world.publish(documents)
        await world.run_pass(SLUG)
        await sandbox.slash("lea", "release", "/release risks")
        await sandbox.settle(quiet=0.7, within=30)
        said = "\n".join(sandbox.show(m) for m in sandbox.messages("release", viewer="lea"))
        in_plan = {r["name"] for g in PLAN["releaseGroups"] for r in g["repositories"]}
        at_risk = {n for n, d in documents.items() if d["status"] == "AT_RISK" and n in in_plan}
        assert at_risk
        assert {n for n in at_risk if n not in said} == set()
