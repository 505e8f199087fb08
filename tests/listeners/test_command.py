"""`/release …` from the text to the message, with the real services behind it."""

import asyncio
from datetime import timedelta

import pytest
import structlog

from bot.blocks import errors, limits
from bot.blocks.message import Message
from bot.listeners.caller import Caller
from bot.listeners.command import ReleaseCommand, only_reads
from bot.listeners.replies import Answer, Started
from bot.services.ports import PlanNotFoundError, StoreError, StoreRefusedError, StoreUnavailableError
from tests.listeners.example import ANA, BO, CY, GUEST, STRANGER, TEAM, Desk, folder

REL = ("C1REL", "release")


def caller(user: str = ANA, channel: str = "C1REL", workspace: str | None = TEAM) -> Caller:
    return Caller(user, workspace, channel, "release")


async def ask(desk: Desk, text: str, who: Caller | None = None) -> str:
    """The answer as one text: its sentence and its blocks."""
    answer = await ReleaseCommand(desk.services).answer(text, who or caller())
    assert isinstance(answer, Message)
    assert limits.problems(answer) == []
    return said(answer)


def said(answer: Answer) -> str:
    assert isinstance(answer, Message)
    return "\n".join([answer.text, *(repr(b) for b in answer.blocks)])


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_status_of_the_channels_plan(desk: Desk) -> None:
    told = await ask(desk, "status")
    assert told.startswith("Summit 2026 Q1 Launch: 12 days to go (Sun 15 Mar), at risk")
    assert "commit 0000000" in told


async def test_status_is_built_once_for_a_view(desk: Desk) -> None:
    command = ReleaseCommand(desk.services)
    first, second = [await command.answer("status", caller()) for _ in range(2)]
    assert first is second
    desk.clock.advance(timedelta(minutes=2))
    assert await command.answer("status", caller()) is not first


async def test_status_of_another_day(desk: Desk) -> None:
    told = await ask(desk, "status as of 2026-03-01")
    assert "14 days to go (Sun 15 Mar)" in told


async def test_why_reaches_a_repository_named_payload(desk: Desk) -> None:
    assert "payload-service v1.5.0" in await ask(desk, "why payload-service")
    assert "waits on" in await ask(desk, "why summit-app")


async def test_risks_and_risks_mine(desk: Desk) -> None:
    assert "payload-service" in await ask(desk, "risks")
    assert "What concerns you" in await ask(desk, "risks mine")
    assert "It is yours." in await ask(desk, "risks mine", caller(BO))
    assert await ask(desk, "risks mine", caller(CY)) == said(errors.not_a_captain("Summit 2026 Q1 Launch"))


async def test_plans_and_help(desk: Desk) -> None:
    assert "summit-2026-q1" in await ask(desk, "plans")
    everything = await ask(desk, "")
    assert all(f"/release {verb}" in everything for verb in ("status", "risks", "why", "plans", "refresh", "help"))
    assert "status as of 2026-03-01" in await ask(desk, "help status")


async def test_refresh_says_what_changed(desk: Desk) -> None:
    desk.source.documents["payload-service"] = "RELEASED"
    told = await ask(desk, "refresh")
    assert "payload-service" in told
    assert "commit 0000000" in told


async def test_a_long_refresh_holds_its_place_and_a_second_one_does_not_start_another() -> None:
    desk = Desk(patience=0.02)
    going = asyncio.Event()
    desk.source.wait = going.wait
    command = ReleaseCommand(desk.services)
    first = await command.answer("refresh", caller())
    assert isinstance(first, Started)
    assert first.placeholder == errors.refresh_started("summit-2026-q1")
    assert await command.answer("refresh", caller(BO)) == errors.refresh_running("summit-2026-q1")
    going.set()
    assert "Summit 2026 Q1 Launch" in (await first.rest).text
    assert isinstance(await command.answer("refresh", caller(BO)), Message)


