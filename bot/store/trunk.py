"""Where the newest head lives and how it is moved: compare-and-swap of `main` in a local bare repository.

`Trunk` is what the store needs of it; `remote.py` has the other one, whose compare-and-swap is a push with a lease.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bot.services.ports import StoreError
from bot.store.git import Deadline, Git, words
from bot.store.objects import Pool

MAIN = "refs/heads/main"
_NOTHING = "0" * 40
_REF_TIMEOUT = 20.0
_MOVED = re.compile(r"but expected|already exists|reference is missing|unable to resolve reference")


@dataclass(frozen=True)
class Landed:
    """The head is now what was published."""


@dataclass(frozen=True)
class Raced:
    """Somebody else was faster, or holds the lock right now: look at the newest head and try again."""

    reason: str


@dataclass(frozen=True)
class Refused:
    """The remote does not want it and will not want it a second time. `reason`: its words."""

    reason: str


@dataclass(frozen=True)
class Lost:
    """No answer. It may have landed all the same: look before trying again."""

    reason: str


Outcome = Landed | Raced | Refused | Lost


class Trunk(Protocol):
    """The branch that everybody writes. Commits are given and taken by full id; None: there is no commit yet."""

    local: bool

    def head(self) -> str | None:
        """The newest head known, without any network."""

    def refresh(self, deadline: Deadline, /) -> str | None:
        """The newest head there is. Raises StoreUnavailableError."""

    def publish(self, base: str | None, tip: str, deadline: Deadline, /) -> Outcome:
        """Make `tip` the head if the head is still `base`."""


class LocalTrunk:
    """`main` of a bare repository on this machine. People may push into it with git at any time.

    The swap is `git update-ref` with the old value (3 ms; a pygit2 transaction takes 0.5 ms): git's own lock on the
    ref is the one thing that every writer respects, whatever the repository's ref format is.
    """

    local = True

    def __init__(self, pool: Pool, *, durable: bool) -> None:
        self._pool = pool
        self._git = Git(pool.path)
        self._durable = durable

    def head(self) -> str | None:
        """The commit that `main` points to."""
        with self._pool.borrow() as objects:
            return objects.ref(MAIN)

    def refresh(self, _deadline: Deadline, /) -> str | None:
        """The same: a local head is never behind."""
        return self.head()

    def publish(self, base: str | None, tip: str, _deadline: Deadline, /) -> Outcome:
        """Swap, with the objects on the disk before the ref when the store is durable."""
        settings = ("core.fsync=reference",) if self._durable else ()
        done = swap(self._git, MAIN, base, tip, settings)
        if done is None:
            return Landed()
        # By git's words alone: looking at the head or the lock now would be looking too late.
        if "File exists" in done:
            return Raced(
                f"{lock_file(self._pool.path, MAIN)} is in the way: another git process holds it, or one died and left "
                "it; if no git process runs there, remove that file"
            )
        if _MOVED.search(done):
            return Raced("somebody else committed first")
        raise StoreError(f"{MAIN} of {self._pool.path} could not be moved: {done}")


def swap(git: Git, ref: str, old: str | None, new: str, settings: tuple[str, ...] = ()) -> str | None:
    """Move a ref from `old` (None: it must not exist) to `new`; None when done, else git's words why not."""
    move = ("update-ref", "--end-of-options", ref, new, old or _NOTHING)
    finished = git.run(*move, timeout=_REF_TIMEOUT, settings=settings)
    return None if finished.code == 0 else words(finished.err) or f"git update-ref ended with {finished.code}"


def lock_file(directory: Path, ref: str) -> Path:
    """The file with which git keeps other writers off a ref."""
    return directory / f"{ref}.lock"
