"""A token that Slack refuses is a setting that is wrong; a Slack that cannot be asked is not."""

from collections.abc import AsyncIterator, Callable

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from structlog.testing import capture_logs

from bot.sandbox import Sandbox
from bot.settings import SettingsError
from bot.web import tokens
from bot.web.tokens import check_bot_token, refusal, trouble

PASSING: dict[str, Callable[[Sandbox], None]] = {
    "Slack answered HTTP 503": lambda slack: slack.faults.fail("auth.test", status=503),
    "Slack answered HTTP 200": lambda slack: slack.faults.fail("auth.test", status=200),
    "Slack answered ratelimited": lambda slack: slack.faults.rate_limit("auth.test"),
    "Slack answered internal_error": lambda slack: slack.faults.error("auth.test", "internal_error"),
    "Slack cannot be reached (ServerDisconnectedError)": lambda slack: slack.faults.drop("auth.test"),
    "Slack did not answer in time": lambda slack: slack.faults.slow("auth.test", 1.0),
}


@pytest.fixture
async def slack() -> AsyncIterator[Sandbox]:
    async with Sandbox() as sandbox:
        yield sandbox


def client(slack: Sandbox, token: str | None = None) -> AsyncWebClient:
    return AsyncWebClient(token or slack.bot_token, base_url=slack.url, retry_handlers=[])


async def test_a_good_token_tells_whose_bot_we_are(slack: Sandbox) -> None:
    with capture_logs() as logged:
        await check_bot_token(client(slack))
    assert [(line["event"], line["team"]) for line in logged] == [("workspace", "T0SANDBOX")]


@pytest.mark.parametrize("token", ["xoxb-1-wrong", ""])
async def test_a_token_that_slack_refuses_is_a_wrong_setting(slack: Sandbox, token: str) -> None:
    with pytest.raises(
        SettingsError, match=r"^SLACK_BOT_TOKEN: Slack refuses it \((invalid_auth|not_authed)\); "
    ) as no:
        await check_bot_token(client(slack, token or " "))
    assert "xoxb" not in str(no.value)


@pytest.mark.parametrize("reason", PASSING)
async def test_a_slack_that_cannot_be_asked_passes(
    slack: Sandbox, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "WITHIN", 0.3)
    PASSING[reason](slack)
    with capture_logs() as logged:
        await check_bot_token(client(slack))
    assert [line.get("reason") for line in logged] == [reason]


def test_what_a_proxy_answers_says_nothing_about_the_token() -> None:
    page = SlackApiError("no", {"ok": False})
    page.response = b"<html>"  # type: ignore[assignment]
    assert refusal(page, "SLACK_APP_TOKEN") is None
    assert trouble(page) == "Slack answered HTTP ?"
