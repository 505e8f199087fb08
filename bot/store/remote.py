"""A remote repository through a clone in the cache directory: fetch, and push with a lease as compare-and-swap.

The clone may be shared by several processes. What they share is one ref, the last head that anybody of them saw; it is
only a hint, moved by compare-and-swap. Fetches take turns under a file lock that dies with its holder.
"""

import fcntl
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import RLock

from bot.gitcli import origin, signed
from bot.services.ports import StoreUnavailableError
from bot.store.git import TIMED_OUT, Deadline, Finished, Git, words
from bot.store.objects import Pool
from bot.store.ssh import Ssh, trouble
from bot.store.trunk import MAIN, Landed, Lost, Outcome, Raced, Refused, keep, lock_file

SEEN = "refs/remotes/origin/main"
# The whole configuration of a clone. It is put back before every use: a clone's configuration can run programs.
CONFIG = "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n"
_STALE_LOCK_SECONDS = 600.0
_NO_BRANCH = "couldn't find remote ref"
_FORBIDDEN = re.compile(
    r"Authentication failed|could not read (Username|Password)|Permission denied|access denied|"
    r"returned error: 40[13]|Host key verification failed|not appear to be a git repository|"
    r"Repository not found|repository '.*' not found|returned error: 404|transport '.*' not allowed",
    re.IGNORECASE,
)
# The words of GitHub (branch protection, rule sets), GitLab, Bitbucket and Gitea for a branch that takes no pushes.
_PROTECTED = re.compile(
    r"protected branch|GH006|GH013|rule violations|can only be modified through pull requests", re.IGNORECASE
)
# git itself says these when two pushes meet inside the remote; everything else in a "remote rejected" is its decision.
_MET = re.compile(r"failed to update ref|incorrect old value|cannot lock ref|failed to lock|already exists|fetch first")

_LOCKED_OUT = re.compile(r"Authentication failed|could not read (Username|Password)|(error: |HTTP )401", re.IGNORECASE)
"""What git says where a credential was refused before anything was done."""

Credential = Callable[[str], str]
"""The header that lets git in (`gitcli.basic`), or nothing; another one than that which was refused just now, if there
is one. Raises StoreUnavailableError when it cannot be had now."""


def nobody(_refused: str) -> str:
    """No credential."""
    return ""


