"""Messages and slash commands: who can write where, and what the app gets to read."""

import pytest

from bot.sandbox import CannotError
from tests.sandbox.bolt_app import (
    make_sandbox,
)


@pytest.mark.parametrize(
    ("who", "where", "words"),
    [
        ("anna", "release", "did you mean 'ana'"),
        ("ana", "relese", "did you mean 'release'"),
        ("gus", "release", "@gus is not in #release"),
        ("bo", "secret", "there is no channel 'secret'"),
        ("dea", "release", "@dea is deactivated"),
    ],
)
async def test_who_cannot_speak_where(slack, who, where, words):
    with pytest.raises(CannotError, match=words):
        await slack.slash(who, where, "/echo")
    with pytest.raises(CannotError, match=words):
        await slack.say(who, where, "hello")


async def test_nobody_writes_in_an_archive(slack):
    with pytest.raises(CannotError, match="archived"):
        await slack.say("ana", "attic", "hello")


async def test_an_unknown_command_gets_slacks_own_words(slack):
    seen = await slack.slash("ana", "release", "/nonsense now")
    assert seen.error == "unknown_command"
    assert seen.text.startswith("`/nonsense` is not a valid command")
    assert slack.messages("release", "bo") == []


async def test_no_commands_in_threads(slack):
    said = await slack.say("ana", "release", "parent")
    seen = await slack.slash("ana", "release", "/echo", thread_ts=said.ts)
    assert seen.text == "/echo is not supported in threads. Sorry!"
    assert slack.journal.calls("slash_commands") == []


async def test_mentions_are_escaped_as_the_manifest_says(live, bodies):
    await live.slash("ana", "release", "/echo @bo #release a<b https://example.org/x")
    assert bodies[0]["text"] == "<@U0BO|bo> <#C0REL|release> a&lt;b <https://example.org/x>"
    assert live.encode("@bo @bot @nobody mail@bo", piped=False) == "<@U0BO> <@U0BOT> @nobody mail@bo"


async def test_mentions_stay_as_typed_without_escaping():
    async with make_sandbox(escape_commands=False) as slack:
        await slack.slash("ana", "release", "/echo @bo a&b")
        assert slack.journal.calls("slash_commands")[0].request["text"] == "@bo a&amp;b"


async def test_a_command_in_the_direct_message(live, bodies):
    await live.slash("gus", "dm", "/echo")
    assert bodies[0]["channel_name"] == "directmessage"
    assert bodies[0]["channel_id"].startswith("D")


async def test_somebody_from_another_organisation_comes_with_their_team(slack):
    slack.workspace.rooms["C0REL"].members.add("U0EXT")
    await slack.slash("eve", "release", "/echo")
    assert slack.journal.calls("slash_commands")[0].request["team_id"] == "T0OTHER"


async def test_events_for_what_is_said(live, bodies):
    await live.say("ana", "release", "hello @bot")
    await live.say("ana", "dm", "psst")
    assert [body["event"]["type"] for body in bodies] == ["message", "app_mention", "message"]
    assert [body["event"].get("channel_type") for body in bodies] == ["channel", None, "im"]


async def test_no_events_without_a_subscription(slack):
    await slack.say("ana", "release", "hello @bot")
    assert slack.journal.calls("events_api") == []
