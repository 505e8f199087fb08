"""Modals: filling in, submitting, closing, and what an app can answer."""

import pytest

from bot.sandbox import CannotError, Sandbox
from tests.sandbox.bolt_app import (
    actions,
    bare_app,
    button,
    client_of,
    connected,
    entry,
    home,
    make_sandbox,
    menu,
    modal,
    option,
    plain,
    post_blocks,
    section,
)

TEXT = {"type": "plain_text_input", "action_id": "text", "min_length": 3, "max_length": 10}


async def show(slack: Sandbox, view: dict) -> None:
    ticket = slack._core.tickets.trigger("U0BO")
    await client_of(slack).views_open(trigger_id=ticket, view=view)


@pytest.mark.parametrize(
    ("element", "value", "words"),
    [
        (TEXT, "", "Please complete this required field."),
        (TEXT, "ab", "3 to 10 characters"),
        (TEXT, "a" * 11, "3 to 10 characters"),
        ({"type": "number_input", "is_decimal_allowed": False, "max_value": "5"}, "1.5", "enter a number"),
        ({"type": "number_input", "is_decimal_allowed": True, "max_value": "5"}, "5.5", "out of bounds"),
        ({"type": "email_text_input"}, "nobody", "valid email"),
        ({"type": "url_text_input"}, "example", "valid URL"),
        (menu(option("a"), option("b"), kind="multi_static_select", max_selected_items=1), ["a", "b"], "at most 1"),
    ],
)
async def test_what_the_client_itself_refuses(live, bodies, element, value, words):
    await show(live, modal(entry("Field", element, block_id="f")))
    done = await live.submit("bo", {"Field": value})
    assert words in done.errors["f"]
    assert (done.closed, bodies) == (False, [])


async def test_filling_in_by_label_block_or_action(live, bodies):
    await show(
        live,
        modal(
            entry("Reason", TEXT, block_id="why"),
            section(
                "s",
                accessory={"type": "users_select", "action_id": "who", "placeholder": plain("Whom?")},
                block_id="row",
            ),
        ),
    )
    await live.fill("bo", {"why": "first"})
    await live.fill("bo", {"text": "second"})
    done = await live.submit("bo", {"Reason": "third", "Whom?": "@ana"})
    assert done.closed
    assert [body["type"] for body in bodies] == ["block_actions", "view_submission"]
    values = bodies[1]["view"]["state"]["values"]
    assert values["why"]["text"]["value"] == "third"
    assert values["row"]["who"]["selected_user"] == "U0ANA"


async def test_an_open_modal_covers_the_rest(live):
    await post_blocks(live, actions(button("Below")))
    await show(live, modal(actions(button("Above"))))
    with pytest.raises(CannotError, match="there is: Above"):
        await live.click("bo", "Below")
    assert (await live.click("bo", "Above")).ok
    assert (await live.click("bo", "Below", channel="release")).ok


async def test_closing_tells_who_asked_for_it(live, bodies):
    await show(live, modal(section("s"), notify_on_close=True, callback_id="c"))
    await live.close_modal("bo")
    assert (bodies[0]["type"], bodies[0]["is_cleared"], live.modal("bo")) == ("view_closed", False, None)
    await show(live, modal(section("s")))
    await live.close_modal("bo", whole_stack=True)
    assert len(bodies) == 1
    with pytest.raises(CannotError, match="no modal open"):
        await live.submit("bo")


async def test_a_modal_without_submit(live):
    view = modal(section("s"))
    del view["submit"]
    await show(live, view)
    with pytest.raises(CannotError, match="no submit button"):
        await live.submit("bo")


async def test_response_urls_out_of_a_modal(live, bodies):
    element = {"type": "conversations_select", "action_id": "c", "response_url_enabled": True}
    await show(live, modal(entry("Where", element, block_id="w")))
    await live.submit("bo", {"Where": "release"})
    assert bodies[0]["response_urls"][0]["channel_id"] == "C0REL"


ANSWERS = {
    "clear": ({"response_action": "clear"}, "", True),
    "push": ({"response_action": "push", "view": modal(section("next"))}, "", False),
    "errors for no field": ({"response_action": "errors", "errors": {"nope": "x"}}, "invalid_response", False),
    "no errors": ({"response_action": "errors", "errors": {}}, "invalid_response", False),
    "an unknown action": ({"response_action": "explode"}, "invalid_response", False),
    "a bad view": ({"response_action": "update", "view": home(section("s"))}, "invalid_response", False),
    "words": ({"text": "hello"}, "invalid_response", False),
}


@pytest.mark.parametrize("what", ANSWERS)
@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_answers_to_a_submission(mode, what):
    body, error, closed = ANSWERS[what]
    async with make_sandbox(mode=mode) as slack:
        app = bare_app(slack)

        @app.view("c")
        async def submitted(ack):
            await ack(body)

        async with connected(slack, app):
            await show(slack, modal(section("s"), callback_id="c"))
            done = await slack.submit("bo")
        assert (done.error, done.closed) == (error, closed)
        assert bool(slack.violations) == bool(error)
        if what == "push":
            assert [view.title for view in slack.workspace.modals("U0BO")] == ["A modal", "A modal"]
