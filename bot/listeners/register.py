"""Everything that Convoy listens to, registered on a Bolt app in one place. `manifest.yml` is held against it."""

import json
from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.ids import ACCEPT, ACCEPT_FORM, ACK, WHY
from bot.listeners import faults
from bot.listeners.accepting import AcceptForm
from bot.listeners.actions import AlertActions
from bot.listeners.command import ReleaseCommand
from bot.listeners.commands import SLASH
from bot.listeners.home import Home
from bot.listeners.replies import Later, plain_blocks
from bot.listeners.services import Services

EVENTS = ("app_home_opened",)


def register(app: AsyncApp, services: Services) -> None:
    """Register all listeners, and what a person reads when one of them, or Bolt before it, breaks."""
    alert, accept, home = AlertActions(services), AcceptForm(services), Home(services)
    app.command(SLASH)(ReleaseCommand(services).listen)
    app.action(ACK)(alert.on_ack)
    app.action(ACCEPT)(accept.on_button)
    app.view(ACCEPT_FORM)(accept.on_sent)
    app.action(WHY)(alert.on_why)
    app.event(EVENTS[0])(home.on_opened)

    async def broken(
        error: Exception, body: Mapping[str, Any], client: AsyncWebClient, response: BoltResponse | None
    ) -> BoltResponse | None:
        kind = "command" if "command" in body else str(body.get("type", "request"))
        message = faults.told(error, services.new_id, doing=kind)
        if kind == "command" and response is not None:  # not acknowledged yet: say it in the acknowledgement
            said = {"response_type": "ephemeral", "text": message.text, "blocks": plain_blocks(message)}
            return BoltResponse(status=200, body=json.dumps(said), headers={"content-type": "application/json"})
        if body.get("response_url"):
            await Later(str(body["response_url"]), client)(message)
        return None

    app.error(broken)
