"""The sandbox as a whole: loopback only, waiting, watching."""

import asyncio

import pytest
from slack_sdk.errors import SlackApiError

from bot.sandbox import CannotError, Sandbox
from tests.sandbox.bolt_app import client_of, make_sandbox, section


@pytest.mark.parametrize("host", ["0.0.0.0", "", "192.168.1.1", "::", "example.org"])
def test_it_binds_to_loopback_only(host):
    with pytest.raises(ValueError, match="loopback only"):
        Sandbox(host=host)


async def test_it_listens_on_loopback(slack):
    assert slack.url.startswith("http://127.0.0.1:")
    assert slack._runner.addresses[0][0] == "127.0.0.1"


async def test_two_at_once_share_nothing():
    async with make_sandbox() as one, make_sandbox() as two:
        assert one.bot_token != two.bot_token
        await client_of(one).chat_postMessage(channel="C0REL", text="one")
        assert two.messages("release") == []


async def test_waiting_for_what_comes_and_for_what_came(slack, client):
    waiting = asyncio.create_task(slack.wait_for("risk", viewer="bo"))
    await client.chat_postMessage(channel="C0REL", text="t", blocks=[section("at *risk* today")])
    assert (await waiting).text == "t"
    assert (await slack.wait_for("at risk today")).text == "t"
    with pytest.raises(TimeoutError, match="nothing with 'risk' appeared"):
        await slack.wait_for("risk", since=slack.mark(), within=0.05)


async def test_waiting_sees_only_what_the_viewer_sees(slack, client):
    await client.chat_postMessage(channel="U0ANA", text="for ana")
    await client.chat_postEphemeral(channel="C0REL", user="U0ANA", text="ephemeral for ana")
    for text in ("for ana", "ephemeral"):
        with pytest.raises(TimeoutError):
            await slack.wait_for(text, viewer="bo", within=0.05)
        await slack.wait_for(text, viewer="ana", within=0.05)


async def test_settle_waits_until_the_app_is_quiet(slack, client):
    async def talk() -> None:
        for number in range(3):
            await client.chat_postMessage(channel="C0REL", text=str(number))
            await asyncio.sleep(0.02)

    talking = asyncio.create_task(talk())
    await asyncio.sleep(0.01)
    await slack.settle(quiet=0.3)
    assert len(slack.messages("release")) == 3
    await talking


async def test_on_change_hears_everything_in_order_until_it_is_stopped(slack, client):
    heard = []
    stop = slack.on_change(lambda change: heard.append((change.number, change.kind, change.viewer)))
    ts = (await client.chat_postMessage(channel="C0REL", text="t"))["ts"]
    await client.chat_update(channel="C0REL", ts=ts, text="u")
    await client.chat_postEphemeral(channel="C0REL", user="U0ANA", text="e")
    await client.chat_delete(channel="C0REL", ts=ts)
    stop()
    await client.chat_postMessage(channel="C0REL", text="t")
    assert heard == [(1, "posted", None), (2, "updated", None), (3, "ephemeral", "U0ANA"), (4, "deleted", None)]


async def test_a_fault_of_the_sandbox_itself_does_not_pass_for_slacks():
    async def faulty() -> None:
        async with make_sandbox() as sandbox:
            sandbox.on_change(lambda _change: 1 // 0)
            with pytest.raises(SlackApiError):
                await client_of(sandbox).chat_postMessage(channel="C0REL", text="t")

    with pytest.raises(ZeroDivisionError):
        await faulty()


async def test_what_is_not_there(slack):
    with pytest.raises(CannotError, match="there is no channel 'nowhere'"):
        slack.messages("nowhere")
    with pytest.raises(CannotError, match="nothing has been delivered"):
        await slack.redeliver()
    with pytest.raises(TimeoutError):
        await slack.ready(within=0.01)
