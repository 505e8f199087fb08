"""The sender against the strict sandbox: the real SDK, the real wire, trouble planted on it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.message import Message
from bot.delivery.slack import (
    DEFAULT_WAIT,
    Outcome,
    Post,
    RateLimited,
    Refused,
    Sent,
    SlackSender,
    Transient,
    _wait,
    delivery_client,
)
from bot.sandbox import Channel, Person, Sandbox
from bot.sandbox.model import Message as Shown

SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "*Ready*"}}
BROKEN = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}


def make_sandbox(**more: object) -> Sandbox:
    return Sandbox(
        people=[Person("U0ANA", "ana"), Person("U0BO", "bo"), Person("U0GONE", "gone", is_deactivated=True)],
        channels=[
            Channel("C0RELEASE", "release"),
            Channel("C0OLD", "old", is_archived=True),
            Channel("C0OUT", "out", bot_is_member=False),
        ],
        **more,  # type: ignore[arg-type]
    )


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with make_sandbox() as running:
        yield running


def sender_of(sandbox: Sandbox, timeout: int = 5, known: dict[str, str] | None = None) -> SlackSender:
    async def channel_of(target: str) -> str | None:
        return (known or {}).get(target)

    return SlackSender(delivery_client(sandbox.bot_token, sandbox.url, timeout), channel_of)


def post(to: str = "C0RELEASE", key: str = "alert:1", message: Message | None = None, **more: object) -> Post:
    return Post(key, to, message or Message("intelgraph-server is at risk.", (SECTION,)), **more)  # type: ignore[arg-type]


def shown(sandbox: Sandbox, where: str = "release") -> list[Shown]:
    return list(sandbox.messages(where, viewer="bo"))


def doubt() -> datetime:
    return datetime.now(UTC) - timedelta(minutes=1)


async def test_a_message_arrives_with_blocks_text_and_its_key(sandbox: Sandbox) -> None:
    outcome = await sender_of(sandbox).send(post())
    (message,) = shown(sandbox)
    assert outcome == Sent("C0RELEASE", message.ts)
    assert message.text == "intelgraph-server is at risk."
    assert message.blocks[0]["text"] == SECTION["text"]
    assert message.metadata == {"event_type": "convoy_delivery", "event_payload": {"key": "alert:1"}}
    (call,) = sandbox.journal.calls("chat.postMessage")
    assert (call.request["unfurl_links"], call.request["unfurl_media"]) == (False, False)


@pytest.mark.parametrize("to", ["#release", "release"])
async def test_channels_may_be_named(sandbox: Sandbox, to: str) -> None:
    assert await sender_of(sandbox).send(post(to)) == Sent("C0RELEASE", shown(sandbox)[0].ts)


async def test_a_person_gets_a_direct_message(sandbox: Sandbox) -> None:
    outcome = await sender_of(sandbox).send(post("U0BO"))
    (message,) = sandbox.dms("bo")
    assert outcome == Sent(message.channel, message.ts)
    assert message.channel.startswith("D")
    assert sandbox.dms("ana") == []


async def test_a_reply_goes_below_its_message(sandbox: Sandbox) -> None:
    sender = sender_of(sandbox)
    top = await sender.send(post())
    assert isinstance(top, Sent)
    assert isinstance(await sender.send(post(key="alert:1#1", thread_ts=top.ts)), Sent)
    (reply,) = sandbox.replies("release", top.ts)[-1:]
    assert reply.thread_ts == top.ts


@pytest.mark.parametrize(
    ("to", "reason"),
    [
        ("C0NOWHERE", "channel_not_found"),
        ("#nowhere", "channel_not_found"),
        ("C0OLD", "is_archived"),
        ("C0OUT", "not_in_channel"),
        ("U0GONE", "user_disabled"),
    ],
)
async def test_what_slack_will_never_take_is_refused_with_its_code(sandbox: Sandbox, to: str, reason: str) -> None:
    assert await sender_of(sandbox).send(post(to)) == Refused(reason)


async def test_refused_blocks_are_sent_as_text_once_and_it_is_said(sandbox: Sandbox) -> None:
    outcome = await sender_of(sandbox).send(post(message=Message("The whole sentence.", (BROKEN,))))
    (message,) = shown(sandbox)
    assert (message.text, message.blocks) == ("The whole sentence.", ())
    assert isinstance(outcome, Sent)
    assert outcome.note == "sent as plain text: Slack refused the blocks (invalid_blocks)"
    assert len(sandbox.journal.calls("chat.postMessage")) == 2


async def test_a_message_that_is_refused_as_text_too_is_refused(sandbox: Sandbox) -> None:
    assert await sender_of(sandbox).send(post(message=Message("x" * 40_001))) == Refused("msg_too_long")
    assert await sender_of(sandbox).send(post(message=Message("x" * 40_001, (BROKEN,)))) == Refused("msg_too_long")


async def test_a_rate_limit_is_told_with_its_wait_and_posts_nothing(sandbox: Sandbox) -> None:
    sandbox.faults.rate_limit("chat.postMessage", retry_after=17)
    assert await sender_of(sandbox).send(post()) == RateLimited(17.0)
    assert shown(sandbox) == []


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "30"}, 30.0),
        ({"retry-after": "2.5"}, 2.5),
        ({"Retry-After": "0"}, 1.0),
        ({"Retry-After": "-4"}, 1.0),
        ({"Retry-After": "99999999"}, 3600.0),
        ({"Retry-After": "soon"}, DEFAULT_WAIT),
        ({"Retry-After": "nan"}, DEFAULT_WAIT),
        ({"Retry-After": "inf"}, DEFAULT_WAIT),
        ({}, DEFAULT_WAIT),
        (None, DEFAULT_WAIT),
    ],
)
def test_any_retry_after_becomes_a_sensible_wait(headers: dict[str, str] | None, seconds: float) -> None:
    assert _wait(headers) == seconds


@pytest.mark.parametrize("code", ["internal_error", "service_unavailable"])
async def test_slacks_own_trouble_passes(sandbox: Sandbox, code: str) -> None:
    sandbox.faults.error("chat.postMessage", code)
    outcome = await sender_of(sandbox).send(post())
    assert isinstance(outcome, Transient)
    assert code in outcome.reason
    assert outcome.doubtful


async def test_a_token_that_is_refused_is_ours_to_mend_and_leaves_no_doubt(sandbox: Sandbox) -> None:
    sender = SlackSender(delivery_client("xoxb-not-ours", sandbox.url))
    outcome = await sender.send(post())
    assert outcome == Transient("Slack refuses our bot token: check SLACK_BOT_TOKEN (invalid_auth)", doubtful=False)


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_a_server_fault_leaves_doubt(sandbox: Sandbox, status: int) -> None:
    sandbox.faults.fail("chat.postMessage", status=status)
    assert await sender_of(sandbox).send(post()) == Transient(f"Slack answered HTTP {status}")


async def test_a_dropped_connection_leaves_doubt(sandbox: Sandbox) -> None:
    sandbox.faults.drop("chat.postMessage")
    outcome = await sender_of(sandbox).send(post())
    assert isinstance(outcome, Transient)
    assert outcome.doubtful
    assert outcome.reason.startswith("the call to Slack broke (")


async def test_a_slow_answer_is_given_up_and_leaves_doubt(sandbox: Sandbox) -> None:
    sandbox.faults.slow("chat.postMessage", 1.5)
    assert await sender_of(sandbox, timeout=1).send(post()) == Transient("Slack did not answer in time")


async def test_nobody_listening_leaves_no_doubt() -> None:
    outcome = await SlackSender(delivery_client("xoxb-secret-1", "http://127.0.0.1:9/api/")).send(post())
    assert isinstance(outcome, Transient)
    assert not outcome.doubtful
    assert outcome.reason.startswith("Slack cannot be reached (")
    assert "secret" not in outcome.reason


@pytest.mark.parametrize("to", ["C0RELEASE", "U0BO"])
@pytest.mark.parametrize("how", ["drop", "fail"])
async def test_a_post_that_went_out_unnoticed_is_found_and_not_repeated(sandbox: Sandbox, to: str, how: str) -> None:
    sender, since = sender_of(sandbox), doubt()
    (sandbox.faults.drop if how == "drop" else sandbox.faults.fail)("chat.postMessage", when="after")
    assert isinstance(await sender.send(post(to)), Transient)
    found = await sender.send(post(to, doubt_since=since))
    messages = sandbox.dms("bo") if to == "U0BO" else shown(sandbox)
    assert [found] == [Sent(one.channel, one.ts, found=True) for one in messages]


async def test_a_reply_that_went_out_unnoticed_is_found_and_not_repeated(sandbox: Sandbox) -> None:
    sender, since = sender_of(sandbox), doubt()
    top = await sender.send(post())
    assert isinstance(top, Sent)
    sandbox.faults.drop("chat.postMessage", when="after")
    assert isinstance(await sender.send(post(key="alert:1#1", thread_ts=top.ts)), Transient)
    found = await sender.send(post(key="alert:1#1", thread_ts=top.ts, doubt_since=since))
    assert isinstance(found, Sent)
    assert found.found
    assert len([one for one in sandbox.replies("release", top.ts) if one.ts != top.ts]) == 1


async def test_a_post_that_did_not_go_out_is_posted_although_others_did(sandbox: Sandbox) -> None:
    sender = sender_of(sandbox)
    await sender.send(post(key="alert:0"))
    await sender.send(post(key="alert:1#1"))
    outcome = await sender.send(post(doubt_since=doubt()))
    assert isinstance(outcome, Sent)
    assert not outcome.found
    assert len(shown(sandbox)) == 3


async def test_it_is_found_behind_a_hundred_others(sandbox: Sandbox) -> None:
    sender, since = sender_of(sandbox), doubt()
    first = await sender.send(post())
    for number in range(105):
        await sandbox.say("ana", "release", f"chatter {number}")
    assert isinstance(first, Sent)
    assert await sender.send(post(doubt_since=since)) == Sent("C0RELEASE", first.ts, found=True)


async def test_a_named_channel_is_searched_where_an_earlier_delivery_found_it(sandbox: Sandbox) -> None:
    sender, since = sender_of(sandbox, known={"#release": "C0RELEASE"}), doubt()
    first = await sender.send(post("#release"))
    assert isinstance(first, Sent)
    assert await sender.send(post("#release", doubt_since=since)) == Sent("C0RELEASE", first.ts, found=True)


async def test_where_nothing_can_be_read_it_is_posted_again() -> None:
    async with make_sandbox(scopes=["chat:write"]) as sandbox:
        for to in ("C0RELEASE", "U0BO", "#release"):
            outcome = await sender_of(sandbox).send(post(to, doubt_since=doubt()))
            assert isinstance(outcome, Sent)
            assert not outcome.found


async def test_trouble_while_looking_puts_the_post_off(sandbox: Sandbox) -> None:
    cases: list[tuple[str, Outcome]] = []
    for method, to in (("conversations.history", "C0RELEASE"), ("conversations.open", "U0BO")):
        sandbox.faults.rate_limit(method, retry_after=3)
        cases.append((method, await sender_of(sandbox).send(post(to, doubt_since=doubt()))))
        sandbox.faults.fail(method)
        cases.append((method, await sender_of(sandbox).send(post(to, doubt_since=doubt()))))
    assert [type(outcome) for _, outcome in cases] == [RateLimited, Transient] * 2
    assert sandbox.journal.calls("chat.postMessage") == []


def test_a_client_that_retries_by_itself_is_not_taken() -> None:
    with pytest.raises(ValueError, match="retry_handlers"):
        SlackSender(AsyncWebClient("xoxb-1"))
