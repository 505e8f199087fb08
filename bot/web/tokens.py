"""Does Slack take the tokens that we were given? Asked at the start, so that a wrong one is said where it was set.

Only what Slack itself answers counts as a refusal: when it cannot be reached, or has trouble of its own, that passes.
"""

import asyncio

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.settings import SettingsError

WITHIN = 10.0  # seconds for the whole question
_REFUSALS = {
    "invalid_auth": "it is not a token of an installed app: copy it again",
    "not_authed": "it came without a token: copy it again",
    "not_allowed_token_type": "it is a token of another kind",
    "account_inactive": "the app's user was removed from the workspace: install the app again",
    "token_revoked": "the token was revoked: install the app again and copy the new one",
    "token_expired": "the token has expired: make a new one",
    "missing_scope": "the token lacks a scope: make it again as the README says",
    "no_permission": "the token may not do this: make it again as the README says",
    "access_denied": "the workspace does not let the app in: ask its admins",
    "org_login_required": "the workspace is being moved into an organisation: install the app again afterwards",
}

log = structlog.get_logger(__name__)


def refusal(error: SlackApiError, variable: str) -> SettingsError | None:
    """What Slack's answer says against the token of that variable; None when it says nothing against it."""
    code = _code(error)
    words = _REFUSALS.get(code)
    return SettingsError(f"{variable}: Slack refuses it ({code}); {words}") if words else None


def trouble(error: Exception) -> str:
    """Why Slack could not be asked, without what the texts of such errors hold: addresses and tickets."""
    if isinstance(error, SlackApiError):
        return f"Slack answered {_code(error) or 'HTTP ' + str(getattr(error.response, 'status_code', '?'))}"
    if isinstance(error, aiohttp.WSServerHandshakeError):
        return f"Slack answered HTTP {error.status}"
    if isinstance(error, TimeoutError):
        return "Slack did not answer in time"
    return f"Slack cannot be reached ({type(error).__name__})"


def _code(error: SlackApiError) -> str:
    """Slack's word for what is wrong; empty when the answer is not one of Slack's, such as a proxy's page."""
    data = getattr(error.response, "data", error.response)
    return str(data.get("error") or "") if isinstance(data, dict) else ""


async def check_bot_token(client: AsyncWebClient) -> None:
    """Ask Slack whose bot we are, and log it. Raises SettingsError when it does not take the token."""
    try:
        async with asyncio.timeout(WITHIN):
            us = await client.auth_test()
    except SlackApiError as error:
        refused = refusal(error, "SLACK_BOT_TOKEN")
        if refused is not None:
            raise refused from error
        log.warning("the bot token could not be checked", reason=trouble(error))
    except (aiohttp.ClientError, SlackClientError, OSError, ValueError, AttributeError) as error:
        # The last two: what the SDK raises on an answer that is no Slack answer. TimeoutError is an OSError.
        log.warning("the bot token could not be checked", reason=trouble(error))
    else:
        log.info("workspace", team=us.get("team_id"), name=us.get("team"), bot=us.get("user_id"))
