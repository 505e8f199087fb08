"""Files through the strict sandbox: the SDK's three steps, the person's own direct message, and every way to fail."""

from collections.abc import AsyncIterator

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.delivery.files import SlackFiles
from bot.delivery.slack import delivery_client
from bot.sandbox import Channel, Person, Sandbox
from bot.services.history import File, FileNotSent, FileSent

PICTURE = File("trend.png", "Summit: trend", b"\x89PNG" + b"x" * 5000, alt="5 of 9 ready", comment="Five of nine.")


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    people = [Person("U0ANA", "ana"), Person("U0BO", "bo"), Person("U0GONE", "gone", is_deactivated=True)]
    async with Sandbox(people=people, channels=[Channel("C0REL", "release")]) as running:
        yield running


def files(sandbox: Sandbox, timeout: int = 5) -> SlackFiles:
    return SlackFiles(delivery_client(sandbox.bot_token, sandbox.url, timeout))


async def test_a_file_is_in_the_persons_direct_message_and_nowhere_else(sandbox: Sandbox) -> None:
    assert await files(sandbox).send("U0ANA", PICTURE) == FileSent()
    (message,) = sandbox.dms("ana")
    assert message.text == "Five of nine."
    (file,) = message.files
    assert (file["name"], file["title"], file["alt_txt"]) == ("trend.png", "Summit: trend", "5 of 9 ready")
    assert file["size"] == len(PICTURE.content)
    assert "[picture Summit: trend: 5 of 9 ready]" in sandbox.show(message)
    assert sandbox.dms("bo") == []
    assert sandbox.messages("release", viewer="ana") == []
    assert sandbox.violations == []


async def test_a_text_goes_the_same_way(sandbox: Sandbox) -> None:
    assert await files(sandbox).send("U0BO", File("diff.txt", "All of it", "ä → ü\n".encode())) == FileSent()
    (message,) = sandbox.dms("bo")
    assert message.files[0]["name"] == "diff.txt"


@pytest.mark.parametrize(
    ("method", "error", "said"),
    [
        ("files.getUploadURLExternal", "missing_scope", "files:write"),
        ("files.completeUploadExternal", "storage_limit_reached", "no room"),
        ("conversations.open", "user_disabled", "Slack refused it (user_disabled)"),
    ],
)
async def test_what_slack_refuses_is_a_reason(sandbox: Sandbox, method: str, error: str, said: str) -> None:
    sandbox.faults.error(method, error)
    outcome = await files(sandbox).send("U0ANA", PICTURE)
    assert isinstance(outcome, FileNotSent)
    assert said in outcome.reason
    assert sandbox.dms("ana") == []


async def test_a_pause_is_asked_for(sandbox: Sandbox) -> None:
    sandbox.faults.rate_limit("files.getUploadURLExternal", times=1, retry_after=1)
    outcome = await files(sandbox).send("U0ANA", PICTURE)
    assert outcome == FileNotSent("Slack asks for a pause: try again in a minute")


async def test_nothing_is_sent_twice_when_the_answer_is_lost(sandbox: Sandbox) -> None:
    sandbox.faults.drop("files.completeUploadExternal", when="after")
    outcome = await files(sandbox).send("U0ANA", PICTURE)
    assert isinstance(outcome, FileNotSent)
    assert "may have arrived" in outcome.reason
    assert len(sandbox.dms("ana")) == 1


async def test_an_unreachable_slack_is_a_reason() -> None:
    client = delivery_client("xoxb-1", "http://127.0.0.1:9/api/", 2)
    outcome = await SlackFiles(client).send("U0ANA", PICTURE)
    assert isinstance(outcome, FileNotSent)
    assert "xoxb" not in outcome.reason


def test_a_client_that_retries_is_refused() -> None:
    with pytest.raises(ValueError, match="retry_handlers"):
        SlackFiles(AsyncWebClient("xoxb-1"))
