"""The answers of `/release diff`, `timeline` and `trend`: what git tells, as files where messages are too small.

Reading git for the first time may take longer than an acknowledgement waits; then a placeholder is said, and the answer
follows. A list that does not fit into the messages that Slack takes in answer to a command comes whole, as a file.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from typing import Any

from bot.blocks import files as file_words
from bot.blocks.diff import diff, diff_text
from bot.blocks.message import Message
from bot.blocks.timeline import timeline, timeline_text
from bot.blocks.trend import trend_message
from bot.listeners import faults
from bot.listeners.caller import Caller
from bot.listeners.commands import SLASH, Asked, ShowDiff, ShowTimeline, ShowTrend
from bot.listeners.replies import USES, Answer, Started
from bot.listeners.services import Services
from bot.release.record import NeverThere
from bot.release.trend import Trend
from bot.services.history import A_WEEK, File, FileSent
from bot.services.planning import View

FindView = Callable[[Asked, str | None, Caller], Awaitable[View | Message]]
_SHOWN_BEFORE_A_FILE = 2


class HistoryAnswers:
    """`find` gives the view of the plan that is meant, or what to say when that cannot be told."""

    def __init__(self, services: Services, find: FindView) -> None:
        self._services = services
        self._find = find
        self._running: set[asyncio.Task[Message]] = set()

    async def diff(self, asked: ShowDiff, caller: Caller) -> Answer:
        """What changed since then; since a week ago when nothing is said."""
        view = await self._find(asked, asked.plan, caller)
        if isinstance(view, Message):
            return view
        since = self._services.history.beginning(view, A_WEEK if asked.since is None else asked.since)

        async def answer() -> Answer:
            found = await self._services.history.diff(view.slug, since)
            message = diff(found, view.assessment, slug=view.slug, since=since, people=view.people)
            whole = diff_text(found, view.assessment, since=since)
            return self._fitting(message, caller, File(f"{view.slug}-diff.txt", message.text, whole.encode()))

        return await self._in_time(answer(), view.slug)

    async def timeline(self, asked: ShowTimeline, caller: Caller) -> Answer:
        """What happened to one repository."""
        view = await self._find(asked, asked.plan, caller)
        if isinstance(view, Message):
            return view

        async def answer() -> Answer:
            found = await self._services.history.timeline(view.slug, asked.repository)
            message = timeline(found, view.assessment, slug=view.slug, people=view.people)
            if isinstance(found, NeverThere):
                return message
            whole = timeline_text(found, view.assessment)
            return self._fitting(message, caller, File(f"{view.slug}-timeline.txt", message.text, whole.encode()))

        return await self._in_time(answer(), view.slug)

    async def trend(self, asked: ShowTrend, caller: Caller) -> Answer:
        """The numbers at once, and the picture when it is drawn and sent."""
        view = await self._find(asked, asked.plan, caller)
        if isinstance(view, Message):
            return view

        async def answer() -> Answer:
            found = await self._services.history.trend(view)
            message = trend_message(found, view.assessment, slug=view.slug, people=view.people)
            if not found.points:
                return message
            return Started(message, self._later(self._picture(view, found, caller)))

        return await self._in_time(answer(), view.slug)

    async def _picture(self, view: View, found: Trend, caller: Caller) -> Message:
        file = await self._services.history.picture(view, found)
        return await self._send(file, caller, "the picture of the trend")

    def _fitting(self, message: Message, caller: Caller, whole: File) -> Answer:
        """The message as it is, or its beginning and the whole of it as a file, when Slack would not take all of it."""
        if len(message.thread) < USES:
            return message
        beginning = replace(message, thread=message.thread[:_SHOWN_BEFORE_A_FILE])
        what = f"all of it, {len(message.thread) + 1} messages long,"
        return Started(beginning, self._later(self._send(whole, caller, what)))

    async def _send(self, file: File, caller: Caller, what: str) -> Message:
        outcome = await self._services.files.send(caller.user, file)
        return file_words.sent(what) if isinstance(outcome, FileSent) else file_words.not_sent(what, outcome.reason)

    async def _in_time(self, work: Coroutine[Any, Any, Answer], slug: str) -> Answer:
        task = asyncio.create_task(work)
        # A little less than the acknowledgement waits, so that the placeholder still fits into it.
        done, _ = await asyncio.wait({task}, timeout=self._services.patience * 0.75)
        if done:
            return task.result()
        return Started(file_words.reading_history(slug), self._later(_as_one(task)))

    def _later(self, work: Coroutine[Any, Any, Message]) -> asyncio.Task[Message]:
        """Begun now, awaited when the first words are out."""
        task = asyncio.create_task(self._told(work))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def _told(self, work: Awaitable[Message]) -> Message:
        try:
            return await work
        except Exception as error:  # noqa: BLE001 - every failure becomes a sentence; faults.told logs the trace
            return faults.told(error, self._services.new_id, doing=f"{SLASH}: history")


async def _as_one(answer: Awaitable[Answer]) -> Message:
    """What comes late as one message, with what belongs to it below."""
    found = await answer
    if isinstance(found, Message):
        return found
    return replace(found.placeholder, thread=(*found.placeholder.thread, await found.rest))
