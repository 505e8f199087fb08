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
KEPT = "refs/convoy/rewound/"
"""Below it one ref for each rewind, named by the first digits of the commit moved to and of the one moved from."""
LAST = "refs/convoy/last"
"""The head of a local repository that was looked at last: where a rewind is seen against."""
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
    """The remote does not want it and will not want it a second time. `reason`: its words.

    `commits`: it looked at what was pushed (a hook, a protected branch); else it let nobody in. `protected`: what
    it minds is the branch, not the change: that may come in by another way.
    """

    reason: str
    commits: bool = False
    protected: bool = False


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

    def set_aside(self, branch: str, tip: str, deadline: Deadline, /) -> Outcome:
        """Put `tip` on a new branch of that name, beside `main`. Raced: there is such a branch already."""


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
        self._last: str | None = None

    def head(self) -> str | None:
        """The commit that `main` points to."""
        with self._pool.borrow() as objects:
            return objects.ref(MAIN)

    def refresh(self, _deadline: Deadline, /) -> str | None:
        """The same: a local head is never behind. Notices when people moved it back."""
        with self._pool.borrow() as objects:
            noted = objects.ref(LAST)  # read before the head, so that the head is never the older of the two
            head = objects.ref(MAIN)
            # Two that may differ: other processes move the ref, and it stays behind when it cannot be moved.
            seen = {last for last in (self._last, noted) if last is not None}
            lost = [last for last in seen if head is not None and not objects.descends(head, last)]
            # Of two heads in one line, the newer one keeps the older one.
            rewound = [one for one in lost if not any(objects.descends(other, one) for other in lost if other != one)]
        if head is None:
            return None
        for last in rewound:
            keep(self._git, last, head)
        self._last = head
        if noted != head:  # a hint: whoever loses the race has seen the same or less
            swap(self._git, LAST, noted, head)
        return head

    def publish(self, base: str | None, tip: str, _deadline: Deadline, /) -> Outcome:
        """Swap, with the objects on the disk before the ref when the store is durable.

        What was seen last moves in the same transaction: a rewind by exactly this commit is noticed by every process.
        """
        settings = ("core.fsync=reference",) if self._durable else ()
        # The head first: git moves loose refs in this order, and what was seen last may never be ahead of the head.
        moves = f"update {MAIN} {tip} {base or _NOTHING}\nupdate {LAST} {tip}\n"
        finished = self._git.run(
            "update-ref", "--stdin", timeout=_REF_TIMEOUT, settings=settings, given=moves.encode("ascii")
        )
        if finished.code == 0:
            self._last = tip
            return Landed()
        done = words(finished.err) or f"git update-ref ended with {finished.code}"
        # By git's words alone: looking at the head or the lock now would be looking too late.
        if "File exists" in done:
            ref = LAST if f"{LAST}.lock" in done else MAIN
            return Raced(
                f"{lock_file(self._pool.path, ref)} is in the way: another git process holds it, or one died and left "
                "it; if no git process runs there, remove that file"
            )
        if _MOVED.search(done):
            return Raced("somebody else committed first")
        raise StoreError(f"{MAIN} of {self._pool.path} could not be moved: {done}")

    def set_aside(self, branch: str, tip: str, _deadline: Deadline, /) -> Outcome:
        """A new branch of that name."""
        done = swap(self._git, f"refs/heads/{branch}", None, tip)
        return Landed() if done is None else Raced(done)


def swap(git: Git, ref: str, old: str | None, new: str, settings: tuple[str, ...] = ()) -> str | None:
    """Move a ref from `old` (None: it must not exist) to `new`; None when done, else git's words why not."""
    move = ("update-ref", "--end-of-options", ref, new, old or _NOTHING)
    finished = git.run(*move, timeout=_REF_TIMEOUT, settings=settings)
    return None if finished.code == 0 else words(finished.err) or f"git update-ref ended with {finished.code}"


def keep(git: Git, old: str, new: str) -> None:
    """Note that a branch went from `old` to `new`, which does not contain it: the ref keeps its commits from being
    collected. Raises StoreError when that cannot be noted.
    """
    said = swap(git, f"{KEPT}{new[:12]}-{old[:12]}", None, old)
    if said is not None and "already exists" not in said:
        raise StoreError(f"{old[:12]} is no longer in the branch, and no ref could be made to keep it: {said}")


def lock_file(directory: Path, ref: str) -> Path:
    """The file with which git keeps other writers off a ref."""
    return directory / f"{ref}.lock"
