"""`views.*`: triggers, stacks, hashes."""

import pytest

from bot.sandbox import Sandbox
from tests.sandbox.bolt_app import actions, button, entry, home, modal, pointers, refused, section

TEXT = {"type": "plain_text_input", "action_id": "text"}


def trigger(slack: Sandbox, user: str = "U0ANA", modal_id: str | None = None) -> str:
    return slack._core.tickets.trigger(user, modal_id)


async def test_a_trigger_opens_one_modal(slack, client):
    ticket = trigger(slack)
    await client.views_open(trigger_id=ticket, view=modal(section("hi")))
    assert slack.modal("ana").title == "A modal"
    assert slack.modal("bo") is None
    assert await refused(client.views_open(trigger_id=ticket, view=modal(section("hi")))) == "exchanged_trigger_id"
    assert await refused(client.views_open(trigger_id="1.2.x", view=modal(section("hi")))) == "invalid_trigger_id"


async def test_a_trigger_lasts_three_seconds(slack, client, clock):
    late, just = trigger(slack), trigger(slack)
    clock.advance(3)
    await client.views_open(trigger_id=just, view=modal(section("hi")))
    clock.advance(0.001)
    assert await refused(client.views_open(trigger_id=late, view=modal(section("hi")))) == "expired_trigger_id"


async def test_a_bad_view_does_not_use_the_trigger_up(slack, client):
    ticket = trigger(slack)
    problems = await pointers(client.views_open(trigger_id=ticket, view=modal(section("hi"), title="A modal")))
    assert problems == ["[ERROR] must be a text object, not a bare value [json-pointer:/view/title]"]
    await client.views_open(trigger_id=ticket, view=modal(section("hi")))


async def test_push_needs_a_trigger_out_of_the_modal_and_ends_at_three(slack, client):
    first = await client.views_open(trigger_id=trigger(slack), view=modal(section("1")))
    assert await refused(client.views_push(trigger_id=trigger(slack), view=modal(section("2")))) == "invalid_trigger_id"
    inside = first["view"]["id"]
    second = await client.views_push(trigger_id=trigger(slack, modal_id=inside), view=modal(section("2")))
    assert (second["view"]["root_view_id"], second["view"]["previous_view_id"]) == (inside, inside)
    await client.views_push(trigger_id=trigger(slack, modal_id=inside), view=modal(section("3")))
    call = client.views_push(trigger_id=trigger(slack, modal_id=inside), view=modal(section("4")))
    assert await refused(call) == "push_limit_reached"


async def test_update_by_id_hash_and_external_id(slack, client):
    opened = (await client.views_open(trigger_id=trigger(slack), view=modal(section("1"), external_id="x")))["view"]
    await client.views_update(view_id=opened["id"], hash=opened["hash"], view=modal(section("2"), external_id="x"))
    stale = client.views_update(view_id=opened["id"], hash=opened["hash"], view=modal(section("3")))
    assert await refused(stale) == "hash_conflict"
    await client.views_update(external_id="x", view=modal(section("4")))
    assert "4" in slack.show(slack.modal("ana"))
    assert await refused(client.views_update(view_id="V9", view=modal(section("5")))) == "not_found"
    assert await refused(client.api_call("views.update", json={"view": modal(section("5"))})) == "invalid_arguments"
    assert await refused(client.views_update(view_id=opened["id"], view=home(section("5")))) == "invalid_arguments"


async def test_an_external_id_stands_once(slack, client):
    await client.views_open(trigger_id=trigger(slack), view=modal(section("1"), external_id="x"))
    again = client.views_open(trigger_id=trigger(slack, "U0BO"), view=modal(section("1"), external_id="x"))
    assert await refused(again) == "duplicate_external_id"


async def test_what_was_entered_stays_where_the_ids_stay(slack, client):
    fields = [entry("Reason", TEXT, block_id="r"), entry("Other", {**TEXT, "action_id": "o"}, block_id="o")]
    opened = (await client.views_open(trigger_id=trigger(slack), view=modal(*fields)))["view"]
    await slack.fill("ana", {"Reason": "because", "Other": "gone"})
    await client.views_update(view_id=opened["id"], view=modal(fields[0], entry("New", TEXT, block_id="n")))
    assert slack.modal("ana").state == {"r": {"text": {"type": "plain_text_input", "value": "because"}}}


async def test_home_tabs_are_personal(slack, client):
    published = (await client.views_publish(user_id="U0ANA", view=home(section("for ana"))))["view"]
    assert slack.show(slack.home("ana")) == "for ana"
    assert slack.home("bo") is None
    await client.views_publish(user_id="U0ANA", hash=published["hash"], view=home(section("newer")))
    stale = client.views_publish(user_id="U0ANA", hash=published["hash"], view=home(section("stale")))
    assert await refused(stale) == "hash_conflict"
    assert await refused(client.views_publish(user_id="U0NO", view=home(section("x")))) == "user_not_found"
    assert await refused(client.views_publish(user_id="U0DEA", view=home(section("x")))) == "not_enabled"
    assert await refused(client.views_publish(user_id="U0ANA", view=modal(section("x")))) == "invalid_arguments"


@pytest.mark.parametrize("method", ["views.open", "views.push", "views.update", "views.publish"])
async def test_a_view_must_be_there(slack, client, method):
    call = client.api_call(method, json={"trigger_id": trigger(slack), "view_id": "V1", "user_id": "U0ANA"})
    assert await refused(call) == "invalid_arguments"


async def test_blocks_and_elements_get_ids(slack, client):
    blocks = (await client.views_publish(user_id="U0ANA", view=home(actions(button("a"), button("b")))))["view"][
        "blocks"
    ]
    assert blocks[0]["block_id"]
    assert len({element["action_id"] for element in blocks[0]["elements"]}) == 2
