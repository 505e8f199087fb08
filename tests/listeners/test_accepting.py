"""Accept risk…: who gets the form, what is wrong with what was sent, and that it is made once."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from bot.blocks import accept
from bot.blocks.ids import ACCEPT, ACCEPT_REASON, ACCEPT_UNTIL, ACCEPT_WHAT
from bot.blocks.message import Message
from bot.listeners.accepting import AcceptForm, Wrong
from bot.listeners.caller import Caller
from bot.services.accepting import Acceptance
from bot.services.ports import Entry
from tests.listeners.example import ANA, BO, CY, GUEST, NOW, TEAM, Desk
from tests.listeners.test_actions import clicked


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def opened(desk: Desk, user: str = ANA) -> dict[str, Any] | Message:
    return await AcceptForm(desk.services).open(await clicked(desk, ACCEPT, user), "http://127.0.0.1:9/")


def sent(view: dict[str, Any], until: date, reason: str = "We ship without it") -> dict[str, Any]:
    element = view["blocks"][1]["element"]
    values = {
        ACCEPT_WHAT: {ACCEPT_WHAT: {"selected_option": element["initial_option"]}},
        ACCEPT_UNTIL: {ACCEPT_UNTIL: {"selected_date": until.isoformat()}},
        ACCEPT_REASON: {ACCEPT_REASON: {"value": reason}},
    }
    return {**view, "id": "V1", "state": {"values": values}}


TOMORROW = NOW.date() + timedelta(days=1)


async def given(desk: Desk, view: dict[str, Any], user: str = ANA) -> Any:
    carried = accept.form_of(view["private_metadata"])
    return await AcceptForm(desk.services).given(view, carried, Caller(user, TEAM))


async def test_the_captain_and_the_lead_captain_get_the_form_and_nobody_else(desk: Desk) -> None:
    for user in (ANA, CY):
        view = await opened(desk, user)
        assert isinstance(view, dict)
    for user, words in ((BO, "their deputy or the lead captain can do this"), (GUEST, "full members")):
        refused = await opened(desk, user)
        assert isinstance(refused, Message)
        assert words in refused.text


async def test_the_form_names_the_risk_of_the_button_and_carries_the_commit_that_was_looked_at(desk: Desk) -> None:
    view = await opened(desk)
    assert isinstance(view, dict)
    button = (await clicked(desk, ACCEPT)).button
    assert button is not None
    assert accept.risk_of(view["blocks"][1]["element"]["initial_option"]["value"]) == (button.repository, button.cause)
    carried = accept.form_of(view["private_metadata"])
    assert carried is not None
    assert (carried.plan, carried.captain) == (button.plan, button.captain)
    assert carried.base == (await desk.services.planning.view(button.plan)).commit


async def test_a_day_that_has_passed_and_an_empty_reason_stand_beside_their_fields(desk: Desk) -> None:
    view = await opened(desk)
    assert isinstance(view, dict)
    wrong = await given(desk, sent(view, NOW.date() - timedelta(days=1), "  "))
    assert wrong == Wrong({ACCEPT_REASON: accept.NO_REASON, ACCEPT_UNTIL: accept.PAST})
    assert isinstance(await given(desk, sent(view, NOW.date())), Acceptance), "today is not over"


async def test_what_was_tampered_with_is_not_taken(desk: Desk) -> None:
    view = await opened(desk)
    assert isinstance(view, dict)
    for carried in ("", "{}", "[1, 2, 3, 4]", '["a"]'):
        assert isinstance(await given(desk, {**sent(view, TOMORROW), "private_metadata": carried}), Message)
    form = AcceptForm(desk.services)
    found = await given(desk, sent(view, TOMORROW))
    assert isinstance(found, Acceptance)
    for other in (replace(found, captain="Nobody"), replace(found, cause="something-else")):
        answer = await form.take(other, Caller(ANA, TEAM))
        assert isinstance(answer, Message)
        assert answer.text.startswith("Not accepted: ")
    answer = await form.take(found, Caller(BO, TEAM))
    assert isinstance(answer, Message)
    assert answer.text.startswith("Not accepted: only ")
    assert desk.journal.entries == {}, "nothing of it was taken"


async def test_it_is_written_down_first_and_made_by_its_author(desk: Desk) -> None:
    view = await opened(desk)
    assert isinstance(view, dict)
    found = await given(desk, sent(view, TOMORROW))
    assert isinstance(found, Acceptance)
    form, before = AcceptForm(desk.services), desk.store.commits
    taken = await form.take(found, Caller(ANA, TEAM))
    assert isinstance(taken, Entry)
    (entry,) = desk.journal.entries.values()
    assert desk.store.commits == before, "in the journal, and not in git yet"
    assert (await form.make(found, taken)).text.startswith("Done: ")
    assert (entry.edit.id, entry.author.slack_user, entry.author.slack_team) == ("accept-V1", ANA, TEAM)
    assert desk.journal.settled == {"accept-V1": "done"}
    folder = desk.store.folders[found.plan]
    assert [w.reason for _, r in folder.document.plan.repositories() for w in r.waivers] == ["We ship without it"]
