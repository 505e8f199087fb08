"""The listener behind `/release`: understand, look who asks, call one service, hand the result to a block builder."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks import errors
from bot.blocks.help import help_message
from bot.blocks.message import Message
from bot.blocks.plans import plans
from bot.blocks.refreshed import refreshed
from bot.blocks.risks import risks
from bot.blocks.status import status
from bot.blocks.text import quoted
from bot.listeners import faults
from bot.listeners.ahead import impact_answer, why_message
from bot.listeners.caller import Caller, refusal, workspace_of
from bot.listeners.commands import (
    BY_NAME,
    COMMANDS,
    SLASH,
    Asked,
    RunPass,
    ShowDiff,
    ShowHelp,
    ShowImpact,
    ShowPlans,
    ShowRisks,
    ShowStatus,
    ShowTimeline,
    ShowTrend,
    ShowWhy,
    command_of,
)
from bot.listeners.counting import Counting, Live
from bot.listeners.history import HistoryAnswers
from bot.listeners.parser import BadUsage, UnknownCommand, parse
from bot.listeners.replies import Answer, Later, Started, reply
from bot.listeners.services import Services
from bot.release.slips import as_typed
from bot.services.alerting import slack_user
from bot.services.planning import Unresolved, View


class ReleaseCommand:
    """Answers `/release …`, to the one who asked alone."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._passes: dict[str, asyncio.Task[Message]] = {}
        history = HistoryAnswers(services, self._view)
        self._answers: dict[type[Asked], Callable[[Any, Caller], Awaitable[Answer]]] = {
            ShowStatus: self._status,
            ShowRisks: self._risks,
            ShowWhy: self._why,
            ShowImpact: self._impact,
            ShowDiff: history.diff,
            ShowTimeline: history.timeline,
            ShowTrend: history.trend,
            ShowPlans: self._plans,
            RunPass: self._refresh,
            ShowHelp: self._help,
        }

    async def listen(
        self, ack: AsyncAck, command: Mapping[str, str], context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        """Bolt's listener."""
        place = command.get("channel_id"), command.get("channel_name")
        caller = Caller(command["user_id"], workspace_of(context), *place)
        say = Later(command.get("response_url"), client)
        await reply(self.answer(command.get("text") or "", caller), ack, say, self._services.patience, client)

    async def answer(self, text: str, caller: Caller) -> Answer:
        """What one line is answered with; never raises."""
        try:
            denied = await refusal(self._services.who, caller)
            if denied is not None:
                return denied
            asked = parse(text)
            match asked:
                case UnknownCommand(word):
                    return errors.unknown_command(word, tuple(BY_NAME), SLASH)
                case BadUsage(reason, meant):
                    return errors.bad_usage(reason, meant.usage, meant.example, SLASH)
            return await self._answers[type(asked)](asked, caller)
        except Exception as error:  # noqa: BLE001 - every failure becomes a sentence; faults.told logs the trace
            return faults.told(error, self._services.new_id, doing=SLASH)

    async def _status(self, asked: ShowStatus, caller: Caller) -> Answer:
        slug = await self._slug(asked, asked.plan, caller)
        if isinstance(slug, Message):
            return slug
        view = await self._services.planning.view(slug, at=asked.as_of)
        return _once(view, "status", partial(status, view.assessment, **_about(view), bad_head=view.bad_head))

    async def _risks(self, asked: ShowRisks, caller: Caller) -> Answer:
        slug = await self._slug(asked, asked.plan, caller)
        if isinstance(slug, Message):
            return slug
        view = await self._services.planning.view(slug)
        if not asked.mine:
            return _once(view, "risks", partial(risks, view.assessment, **_about(view)))
        leads = leads_of(caller.user, view)
        if not leads:
            return errors.not_a_captain(view.assessment.plan.release_name)
        return risks(view.assessment, **_about(view), mine=leads)

    async def _why(self, asked: ShowWhy, caller: Caller) -> Answer:
        view = await self._view(asked, asked.plan, caller)
        return (
            view
            if isinstance(view, Message)
            else await why_message(self._services, view, asked.repository, caller.user)
        )

    async def _impact(self, asked: ShowImpact, caller: Caller) -> Answer:
        view = await self._view(asked, asked.plan, caller)
        return view if isinstance(view, Message) else await impact_answer(self._services, view, asked, caller.user)

    async def _plans(self, _asked: ShowPlans, _caller: Caller) -> Answer:
        planning = self._services.planning
        return plans([await planning.view(slug) for slug in await planning.slugs()])

    async def _help(self, asked: ShowHelp, _caller: Caller) -> Answer:
        return help_message(COMMANDS if asked.command is None else [BY_NAME[asked.command]], SLASH)

    async def _refresh(self, asked: RunPass, caller: Caller) -> Answer:
        slug = await self._slug(asked, asked.plan, caller)
        if isinstance(slug, Message):
            return slug
        if slug in self._passes:
            return errors.refresh_running(slug)
        live = Live(slug)
        task = asyncio.create_task(self._pass(slug, live))
        self._passes[slug] = task
        task.add_done_callback(lambda _: self._passes.pop(slug, None))
        # A little less than the acknowledgement waits, so that the placeholder still fits into it.
        done, _ = await asyncio.wait({task}, timeout=self._services.patience * 0.75)
        if done:
            return task.result()

        async def meanwhile(client: AsyncWebClient) -> None:
            await Counting(client, caller.user, self._services.count_every)(live, task)

        return Started(errors.refresh_started(slug), task, meanwhile)

    async def _pass(self, slug: str, live: Live) -> Message:
        try:
            result = await self._services.tracking.run(slug, live.watch)
            view = await self._services.planning.view(slug)
            return refreshed(result, view.assessment, view.people)
        except Exception as error:  # noqa: BLE001 - as in `answer`: the one who asked may be waiting for the late answer
            return faults.told(error, self._services.new_id, doing=f"{SLASH} refresh")

    async def _view(self, asked: Asked, word: str | None, caller: Caller) -> View | Message:
        slug = await self._slug(asked, word, caller)
        return slug if isinstance(slug, Message) else await self._services.planning.view(slug)

    async def _slug(self, asked: Asked, word: str | None, caller: Caller) -> str | Message:
        found = await self._services.planning.resolve(word, caller.channel, caller.channel_name)
        if isinstance(found, Unresolved):
            return errors.unknown_plan(found.reason, found.choices, f"{SLASH} {_retype(asked)}")
        return found


def _retype(asked: Asked) -> str:
    """What to write again, up to the plan's name."""
    name = command_of(asked).name
    if isinstance(asked, ShowWhy | ShowTimeline | ShowImpact):
        name = f"{name} {quoted(asked.repository)}"
    if isinstance(asked, ShowImpact) and asked.slip is not None:
        name = f"{name} {as_typed(asked.slip)}"
    return name


def _about(view: View) -> dict[str, Any]:
    return {"slug": view.slug, "commit": view.commit, "as_of": view.as_of, "people": view.people}


def _once(view: View, name: str, build: Callable[[], Message]) -> Message:
    """Built once for each view: it does not change, and a thousand people ask for it at nine."""
    if name not in view.memo:
        view.memo[name] = build()
    message: Message = view.memo[name]
    return message


def leads_of(user: str, view: View) -> frozenset[str]:
    """The captains of a plan's groups that are one Slack user."""
    leads = {group.lead for group in view.assessment.plan.release_groups}
    return frozenset(lead for lead in leads if lead and slack_user(lead, view.people) == user)


def only_reads(payload: Mapping[str, Any]) -> bool:
    """Whether a payload of Slack's is a command that changes nothing: answering it twice harms nobody."""
    if payload.get("command") != SLASH:
        return False
    asked = parse(str(payload.get("text") or ""))
    return not (isinstance(asked, Asked) and command_of(asked).changes)
