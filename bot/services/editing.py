"""Edits that people ask for: written down before they are acknowledged, made once, now or when the store is back."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

import structlog

from bot.blocks import notices
from bot.release.edits import Conflict, Edit
from bot.services.planning import Planning
from bot.services.ports import (
    Author,
    Clock,
    Delivery,
    Entry,
    Journal,
    StoreError,
    StoreUnavailableError,
    Unreadable,
    Updated,
)

log = structlog.get_logger(__name__)

DONE, REFUSED, PARKED = "done", "refused", "parked"


@dataclass(frozen=True)
class Pending:
    """Taken and not in git yet: `reason` says why. Its author hears what becomes of it.

    `head_at`: how old the plans are that are answered from meanwhile, or None when nobody knows.
    """

    since: datetime
    reason: str
    head_at: datetime | None


class Editing:
    """One per process; safe in several: an edit is made once by its id, whoever gets to it first."""

    def __init__(self, planning: Planning, journal: Journal, clock: Clock) -> None:
        self._planning = planning
        self._journal = journal
        self._clock = clock
        self._replaying = asyncio.Lock()

    async def submit(
        self, slug: str, edit: Edit, author: Author, base: str | None = None
    ) -> Updated | Conflict | Pending:
        """Take an edit. Once this returns it is either made, refused, or written down and sure to be tried again.

        Edits of a plan keep their order: while an older one waits, a newer one waits behind it. Raises DeliveryError
        when it could not even be written down; then nothing was taken.
        """
        return await self.make(await self.take(slug, edit, author, base))

    async def take(self, slug: str, edit: Edit, author: Author, base: str | None = None) -> Entry:
        """Write an edit down: from now on it may be acknowledged, for it is made even if this process dies.

        Whoever takes one calls `make` next. Raises DeliveryError; then nothing was taken.
        """
        entry = Entry(slug, edit, author, base or await self._known(slug), self._clock.now())
        await self._journal.write(entry)
        return entry

    async def make(self, entry: Entry) -> Updated | Conflict | Pending:
        """Make an edit that was taken just now, or have it wait. Raises DeliveryError."""
        slug, edit = entry.plan, entry.edit
        if any(e.told and e.plan == slug and e.edit.id != edit.id for e in await self._journal.waiting()):
            return await self._wait(entry, "an older change of this plan waits already and goes first")
        try:
            outcome: Updated | Conflict = await self._planning.apply(slug, edit, entry.author, entry.base)
        except StoreUnavailableError as error:
            return await self._wait(entry, str(error))
        except StoreError as error:
            outcome = Conflict(str(error))
        await self._journal.settle(edit.id, _word(outcome), self._clock.now(), ())
        return outcome

    async def _known(self, slug: str) -> str | None:
        """The commit that answers come from now: what its author can have seen, even if the edit is made days later."""
        try:
            return (await self._planning.state(slug)).commit
        except StoreError:  # no such plan, or none that can be read: applying the edit says which
            return None

    async def _wait(self, entry: Entry, reason: str) -> Pending:
        await self._journal.promise(entry.edit.id, reason, self._clock.now())
        log.warning("a change waits for the store", plan=entry.plan, edit=entry.edit.id, reason=reason)
        as_of = self._planning.as_of
        return Pending(entry.written_at, reason, as_of if as_of.year > 1 else None)

    async def replay(self) -> int:
        """Try everything that waits, each plan in its order; how many got an outcome. Their authors are told.

        One that cannot be read, or at which Convoy fails, is parked with its reason, and the others go on.
        """
        settled = 0
        async with self._replaying:
            for bad in await self._journal.unreadable():
                if self._old(bad.written_at):
                    settled += await self._park(bad)
            stuck: set[str] = set()
            for entry in await self._journal.waiting():
                if entry.plan in stuck or self._fresh(entry):
                    stuck.add(entry.plan)
                elif await self._try(entry):
                    settled += 1
                else:
                    stuck.add(entry.plan)
        return settled

    def _fresh(self, entry: Entry) -> bool:
        """Whether somebody is at it right now: what was just written is being applied by whoever wrote it."""
        return not entry.told and not self._old(entry.written_at)

    def _old(self, written_at: datetime) -> bool:
        return (self._clock.now() - written_at).total_seconds() >= _AT_IT

    async def _try(self, entry: Entry) -> bool:
        try:
            outcome: Updated | Conflict = await self._planning.apply(entry.plan, entry.edit, entry.author, entry.base)
        except StoreUnavailableError as error:
            await self._journal.promise(entry.edit.id, str(error), self._clock.now())
            return False
        except StoreError as error:
            outcome = Conflict(str(error))
        except Exception as error:  # a fault of ours with one change must not hold up all that wait behind it
            log.exception("a change that waited failed", plan=entry.plan, edit=entry.edit.id)
            reason = f"Convoy failed at it ({type(error).__name__})"
            return await self._park(
                Unreadable(entry.plan, entry.edit.id, reason, entry.written_at, entry.author), entry.edit.subject()
            )
        told = self._told(entry, outcome)
        done = await self._journal.settle(entry.edit.id, _word(outcome), self._clock.now(), told)
        log.info("a change that waited is settled", plan=entry.plan, edit=entry.edit.id, outcome=_word(outcome))
        return done

    async def _park(self, bad: Unreadable, subject: str = "") -> bool:
        """Try it no more, keep it with its reason, and tell its author, where that is known."""
        now = self._clock.now()
        told: tuple[Delivery, ...] = ()
        if bad.author is not None and bad.author.slack_user:
            message = notices.change_parked(
                subject, slug=bad.plan, reason=bad.reason, waited_since=bad.written_at, now=now
            )
            told = (Delivery(f"edit:{bad.edit_id}", "notice", bad.plan, bad.author.slack_user, message),)
        log.error("a change is parked and not tried again", plan=bad.plan, edit=bad.edit_id, reason=bad.reason)
        return await self._journal.settle(bad.edit_id, PARKED, now, told, bad.reason)

    def _told(self, entry: Entry, outcome: Updated | Conflict) -> tuple[Delivery, ...]:
        if not entry.author.slack_user:
            return ()
        message = notices.change_settled(
            entry.edit.subject(),
            slug=entry.plan,
            waited_since=entry.written_at,
            now=self._clock.now(),
            refused=outcome.reason if isinstance(outcome, Conflict) else None,
            commit=outcome.commit if isinstance(outcome, Updated) else None,
        )
        return (Delivery(f"edit:{entry.edit.id}", "notice", entry.plan, entry.author.slack_user, message),)


_AT_IT = 60.0
"""Seconds for which whoever wrote an entry may still be applying it; longer than one update may take."""


def _word(outcome: Updated | Conflict) -> str:
    return REFUSED if isinstance(outcome, Conflict) else DONE
