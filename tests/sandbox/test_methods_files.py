"""The upload in three steps, as the SDK's `files_upload_v2` does it."""

import aiohttp

from tests.sandbox.bolt_app import refused


async def test_a_picture_goes_into_the_thread_and_into_blocks(slack, client):
    parent = (await client.chat_postMessage(channel="C0REL", text="digest"))["ts"]
    done = await client.files_upload_v2(
        content=b"\x89PNG", filename="trend.png", title="Trend", alt_txt="18 of 34", channel="C0REL", thread_ts=parent
    )
    file_id = done["file"]["id"]
    assert slack.file(file_id) == b"\x89PNG"
    [reply] = slack.replies("release", parent)
    assert slack.show(reply) == "[picture Trend: 18 of 34]"
    picture = {"type": "image", "slack_file": {"url": done["file"]["permalink"]}, "alt_text": "trend"}
    await client.chat_postMessage(channel="C0REL", text="again", blocks=[picture])


async def test_an_upload_without_a_channel_posts_nothing(slack, client):
    await client.files_upload_v2(content="text", filename="a.txt")
    assert slack.messages("release") == []


async def test_the_length_must_be_the_one_that_was_announced(slack, client):
    announced = await client.files_getUploadURLExternal(filename="a.txt", length=3)
    async with aiohttp.ClientSession() as session:
        async with session.post(announced["upload_url"], data=b"four") as answer:
            assert answer.status == 400
        assert await refused(
            client.files_completeUploadExternal(files=[{"id": announced["file_id"], "title": "a"}])
        ) == ("file_update_failed")
        async with session.post(announced["upload_url"], data=b"abc") as answer:
            assert answer.status == 200
        async with session.post(announced["upload_url"], data=b"abc") as answer:
            assert answer.status == 404
    assert slack.file(announced["file_id"]) == b"abc"


async def test_an_unknown_file_and_a_wrong_channel(slack, client):
    assert await refused(client.files_completeUploadExternal(files=[{"id": "F9", "title": "a"}])) == "file_not_found"
    assert await refused(client.files_upload_v2(content="x", filename="a", channel="C0OUT")) == "not_in_channel"
