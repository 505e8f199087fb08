"""Accept risk… on an alert: the button opens a form, the form becomes an edit, and what came of it takes its place."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import structlog
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks import accept, errors
from bot.blocks.ids import ACCEPT_REASON, ACCEPT_UNTIL, ACCEPT_WHAT
from bot.blocks.message import Message
from bot.listeners import faults
from bot.listeners.actions import Click, click_of
from bot.listeners.caller import Caller, refusal, workspace_of
from bot.listeners.replies import AFTER_THE_ACK, Later
from bot.listeners.services import Services
from bot.release.edits import Conflict
from bot.services.accepting import Acceptance
from bot.services.editing import Pending
from bot.services.ports import Entry

log = structlog.get_logger(__name__)

View = dict[str, Any]


@dataclass(frozen=True)
class Wrong:
    """What stands beside the fields of the form that cannot be taken, by block id."""

    errors: Mapping[str, str]


class AcceptForm:
    """Acknowledged to Slack at once; the store may take its time."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def on_button(
        self, ack: AsyncAck, body: Mapping[str, Any], context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        """Bolt's listener of Accept risk…"""
        await ack()
        later = Later(body.get("response_url"), client)
        opened = await self.open(click_of(body, workspace_of(context)), str(body.get("response_url") or ""))
        if isinstance(opened, Message):
            await later(opened)
            return
        try:
            await client.views_open(trigger_id=str(body.get("trigger_id")), view=opened)
        except Exception as error:  # noqa: BLE001 - the client raises what aiohttp raises
            await later(faults.told(error, self._services.new_id, doing="accept"))

    async def open(self, click: Click, response_url: str) -> View | Message:
        """The form for one click, or why there is none; never raises."""
        try:
            denied = await refusal(self._services.who, click.caller)
            if denied is not None:
                return denied
            button = click.button
            if button is None:
                return errors.old_button()
            offer = await self._services.accepting.offer(button.plan, button.captain, click.caller.user)
            if isinstance(offer, str):
                return accept.refused(offer)
            if not offer.risks:
                return accept.nothing_to_accept(button.captain, button.plan)
            carried = accept.Form(button.plan, button.captain, offer.view.commit, response_url)
            chosen = (button.repository, button.cause)
            view = accept.form(carried, offer.risks, chosen, until=offer.until)
            return view or accept.too_long(button.plan)
        except Exception as error:  # noqa: BLE001 - every failure becomes a sentence; faults.told logs the trace
            return faults.told(error, self._services.new_id, doing="accept")

    async def on_sent(
        self, ack: AsyncAck, body: Mapping[str, Any], context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        """Bolt's listener of the form."""
        view = body["view"]
        caller = Caller(str(body["user"]["id"]), workspace_of(context))
        carried = accept.form_of(str(view.get("private_metadata") or ""))
        given = await self.given(view, carried, caller)
        match given:
            case Wrong(found):
                await ack(response_action="errors", errors=dict(found))
            case Message():
                await ack(response_action="update", view=accept.said(given))
            case Acceptance():
                taken = await self.take(given, caller)
                if isinstance(taken, Message):
                    await ack(response_action="update", view=accept.said(taken))
                    return
                await ack(response_action="update", view=accept.saving())
                message = await self.make(given, taken)
                await asyncio.sleep(AFTER_THE_ACK)
                url = carried.response_url if carried is not None else ""
                await _show(client, str(view["id"]), message, Later(url or None, client))

    async def given(
        self, view: Mapping[str, Any], carried: accept.Form | None, caller: Caller
    ) -> Acceptance | Wrong | Message:
        """What was sent, what is wrong with it, or why it is not taken at all; never raises."""
        try:
            denied = await refusal(self._services.who, caller)
            if denied is not None:
                return denied
            values = view["state"]["values"]
            option = values[ACCEPT_WHAT][ACCEPT_WHAT].get("selected_option") or {}
            risk = accept.risk_of(option.get("value"))
            if carried is None or risk is None:
                return errors.old_button()
            until = date.fromisoformat(str(values[ACCEPT_UNTIL][ACCEPT_UNTIL].get("selected_date")))
            reason = str(values[ACCEPT_REASON][ACCEPT_REASON].get("value") or "").strip()
            wrong = {} if reason else {ACCEPT_REASON: accept.NO_REASON}
            if until < await self._services.accepting.today(carried.plan):
                wrong[ACCEPT_UNTIL] = accept.PAST
            if wrong:
                return Wrong(wrong)
            return Acceptance(
                f"accept-{view['id']}", carried.plan, carried.captain, carried.base, risk[0], risk[1], until, reason
            )
        except Exception as error:  # noqa: BLE001 - as above
            return faults.told(error, self._services.new_id, doing="accept")

    async def take(self, given: Acceptance, caller: Caller) -> Entry | Message:
        """Written down before Slack hears that it was taken; or why it was not. Never raises."""
        try:
            taken = await self._services.accepting.take(given, caller.user, caller.workspace)
            return accept.refused(taken.reason) if isinstance(taken, Conflict) else taken
        except Exception as error:  # noqa: BLE001 - as above
            return faults.told(error, self._services.new_id, doing="accept")

    async def make(self, given: Acceptance, taken: Entry) -> Message:
        """What came of it, for the one who sent it; never raises."""
        try:
            services, risk = self._services, (given.repository, given.cause)
            outcome = await services.accepting.make(taken)
            if isinstance(outcome, Conflict):
                return accept.refused(outcome.reason)
            if isinstance(outcome, Pending):
                view = await services.planning.view(given.plan)
                return accept.waits(
                    risk, given.until, reason=outcome.reason, head_at=outcome.head_at, now=outcome.since,
                    zone=view.assessment.plan.timezone,
                )  # fmt: skip
            return accept.done(risk, given.until, slug=given.plan, commit=outcome.commit)
        except Exception as error:  # noqa: BLE001 - as above
            return faults.told(error, self._services.new_id, doing="accept")


async def _show(client: AsyncWebClient, view_id: str, message: Message, later: Later) -> None:
    """In the place of the form; beside the alert where the form was closed meanwhile."""
    try:
        await client.views_update(view_id=view_id, view=accept.said(message))
    except Exception as error:  # noqa: BLE001 - the client raises what aiohttp raises
        log.info("the form was closed before its answer came", reason=type(error).__name__)
        await later(message)
