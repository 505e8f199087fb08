"""`chat.*` and `reactions.add`: where a bot may write, and what becomes of it."""

import pytest

from bot.sandbox.api import DEFAULT_SCOPES
from tests.sandbox.bolt_app import client_of, make_sandbox, pointers, refused, section


@pytest.mark.parametrize(
    ("channel", "error"),
    [
        ("C0NONE", "channel_not_found"),
        ("nowhere", "channel_not_found"),
        ("C0HID", "channel_not_found"),
        ("C0OUT", "not_in_channel"),
        ("C0OLD", "is_archived"),
        ("U0NOBODY", "channel_not_found"),
        ("U0DEA", "user_disabled"),
    ],
)
async def test_where_a_bot_cannot_write(slack, client, channel, error):
    assert await refused(client.chat_postMessage(channel=channel, text="t")) == error
    assert all(not slack.workspace.messages(room) for room in slack.workspace.rooms)


async def test_with_the_public_scope_it_can_write_where_it_is_not():
    async with make_sandbox(scopes=DEFAULT_SCOPES | {"chat:write.public"}) as slack:
        await client_of(slack).chat_postMessage(channel="C0OUT", text="hello")
        assert await refused(client_of(slack).chat_postMessage(channel="C0HID", text="t")) == "channel_not_found"
        assert [one.text for one in slack.messages("outside")] == ["hello"]


async def test_a_user_id_is_a_direct_message(slack, client):
    answer = await client.chat_postMessage(channel="U0BO", text="psst")
    assert answer["channel"].startswith("D")
    assert [one.text for one in slack.dms("bo")] == ["psst"]
    assert slack.dms("ana") == []
    again = await client.conversations_open(users="U0BO")
    assert again["channel"]["id"] == answer["channel"]


async def test_a_channel_name_will_do(slack, client):
    assert (await client.chat_postMessage(channel="#release", text="t"))["channel"] == "C0REL"


async def test_what_is_missing_is_named(slack, client):
    assert (
        "missing required field: channel"
        in (await pointers(client.api_call("chat.postMessage", json={"text": "t"})))[0]
    )
    assert await refused(client.api_call("chat.postMessage", json={"channel": "C0REL"})) == "no_text"


async def test_ts_is_unique_and_rises_while_the_clock_stands(slack, client, clock):
    stamps = [(await client.chat_postMessage(channel="C0REL", text="t"))["ts"] for _ in range(3)]
    assert stamps == sorted(set(stamps))
    assert stamps[0].startswith(str(int(clock.now().timestamp())))


async def test_threads(slack, client):
    parent = (await client.chat_postMessage(channel="C0REL", text="parent"))["ts"]
    reply = (await client.chat_postMessage(channel="C0REL", text="reply", thread_ts=parent))["ts"]
    below = await client.chat_postMessage(channel="C0REL", text="below a reply", thread_ts=reply)
    assert below["message"]["thread_ts"] == parent
    assert [one.text for one in slack.messages("release")] == ["parent"]
    assert [one.text for one in slack.replies("release", parent)] == ["reply", "below a reply"]
    shown = (await client.conversations_history(channel="C0REL"))["messages"]
    assert [(one["text"], one["reply_count"]) for one in shown] == [("parent", 2)]
    assert await refused(client.chat_postMessage(channel="C0REL", text="t", thread_ts="1.000001")) == "thread_not_found"
    assert (
        await refused(client.chat_postMessage(channel="C0REL", text="t", thread_ts="yesterday")) == "invalid_thread_ts"
    )


async def test_an_ephemeral_is_for_one_person(slack, client):
    await client.chat_postEphemeral(channel="C0REL", user="U0ANA", text="only ana")
    assert [one.text for one in slack.messages("release", viewer="ana")] == ["only ana"]
    assert slack.messages("release", viewer="bo") == []
    assert slack.messages("release") == []
    assert (await client.conversations_history(channel="C0REL"))["messages"] == []
    assert await refused(client.chat_postEphemeral(channel="C0REL", user="U0GUS", text="t")) == "user_not_in_channel"
    assert await refused(client.chat_postEphemeral(channel="C0REL", user="U0NO", text="t")) == "user_not_found"


