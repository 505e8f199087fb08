"""The door of the Web API: tokens, scopes, methods, bodies."""

import json

import aiohttp
import pytest

from bot.sandbox.api import DEFAULT_SCOPES
from tests.sandbox.bolt_app import client_of, make_sandbox, refused, section


async def raw(slack, method: str, **options) -> tuple[int, dict]:
    async with aiohttp.ClientSession() as session, session.post(slack.url + method, **options) as answer:
        return answer.status, await answer.json()


async def test_auth_test_says_who_the_bot_is(slack, client):
    answer = await client.auth_test()
    assert (answer["user_id"], answer["bot_id"], answer["team_id"]) == ("U0BOT", "B0BOT", "T0SANDBOX")
    assert "chat:write" in answer.headers["x-oauth-scopes"]


@pytest.mark.parametrize(
    ("token", "error"), [("", "not_authed"), ("xoxb-wrong", "invalid_auth"), ("nonsense", "invalid_auth")]
)
async def test_a_missing_or_wrong_token_is_refused(slack, token, error):
    assert await refused(client_of(slack, token).auth_test()) == error


async def test_the_app_token_opens_sockets_and_nothing_else(slack, client):
    assert await refused(client_of(slack, slack.app_token).auth_test()) == "not_allowed_token_type"
    assert await refused(client.apps_connections_open(app_token=slack.bot_token)) == "not_allowed_token_type"
    assert (await client.apps_connections_open(app_token=slack.app_token))["url"].startswith("ws://127.0.0.1:")


async def test_an_unknown_method(slack, client):
    assert await refused(client.api_call("chat.shout")) == "unknown_method"


async def test_a_missing_scope_is_named():
    async with make_sandbox(scopes=DEFAULT_SCOPES - {"chat:write"}) as slack:
        answer = (await raw(slack, "chat.postMessage", headers={"Authorization": f"Bearer {slack.bot_token}"}))[1]
    assert (answer["error"], answer["needed"]) == ("missing_scope", "chat:write")
    assert "users:read" in answer["provided"]


@pytest.mark.parametrize(
    ("scope", "call"),
    [
        ("channels:history", lambda client: client.conversations_history(channel="C0REL")),
        ("groups:history", lambda client: client.conversations_history(channel="C0SEC")),
        ("channels:read", lambda client: client.conversations_list()),
        ("groups:read", lambda client: client.conversations_info(channel="C0SEC")),
        ("im:write", lambda client: client.conversations_open(users="U0ANA")),
        ("users:read", lambda client: client.users_info(user="U0ANA")),
        ("users:read.email", lambda client: client.users_lookupByEmail(email="ana@example.org")),
        ("files:write", lambda client: client.files_getUploadURLExternal(filename="a", length=1)),
        ("reactions:write", lambda client: client.reactions_add(channel="C0REL", name="eyes", timestamp="1.2")),
        ("channels:join", lambda client: client.conversations_join(channel="C0OUT")),
    ],
)
async def test_each_method_needs_its_scope(scope, call):
    async with make_sandbox(scopes=DEFAULT_SCOPES - {scope}) as slack:
        assert await refused(call(client_of(slack))) == "missing_scope"


async def test_the_same_call_as_form_and_as_json(slack):
    bearer = {"Authorization": f"Bearer {slack.bot_token}"}
    blocks = [section("both")]
    form = {"channel": "C0REL", "text": "form", "blocks": json.dumps(blocks), "token": slack.bot_token}
    assert (await raw(slack, "chat.postMessage", data=form))[1]["ok"]
    assert (
        await raw(
            slack, "chat.postMessage", json={"channel": "C0REL", "text": "json", "blocks": blocks}, headers=bearer
        )
    )[1]["ok"]
    assert [message.text for message in slack.messages("release")] == ["form", "json"]
    assert slack.messages("release")[0].blocks[0]["text"]["text"] == "both"


async def test_a_token_inside_json_is_not_looked_for(slack):
    answer = await raw(slack, "chat.postMessage", json={"token": slack.bot_token, "channel": "C0REL", "text": "t"})
    assert answer[1]["error"] == "not_authed"


@pytest.mark.parametrize(
    ("body", "kind", "error"),
    [
        (b"{", "application/json", "invalid_json"),
        (b"\xff\xfe", "application/json", "invalid_json"),
        (b"[" * 100_000, "application/json", "invalid_json"),
        (b"[]", "application/json", "json_not_object"),
        (b"text", "text/plain", "invalid_post_type"),
    ],
)
async def test_bodies_that_are_none(slack, body, kind, error):
    headers = {"Authorization": f"Bearer {slack.bot_token}", "Content-Type": kind}
    assert (await raw(slack, "chat.postMessage", data=body, headers=headers))[1]["error"] == error


async def test_blocks_that_are_not_json_in_a_form(slack):
    form = {"channel": "C0REL", "blocks": "[{", "token": slack.bot_token}
    assert (await raw(slack, "chat.postMessage", data=form))[1]["error"] == "invalid_blocks_format"


async def test_methods_that_read_no_json(slack):
    bearer = {"Authorization": f"Bearer {slack.bot_token}"}
    answer = await raw(slack, "users.info", json={"user": "U0ANA"}, headers=bearer)
    assert answer[1]["error"] == "invalid_arguments"
    assert "missing required field: user" in answer[1]["response_metadata"]["messages"][0]


async def test_tokens_stand_in_no_log_and_no_repr(slack, client):
    await client.chat_postMessage(channel="C0REL", text=f"my token is {slack.bot_token} and xoxp-12-ab")
    await client.apps_connections_open(app_token=slack.app_token)
    kept = repr(list(slack.journal.entries)) + repr(slack._tokens)
    for secret in (slack.bot_token, slack.app_token, slack.signing_secret, "xoxp-12", "ticket=A"):
        assert secret not in kept
    assert [entry.name for entry in slack.journal.entries] == ["chat.postMessage", "apps.connections.open"]
    assert slack.journal.calls("apps.connections.open")[0].answer["url"].endswith("ticket=***&app_id=A0APP")
