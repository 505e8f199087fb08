"""A tracking pass: read every source, write what is new in one commit, tell those whom it concerns."""

import asyncio
import time
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from bot.release.edits import Conflict
from bot.release.folder import FeedState, PlanFolder
from bot.release.ga_status import StatusDocument
from bot.release.history import Change, changes
from bot.release.passes import Observation, RecordPass, watched
from bot.release.plan import Plan
from bot.release.published import Published
from bot.services.planning import Planning
from bot.services.ports import (
    Answer,
    Author,
    Clock,
    Found,
    Listed,
    NotAsked,
    NotFound,
    PlanState,
    Refused,
    StatusSource,
    StoreError,
    Unreachable,
    Wanted,
    Watch,
)

if TYPE_CHECKING:
    from bot.services.alerting import Alerting

BOT = Author("Convoy", "convoy@localhost")


@dataclass(frozen=True)
class PassResult:
    """What a pass did, `at` its moment. `commit` is None when nothing changed.

    `refused` says by repository why its document was not read, or that it has gone; `unlisted` why its published
    versions were not. `alerts` counts the direct messages that the pass made due; `took` is in seconds.
    """

    slug: str
    commit: str | None
    state: PlanState
    changes: tuple[Change, ...]
    refused: Mapping[str, str]
    unlisted: Mapping[str, str]
    alerts: int
    took: float
    at: datetime


def wanted(plan: Plan, reports: Mapping[str, StatusDocument] | None = None) -> list[Wanted]:
    """What a pass asks its sources for: the plan's repositories and what they need from outside.

    `reports`: the documents that were accepted last.
    """
    where, last = plan.organisation, reports or {}
    return [
        Wanted(name, row.source, row.tag_prefix, where, row.packages, last.get(name))
        for name, row in watched(plan).items()
    ]


def observe(answers: Mapping[str, Answer]) -> dict[str, Observation]:
    """What the sources answered, as a pass records it; where there was nowhere to look, nothing is recorded."""
    return {n: _observation(a.document) for n, a in answers.items() if not isinstance(a.document, NotAsked)}


def listed(asked: Sequence[Wanted], answers: Mapping[str, Answer], at: datetime) -> dict[str, Published | None]:
    """The versions that sources showed, read `at`. What could not be read is left out: the last list stays in force."""
    found: dict[str, Published | None] = {}
    for one in asked:
        match answers[one.repository].versions:
            case Listed(versions, complete):
                found[one.repository] = Published(versions, at, complete, one.tag_prefix or "", one.packages)
            case NotFound():
                found[one.repository] = None
            case _:
                pass
    return found


def _observation(answer: Found | Refused | NotFound | Unreachable) -> Observation:
    match answer:
        case Found(document):
            return Observation(FeedState.FRESH, document)
        case Refused():
            return Observation(FeedState.REFUSED, reason=answer.reason)
        case NotFound(reason):
            return Observation(FeedState.MISSING, reason=reason or "its ga_status.json has gone")
        case Unreachable(reason):
            return Observation(FeedState.UNREACHABLE, reason=reason)


class Tracking:
    """Runs passes, one at a time for each plan. `alerting` is None where nobody is to be told (the command line)."""

    def __init__(self, planning: Planning, source: StatusSource, clock: Clock, alerting: "Alerting | None") -> None:
        self._planning = planning
        self._source = source
        self._clock = clock
        self._alerting = alerting
        self._running: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def run(self, slug: str, watch: Watch | None = None) -> PassResult:
        """One pass over one plan; `watch` hears how far the reading has come.

        Raises PlanNotFoundError or StoreError; a bad document never does.
        """
        async with self._running[slug]:
            started = time.monotonic()
            now = self._clock.now()
            view = await self._planning.view(slug)
            before = view.assessment
            asked = wanted(before.plan, view.folder.reports)
            answers = await self._source.collect(asked, watch)
            observations = observe(answers)
            edit = RecordPass(observations, uuid.uuid4().hex, now, listed(asked, answers, now))
            outcome = await self._planning.apply(slug, edit, BOT)
            if isinstance(outcome, Conflict):  # the plan was dropped meanwhile
                raise StoreError(outcome.reason)
            # The view is judged once, for this pass and for whoever asks next.
            assessment = (await self._planning.view(slug)).assessment
            told = 0
            if self._alerting is not None:
                told = await self._alerting.tell(slug, outcome.state.commit, assessment)
            return PassResult(
                slug=slug,
                commit=outcome.commit,
                state=outcome.state,
                changes=changes(before, assessment),
                refused=not_read(observations, outcome.state.folder),
                unlisted=not_listed(answers),
                alerts=told,
                took=time.monotonic() - started,
                at=now,
            )


def not_read(observations: Mapping[str, Observation], after: PlanFolder) -> dict[str, str]:
    """Why a document was not read, by repository: refused, out of reach, or gone.

    What never had one is left out, unless its plan names a source: somebody expects a document there.
    """
    named = {r.name for _, r in after.document.plan.repositories() if r.source}
    return {
        name: o.reason
        for name, o in observations.items()
        if o.feed in _NOT_READ or (o.feed is FeedState.MISSING and (name in after.reports or name in named))
    }


_NOT_READ = frozenset({FeedState.REFUSED, FeedState.UNREACHABLE})


def not_listed(answers: Mapping[str, Answer]) -> dict[str, str]:
    """Why the published versions were not read, by repository, where that is not why its document was not read."""
    reasons: dict[str, str] = {}
    for name, answer in answers.items():
        if isinstance(answer.versions, Refused | Unreachable) and answer.versions != answer.document:
            reasons[name] = answer.versions.reason
    return reasons