async def test_an_ephemeral_can_be_neither_updated_nor_deleted(slack, client):
    ts = (await client.chat_postEphemeral(channel="C0REL", user="U0ANA", text="only ana"))["message_ts"]
    assert await refused(client.chat_update(channel="C0REL", ts=ts, text="t")) == "message_not_found"
    assert await refused(client.chat_delete(channel="C0REL", ts=ts)) == "message_not_found"


async def test_an_update_takes_what_is_given(slack, client):
    posted = await client.chat_postMessage(channel="C0REL", text="old", blocks=[section("old")])
    where = {"channel": "C0REL", "ts": posted["ts"]}
    await client.chat_update(**where, text="both", blocks=[section("new")])
    assert slack.show(slack.messages("release")[0]) == "new"
    await client.chat_update(**where, text="text alone takes the blocks away")
    assert slack.messages("release")[0].blocks == ()
    assert slack.messages("release")[0].edited


async def test_only_the_bots_own_messages_change(slack, client):
    said = await slack.say("ana", "release", "mine")
    assert await refused(client.chat_update(channel="C0REL", ts=said.ts, text="t")) == "cant_update_message"
    assert await refused(client.chat_delete(channel="C0REL", ts=said.ts)) == "cant_delete_message"
    assert await refused(client.chat_update(channel="C0REL", ts="1.000002", text="t")) == "message_not_found"


async def test_delete(slack, client):
    ts = (await client.chat_postMessage(channel="C0REL", text="oops"))["ts"]
    await client.chat_delete(channel="C0REL", ts=ts)
    assert slack.messages("release") == []


async def test_metadata_is_kept_and_given_back_when_asked_for(slack, client):
    metadata = {"event_type": "digest", "event_payload": {"key": "2026-03-03"}}
    ts = (await client.chat_postMessage(channel="C0REL", text="t", metadata=metadata))["ts"]
    await client.chat_update(channel="C0REL", ts=ts, text="changed")
    without = (await client.conversations_history(channel="C0REL"))["messages"][0]
    with_it = (await client.conversations_history(channel="C0REL", include_all_metadata=True))["messages"][0]
    assert "metadata" not in without
    assert with_it["metadata"] == metadata


async def test_invalid_blocks_come_with_pointers_and_post_nothing(slack, client):
    call = client.chat_postMessage(channel="C0REL", text="t", blocks=[section("")])
    assert await pointers(call) == ["[ERROR] must be more than 0 characters [json-pointer:/blocks/0/text/text]"]
    assert slack.messages("release") == []


async def test_attachments_are_refused(slack, client):
    call = client.chat_postMessage(channel="C0REL", text="t", attachments=[{"text": "old"}])
    assert await refused(call) == "invalid_attachments"


async def test_reactions(slack, client):
    said = await slack.say("ana", "release", "done")
    await client.reactions_add(channel="C0REL", name="eyes", timestamp=said.ts)
    assert slack.messages("release")[0].reactions == {"eyes": ("U0BOT",)}
    assert await refused(client.reactions_add(channel="C0REL", name="eyes", timestamp=said.ts)) == "already_reacted"


async def test_a_permalink(slack, client):
    ts = (await client.chat_postMessage(channel="C0REL", text="t"))["ts"]
    link = (await client.chat_getPermalink(channel="C0REL", message_ts=ts))["permalink"]
    assert link.endswith(f"/archives/C0REL/p{ts.replace('.', '')}")


async def test_about_one_message_a_second_and_channel(clock):
    async with make_sandbox(clock=clock, strict_rate=True) as slack:
        client = client_of(slack)
        for _ in range(3):
            await client.chat_postMessage(channel="C0REL", text="t")
        with pytest.raises(Exception, match="ratelimited") as problem:
            await client.chat_postMessage(channel="C0REL", text="one too many")
        assert problem.value.response.status_code == 429
        assert problem.value.response.headers["Retry-After"] == "1"
        await client.chat_postMessage(channel="U0ANA", text="another channel")
        clock.advance(1)
        await client.chat_postMessage(channel="C0REL", text="now it goes")
        assert await refused(client.chat_postMessage(channel="C0REL", text="t")) == "ratelimited"
