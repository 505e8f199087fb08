"""What changed, when and by whom, from git alone: the adapter behind `services.ports.PlanHistory`.

Versions are read from git once, into an index (`index.py`); every question is answered from there. Nothing here
fetches: the head is the newest one that this machine has seen.
"""

import hashlib
import os
import re
import sqlite3
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from pathlib import Path
from threading import Lock
from zoneinfo import ZoneInfo

import platformdirs

from bot.release import record
from bot.release.record import Difference, Moves, NeverThere, Version, Way
from bot.release.trend import Point
from bot.services.ports import Author, Moment, PlanHistory, PlanNotFoundError, StoreError
from bot.store.chronicle import Chronicler
from bot.store.commits import BOT, signature_parts
from bot.store.index import Index
from bot.store.index_rows import SCHEMA, DamagedError
from bot.store.location import APP, LocalStore, Location, RemoteStore, locate
from bot.store.objects import Objects, Pool
from bot.store.reading import Reader
from bot.store.remote import SEEN
from bot.store.slugs import is_slug
from bot.store.trunk import MAIN

INDEX = f"convoy-history-{SCHEMA}.sqlite"
_ID = re.compile(r"[0-9a-f]{4,64}")
_FIRST, _LAST = date(1970, 1, 2), date(9998, 12, 30)  # no zone shifts these out of the calendar
_JUST_BEFORE = timedelta(microseconds=1)


@dataclass(frozen=True)
class _Known:
    """The versions of one plan up to a head."""

    head: str
    versions: tuple[Version, ...]
    seal: int

    @property
    def zone(self) -> ZoneInfo:
        """The plan's zone, or the last one that it had."""
        named = (v.delta["plan"]["zone"] for v in reversed(self.versions) if "zone" in v.delta.get("plan", {}))
        return ZoneInfo(next(named, "UTC"))


