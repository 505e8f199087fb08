"""`conversations.*`: what a bot sees of the rooms, page by page."""

import pytest

from tests.sandbox.bolt_app import refused


async def test_a_list_shows_what_is_public_or_shared_with_the_bot(slack, client):
    public = await client.conversations_list()
    assert [one["name"] for one in public["channels"]] == ["release", "outside", "attic"]
    assert [one["is_member"] for one in public["channels"]] == [True, False, True]
    both = await client.conversations_list(types="public_channel,private_channel", exclude_archived=True)
    assert [one["name"] for one in both["channels"]] == ["release", "outside", "secret"]
    assert await refused(client.conversations_list(types="public")) == "invalid_types"


async def test_pages(slack, client):
    names = []
    async for page in await client.conversations_list(limit=1):
        names += [one["name"] for one in page["channels"]]
    assert names == ["release", "outside", "attic"]
    assert await refused(client.conversations_list(cursor="abc")) == "invalid_cursor"
    for limit in (0, 1001, -1):
        assert await refused(client.conversations_list(limit=limit)) == "invalid_limit"


async def test_info(slack, client):
    assert (await client.conversations_info(channel="C0REL"))["channel"]["topic"]["value"] == "ship it"
    assert await refused(client.conversations_info(channel="C0HID")) == "channel_not_found"
    assert await refused(client.conversations_info(channel="release")) == "channel_not_found"


async def test_join(slack, client):
    assert await refused(client.conversations_history(channel="C0OUT")) == "not_in_channel"
    await client.conversations_join(channel="C0OUT")
    assert (await client.conversations_history(channel="C0OUT"))["messages"] == []
    assert await refused(client.conversations_join(channel="C0OLD")) == "is_archived"
    assert await refused(client.conversations_join(channel="C0HID")) == "channel_not_found"


async def test_members(slack, client):
    assert (await client.conversations_members(channel="C0REL"))["members"] == ["U0ANA", "U0BO", "U0BOT"]


@pytest.mark.parametrize(
    ("users", "error"),
    [("U0NO", "user_not_found"), ("U0DEA", "user_disabled"), ("U0BOT", "cannot_dm_bot"),
     ("", "users_list_not_supplied"),
     (",".join(["U0ANA"] * 9), "too_many_users")],
)  # fmt: skip
async def test_direct_messages_that_cannot_be_opened(slack, client, users, error):
    assert await refused(client.api_call("conversations.open", params={"users": users})) == error


async def test_a_group_message_has_its_own_room(slack, client):
    one = (await client.conversations_open(users="U0ANA", return_im=True))["channel"]
    two = (await client.conversations_open(users=["U0ANA", "U0BO"]))["channel"]
    assert (one["is_im"], one["user"]) == (True, "U0ANA")
    assert two["id"].startswith("G")
    await client.chat_postMessage(channel=two["id"], text="you two")
    assert slack.dms("ana") == []
    assert [channel["id"] for channel in (await client.users_conversations(types="mpim"))["channels"]] == [two["id"]]


async def test_history_is_newest_first_and_can_be_narrowed(slack, client):
    stamps = [(await client.chat_postMessage(channel="C0REL", text=str(number)))["ts"] for number in range(4)]

    async def texts(**options) -> str:
        return "".join(
            one["text"] for one in (await client.conversations_history(channel="C0REL", **options))["messages"]
        )

    assert await texts() == "3210"
    assert await texts(limit=2) == "32"
    assert await texts(oldest=stamps[1]) == "32"
    assert await texts(oldest=stamps[1], inclusive=True) == "321"
    assert await texts(latest=stamps[2]) == "10"
    assert await texts(latest=stamps[0], inclusive=True, limit=1) == "0"
    assert await refused(client.conversations_history(channel="C0REL", oldest="last week")) == "invalid_ts_oldest"


async def test_replies_begin_with_the_parent(slack, client):
    parent = (await client.chat_postMessage(channel="C0REL", text="parent"))["ts"]
    await client.chat_postMessage(channel="C0REL", text="reply", thread_ts=parent)
    await client.chat_postEphemeral(channel="C0REL", text="hidden", thread_ts=parent, user="U0ANA")
    shown = (await client.conversations_replies(channel="C0REL", ts=parent))["messages"]
    assert [one["text"] for one in shown] == ["parent", "reply"]
    assert await refused(client.conversations_replies(channel="C0REL", ts="1.000001")) == "thread_not_found"
