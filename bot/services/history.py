"""What changed, when and by whom, for one who asks: days in the plan's own zone, the trend with its picture.

`Files` is the port by which a picture or a long list reaches one person; Slack takes neither in an answer to a command.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from bot.charts import trend_chart, trend_text
from bot.release.plan import Plan
from bot.release.record import Difference, NeverThere, Way
from bot.release.status import PlanStatus
from bot.release.trend import Point, Trend, trend
from bot.services.planning import View
from bot.services.ports import Clock, PlanHistory

Since = date | int | str
"""From when on, as people say it: a day, a number of days back, or a commit."""

A_WEEK = 7
MOST_DAYS = 36_500
"""Days back that can be asked for."""


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

    def beginning(self, view: View, since: Since) -> date | str:
        """The day or the commit that `since` means today."""
        return self._today(view) - timedelta(days=min(since, MOST_DAYS)) if isinstance(since, int) else since

    async def diff(self, slug: str, since: date | str) -> Difference:
        """What changed in a plan since the beginning of a day, or since a commit."""
        return await asyncio.to_thread(self._history.diff, slug, since)

    async def timeline(self, slug: str, repository: str) -> Way | NeverThere:
        """Everything that happened to one repository."""
        return await asyncio.to_thread(self._history.timeline, slug, repository)

    async def trend(self, view: View) -> Trend:
        """Ready against scope of every day until today, or until the last change once the train is out or cancelled."""
        plan = view.assessment.plan
        points = await asyncio.to_thread(self._history.daily, view.slug, plan.timezone)
        return whole_trend(points, plan, self._today(view))

    async def picture(self, view: View, found: Trend) -> File:
        """The chart of a trend. The first one takes a second, for the library behind it is large."""
        title = view.assessment.plan.release_name
        image = await asyncio.to_thread(trend_chart, found, title)
        return File(
            f"{view.slug}-trend.png", f"{title}: trend", image, alt=trend_text(found), comment=trend_text(found)
        )

    def _today(self, view: View) -> date:
        return self._clock.now().astimezone(ZoneInfo(view.assessment.plan.timezone)).date()


def whole_trend(points: Iterable[Point], plan: Plan, today: date) -> Trend:
    """The trend of the days that brought a change, carried on until today as long as the train is on its way."""
    over = plan.status in (PlanStatus.RELEASED, PlanStatus.CANCELLED)
    return trend(((p.day, p.counts) for p in points), None if over else today, plan.release_date)
