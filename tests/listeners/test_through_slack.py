"""The ways in as a person uses them, through a strict local Slack: once in Socket Mode, once in signed HTTP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.limits import section
from bot.blocks.message import Message
from bot.listeners.command import only_reads
from bot.listeners.people import People, slack_lookup
from bot.listeners.register import EVENTS, register
from bot.release.progress import Progress
from bot.sandbox import Channel, Person, Sandbox
from bot.services.clock import SystemClock
from bot.web.app import web_app
from bot.web.socket_mode import SocketMode
from tests.listeners.example import ANA, BO, CY, GUEST, STRANGER, Desk
from tests.test_manifest import SCOPES
from tests.web.server import served

MEMBERS = [
    Person(ANA, "ana", "Ana Diaz"),
    Person(BO, "bo", "Bo Berg"),
    Person(CY, "cy", "Cy Chen"),
    Person(GUEST, "gus", "Gus Guest", is_guest=True),
    Person(STRANGER, "sam", "Sam Stranger", team="T2AWAY"),
]


@dataclass
class Keys:
    """The database's memory of requests."""

    known: set[str] = field(default_factory=set)

    async def seen(self, key: str, at: datetime) -> bool:
        new = key not in self.known
        self.known.add(key)
        return new


@dataclass
class World:
    """The sandbox, the bot's services behind it, and the bot's own client."""

    slack: Sandbox
    desk: Desk
    client: AsyncWebClient

    async def alert(self) -> None:
        """The captain of Product A gets their alert."""
        delivery = await self.desk.tell()
        await self.client.chat_postMessage(
            channel=delivery.to, text=delivery.message.text, blocks=[dict(b) for b in delivery.message.blocks]
        )


