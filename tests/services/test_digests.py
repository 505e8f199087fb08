"""The digest: once a local day, whatever happens, to the right channel, against the last one."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.delivery.ledger import SqlDeliveries
from bot.services.digests import Digests, digest_key, unmapped_leads
from bot.services.planning import Planning
from bot.services.ports import PlanNotFoundError
from tests.services.world import NOW, SLUG, World
from tests.store.kit import git


async def test_a_digest_goes_to_the_channel_of_the_plan_with_the_day_as_its_key(world: World) -> None:
    outcome = await world.digests.send(SLUG)
    assert (outcome.sent, outcome.key) == (True, "digest:summit:2026-03-03")
    (said,) = await world.said("digest")
    assert (said.key, said.to) == (outcome.key, "#summit")
    assert said.message.text.startswith("Summit 2026 Q1 Launch: 12 days to go, 0 of 2 ready")
    record = await world.deliveries.last_digest(SLUG)
    assert record is not None
    assert (record.commit, record.at) == (world.head(), NOW)


async def test_it_goes_out_once_a_day_across_restarts_and_replicas(world: World) -> None:
    replicas = [
        Digests(Planning(world.store, world.clock), SqlDeliveries(world.database, world.clock), world.clock, None)
        for _ in range(4)
    ]
    sent = await asyncio.gather(*(r.send(SLUG) for r in replicas))
    assert sorted(o.sent for o in sent) == [False, False, False, True]
    late = await world.digests.send(SLUG)
    assert (late.sent, late.reason) == (False, "today's digest of summit went out already")
    assert len(await world.said()) == 1
    world.clock.advance(timedelta(days=1))
    assert (await world.digests.send(SLUG)).key == "digest:summit:2026-03-04"
    assert len(await world.said()) == 2


async def test_the_day_is_that_of_the_plans_own_zone(world: World) -> None:
    """At 23:30 UTC it is tomorrow in Berlin; twice 02:30 in the autumn night is one day."""
    world.clock.moment = datetime(2026, 3, 3, 23, 30, tzinfo=UTC)
    assert (await world.digests.send(SLUG)).key == digest_key(SLUG, date(2026, 3, 4))
    for hour in (0, 1):
        world.clock.moment = datetime(2026, 10, 25, hour, 30, tzinfo=UTC)
        assert (await world.digests.send(SLUG)).key == digest_key(SLUG, date(2026, 10, 25))
    assert len(await world.said()) == 2
    asked = await world.digests.send(SLUG, date(2026, 10, 26))
    assert (asked.sent, asked.key) == (True, digest_key(SLUG, date(2026, 10, 26)))


async def test_a_plan_without_a_channel_uses_the_default_or_says_what_is_missing(world: World) -> None:
    world.push_plan(channel=None)
    await world.planning.refresh()
    none = await world.digests.send(SLUG)
    assert (none.sent, none.reason) == (False, "summit has no release channel: set `channel` in its plan")
    assert await world.deliveries.last_digest(SLUG) is None
    fallback = Digests(world.planning, world.deliveries, world.clock, "C0ALL")
    assert (await fallback.send(SLUG)).sent
    assert [s.to for s in await world.said()] == ["C0ALL"]


async def test_it_says_what_changed_since_the_last_one(world: World) -> None:
    await world.digests.send(SLUG)
    world.clock.advance(timedelta(days=1))
    world.source.publish("server", "AT_RISK")
    await world.tracking.run(SLUG)
    await world.digests.send(SLUG)
    said = await world.said("digest")
    assert "1 at risk (+1)" in said[-1].message.text
    assert "on track → at risk" in str(said[-1].message.blocks)
    assert "on track → at risk" not in str(said[0].message.blocks)


async def test_a_last_digest_whose_commit_was_rewound_away_does_not_hold_up_the_next(world: World) -> None:
    await world.tracking.run(SLUG)
    world.push_plan(releaseDate="2026-03-16")
    await world.planning.refresh()
    await world.digests.send(SLUG)
    git(world.repository, "update-ref", "refs/heads/main", "main~1")
    git(world.repository, "reflog", "expire", "--expire=now", "--all")
    git(world.repository, "gc", "--quiet", "--prune=now")
    world.store.close()
    world.clock.advance(timedelta(days=1))
    fresh = Digests(Planning(world.store, world.clock), world.deliveries, world.clock, None)
    assert (await fresh.send(SLUG)).sent
    (_, said) = await world.said("digest")
    assert said.message.text.startswith("Summit 2026 Q1 Launch: 11 days to go")


async def test_captains_whom_slack_does_not_know_are_named(world: World) -> None:
    assert unmapped_leads(await world.planning.view(SLUG)) == ("Captain B",)
    await world.digests.send(SLUG)
    (said,) = await world.said()
    everything = str((said.message.blocks, [t.blocks for t in said.message.thread]))
    assert "Captain B" in everything
    assert "captains.json" in everything
    world.source.publish("server", "RELEASED")
    await world.tracking.run(SLUG)
    assert unmapped_leads(await world.planning.view(SLUG)) == ()  # nothing is left to tell them


async def test_a_plan_that_is_not_there_has_no_digest(world: World) -> None:
    with pytest.raises(PlanNotFoundError):
        await world.digests.send("autumn")
    assert await world.said() == []