class RemoteTrunk:
    """`main` of a remote. `head` is the last one fetched or pushed; only `refresh` and `publish` use the network."""

    local = False

    def __init__(
        self, pool: Pool, url: str, protocols: str, *, proxies: bool, credential: Credential = nobody,
        ssh: Ssh | None = None,
    ) -> None:  # fmt: skip
        self.url = url
        self._credential, self._ssh = credential, ssh
        self._pool = pool
        self._git = Git(pool.path, protocols, proxies=proxies)
        # When the shared ref cannot be moved (a stale lock, a full disk) this process still knows what it saw.
        self._ahead: str | None = None
        self._passed: set[str | None] = set()
        self._lock = RLock()

    def head(self) -> str | None:
        """The newest head that this clone knows."""
        with self._lock, self._pool.borrow() as objects:
            shared = objects.ref(SEEN)
            return self._ahead if self._ahead and shared in self._passed else shared

    def refresh(self, deadline: Deadline, /) -> str | None:
        """Fetch `main`. Raises StoreUnavailableError; what was known before stays."""
        with self._turn(deadline):
            before = self.head()
            fetched = self._fetch(deadline)
            if fetched is None:
                if before is None:
                    return None
                raise StoreUnavailableError(
                    f"{self.url} has no branch main any more; the plans are served as of {before[:7]}. "
                    "Push the branch again"
                )
            return self._move(before, fetched)

    def publish(self, base: str | None, tip: str, deadline: Deadline, /) -> Outcome:
        """Push, only if the remote's `main` is still `base`; `tip` descends from it, so nothing is ever rewound."""
        outcome = self._push(MAIN, base, tip, deadline)
        if isinstance(outcome, Landed):
            self._advance(base, tip)
        return outcome

    def set_aside(self, branch: str, tip: str, deadline: Deadline, /) -> Outcome:
        """Push to a branch that the remote does not have yet."""
        return self._push(f"refs/heads/{branch}", None, tip, deadline)

    def _push(self, ref: str, base: str | None, tip: str, deadline: Deadline) -> Outcome:
        self._restore_config()
        finished = self._talk(
            "push", "--porcelain", "--no-verify", f"--force-with-lease={ref}:{base or ''}",
            "--end-of-options", self.url, f"{tip}:{ref}", deadline=deadline,
        )  # fmt: skip
        outcome = push_outcome(finished)
        if isinstance(outcome, Refused | Lost) and (told := trouble(finished.err, self.url, self._ssh)):
            return Refused(told)
        return outcome

    def _fetch(self, deadline: Deadline) -> str | None:
        self._restore_config()
        finished = self._talk(
            "fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--refmap=",
            "--end-of-options", self.url, MAIN, deadline=deadline,
            # A store has few refs, so the first answer may name them all: that saves one request of three.
            settings=("protocol.version=0",),
        )  # fmt: skip
        if finished.code == 0:
            return (self._pool.path / "FETCH_HEAD").read_text(encoding="utf-8").split("\t", 1)[0]
        if _NO_BRANCH in finished.err:
            return None
        if told := trouble(finished.err, self.url, self._ssh):
            raise StoreUnavailableError(told)
        said = words(finished.err) or f"git fetch ended with {finished.code}"
        if _FORBIDDEN.search(finished.err):
            raise StoreUnavailableError(f"{self.url} does not let Convoy in: {said}")
        raise StoreUnavailableError(f"{self.url} does not answer: {said}")

    def _talk(self, *arguments: str, deadline: Deadline, settings: tuple[str, ...] = ()) -> Finished:
        """A command to the remote. The credential is asked for anew each time: it may have been replaced since.

        One that was refused may just have ended, so with another one it is tried once more: nothing was done yet.
        """
        header = self._credential("")
        finished = self._once(arguments, deadline, settings, header)
        if finished.code in (0, TIMED_OUT) or not header or not _LOCKED_OUT.search(finished.err):
            return finished
        another = self._credential(header)
        return finished if another == header else self._once(arguments, deadline, settings, another)

    def _once(self, arguments: tuple[str, ...], deadline: Deadline, settings: tuple[str, ...], header: str) -> Finished:
        ssh = {} if self._ssh is None else self._ssh.environment()
        environment = {**ssh, **signed(origin(self.url), header)}
        return self._git.run(*arguments, timeout=deadline.left(), environment=environment, settings=settings)

    def _move(self, before: str | None, fetched: str) -> str:
        """Make what was fetched the head, unless somebody pushed while the fetch was under way: theirs is newer."""
        with self._lock:
            current = self.head()
            if fetched == current:
                return fetched
            if current is not None:
                with self._pool.borrow() as objects:
                    descends = objects.descends(fetched, current)
                if not descends and current != before:
                    return current
                if not descends:
                    keep(self._git, current, fetched)
            self._advance(current, fetched)
            return fetched

    def _advance(self, old: str | None, new: str) -> None:
        with self._lock:
            with self._pool.borrow() as objects:
                shared = objects.ref(SEEN)
                if shared != old and shared not in self._passed:
                    return  # another process of this machine has seen something since; its next fetch settles it
                moved = objects.move(SEEN, shared, new)
            if moved:
                self._ahead = None
                self._passed.clear()
                return
            self._drop_stale_lock()
            self._passed.add(shared)
            self._ahead = new

    def _drop_stale_lock(self) -> None:
        """The clone is ours alone, and no update of a ref takes minutes: an old lock has no owner."""
        lock = lock_file(self._pool.path, SEEN)
        try:
            if time.time() - lock.stat().st_mtime > _STALE_LOCK_SECONDS:
                lock.unlink()
        except FileNotFoundError:
            return

    def _restore_config(self) -> None:
        config = self._pool.path / "config"
        try:
            intact = config.read_text(encoding="utf-8") == CONFIG
        except (OSError, UnicodeDecodeError):
            intact = False
        if not intact:
            beside = config.with_name(f"config.{os.getpid()}")
            beside.write_text(CONFIG, encoding="utf-8")
            beside.replace(config)

    @contextmanager
    def _turn(self, deadline: Deadline) -> Iterator[None]:
        """One fetch at a time for each clone. The lock goes away with its process, so it can never be stale."""
        descriptor = os.open(self._pool.path / "convoy.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            while not _locked(descriptor):
                if deadline.left() == 0:
                    raise StoreUnavailableError(
                        f"another Convoy process has been fetching {self.url} for {deadline.seconds:.0f} s; plans are "
                        f"served as last seen. If none runs, something else holds {self._pool.path / 'convoy.lock'}"
                    )
                time.sleep(0.02)
            yield
        finally:
            os.close(descriptor)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def push_outcome(finished: Finished) -> Outcome:
    """What a `git push --porcelain` of one ref came to. Without a line for the ref nothing is known."""
    line = next((at for at in finished.out.split("\n") if at[1:2] == "\t" and at.count("\t") >= 2), "")
    flag, verdict = line[:1], line.split("\t", 2)[2] if line else ""
    if line and flag != "!" and finished.code == 0:
        return Landed()
    if line and flag == "!":
        return _rejected(verdict, finished.err)
    said = words(finished.err) or f"git push ended with {finished.code}"
    if finished.code != TIMED_OUT and _FORBIDDEN.search(finished.err):
        return Refused(said)
    return Lost(said)


def _rejected(verdict: str, err: str) -> Outcome:
    if not verdict.startswith("[remote "):
        return Raced(verdict)
    if _MET.search(verdict):
        return Raced(f"{verdict} {words(err)}".strip())
    said = words("\n".join(line for line in err.split("\n") if line.startswith("remote:")))
    reason = f"{said} {verdict}".strip()
    return Refused(reason, commits=True, protected=_PROTECTED.search(reason) is not None)
