"""Reading plans: views of the newest head, in memory and immutable, so that no answer waits on git or the network."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.release import readiness, words
from bot.release.assessment import Assessment
from bot.release.edits import Conflict, Edit
from bot.release.folder import PlanFolder
from bot.release.moments import Said, Unclear, until_when
from bot.release.status import PlanStatus
from bot.release.suggest import closest
from bot.services.ports import (
    Author,
    BadHead,
    Clock,
    Person,
    PlanNotFoundError,
    PlanState,
    PlanStore,
    Rewound,
    StoreError,
    StoreUnavailableError,
    Updated,
)

SERVES = timedelta(seconds=90)
"""How old a view may be when it is answered from; `warm` renews it at a third of that."""


@dataclass(frozen=True)
class View:
    """One plan as it is answered from: `assessment` of `folder` at `commit`, the head that was confirmed at `as_of`.

    `memo` caches what is built from this immutable view, such as the status message.
    """

    slug: str
    commit: str
    as_of: datetime
    assessment: Assessment
    people: Mapping[str, Person]
    folder: PlanFolder
    bad_head: BadHead | None = None
    memo: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True)
class Unresolved:
    """Which plan is meant cannot be told; `choices` are slugs to offer."""

    reason: str
    choices: tuple[str, ...]


class Planning:
    """Views of plans and edits to them. One per process; safe for one event loop."""

    def __init__(self, store: PlanStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._states: dict[str, PlanState] = {}
        self._broken: dict[str, str] = {}
        self._people: Mapping[str, Person] = {}
        self._views: dict[str, View] = {}
        self._as_of = datetime.min.replace(tzinfo=UTC)
        self._confirmed = datetime.min.replace(tzinfo=UTC)
        self._loaded = False
        self._refreshing = asyncio.Lock()
        self._loading = asyncio.Lock()

    async def refresh(self) -> None:
        """Look at the store's newest head. Raises StoreUnavailableError after taking what is known locally."""
        async with self._refreshing:
            try:
                await asyncio.to_thread(self._store.refresh)
                self._as_of, self._confirmed = self._clock.now(), datetime.now(UTC)
            except StoreUnavailableError:
                if not self.reached:  # what an earlier process fetched is answered from, and is as old as that
                    answered = await asyncio.to_thread(self._store.answered_at)
                    self._as_of = answered or self._as_of
                raise
            finally:
                await self._load()

    async def _load(self) -> None:
        # One at a time: a slow reading that began before an edit must not put back what the edit has changed.
        async with self._loading:
            states, broken, people = await asyncio.to_thread(self._read_all)
            kept = self._views if people == self._people else {}
            self._states, self._broken, self._people = states, broken, people
            self._views = {s: v for s, v in kept.items() if s in states and _shows(v, states[s])}
            self._loaded = True

    def _read_all(self) -> tuple[dict[str, PlanState], dict[str, str], Mapping[str, Person]]:
        states: dict[str, PlanState] = {}
        broken: dict[str, str] = {}
        for slug in self._store.slugs():
            try:
                states[slug] = self._store.read(slug)
            except StoreError as error:  # one plan that cannot be read never hides the others
                broken[slug] = str(error)
        return states, broken, self._store.captains()

    async def _ready(self) -> None:
        if not self._loaded:
            try:
                await self.refresh()
            except StoreUnavailableError:  # reads go on from the last good head; as_of says how old it is
                return

    async def slugs(self) -> tuple[str, ...]:
        """Every plan that can be read, alphabetical."""
        await self._ready()
        return tuple(sorted(self._states))

    async def folders(self) -> Mapping[str, PlanFolder]:
        """What each plan was read as last, by slug: the same object as long as nobody changed that plan."""
        await self._ready()
        return {slug: state.folder for slug, state in self._states.items()}

    async def view(self, slug: str, *, at: Said | None = None) -> View:
        """One plan now, or as it stood at a moment, or at the end of a day in the plan's zone.

        Raises PlanNotFoundError, or StoreError when the plan has never been readable.
        """
        await self._ready()
        state = self._states.get(slug)
        if state is None:
            if slug in self._broken:
                raise StoreError(self._broken[slug])
            raise PlanNotFoundError(slug, await self.slugs())
        if at is not None:
            return await self._view_at(state, at)
        now = self._clock.now()
        known = self._views.get(slug)
        # Only days, lifetimes and ages depend on the time, so a view serves for a while.
        if known is not None and _shows(known, state) and self._age(known, now) <= SERVES:
            return known
        return await self._renew(state, now)

    def _age(self, view: View, now: datetime) -> timedelta:
        """How far a view is behind: its judgement, or its word for when the head was confirmed."""
        return max(abs(now - view.assessment.now), self._as_of - view.as_of)

    async def _renew(self, state: PlanState, now: datetime) -> View:
        # A large plan takes a tenth of a second: not on the loop that answers Slack.
        view = await asyncio.to_thread(self._assess, state, now)
        if self._states.get(state.slug) is state:
            self._views[state.slug] = view
        return view

    def _assess(self, state: PlanState, now: datetime) -> View:
        assessment = readiness.evaluate(state.folder, now)
        return View(state.slug, state.commit, self._as_of, assessment, self._people, state.folder, state.bad_head)

    async def _view_at(self, newest: PlanState, said: Said) -> View:
        zone, now = newest.folder.document.plan.timezone, self._clock.now()
        moment = until_when(said, now, zone)
        if isinstance(moment, Unclear):
            raise StoreError(moment.reason)
        try:
            state = await asyncio.to_thread(self._store.read, newest.slug, moment)
        except PlanNotFoundError as error:  # the store is older than this plan
            day = words.day(words.local(moment, zone).date(), words.local(now, zone).date())
            raise StoreError(f"there was no plan {newest.slug!r} on {day} yet") from error
        return await asyncio.to_thread(self._assess, state, moment)

    async def warm(self) -> None:
        """Make new views before the old ones stop serving, so that nobody who asks waits for them."""
        now = self._clock.now()
        for slug in await self.slugs():
            known, state = self._views.get(slug), self._states[slug]
            if known is None or not _shows(known, state) or self._age(known, now) > SERVES / 3:
                await self._renew(state, now)

    async def resolve(self, word: str | None, channel: str | None, channel_name: str | None = None) -> str | Unresolved:
        """Which plan a person means: by slug or name, else by the channel they are in, else the only one there is."""
        await self._ready()
        plans = {slug: state.folder.document.plan for slug, state in self._states.items()}
        if word is not None:
            named = [s for s, p in plans.items() if word.casefold() in (s.casefold(), p.release_name.casefold())]
            if named or word in self._broken:  # asking for one that never could be read tells why
                return named[0] if named else word
            begins = [s for s in plans if s.startswith(word.casefold())]
            if len(begins) == 1:
                return begins[0]
            near = closest(word, plans)
            return Unresolved(f"There is no plan {word!r}", tuple(begins) or near or tuple(sorted(plans)))
        here = {channel, f"#{channel_name}" if channel_name else None} - {None}
        in_channel = [s for s, p in plans.items() if p.channel in here]
        if len(in_channel) == 1:
            return in_channel[0]
        live = [s for s, p in plans.items() if p.status in (PlanStatus.PLANNING, PlanStatus.IN_PROGRESS)]
        for candidates in (live, list(plans)):
            if len(candidates) == 1:
                return candidates[0]
        if not plans:
            return Unresolved("There is no plan yet", ())
        return Unresolved("There are several plans: name one", tuple(sorted(in_channel or live or plans)))

    async def apply(self, slug: str, edit: Edit, author: Author, base: str | None = None) -> Updated | Conflict:
        """Make an edit; the next view shows it. `base`: the commit that the author saw. Raises StoreError."""
        outcome = await asyncio.to_thread(self._store.update, slug, edit, author, base)
        await self._load()
        return outcome

    async def state(self, slug: str, at: str | None = None) -> PlanState:
        """What lies in the store for one plan, newest or at a commit id. Raises StoreError."""
        if at is None:
            await self._ready()
            if slug in self._states:
                return self._states[slug]
        return await asyncio.to_thread(self._store.read, slug, at)

    async def problems(self) -> Sequence[str]:
        """What lies in the store and cannot be used, plans that never could be read before all: a sentence each."""
        return (*self._broken.values(), *await asyncio.to_thread(self._store.problems))

    async def rewound(self) -> Sequence[Rewound]:
        """What somebody took out of the store's branch by moving it, as far as it was noticed and still holds."""
        return await asyncio.to_thread(self._store.rewound)

    @property
    def people(self) -> Mapping[str, Person]:
        """Who is who, by lead name."""
        return self._people

    @property
    def confirmed(self) -> datetime:
        """The same in real time, for readiness probes, whatever clock the answers go by."""
        return self._confirmed

    @property
    def reached(self) -> bool:
        """Whether the store was reached at all since the start."""
        return self._confirmed > datetime.min.replace(tzinfo=UTC)

    @property
    def as_of(self) -> datetime:
        """When the store's head was last confirmed, by an earlier process of this machine if need be; year 1: never."""
        return self._as_of


def _shows(view: View, state: PlanState) -> bool:
    return view.commit == state.commit and view.bad_head == state.bad_head
