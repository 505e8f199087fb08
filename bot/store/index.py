"""What history has read from git, kept in a SQLite file so that it is read once.

Nothing in it is new: every row says of one commit what git says of it too, and a commit never changes. So processes may
share the file, a rewind needs no repair, and a file that is missing, damaged or of another schema is thrown away and
made again. One process at a time writes, under a lock that dies with it; the others read meanwhile.
"""

import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import structlog

from bot.store.index_rows import DamagedError, Line, Writer, check, count_after, line, make

_BUSY_SECONDS = 10.0
_TURN_SECONDS = 300.0

log = structlog.get_logger(__name__)


class Index:
    """The file at an absolute path; where it cannot be used, the same in this process's memory.

    `seal` of a version is a check sum over it and every version of the plan before it. Not for several threads at once.
    """

    def __init__(self, path: Path) -> None:
        self._path: Path | None = path
        self._memory: sqlite3.Connection | None = None

    def line(self, head: str, slug: str, known: str | None = None, seal: int = 0) -> Line | None:
        """The versions of a plan up to a head; None when that has not been read. Raises DamagedError.

        `known`: an earlier head whose versions are not wanted again, with its `seal`; where it is not on the way, None.
        """
        with self._reading() as base:
            return line(base, head, slug, known, seal)

    def count_after(self, commit: str, head: str, slug: str) -> int | None:
        """How many versions of a plan there are from a commit to a head; None when one does not lead to the other.

        Raises DamagedError.
        """
        with self._reading() as base:
            return count_after(base, commit, head, slug)

    @contextmanager
    def writing(self, *, anew: bool = False) -> Iterator[Writer]:
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
        make(self._memory)
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
                check(base)
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
            except (sqlite3.Error, DamagedError) as error:
                log.info("the index of history is made again", path=str(self._path), reason=str(error))
        self._throw_away()
        return self._fit()

    def _fit(self) -> sqlite3.Connection:
        base = self._connect(write=True)
        try:
            if base.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,):
                make(base)
            check(base)
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


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