async def test_a_refresh_that_fails_late_says_so() -> None:
    desk = Desk(patience=0.02)

    async def fail() -> None:
        await asyncio.sleep(0.05)
        raise StoreRefusedError("the branch is protected: ask its owner")

    desk.source.wait = fail
    answer = await ReleaseCommand(desk.services).answer("refresh", caller())
    assert isinstance(answer, Started)
    assert await answer.rest == errors.store_failed("the branch is protected: ask its owner")


async def test_what_is_not_understood_says_how_it_is_written(desk: Desk) -> None:
    assert "Did you mean `/release status`?" in await ask(desk, "statsu")
    told = await ask(desk, "status as of tomorrow")
    assert 'after "as of" comes 2026-03-01, 3d, 2w, 12h, yesterday' in told
    assert "`/release status [plan] [as of WHEN]`" in told


async def test_which_plan_is_meant(desk: Desk) -> None:
    desk.store.folders["winter-2026"] = folder()
    told = await ask(desk, "why summit-app", caller(channel="C9"))
    assert "There are several plans" in told
    assert "/release why summit-app summit-2026-q1" in told
    assert "/release status summit-2026-q1" in await ask(desk, "status sumit-2026-q1")


async def test_without_a_plan(desk: Desk) -> None:
    desk.store.folders.clear()
    assert "There is no plan yet" in await ask(desk, "status")
    assert "There is no plan yet" in await ask(desk, "plans")


@pytest.mark.parametrize("text", ["status", "help", "", "statsu", "refresh", "plans", 'why "'])
@pytest.mark.parametrize("user", [GUEST, STRANGER])
async def test_guests_and_other_organisations_get_nothing_whatever_they_ask(desk: Desk, user: str, text: str) -> None:
    assert await ask(desk, text, caller(user)) == said(errors.guest())
    assert desk.store.commits == 1


async def test_unknown_means_no_but_try_again(desk: Desk) -> None:
    assert await ask(desk, "status", caller("U0NOBODY1")) == said(errors.not_known_yet())
    assert await ask(desk, "status", caller(workspace=None)) == said(errors.not_known_yet())


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (StoreUnavailableError("git.example does not answer"), errors.store_unavailable("git.example does not answer")),
        (StoreRefusedError("a hook said no"), errors.store_failed("a hook said no")),
        (StoreError("the clone is damaged"), errors.store_failed("the clone is damaged")),
        (PlanNotFoundError("x", ["y"]), errors.store_failed("there was no plan 'summit-2026-q1' on Sun 1 Mar yet")),
    ],
)
async def test_failures_of_the_store_are_sentences(desk: Desk, error: StoreError, message: Message) -> None:
    await ask(desk, "status")
    desk.store.broken = error
    assert await ask(desk, "status as of 2026-03-01") == said(message)


async def test_what_nobody_foresaw_has_a_number_here_and_its_trace_in_the_log(desk: Desk) -> None:
    async def explode() -> None:
        raise RuntimeError("token xoxb-secret")

    desk.source.wait = explode
    with structlog.testing.capture_logs() as lines:
        told = await ask(desk, "refresh")
    assert told == said(errors.unexpected("f00dfeed"))
    assert "xoxb" not in told
    line = next(entry for entry in lines if entry["event"] == "listener failed")
    assert line["id"] == "f00dfeed"
    assert isinstance(line["exc_info"], RuntimeError)


@pytest.mark.parametrize(
    ("payload", "reads"),
    [
        ({"command": "/release", "text": "status"}, True),
        ({"command": "/release", "text": ""}, True),
        ({"command": "/release"}, True),
        ({"command": "/release", "text": "why refresh"}, True),
        ({"command": "/release", "text": "statsu"}, True),
        ({"command": "/release", "text": "refresh please now"}, True),  # refused, so nothing happens
        ({"command": "/release", "text": " Refresh"}, False),
        ({"command": "/release", "text": "refresh summit"}, False),
        ({"command": "/another", "text": "status"}, False),
        ({"type": "block_actions"}, False),
        ({"type": "event_callback"}, False),
        ({}, False),
    ],
)
def test_only_commands_that_change_nothing_are_taken_for_harmless(payload: dict[str, str], reads: bool) -> None:
    assert only_reads(payload) is reads