@pytest.fixture(params=["socket", "http"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    channels = [Channel("C1REL", "release", members=[p.id for p in MEMBERS])]
    desk, clock, keys = Desk(patience=0.5), SystemClock(), Keys()
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(
            Sandbox(
                mode=request.param,
                people=MEMBERS,
                channels=channels,
                commands=["/release"],
                events=EVENTS,
                scopes=SCOPES,
                retry_delays=(0.05,),
            )
        )
        client = AsyncWebClient(slack.bot_token, base_url=slack.url, retry_handlers=[])
        app = AsyncApp(client=client, signing_secret=slack.signing_secret)
        register(app, replace(desk.services, who=People(slack_lookup(client), clock).who, count_every=0.1))
        if request.param == "socket":
            socket = SocketMode(
                app,
                slack.app_token,
                web_client=client,
                seen=keys.seen,
                clock=clock,
                only_reads=only_reads,
                ping_interval=0.2,
            )
            await socket.connect_async()
            stack.push_async_callback(socket.close_async)
        else:
            served_app = web_app(
                app, signing_secret=slack.signing_secret, seen=keys.seen, clock=clock, checks={}, only_reads=only_reads
            )
            slack.request_url = await stack.enter_async_context(served(served_app)) + "/slack/events"
        await slack.ready()
        yield World(slack, desk, client)
        assert slack.violations == []


async def test_status_is_seen_by_the_one_who_asked(world: World) -> None:
    seen = await world.slack.slash("ana", "release", "/release status")
    assert seen.ok
    assert "Summit 2026 Q1 Launch: 12 days to go" in seen.text
    assert world.slack.messages("release", viewer="bo") == []


@pytest.mark.parametrize(
    "text", ["risks", "risks mine", "why payload-service", "plans", "refresh", "help", "statsu", ""]
)
async def test_every_command_is_answered(world: World, text: str) -> None:
    seen = await world.slack.slash("ana", "release", f"/release {text}")
    assert seen.ok
    assert len(seen.messages) == 1


async def test_why_with_a_mention_and_hostile_text(world: World) -> None:
    seen = await world.slack.slash("ana", "release", "/release why <!channel> & @bo payload=%7B%7D")
    assert seen.ok
    assert "<!channel>" not in (seen.messages[0].text + repr(seen.messages[0].blocks))


@pytest.mark.parametrize("who", ["gus", "sam"])
async def test_guests_and_strangers_get_nothing(world: World, who: str) -> None:
    seen = await world.slack.slash(who, "release", "/release status")
    assert "Convoy answers full members of this workspace only" in seen.text
    assert "Summit" not in seen.text


async def test_a_long_answer_comes_in_order(world: World) -> None:
    view = await world.desk.services.planning.view("summit-2026-q1")
    below = [Message(f"part {n}", [section(f"part {n}")]) for n in (1, 2, 3)]
    view.memo["status"] = Message("part 0", [section("part 0")], below)
    seen = await world.slack.slash("ana", "release", "/release status")
    await world.slack.wait_for("part 3", viewer="ana", within=20)
    assert [m.text for m in seen.messages] == ["part 0", "part 1", "part 2", "part 3"]


async def test_a_refresh_that_takes_longer_than_an_acknowledgement(world: World) -> None:
    going = asyncio.Event()
    world.desk.source.wait = going.wait
    seen = await world.slack.slash("ana", "release", "/release refresh")
    assert seen.ok
    assert "The result follows here" in seen.text
    going.set()
    await world.slack.wait_for("1 captain told", viewer="ana", within=5)


async def test_a_long_refresh_counts_along_in_one_direct_message(world: World) -> None:
    going = asyncio.Event()
    world.desk.source.wait = going.wait
    until = datetime(2026, 3, 3, 12, 30, tzinfo=UTC)
    world.desk.source.progress = Progress(3, 7, 1, {"forge.example": until})
    assert (await world.slack.slash("ana", "release", "/release refresh")).ok
    await world.slack.wait_for("3 of 7 repositories, 1 of them could not be read", viewer="ana", within=5)
    await world.slack.wait_for("waiting for forge.example until 12:30:00 UTC", viewer="ana", within=5)
    assert world.desk.source.watch is not None
    world.desk.source.watch(Progress(6, 7, 1))
    await world.slack.wait_for("6 of 7 repositories", viewer="ana", within=5)
    world.desk.source.watch(Progress(7, 7, 1))
    going.set()
    await world.slack.wait_for("7 of 7 repositories, 1 of them could not be read. What is new stands", viewer="ana")
    await world.slack.wait_for("1 captain told", viewer="ana", within=5)
    counted = [m for m in world.slack.dms("ana") if "of 7" in m.text]
    assert len(counted) == 1, "updated in place"
    assert not [m for m in world.slack.dms("bo") if "of 7" in m.text]


async def test_a_short_refresh_counts_nothing(world: World) -> None:
    world.desk.source.progress = Progress(7, 7)
    await world.slack.slash("ana", "release", "/release refresh")
    assert not [m for m in world.slack.dms("ana") if "of 7" in m.text]


async def test_ack_updates_the_alert_in_place_for_good(world: World) -> None:
    await world.alert()
    clicked = await world.slack.click("ana", "Ack")
    assert clicked.ok
    await world.slack.wait_for("Acknowledged by", viewer="ana", within=5)
    (alert,) = world.slack.dms("ana")
    assert "[Ack]" not in world.slack.show(alert)
    assert "[Why?]" in world.slack.show(alert)


async def test_why_explains_beside_the_alert(world: World) -> None:
    await world.alert()
    await world.slack.click("ana", "Why?")
    await world.slack.wait_for("summit-app v3.0.0 waits on", viewer="ana", within=5)


async def test_somebody_else_cannot_ack_and_hears_who_can(world: World) -> None:
    delivery = await world.desk.tell()
    blocks = [dict(b) for b in delivery.message.blocks]
    await world.client.chat_postMessage(channel="C1REL", text=delivery.message.text, blocks=blocks)
    await world.slack.click("bo", "Ack", channel="release")
    await world.slack.wait_for("nly Product Release Captain A, their deputy or the lead captain", viewer="bo", within=5)
    assert "[Ack]" in world.slack.show(world.slack.messages("release", viewer="ana")[0])


async def test_home_shows_what_a_captain_waits_on(world: World) -> None:
    view = await world.slack.open_home("ana")
    assert view is not None
    assert "What I wait on" in world.slack.show(view)


async def test_what_is_delivered_again_acts_once_and_is_answered_alike(world: World) -> None:
    runs = 0

    async def count() -> None:
        nonlocal runs
        runs += 1

    world.desk.source.wait = count
    seen = await world.slack.slash("ana", "release", "/release refresh")
    before = seen.messages[0].text
    again = await world.slack.redeliver()
    assert again.error == ""
    assert not again.body or again.body["text"] == before
    assert runs == 1


async def test_an_event_delivered_again_publishes_once(world: World) -> None:
    await world.slack.open_home("ana")
    await world.slack.redeliver()
    await world.slack.settle()
    assert len(world.slack.journal.calls("views.publish")) == 1
