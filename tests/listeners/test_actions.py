"""The buttons of an alert, as Slack sends their clicks."""

from dataclasses import replace
from typing import Any

import pytest

from bot.blocks import errors
from bot.blocks.ids import ACCEPT, ACK, ALERT_ACKED, WHY, AlertButton
from bot.blocks.message import Message
from bot.listeners.actions import AlertActions, Click, Update, click_of
from tests.listeners.example import ANA, BO, CY, GUEST, TEAM, Desk

ALL = "Product Release Captain A"


@pytest.fixture
def desk() -> Desk:
    return Desk()


def body(message: Message, action: str, user: str = ANA) -> dict[str, Any]:
    """The payload of a click on one of the message's buttons."""
    buttons = [e for b in message.blocks if b["type"] == "actions" for e in b["elements"]]
    button = next(b for b in buttons if b["action_id"] == action)
    return {
        "type": "block_actions",
        "user": {"id": user, "team_id": TEAM},
        "channel": {"id": "D1"},
        "container": {"type": "message", "channel_id": "D1", "message_ts": "1.2"},
        "message": {"ts": "1.2", "text": message.text, "blocks": list(message.blocks)},
        "actions": [button],
        "response_url": "http://127.0.0.1:9/",
    }


async def clicked(desk: Desk, action: str, user: str = ANA) -> Click:
    return click_of(body((await desk.tell()).message, action, user), TEAM)


def said(message: Message) -> str:
    return "\n".join([message.text, *(repr(b) for b in message.blocks)])


async def test_the_captain_acknowledges(desk: Desk) -> None:
    outcome = await AlertActions(desk.services).acknowledge(await clicked(desk, ACK))
    assert isinstance(outcome, Update)
    told = said(outcome.message)
    assert f"Acknowledged by <@{ANA}> on Tue 3 Mar at 09:12 UTC" in told
    left = [e["action_id"] for b in outcome.message.blocks if b["type"] == "actions" for e in b["elements"]]
    assert left == [ACCEPT, WHY]
    assert {i.acked_by for i in desk.deliveries.rows.values() if i.captain == ALL} == {ANA}


async def test_a_second_click_changes_nothing_and_names_the_first(desk: Desk) -> None:
    actions = AlertActions(desk.services)
    click = await clicked(desk, ACK)
    await actions.acknowledge(click)
    again = await actions.acknowledge(replace(click, caller=replace(click.caller, user=CY)))
    assert isinstance(again, Update)
    assert f"Acknowledged by <@{ANA}>" in said(again.message)
    assert sum(b.get("block_id") == ALERT_ACKED for b in again.message.blocks) == 1


@pytest.mark.parametrize("user", [BO])
async def test_somebody_elses_click_is_refused_with_who_can(desk: Desk, user: str) -> None:
    outcome = await AlertActions(desk.services).acknowledge(await clicked(desk, ACK, user))
    assert isinstance(outcome, Message)
    assert f"only {ALL}, their deputy or the lead captain can do this" in outcome.text.replace("Only", "only")
    assert all(i.acked_by is None for i in desk.deliveries.rows.values())


async def test_the_lead_captain_may_as_well(desk: Desk) -> None:
    assert isinstance(await AlertActions(desk.services).acknowledge(await clicked(desk, ACK, CY)), Update)


@pytest.mark.parametrize("action", [ACK, WHY])
async def test_guests_get_nothing(desk: Desk, action: str) -> None:
    actions = AlertActions(desk.services)
    click = await clicked(desk, action, GUEST)
    assert await (actions.acknowledge if action == ACK else actions.explain)(click) == errors.guest()
    assert all(i.acked_by is None for i in desk.deliveries.rows.values())


async def test_why_explains_the_repository_that_waits(desk: Desk) -> None:
    told = said(await AlertActions(desk.services).explain(await clicked(desk, WHY)))
    assert "summit-app v3.0.0 waits on" in told
    assert "payload-service" in told


async def test_why_without_room_for_the_repository_shows_all_of_the_captain(desk: Desk) -> None:
    click = replace(await clicked(desk, WHY), button=AlertButton("summit-2026-q1", ALL))
    assert "What concerns you in Summit" in said(await AlertActions(desk.services).explain(click))


@pytest.mark.parametrize("value", ["", "x", "[]", "{}", '{"p": 1, "c": 2}', '{"p": "", "c": ""}', "\ud800", None, 7])
async def test_buttons_that_are_not_ours(desk: Desk, value: object) -> None:
    payload = body((await desk.tell()).message, ACK)
    payload["actions"] = [{"action_id": ACK, "value": value}]
    actions, click = AlertActions(desk.services), click_of(payload, TEAM)
    assert await actions.acknowledge(click) == await actions.explain(click) == errors.old_button()


async def test_a_plan_that_is_gone_is_said(desk: Desk) -> None:
    click = replace(await clicked(desk, ACK), button=AlertButton("gone", ALL))
    outcome = await AlertActions(desk.services).acknowledge(click)
    assert isinstance(outcome, Message)
    assert "There is no plan" in outcome.text


def test_a_click_without_its_message_reads_as_empty() -> None:
    payload = {
        "user": {"id": ANA},
        "actions": [{"action_id": ACK}],
        "container": {"channel_id": "D1", "message_ts": "1"},
    }
    click = click_of(payload, TEAM)
    assert (click.channel, click.ts, click.text, click.blocks, click.button) == ("D1", "1", "", (), None)