class GitHistory(PlanHistory):
    """The history of the plans on one ref of a repository. Blocking; safe for many threads and processes."""

    def __init__(self, pool: Pool, ref: str, index: Index, *, bot: Author = BOT) -> None:
        self._pool = pool
        self._ref = ref
        self._index = index
        self._chronicler = Chronicler(signature_parts(bot)[1])
        self._known: dict[str, _Known] = {}
        self._turn = Lock()

    def diff(self, slug: str, since: Moment | None = None, until: Moment | None = None) -> Difference:
        """What changed from one moment to another; the port says what a moment may be."""
        known = self._versions(slug)
        end = len(known.versions) if until is None else self._number(known, slug, until, first=False)
        start = 0 if since is None else min(self._number(known, slug, since, first=True), end)
        found = record.difference(known.versions, start, end)
        if found is not None:
            return found
        if until is None:
            raise PlanNotFoundError(slug, self._slugs())
        raise StoreError(f"there was no plan {slug!r} at that time: it began on {_begun(known)}")

    def timeline(self, slug: str, repository: str, until: datetime | None = None) -> Way | NeverThere:
        """Everything that happened to one repository, ever or up to a moment."""
        return record.way(record.up_to(self._versions(slug).versions, until), repository)

    def daily(self, slug: str, zone: str | None = None, until: datetime | None = None) -> tuple[Point, ...]:
        """The counts at the end of every local day that brought a change, up to a moment."""
        known = self._versions(slug)
        return record.daily(record.up_to(known.versions, until), zone or known.zone.key)

    def moves(self, slug: str, after: str | None = None) -> Moves:
        """Every moment at which a status moved, after a commit or ever."""
        return record.moves(self._versions(slug).versions, after)

    def _number(self, known: _Known, slug: str, at: Moment, *, first: bool) -> int:
        """How many versions there were at a moment: of a day its beginning (`first`) or its end."""
        if isinstance(at, str):
            return self._number_at_commit(known, slug, at)
        if isinstance(at, datetime):
            if at.tzinfo is None:
                raise StoreError(f"{at.isoformat()} has no time zone; add one, such as {at.isoformat()}Z")
            return record.in_force(known.versions, at.astimezone(UTC))
        day = min(max(at, _FIRST), _LAST) + timedelta(days=0 if first else 1)
        begins = datetime.combine(day, time.min, known.zone).astimezone(UTC)
        return record.in_force(known.versions, begins - _JUST_BEFORE)

    def _number_at_commit(self, known: _Known, slug: str, prefix: str) -> int:
        with self._pool.borrow() as objects:
            commit = objects.expand(prefix) if _ID.fullmatch(prefix) else None
        if commit is None:
            raise StoreError(f"{prefix[:60]!r} names no commit of this store; give 7 or more digits of a commit id")
        try:
            with self._turn:
                after = self._index.count_after(commit, known.head, slug)
        except DamagedError as error:
            raise StoreError(f"the index of history was damaged just now ({error}); ask again") from error
        if after is None:
            raise StoreError(
                f"commit {commit[:12]} is not one that main went through: it was merged from a branch, or main was "
                "rewound since; name a date or another commit"
            )
        return len(known.versions) - after

    def _versions(self, slug: str) -> _Known:
        """The newest versions that there are. Raises PlanNotFoundError when there never was such a plan."""
        with self._pool.borrow() as objects:
            head = objects.ref(self._ref)
            known = self._up_to(objects, head, slug) if head is not None and is_slug(slug) else None
        if known is None or not known.versions:
            raise PlanNotFoundError(slug, self._slugs())
        return known

    def _slugs(self) -> tuple[str, ...]:
        with self._pool.borrow() as objects:
            head = objects.ref(self._ref)
            return Reader().slugs(objects, head)[0] if head is not None else ()

    def _up_to(self, objects: Objects, head: str, slug: str) -> _Known:
        """Look into the index; read what it lacks; make it again where it is damaged; at last do without the file."""
        with self._turn:
            trouble = ""
            for step in _Step:
                try:
                    self._take(step, objects, head, trouble)
                    known = self._look(head, slug)
                except (DamagedError, sqlite3.Error) as error:
                    self._known.clear()
                    trouble = str(error)
                    continue
                if known is not None:
                    self._known[slug] = known
                    return known
        raise StoreError(
            f"the history of {slug!r} cannot be read from {self._pool.path}: {trouble or 'no reason given'}"
        )

    def _take(self, step: "_Step", objects: Objects, head: str, trouble: str) -> None:
        if step is _Step.LOOK:
            return
        if step is _Step.DO_WITHOUT:
            self._index.use_memory(trouble)
        with self._index.writing(anew=step is _Step.MAKE_AGAIN) as writer:
            self._chronicler.read(objects, head, writer)

    def _look(self, head: str, slug: str) -> _Known | None:
        last = self._known.get(slug)
        if last is not None and last.head == head:
            return last
        if last is not None:
            more = self._index.line(head, slug, last.head, last.seal)
            if more is not None:
                return _Known(head, (*last.versions, *more.versions), more.seal)
        line = self._index.line(head, slug)
        return None if line is None else _Known(head, line.versions, line.seal)


class _Step(Enum):
    """What is tried, one after the other, until there is an answer."""

    LOOK = "look"
    READ_ON = "read on"
    MAKE_AGAIN = "make again"
    DO_WITHOUT = "do without"


def _begun(known: _Known) -> str:
    begun = known.versions[0].mark.committed.astimezone(known.zone)
    return f"{begun:%Y-%m-%d %H:%M} ({known.zone.key})"


def open_history(location: Location | str | None, *, bot: Author = BOT, cache_dir: Path | None = None) -> GitHistory:
    """The history of a store that `open_store` has opened before: nothing is made or fetched here but the index.

    The index lies in the repository's own directory, or in the user's cache directory where that cannot be written.
    Raises StoreError.
    """
    if not isinstance(location, LocalStore | RemoteStore):
        location = locate(location, cache_dir=cache_dir)
    path, ref = (location.path, MAIN) if isinstance(location, LocalStore) else (location.clone, SEEN)
    return GitHistory(Pool(path), ref, Index(_index_file(path.absolute(), cache_dir)), bot=bot)


def _index_file(repository: Path, cache_dir: Path | None) -> Path:
    inside = repository / INDEX
    if os.access(inside if inside.exists() else repository, os.W_OK):
        return inside
    digest = hashlib.sha256(str(repository).encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return (cache_dir or Path(platformdirs.user_cache_dir(APP))) / "history" / f"{digest}-{SCHEMA}.sqlite"
