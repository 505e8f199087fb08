"""What lies ahead, for one who asks: dates along the edges, what a slip would do, and what the past says of it.

Dates and impact come from a view, in memory. A forecast needs git: `learn` reads it in a thread, once for each change,
and `at_hand` answers from what was learnt last, so that nobody who asks waits for it.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import structlog

from bot.release.dates import DatedRepository, Dates, dates
from bot.release.experience import Experience, Lived, lived
from bot.release.folder import PlanFolder
from bot.release.forecast import Forecast, TooLittle
from bot.release.impact import Impact, NoImpact, impact
from bot.release.stays import Staying
from bot.services.planning import Planning, View
from bot.services.ports import PlanHistory, PlanNotFoundError

log = structlog.get_logger(__name__)


class Outlook:
    """The questions about what lies ahead. One per process; safe for one event loop."""

    def __init__(self, planning: Planning, history: PlanHistory) -> None:
        self._planning = planning
        self._history = history
        self._learnt: dict[str, _Learnt] = {}
        self._experience: Experience | None = None
        self._turn = asyncio.Lock()
        self._learning: asyncio.Task[None] | None = None

    async def dates(self, view: View) -> Dates:
        """The dates of a plan, computed once for each view."""
        if "dates" not in view.memo:  # of a large plan it takes a while: not on the loop that answers Slack
            view.memo["dates"] = await asyncio.to_thread(dates, view.folder, view.assessment.now)
        found: Dates = view.memo["dates"]
        return found

    async def date_of(self, view: View, repository: str) -> DatedRepository | None:
        """The dates of one repository; None for one that the plan does not know."""
        return (await self.dates(view)).find(repository)

    async def impact(self, view: View, repository: str, slip: timedelta | date | None) -> Impact | NoImpact:
        """Who waits on a repository, and what it would do if it came later. Nothing is written."""
        return await asyncio.to_thread(impact, view.folder, view.assessment.now, repository, slip)

    def at_hand(self, view: View, repository: str) -> Forecast | TooLittle | None:
        """What the past says of one repository of the plan, as far as it has been read; None before that."""
        health = next((r for r in view.assessment.repositories if r.name == repository), None)
        if health is None or self._experience is None:
            return None
        return self._experience.forecast(view.slug, health, view.assessment)

    async def learn(self) -> None:
        """Read on in the history of every plan that the newest head has changed. Raises StoreError."""
        async with self._turn:
            folders = await self._planning.folders()
            kept = {slug: one for slug, one in self._learnt.items() if folders.get(slug) is one.folder}
            read = {slug: folder for slug, folder in folders.items() if slug not in kept}
            if not read and len(kept) == len(self._learnt) and self._experience is not None:
                return
            found = await asyncio.to_thread(self._read_on, read)
            self._learnt = kept | found
            plans = {slug: one.lived for slug, one in self._learnt.items()}
            self._experience = await asyncio.to_thread(Experience, plans)

    def _read_on(self, folders: Mapping[str, PlanFolder]) -> dict[str, "_Learnt"]:
        """Those plans with what is new in them; one that has gone in the meantime is left out. Blocking."""
        found: dict[str, _Learnt] = {}
        for slug, folder in folders.items():
            known = self._learnt.get(slug)
            try:
                moves = self._history.moves(slug, known.last if known is not None else None)
            except PlanNotFoundError:
                continue
            self._learnt.pop(slug, None)  # what fails below half way is learnt anew the next time
            staying = Staying(slug) if known is None or moves.whole else known.staying
            for moment, moved in moves.found:
                staying.follow(moment, moved)
            found[slug] = _Learnt(folder, moves.last, staying, Lived(staying.stays(), staying.since))
        return found

    def learn_soon(self) -> None:
        """Begin to learn beside whatever else is done, unless that has begun already."""
        if self._learning is None or self._learning.done():
            self._learning = asyncio.create_task(self._learn_by_itself(), name="outlook")

    async def close(self) -> None:
        """Stop learning."""
        if self._learning is not None:
            self._learning.cancel()
            await asyncio.gather(self._learning, return_exceptions=True)

    async def _learn_by_itself(self) -> None:
        try:
            await self.learn()
        except Exception as error:  # noqa: BLE001 - a forecast is an extra: what was learnt before goes on to serve
            log.warning("the past was not read, forecasts stay as they were", reason=f"{type(error).__name__}: {error}")


@dataclass(frozen=True)
class _Learnt:
    """What one plan has taught as of `folder`, up to the commit `last`; `staying` goes on from there."""

    folder: PlanFolder
    last: str
    staying: Staying
    lived: Lived


def gather(history: PlanHistory, slugs: tuple[str, ...], until: datetime | None = None) -> Mapping[str, Lived]:
    """What those plans have lived through; blocking. A plan that has gone in the meantime is left out."""
    found: dict[str, Lived] = {}
    for slug in slugs:
        try:
            found[slug] = lived(slug, history.moves(slug).found, until)
        except PlanNotFoundError:
            continue
    return found
