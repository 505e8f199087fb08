"""A real Bolt app over both transports: it must not be able to tell the sandbox from Slack."""

import asyncio

import pytest

from bot.sandbox import Sandbox
from tests.sandbox.bolt_app import bare_app, connected, make_sandbox

ACK_BUTTON = {
    "type": "actions",
    "block_id": "buttons",
    "elements": [
        {"type": "button", "action_id": "ack", "text": {"type": "plain_text", "text": "Ack"}, "value": "42"},
        {
            "type": "static_select",
            "action_id": "snooze",
            "placeholder": {"type": "plain_text", "text": "Snooze"},
            "options": [
                {"text": {"type": "plain_text", "text": "1 day"}, "value": "1"},
                {"text": {"type": "plain_text", "text": "1 week"}, "value": "7"},
            ],
        },
    ],
}
REASON_VIEW = {
    "type": "modal",
    "callback_id": "accept",
    "private_metadata": "{}",
    "title": {"type": "plain_text", "text": "Accept risk"},
    "submit": {"type": "plain_text", "text": "Accept"},
    "close": {"type": "plain_text", "text": "Cancel"},
    "blocks": [
        {
            "type": "input",
            "block_id": "reason",
            "label": {"type": "plain_text", "text": "Reason"},
            "element": {"type": "plain_text_input", "action_id": "text"},
        },
        {
            "type": "input",
            "block_id": "until",
            "optional": True,
            "label": {"type": "plain_text", "text": "Until"},
            "element": {"type": "datepicker", "action_id": "date", "initial_date": "2026-03-15"},
        },
    ],
}


@pytest.fixture(params=["socket", "http"])
async def sandbox(request):
    async with make_sandbox(mode=request.param) as running:
        yield running


async def test_a_command_is_answered_by_its_ack(sandbox: Sandbox):
    app = bare_app(sandbox)

    @app.command("/echo")
    async def echo(ack, command):
        await ack(f"you said {command['text']} in {command['channel_name']}")

    async with connected(sandbox, app):
        seen = await sandbox.slash("ana", "release", "/echo hello")
    assert (seen.ok, seen.text) == (True, "you said hello in release")
    assert seen.messages[0].ephemeral_to == "U0ANA"
    assert sandbox.messages("release", viewer="bo") == []
    assert sandbox.violations == []


async def test_an_ack_in_channel_is_for_everybody(sandbox: Sandbox):
    app = bare_app(sandbox)

    @app.command("/echo")
    async def echo(ack):
        await ack(
            text="all",
            blocks=[{"type": "header", "text": {"type": "plain_text", "text": "All"}}],
            response_type="in_channel",
        )

    async with connected(sandbox, app):
        await sandbox.slash("ana", "#release", "/echo")
    assert [message.text for message in sandbox.messages("release", viewer="bo")] == ["all"]
    assert sandbox.show(sandbox.messages("release")[0]) == "ALL"


async def test_respond_and_a_button_and_an_update(sandbox: Sandbox):
    app = bare_app(sandbox)
    bodies = []

    @app.command("/later")
    async def later(ack, respond, say):
        await ack()
        await respond("only you", response_type="ephemeral")
        await say(text="Ack this", blocks=[ACK_BUTTON])

    @app.action("ack")
    async def pressed(ack, body, client):
        bodies.append(body)
        await ack()
        await client.chat_update(channel=body["channel"]["id"], ts=body["message"]["ts"], text="acked by bo")

    async with connected(sandbox, app):
        await sandbox.slash("ana", "release", "/later")
        await sandbox.wait_for("Ack this", viewer="bo")
        seen = await sandbox.click("bo", "ack")
        await sandbox.wait_for("acked by bo", viewer="ana")
    assert [message.text for message in seen.messages] == ["acked by bo"]
    assert seen.messages[0].blocks == ()
    assert [message.text for message in sandbox.messages("release", "ana")] == ["only you", "acked by bo"]
    assert bodies[0]["actions"][0]["value"] == "42"
    assert bodies[0]["state"]["values"]["buttons"]["snooze"]["selected_option"] is None


async def test_a_menu_in_a_message(sandbox: Sandbox):
    app = bare_app(sandbox)

    @app.command("/later")
    async def later(ack):
        await ack(blocks=[ACK_BUTTON], text="choose")

    @app.action("snooze")
    async def snooze(ack, action, respond):
        await ack()
        await respond(text=f"quiet for {action['selected_option']['value']} days", replace_original=True)

    async with connected(sandbox, app):
        await sandbox.slash("ana", "release", "/later")
        await sandbox.select("ana", "Snooze", "1 week")
        await sandbox.wait_for("quiet for 7 days", viewer="ana")
    assert [message.text for message in sandbox.messages("release", "ana")] == ["quiet for 7 days"]


async def test_a_modal_with_errors_then_an_update_then_closed(sandbox: Sandbox):
    app = bare_app(sandbox)
    values = []

    @app.command("/modal")
    async def open_it(ack, body, client):
        await client.views_open(trigger_id=body["trigger_id"], view=REASON_VIEW)
        await ack()

    @app.view("accept")
    async def accept(ack, view):
        values.append(view["state"]["values"])
        reason = view["state"]["values"]["reason"]["text"]["value"]
        if len(reason) < 5:
            await ack(response_action="errors", errors={"reason": "Say more."})
        else:
            done = {**REASON_VIEW, "callback_id": "done", "title": {"type": "plain_text", "text": "Saved"}}
            await ack(response_action="update", view=done)

    @app.view("done")
    async def done(ack):
        await ack()

    async with connected(sandbox, app):
        await sandbox.slash("ana", "release", "/modal")
        empty = await sandbox.submit("ana")
        short = await sandbox.submit("ana", {"Reason": "no"})
        saved = await sandbox.submit("ana", {"Reason": "load test"})
        title = sandbox.modal("ana").title
        closed = await sandbox.submit("ana")
    assert empty.errors == {"reason": "Please complete this required field."}
    assert short.errors == {"reason": "Say more."}
    assert not short.closed
    assert (saved.errors, title) == ({}, "Saved")
    assert closed.closed
    assert sandbox.modal("ana") is None
    assert [one["reason"]["text"]["value"] for one in values] == ["no", "load test"]
    assert values[0]["until"]["date"] == {"type": "datepicker", "selected_date": "2026-03-15"}


async def test_the_home_tab(sandbox: Sandbox):
    app = bare_app(sandbox)

    @app.event("app_home_opened")
    async def home(event, client):
        view = {"type": "home", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "Hi <@U0BO>"}}]}
        await client.views_publish(user_id=event["user"], view=view)

    async with connected(sandbox, app):
        view = await sandbox.open_home("bo")
    assert sandbox.show(view) == "Hi @bo"
    assert sandbox.home("ana") is None


async def test_a_slow_handler_shows_slacks_words(sandbox: Sandbox):
    app = bare_app(sandbox)

    @app.command("/slow")
    async def slow(ack):
        await asyncio.sleep(0.6)
        await ack("too late")

    sandbox.transport.ack_deadline = 0.3
    async with connected(sandbox, app):
        seen = await sandbox.slash("ana", "release", "/slow")
        await asyncio.sleep(0.5)
    assert seen.error == "operation_timeout"
    assert seen.text == '/slow failed with the error "operation_timeout"'
