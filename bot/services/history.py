"""What changed, when and by whom, for one who asks: days in the plan's own zone, the trend with its picture.

`Files` is the port by which a picture or a long list reaches one person; Slack takes neither in an answer to a command.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.charts import trend_chart, trend_text
from bot.release.moments import Ago, Said, from_when
from bot.release.plan import Plan
from bot.release.record import Difference, NeverThere, Way
from bot.release.status import PlanStatus
from bot.release.trend import Point, Trend, trend
from bot.release.words import local
from bot.services.planning import View
from bot.services.ports import Clock, Moment, PlanHistory

A_WEEK = Ago(days=7)


@dataclass(frozen=True)
class File:
    """A file for one person. `alt` says what a picture shows; `comment` stands above it."""

    name: str
    title: str
    content: bytes
    alt: str = ""
    comment: str = ""


@dataclass(frozen=True)
class FileSent:
    """It is in the person's direct messages with Convoy."""


@dataclass(frozen=True)
class FileNotSent:
    """It is not; `reason` says why and what to do about it, in a sentence for people."""

    reason: str


class Files(Protocol):
    """Sends files to people. Never raises for what Slack or the network does."""

    async def send(self, user: str, file: File) -> FileSent | FileNotSent:
        """Put a file into the direct message with a Slack user id."""


class History:
    """The questions, each answered from git in a thread of its own. Raises StoreError as the port says."""

    def __init__(self, history: PlanHistory, clock: Clock) -> None:
        self._history = history
        self._clock = clock

    def beginning(self, view: View, since: Said | str) -> Moment:
        """The day, the moment or the commit that `since` means now."""
        return since if isinstance(since, str) else from_when(since, self._clock.now(), view.assessment.plan.timezone)

    async def diff(self, slug: str, since: Moment) -> Difference:
        """What changed in a plan since the beginning of a day, since a moment, or since a commit."""
        return await asyncio.to_thread(self._history.diff, slug, since)

    async def timeline(self, slug: str, repository: str) -> Way | NeverThere:
        """Everything that happened to one repository."""
        return await asyncio.to_thread(self._history.timeline, slug, repository)

    async def trend(self, view: View) -> Trend:
        """Ready against scope of every day until today, or until the last change once the train is out or cancelled."""
        plan = view.assessment.plan
        now = self._clock.now()
        points = await asyncio.to_thread(self._history.daily, view.slug, plan.timezone, now)
        return whole_trend(points, plan, now)

    async def picture(self, view: View, found: Trend) -> File:
        """The chart of a trend. The first one takes a second, for the library behind it is large."""
        title = view.assessment.plan.release_name
        image = await asyncio.to_thread(trend_chart, found, title)
        return File(
            f"{view.slug}-trend.png", f"{title}: trend", image, alt=trend_text(found), comment=trend_text(found)
        )


def whole_trend(points: Iterable[Point], plan: Plan, now: datetime) -> Trend:
    """The trend of the days that brought a change, carried on until today as long as the train is on its way."""
    over = plan.status in (PlanStatus.RELEASED, PlanStatus.CANCELLED)
    until = None if over else local(now, plan.timezone).date()
    return trend(((p.day, p.counts) for p in points), until, plan.release_date)
