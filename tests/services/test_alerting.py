"""Who is told, who is not, and who may say that they have seen it."""

import asyncio
from datetime import timedelta

from bot.blocks.ids import alert_button
from bot.release import readiness
from bot.services.alerting import Alerting, slack_user
from bot.services.ports import Person
from tests.services.world import NOW, SLUG, World


async def run(world: World, status: str = "AT_RISK", **more: object) -> int:
    """A pass in which the server says this; how many messages became due."""
    world.source.publish("server", status, **more)
    return (await world.tracking.run(SLUG)).alerts


async def test_the_captain_who_waits_is_told_in_person_and_nobody_else(world: World) -> None:
    assert await run(world, etaDate="2026-03-18", summary="load test fails") == 1
    (alert,) = await world.said()
    assert (alert.kind, alert.to) == ("alert", "U0ANA")
    assert alert.message.text.startswith("Your summit-app v3.0.0 waits on server v1.5.0, at risk")
    (incident,) = await world.deliveries.incidents(SLUG)
    assert (incident.captain, incident.cause, incident.open, incident.told_at) == ("Captain A", "server", True, NOW)


async def test_a_restart_or_a_second_replica_repeats_nothing(world: World) -> None:
    await run(world)
    view = await world.planning.view(SLUG)
    again = Alerting(world.planning, world.deliveries, world.clock)
    assert await again.tell(SLUG, view.commit, view.assessment) == 0
    assert len(await world.said()) == 1


async def test_replicas_that_decide_at_the_same_moment_make_one_message(world: World) -> None:
    world.source.publish("server", "AT_RISK")
    world.tracking._alerting = None
    await world.tracking.run(SLUG)
    view = await world.planning.view(SLUG)
    told = await asyncio.gather(*(world.alerting.tell(SLUG, view.commit, view.assessment) for _ in range(5)))
    assert sorted(told) == [0, 0, 0, 0, 1]
    assert len(await world.said()) == 1


async def test_recovery_is_told_and_closes_the_incident(world: World) -> None:
    await run(world)
    assert await run(world, "RELEASED", latestVersion="v1.5.0") == 1
    assert [i.open for i in await world.deliveries.incidents(SLUG)] == [False]
    assert [s.to for s in await world.said()] == ["U0ANA", "U0ANA"]
    assert await run(world, "RELEASED", latestVersion="v1.5.0", summary="still out") == 0


async def test_a_captain_whom_slack_does_not_know_is_told_to_the_lead_once_and_hears_as_soon_as_known(
    world: World,
) -> None:
    world.push("captains.json", {"Lead Captain": {"slack": "U0LEA"}})
    await world.planning.refresh()
    assert await run(world) == 1
    (notice,) = await world.said()
    assert (notice.kind, notice.to) == ("notice", "U0LEA")
    assert "Captain A" in notice.message.text
    assert "captains.json" in notice.message.text
    assert await world.deliveries.incidents(SLUG) == []
    assert await run(world, "BLOCKED") == 0  # the lead knows
    world.push("captains.json", {"Lead Captain": {"slack": "U0LEA"}, "Captain A": {"slack": "U0ANA"}})
    await world.planning.refresh()
    assert await run(world, "BLOCKED") == 1
    assert [s.to for s in await world.said("alert")] == ["U0ANA"]


async def test_without_anybody_to_tell_nothing_is_recorded_as_told(world: World) -> None:
    world.push("captains.json", {})
    await world.planning.refresh()
    assert await run(world) == 0
    assert await world.said() == []
    assert await world.deliveries.incidents(SLUG) == []


async def test_two_leads_may_be_one_person_and_a_lead_may_be_a_slack_id_itself(world: World) -> None:
    assert slack_user("Captain A", {"Captain A": Person("Captain A", "U0ANA")}) == "U0ANA"
    assert slack_user("U012AB3CD", {}) == "U012AB3CD"
    for nobody in (None, "", "Captain A", "UX", "Underwood", "u012ab3cd"):
        assert slack_user(nobody, {}) is None
    assert slack_user("Captain A", {"Captain A": Person("Captain A", None)}) is None


