"""The rows of the index: commits of the first-parent line with their parents, and versions with a seal.

`seal` of a version is a check sum over it and every version of the plan before it, so that none can be lost or changed
unseen. Everything here works on an open database; `index.py` sees to the file.
"""

import json
import sqlite3
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from bot.release.record import Mark, Version

SCHEMA = 3
"""Of the tables and of everything in them. Raise it when what versions say changes: every index is made again then."""

_MANY = 100  # rows from which on one reads them all
_TABLES = (
    "CREATE TABLE trunk (id BLOB PRIMARY KEY, parent BLOB) WITHOUT ROWID",
    "CREATE TABLE versions (slug TEXT, id BLOB, body TEXT, seal INTEGER, PRIMARY KEY (slug, id)) WITHOUT ROWID",
)


class DamagedError(Exception):
    """The index does not hold what it should; make it again."""


def make(base: sqlite3.Connection) -> None:
    """The tables, in an empty database."""
    base.execute("BEGIN IMMEDIATE")
    for table in _TABLES:
        base.execute(table)
    base.execute(f"PRAGMA user_version = {SCHEMA}")
    base.execute("COMMIT")


def check(base: sqlite3.Connection) -> None:
    """Raises DamagedError when it has another schema, sqlite3.Error when it is no database."""
    if base.execute("PRAGMA user_version").fetchone() != (SCHEMA,):
        raise DamagedError("it has another schema")


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
        return line(self._base, head, slug) or Line((), 0)

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


def line(base: sqlite3.Connection, head: str, slug: str, known: str | None = None, seal: int = 0) -> Line | None:
    """As `Index.line`."""
    way = _way(base, head, known) if _knows(base, head) else None
    if way is None:
        return None
    rows = _rows(base, slug, way)
    found = [(commit, *rows[commit]) for commit in reversed(way) if commit in rows]
    for commit, body, wanted in found:
        seal = sealed(body, seal)
        if seal != wanted:
            raise DamagedError(f"the version {commit.hex()[:12]} of {slug} is not what was written")
    return Line(unpacked([(commit.hex(), body) for commit, body, _ in found]), seal)


def count_after(base: sqlite3.Connection, commit: str, head: str, slug: str) -> int | None:
    """As `Index.count_after`."""
    way = _way(base, head, commit) if _knows(base, head) else None
    return None if way is None else len(_rows(base, slug, way))


def _knows(base: sqlite3.Connection, commit: str) -> bool:
    return base.execute("SELECT 1 FROM trunk WHERE id = ?", (bytes.fromhex(commit),)).fetchone() is not None


def _way(base: sqlite3.Connection, head: str, known: str | None) -> list[bytes] | None:
    """The commits from a head back to the one after `known`, or to the first of all; None when `known` is not there."""
    parent: Callable[[bytes], bytes | None] = partial(_parent, base)
    if known is None:  # all of them, and one reads them at once
        parent = dict(base.execute("SELECT id, parent FROM trunk")).__getitem__
    way: dict[bytes, None] = {}
    last = bytes.fromhex(known) if known is not None else None
    at: bytes | None = bytes.fromhex(head)
    while at is not None and at != last:
        if at in way:
            raise DamagedError(f"the commit {at.hex()[:12]} leads to itself")
        way[at] = None
        try:
            at = parent(at)
        except KeyError as error:
            raise DamagedError("a commit is missing in the index") from error
    return None if last is not None and at is None else list(way)


def _parent(base: sqlite3.Connection, commit: bytes) -> bytes | None:
    """Raises KeyError for a commit that has not been read."""
    for row in base.execute("SELECT parent FROM trunk WHERE id = ?", (commit,)):
        found: bytes | None = row[0]
        return found
    raise KeyError(commit)


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


def unpacked(rows: Sequence[tuple[str, str]]) -> tuple[Version, ...]:
    """The opposite of `packed`, for commits and bodies. Raises DamagedError."""
    try:
        said = json.loads(f"[{','.join(body for _, body in rows)}]")  # one call is twice as fast as thousands
        return tuple(_version(commit, fields) for (commit, _), fields in zip(rows, said, strict=True))
    except (ValueError, TypeError, AttributeError) as error:
        raise DamagedError(f"versions cannot be read: {error}") from error


def _version(commit: str, said: Mapping[str, Any]) -> Version:
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


def sealed(body: str, before: int) -> int:
    """The seal of a version whose predecessor has the seal `before`."""
    return zlib.crc32(body.encode(), before)
