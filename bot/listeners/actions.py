"""The buttons of an alert: Ack takes note and changes the message in place, Why? explains to the one who clicked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks import errors
from bot.blocks.alert import acknowledged
from bot.blocks.ids import AlertButton, alert_button
from bot.blocks.message import Message
from bot.blocks.risks import risks
from bot.listeners import faults
from bot.listeners.ahead import why_message
from bot.listeners.caller import Caller, refusal, workspace_of
from bot.listeners.replies import Later, plain_blocks
from bot.listeners.services import Services

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Click:
    """One click as Slack sends it: who, on what, in which message. `button` is None when it is not one of ours."""

    caller: Caller
    button: AlertButton | None
    channel: str
    ts: str
    text: str
    blocks: tuple[Mapping[str, Any], ...]


def _moment(told: str) -> datetime | None:
    """When the message was decided on; None for one from before buttons said so, or a value that is no moment."""
    try:
        moment = datetime.fromisoformat(told)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


@dataclass(frozen=True)
class Update:
    """The message is to become this one, in place."""

    message: Message


class AlertActions:
    """Acknowledged to Slack at once; what the person reads comes after."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def on_ack(
        self, ack: AsyncAck, body: Mapping[str, Any], context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        """Bolt's listener of Ack."""
        await ack()
        click = click_of(body, workspace_of(context))
        outcome = await self.acknowledge(click)
        later = Later(body.get("response_url"), client)
        if isinstance(outcome, Message):
            await later(outcome)
        elif not await _update(client, click, outcome.message):
            # The note is taken all the same: the one who clicked must not be left to wonder.
            await later(outcome.message)

    async def acknowledge(self, click: Click) -> Message | Update:
        """Take note of one click: how the message reads from now on, or why nothing was done. Never raises."""
        try:
            denied = await refusal(self._services.who, click.caller)
            if denied is not None:
                return denied
            if click.button is None:
                return errors.old_button()
            button, user = click.button, click.caller.user
            done = await self._services.alerting.acknowledge(button.plan, button.captain, user, _moment(button.told))
            if done.refused is not None:
                return errors.not_your_alert(done.refused)
            view = await self._services.planning.view(click.button.plan)
            zone = view.assessment.plan.timezone
            by = done.already_by or done.by
            return Update(acknowledged(click.text, click.blocks, by=by, at=done.at, zone=zone))
        except Exception as error:  # noqa: BLE001 - every failure becomes a sentence; faults.told logs the trace
            return faults.told(error, self._services.new_id, doing="ack")

    async def on_why(
        self, ack: AsyncAck, body: Mapping[str, Any], context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        """Bolt's listener of Why?"""
        await ack()
        click = click_of(body, workspace_of(context))
        await Later(body.get("response_url"), client)(await self.explain(click))

    async def explain(self, click: Click) -> Message:
        """Why the captain's repository waits; never raises."""
        try:
            denied = await refusal(self._services.who, click.caller)
            if denied is not None:
                return denied
            button = click.button
            if button is None:
                return errors.old_button()
            view = await self._services.planning.view(button.plan)
            if button.repository:
                return await why_message(self._services, view, button.repository, click.caller.user)
            return risks(  # its name did not fit into the button
                view.assessment,
                slug=view.slug,
                commit=view.commit,
                as_of=view.as_of,
                people=view.people,
                mine=button.captain,
            )
        except Exception as error:  # noqa: BLE001 - as above
            return faults.told(error, self._services.new_id, doing="why")


def click_of(body: Mapping[str, Any], workspace: str | None) -> Click:
    """Read a `block_actions` payload. What is missing in it (a message that is gone) reads as empty."""
    message = body.get("message") or {}
    container = body.get("container") or {}
    channel = body.get("channel") or {}
    value = body["actions"][0].get("value")
    return Click(
        Caller(str(body["user"]["id"]), workspace, channel.get("id")),
        alert_button(value) if isinstance(value, str) else None,
        str(channel.get("id") or container.get("channel_id") or ""),
        str(message.get("ts") or container.get("message_ts") or ""),
        str(message.get("text") or ""),
        tuple(message.get("blocks") or ()),
    )


async def _update(client: AsyncWebClient, click: Click, message: Message) -> bool:
    try:
        await client.chat_update(channel=click.channel, ts=click.ts, text=message.text, blocks=plain_blocks(message))
    except SlackApiError as error:
        log.warning("alert not updated", reason=error.response.get("error"), channel=click.channel)
        return False
    except Exception as error:  # noqa: BLE001 - the client raises what aiohttp raises
        log.warning("alert not updated", reason=type(error).__name__, channel=click.channel)
        return False
    return True
