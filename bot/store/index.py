"""What history has read from git, kept in a SQLite file so that it is read once.

Nothing in it is new: every row says of one commit what git says of it too, and a commit never changes. So processes may
share the file, a rewind needs no repair, and a file that is missing, damaged or of another schema is thrown away and
made again. One process at a time writes, under a lock that dies with it; the others read meanwhile.
"""

import fcntl
import json
import os
import sqlite3
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog

from bot.release.record import Mark, Version

SCHEMA = 1
"""Of the tables and of what is in them. Another number in a file: it is made again."""

_BUSY_SECONDS = 10.0
_TURN_SECONDS = 300.0
_MANY = 100  # rows from which on one reads them all
_TABLES = """
CREATE TABLE trunk (id BLOB PRIMARY KEY, parent BLOB) WITHOUT ROWID;
CREATE TABLE versions (slug TEXT, id BLOB, body TEXT, seal INTEGER, PRIMARY KEY (slug, id)) WITHOUT ROWID;
"""

log = structlog.get_logger(__name__)


class DamagedError(Exception):
    """The file does not hold what it should; make it again."""


class Index:
    """The file at an absolute path; where it cannot be used, the same in this process's memory.

    `seal` of a version is a check sum over it and every version of the plan before it. Not for several threads at once.
    """

    def __init__(self, path: Path) -> None:
        self._path: Path | None = path
        self._memory: sqlite3.Connection | None = None

    def line(self, head: str, slug: str, known: str | None = None, seal: int = 0) -> "Line | None":
        """The versions of a plan up to a head; None when that has not been read. Raises DamagedError.

        `known`: an earlier head whose versions are not wanted again, with its `seal`; where it is not on the way, None.
        """
        with self._reading() as base:
            return _line(base, head, slug, known, seal)

    def count_after(self, commit: str, head: str, slug: str) -> int | None:
        """How many versions of a plan there are from a commit to a head; None when one does not lead to the other.

        Raises DamagedError.
        """
        with self._reading() as base:
            way = _way(base, head, commit) if _knows(base, head) else None
            return None if way is None else len(_rows(base, slug, way))

    @contextmanager
    def writing(self, *, anew: bool = False) -> Iterator["Writer"]:
        """The right to write, for one process at a time. A file that cannot be used, or `anew`, is made again first.

        Raises sqlite3.Error when the disk is full or the like.
        """
        with self._turn(), self._opened(anew=anew) as base:
            base.execute("BEGIN IMMEDIATE")
            try:
                yield Writer(base)
                base.execute("COMMIT")
            finally:
                if base.in_transaction:
                    base.execute("ROLLBACK")

    def use_memory(self, reason: str) -> sqlite3.Connection:
        """Leave the file alone from now on. Slower at every start, and right all the same."""
        log.warning("history is kept in memory: its index cannot be used", path=str(self._path), reason=reason)
        self._path = None
        self._memory = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        _make(self._memory)
        return self._memory

    def _throw_away(self) -> None:
        if self._path is not None:
            for name in (self._path, self._path.with_name(self._path.name + "-journal")):
                name.unlink(missing_ok=True)

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """Raises DamagedError for a file that is missing, of another schema, or cannot be read."""
        if self._memory is not None:
            yield self._memory
            return
        try:
            with closing(self._connect(write=False)) as base:
                if not _ours(base):
                    raise DamagedError("another schema")
                yield base
        except (sqlite3.Error, TypeError, ValueError) as error:
            raise DamagedError(str(error)) from error

    @contextmanager
    def _opened(self, *, anew: bool) -> Iterator[sqlite3.Connection]:
        base = self._memory or self._made_or_memory(anew=anew)
        try:
            yield base
        finally:
            if base is not self._memory:
                base.close()

    def _made_or_memory(self, *, anew: bool) -> sqlite3.Connection:
        try:
            return self._made(anew=anew)
        except (sqlite3.Error, OSError) as error:
            return self.use_memory(str(error))

    def _made(self, *, anew: bool) -> sqlite3.Connection:
        """The file, fit to be written."""
        if not anew:
            try:
                return self._fit()
            except sqlite3.Error as error:
                log.info("the index of history is made again", path=str(self._path), reason=str(error))
        self._throw_away()
        return self._fit()

    def _fit(self) -> sqlite3.Connection:
        base = self._connect(write=True)
        try:
            if not _ours(base):
                _make(base)
            base.execute("SELECT count(*) FROM trunk").fetchone()
        except BaseException:
            base.close()
            raise
        return base

    def _connect(self, *, write: bool) -> sqlite3.Connection:
        mode = "rwc" if write else "ro"
        address = f"{self._path.as_uri() if self._path else ''}?mode={mode}"
        return sqlite3.connect(address, uri=True, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """One writer at a time. What another process is reading now will not have to be read here."""
        if self._path is None:
            yield
            return
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(self._path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            self.use_memory(str(error))
            yield
            return
        try:
            end = time.monotonic() + _TURN_SECONDS
            while not _locked(lock):
                if time.monotonic() > end:
                    self.use_memory(f"another process has been writing for {_TURN_SECONDS:.0f} s")
                    break
                time.sleep(0.02)
            yield
        finally:
            os.close(lock)


@dataclass(frozen=True)
class Line:
    """Versions of one plan, oldest first, and the seal of the last one."""

    versions: tuple[Version, ...]
    seal: int


class Writer:
    """Adds commits, each after the one before it. What has been added holds when `flush` has been called."""

    def __init__(self, base: sqlite3.Connection) -> None:
        self._base = base

    def knows(self, commit: str) -> bool:
        """Whether a commit and all before it have been read."""
        return _knows(self._base, commit)

    def line(self, head: str, slug: str) -> Line:
        """The versions of a plan up to a commit that has been read. Raises DamagedError."""
        return _line(self._base, head, slug) or Line((), 0)

    def add(self, commit: str, parent: str | None, versions: Sequence[tuple[str, str, int]]) -> None:
        """One commit of the first-parent line; for every plan that it touched slug, body and seal."""
        one = bytes.fromhex(commit)
        self._base.executemany(
            "INSERT OR REPLACE INTO versions VALUES (?, ?, ?, ?)", [(s, one, b, seal) for s, b, seal in versions]
        )
        before = bytes.fromhex(parent) if parent is not None else None
        self._base.execute("INSERT OR REPLACE INTO trunk VALUES (?, ?)", (one, before))

    def flush(self) -> None:
        """Write it down."""
        self._base.execute("COMMIT")
        self._base.execute("BEGIN IMMEDIATE")


def _line(base: sqlite3.Connection, head: str, slug: str, known: str | None = None, seal: int = 0) -> Line | None:
    way = _way(base, head, known) if _knows(base, head) else None
    if way is None:
        return None
    rows = _rows(base, slug, way)
    versions: list[Version] = []
    for commit in reversed(way):
        if commit in rows:
            body, wanted = rows[commit]
            seal = sealed(body, seal)
            if seal != wanted:
                raise DamagedError(f"the version {commit.hex()[:12]} of {slug} is not what was written")
            versions.append(unpacked(commit.hex(), body))
    return Line(tuple(versions), seal)


def _knows(base: sqlite3.Connection, commit: str) -> bool:
    return base.execute("SELECT 1 FROM trunk WHERE id = ?", (bytes.fromhex(commit),)).fetchone() is not None


def _way(base: sqlite3.Connection, head: str, known: str | None) -> list[bytes] | None:
    """The commits from a head back to the one after `known`, or to the first of all; None when `known` is not there."""
    way: list[bytes] = []
    last = bytes.fromhex(known) if known is not None else None
    at: bytes | None = bytes.fromhex(head)
    seen: set[bytes] = set()
    while at is not None and at != last:
        row = base.execute("SELECT parent FROM trunk WHERE id = ?", (at,)).fetchone()
        if row is None or at in seen:
            raise DamagedError(f"the commit {at.hex()[:12]} is missing")
        way.append(at)
        seen.add(at)
        at = row[0]
    return None if last is not None and at is None else way


def _rows(base: sqlite3.Connection, slug: str, way: Sequence[bytes]) -> dict[bytes, tuple[str, int]]:
    """Body and seal of the versions of a plan on the way."""
    if len(way) > _MANY:
        wanted = set(way)
        found = base.execute("SELECT id, body, seal FROM versions WHERE slug = ?", (slug,))
        return {commit: (body, seal) for commit, body, seal in found if commit in wanted}
    one = "SELECT body, seal FROM versions WHERE slug = ? AND id = ?"
    rows = ((commit, base.execute(one, (slug, commit)).fetchone()) for commit in way)
    return {commit: row for commit, row in rows if row is not None}


def packed(version: Version) -> str:
    """A version as the index keeps it."""
    mark = version.mark
    fields: dict[str, Any] = {
        "by": mark.author,
        "mail": mark.email,
        "at": int(mark.when.timestamp()),
        "in": int(mark.committed.timestamp()),
        "says": mark.subject,
        "user": mark.slack_user,
        "tracked": mark.tracked,
        "delta": version.delta,
    }
    return json.dumps({key: value for key, value in fields.items() if value}, separators=(",", ":"))


def unpacked(commit: str, body: str) -> Version:
    """The opposite of `packed`. Raises DamagedError."""
    try:
        said = json.loads(body)
        mark = Mark(
            commit=commit,
            author=said.get("by", ""),
            email=said.get("mail", ""),
            when=datetime.fromtimestamp(said.get("at", 0), UTC),
            committed=datetime.fromtimestamp(said.get("in", 0), UTC),
            subject=said.get("says", ""),
            slack_user=said.get("user"),
            tracked=said.get("tracked", False),
        )
        return Version(mark, said.get("delta", {}))
    except (ValueError, TypeError, AttributeError) as error:
        raise DamagedError(f"the version {commit[:12]} cannot be read: {error}") from error


def sealed(body: str, before: int) -> int:
    """The seal of a version whose predecessor has the seal `before`."""
    return zlib.crc32(body.encode(), before)


def _ours(base: sqlite3.Connection) -> bool:
    found: int = base.execute("PRAGMA user_version").fetchone()[0]
    return found == SCHEMA


def _make(base: sqlite3.Connection) -> None:
    """Empty tables of this schema, whatever was there before."""
    base.execute("BEGIN IMMEDIATE")
    for name in [row[0] for row in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]:
        base.execute(f'DROP TABLE "{name}"')
    for statement in _TABLES.strip().split("\n"):
        base.execute(statement)
    base.execute(f"PRAGMA user_version = {SCHEMA}")
    base.execute("COMMIT")


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