async def test_the_captain_the_deputy_and_the_lead_captain_may_acknowledge_and_nobody_else(world: World) -> None:
    await run(world)
    for stranger in ("U0EVE", "U0ANA2", ""):
        refused = await world.alerting.acknowledge(SLUG, "Captain A", stranger)
        assert not refused.done
        assert refused.refused == "only Captain A, their deputy or the lead captain can do this"
    assert [i.acked_by for i in await world.deliveries.incidents(SLUG)] == [None]
    first = await world.alerting.acknowledge(SLUG, "Captain A", "U0BO")
    assert (first.done, first.by, first.at, first.already_by) == (True, "U0BO", NOW, None)
    second = await world.alerting.acknowledge(SLUG, "Captain A", "U0LEA")
    assert (second.done, second.already_by) == (False, "U0BO")
    assert [i.acked_by for i in await world.deliveries.incidents(SLUG)] == ["U0BO"]


async def test_what_gets_worse_after_an_ack_is_open_again(world: World) -> None:
    await run(world)
    await world.alerting.acknowledge(SLUG, "Captain A", "U0ANA")
    assert await run(world, "BLOCKED") == 1
    assert [(i.acked_by, i.open) for i in await world.deliveries.incidents(SLUG)] == [(None, True)]


async def test_a_message_carries_what_its_buttons_need(world: World) -> None:
    await run(world)
    (alert,) = await world.said()
    values = [
        element["value"]
        for block in alert.message.blocks
        if block["type"] == "actions"
        for element in block["elements"]
    ]
    button = alert_button(values[0])
    assert button is not None
    assert (button.plan, button.captain) == (SLUG, "Captain A")


async def test_a_crash_before_the_record_delays_an_alert_and_does_not_lose_it(world: World) -> None:
    """The pass committed; nobody was told. The next pass commits nothing and tells."""
    world.tracking._alerting = None
    await run(world)
    world.tracking._alerting = world.alerting
    result = await world.tracking.run(SLUG)
    assert (result.commit, result.alerts) == (None, 1)


async def test_one_late_library_is_one_message_however_many_wait(world: World) -> None:
    rows = [
        {"name": f"app-{n}", "version": "v1", "status": "ON_TRACK", "dependencies": [{"name": "server"}]}
        for n in range(40)
    ]
    server = {"name": "server", "version": "v1.5.0", "status": "ON_TRACK", "dependencies": []}
    world.push_plan(
        releaseGroups=[
            {"name": "A", "lead": "Captain A", "repositories": rows},
            {"name": "P", "lead": "Captain B", "repositories": [server]},
        ]
    )
    assert await run(world) == 1
    state = world.store.read(SLUG)
    assert len(readiness.evaluate(state.folder, NOW).root_causes[0].blocks) == 40


async def test_an_old_message_acknowledges_only_what_it_told(world: World) -> None:
    await run(world)
    first = (await world.deliveries.incidents(SLUG))[0].told_at
    world.clock.advance(timedelta(hours=2))
    rows = [
        {"name": "app", "version": "v1", "status": "ON_TRACK", "dependencies": [{"name": "server"}, {"name": "late"}]},
        {"name": "late", "version": "v1", "status": "BLOCKED", "dependencies": []},
    ]
    server = {"name": "server", "version": "v1.5.0", "status": "AT_RISK", "dependencies": []}
    world.push_plan(
        releaseGroups=[
            {"name": "A", "lead": "Captain A", "repositories": rows[:1]},
            {"name": "P", "lead": "Captain B", "repositories": [rows[1], server]},
        ]
    )
    await run(world)
    mine = {i.cause: i for i in await world.deliveries.incidents(SLUG) if i.captain == "Captain A" and i.open}
    newer = {cause for cause, incident in mine.items() if incident.told_at > first}
    assert "late" in newer
    outcome = await world.alerting.acknowledge(SLUG, "Captain A", "U0ANA", first)
    acked = {i.cause for i in await world.deliveries.incidents(SLUG) if i.captain == "Captain A" and i.acked_by}
    assert acked.isdisjoint(newer)
    assert outcome.done == bool(set(mine) - newer)
    assert (await world.alerting.acknowledge(SLUG, "Captain A", "U0ANA")).done
