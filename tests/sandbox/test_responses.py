"""`response_url`: five uses, half an hour, whose message it replaces; and ack bodies that Slack would not take."""

import aiohttp
import pytest

from bot.sandbox import Sandbox
from bot.sandbox.payloads import address
from tests.sandbox.bolt_app import actions, bare_app, button, connected, make_sandbox, section


def url_for(slack: Sandbox, user: str = "U0ANA", original: str | None = None) -> str:
    return address(slack._core, slack._core.tickets.response_url(user, "C0REL", original), "commands")


async def post(url: str, body, **options) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.post(url, json=body, **options) as answer:
        return answer.status, await answer.text()


async def test_five_uses(slack):
    url = url_for(slack)
    answers = [await post(url, {"text": f"{number}"}) for number in range(6)]
    assert [status for status, _ in answers] == [200] * 5 + [404]
    assert "used_url" in answers[5][1]
    assert [one.text for one in slack.messages("release", "ana")] == ["0", "1", "2", "3", "4"]
    assert slack.messages("release", "bo") == []
    assert "used_url" in slack.violations[0]


async def test_half_an_hour(slack, clock):
    url = url_for(slack)
    clock.advance(30 * 60)
    assert (await post(url, {"text": "just in time"}))[0] == 200
    clock.advance(1)
    assert await post(url, {"text": "late"}) == (404, '{"ok": false, "error": "expired_url"}')


async def test_in_channel_is_for_everybody(slack):
    await post(url_for(slack), {"text": "all", "response_type": "in_channel"})
    assert [one.text for one in slack.messages("release", "bo")] == ["all"]


async def test_replace_and_delete_the_original(slack, client):
    ts = (await client.chat_postEphemeral(channel="C0REL", user="U0ANA", text="old"))["message_ts"]
    url = url_for(slack, original=ts)
    await post(url, {"text": "new", "replace_original": True})
    assert [one.text for one in slack.messages("release", "ana")] == ["new"]
    await post(url, {"delete_original": True})
    assert slack.messages("release", "ana") == []
    assert (await post(url, {"delete_original": True}))[0] == 404


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "no_text"),
        ([], "invalid_payload"),
        ({"text": "t", "channel": "C0REL"}, "invalid_payload"),
        ({"text": "t", "response_type": "public"}, "invalid_payload"),
        ({"text": "t", "replace_original": "true"}, "invalid_payload"),
        ({"text": "t", "blocks": [section("x" * 3001)]}, "invalid_blocks"),
    ],
)
async def test_what_a_response_url_does_not_take(slack, body, error):
    status, answer = await post(url_for(slack), body)
    assert (status, error in answer) == (400, True)
    assert slack.messages("release", "ana") == []


async def test_an_unknown_url(slack):
    assert (await post(f"{slack._core.base_url}/commands/T0SANDBOX/nonsense", {"text": "t"}))[0] == 404


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_an_ack_that_slack_does_not_take_shows_an_error(mode):
    async with make_sandbox(mode=mode) as slack:
        app = bare_app(slack)

        @app.command("/bad")
        async def bad(ack):
            await ack(text="t", blocks=[section("x" * 3001)])

        async with connected(slack, app):
            seen = await slack.slash("ana", "release", "/bad")
    assert seen.error == "invalid_command_response"
    assert seen.text == '/bad failed with the error "invalid_command_response"'
    assert "must be less than 3001 characters" in slack.violations[0]


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_a_click_on_an_ephemeral_can_only_be_answered_by_its_response_url(mode):
    bodies = []
    async with make_sandbox(mode=mode) as slack:
        app = bare_app(slack)

        @app.command("/echo")
        async def echo(ack):
            await ack(text="choose", blocks=[actions(button("Go", action_id="go"))])

        @app.action("go")
        async def go(ack, body, respond):
            bodies.append(body)
            await ack()
            await respond(text="gone", replace_original=True)

        async with connected(slack, app):
            await slack.slash("ana", "release", "/echo")
            seen = await slack.click("ana", "Go")
            await slack.wait_for("gone", viewer="ana")
    assert [one.text for one in seen.messages] == ["gone"]
    assert "message" not in bodies[0]
    assert bodies[0]["container"]["is_ephemeral"] is True
