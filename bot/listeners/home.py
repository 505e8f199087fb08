"""App Home: opened, it shows the one who opened it what waits on whom, over all plans."""

from collections.abc import Mapping
from typing import Any

import structlog
from slack_bolt.context.async_context import AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks import home
from bot.blocks.ids import HOME
from bot.blocks.message import Message
from bot.listeners import faults
from bot.listeners.caller import Caller, refusal, workspace_of
from bot.listeners.replies import plain_blocks
from bot.listeners.services import Services

log = structlog.get_logger(__name__)


class Home:
    """Publishes the Home tab when somebody opens it."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def on_opened(self, event: Mapping[str, Any], context: AsyncBoltContext, client: AsyncWebClient) -> None:
        """Bolt's listener of `app_home_opened`; the Messages tab sends the same event and gets nothing."""
        if event.get("tab", "home") != "home":
            return
        user = str(event["user"])
        await client.views_publish(user_id=user, view=await self.view(Caller(user, workspace_of(context))))

    async def view(self, caller: Caller) -> dict[str, Any]:
        """What one person sees; never raises."""
        try:
            denied = await refusal(self._services.who, caller)
            if denied is not None:
                return _saying(denied)
            planning = self._services.planning
            return home.view([await planning.view(slug) for slug in await planning.slugs()], user=caller.user)
        except Exception as error:  # noqa: BLE001 - every failure becomes a sentence; faults.told logs the trace
            return _saying(faults.told(error, self._services.new_id, doing="home"))


def _saying(message: Message) -> dict[str, Any]:
    return {"type": "home", "callback_id": HOME, "blocks": plain_blocks(message)}
