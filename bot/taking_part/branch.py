"""Puts a status document on the `ga-status` branch of a remote, by git plumbing in a throw-away repository.

The checkout is not touched: no file, no index, no ref, no object. The branch only ever grows: a commit is put on the
head that was just fetched and pushed with a lease on it, so a lost race is seen, looked at again and never overwritten.
"""

import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import SystemRandom
from urllib.parse import urlsplit, urlunsplit

import pygit2
from pygit2.enums import FileMode

from bot.gitcli import basic, origin, signed
from bot.release.documents import parse_status
from bot.release.ga_status import StatusDocument
from bot.services.ports import Author
from bot.store.commits import one_line, signature_parts
from bot.store.git import Deadline, Git, words
from bot.store.location import LocalStore, locate
from bot.store.remote import push_outcome
from bot.store.trunk import Landed, Lost, Outcome, Refused
from bot.taking_part.checkout import FILE_NAME

BRANCH = "ga-status"
REF = f"refs/heads/{BRANCH}"
_NO_BRANCH = "couldn't find remote ref"
_LOST_ANSWERS = 3
_RANDOM = SystemRandom()


@dataclass(frozen=True)
class Target:
    """Where to publish: `url` without any secret, what git may speak to reach it, and the header that lets one in."""

    url: str
    protocols: str
    proxies: bool = True
    header: str = field(default="", repr=False)

    @classmethod
    def of(cls, url: str, base: Path, user: str = "", token: str = "") -> "Target":
        """The target that a remote's URL means, relative paths taken from `base`; a `token` goes to its own host only.

        A user and password in an http(s) URL, as CI systems put there, are left out. Raises StoreError with a sentence
        when it is nothing that git may be let loose on.
        """
        place = locate(_without_secret(url))
        if isinstance(place, LocalStore):
            return cls(str((base / Path(url).expanduser()).resolve()), "file", proxies=False)
        header = ""
        if token and place.protocols in ("http", "https"):
            header = basic(user, token)
        return cls(place.url, place.protocols, place.proxies, header)


@dataclass(frozen=True)
class Published:
    """The branch holds the document, in `commit`; `before` is the head that it was put on (None: a new branch)."""

    commit: str
    before: str | None


@dataclass(frozen=True)
class Kept:
    """The branch held this very document already, at `commit`; nothing was made."""

    commit: str


@dataclass(frozen=True)
class NotPublished:
    """Nothing was published (or nobody knows). `reason` is a sentence: what, why, what to do."""

    reason: str


class _Branch:
    """The branch of one target, in a repository of its own that is thrown away."""

    def __init__(self, folder: Path, target: Target, deadline: Deadline) -> None:
        self._objects = pygit2.init_repository(str(folder), bare=True)
        self._git = Git(folder, target.protocols, proxies=target.proxies)
        self._let_in = signed(origin(target.url), target.header)
        self._folder, self._target, self._deadline = folder, target, deadline

    def head(self) -> str | NotPublished | None:
        """The newest head of the remote's branch, fetched; None when there is no such branch."""
        finished = self._git.run(
            "fetch", "--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules", "--refmap=",
            "--end-of-options", self._target.url, REF,
            timeout=self._deadline.left(), environment=self._let_in,
        )  # fmt: skip
        if finished.code == 0:
            return (self._folder / "FETCH_HEAD").read_text("utf-8").split("\t", 1)[0]
        if _NO_BRANCH in finished.err:
            return None
        said = words(finished.err) or f"git fetch ended with {finished.code}"
        return NotPublished(f"{self._target.url} could not be read: {said}. {_CREDENTIALS}")

    def document(self, head: str) -> bytes | None:
        """The document that lies there, whatever it is worth."""
        found = self._commit(head).tree
        if FILE_NAME not in found:
            return None
        entry = found[FILE_NAME]
        return entry.data if isinstance(entry, pygit2.Blob) and entry.filemode == FileMode.BLOB else None

    def commit(self, head: str | None, document: StatusDocument, data: bytes, author: Author, at: datetime) -> str:
        """A commit with the document on top of `head`, everything else there kept as it is; its id."""
        tree = self._objects.TreeBuilder(self._commit(head).tree) if head else self._objects.TreeBuilder()
        tree.insert(FILE_NAME, self._objects.create_blob(data), FileMode.BLOB)
        who = pygit2.Signature(*signature_parts(author), int(at.timestamp()), 0, "utf-8")
        status = document.status
        speaks_of = " ".join(part for part in (status.repository, status.version) if part)
        # A commit of data is nothing to build; both forges read this mark.
        message = f"{one_line(speaks_of, 200)}: {status.status.value}\n\n[skip ci]\n"
        return str(self._objects.create_commit(None, who, who, message, tree.write(), [head] if head else []))

    def push(self, base: str | None, tip: str) -> Outcome:
        """Push, only if the remote's branch is still `base`; `tip` descends from it, so nothing is ever rewound."""
        return push_outcome(
            self._git.run(
                "push", "--porcelain", "--no-verify", f"--force-with-lease={REF}:{base or ''}",
                "--end-of-options", self._target.url, f"{tip}:{REF}",
                timeout=self._deadline.left(), environment=self._let_in,
            )
        )  # fmt: skip

    def _commit(self, head: str) -> pygit2.Commit:
        found = self._objects[head]
        if not isinstance(found, pygit2.Commit):
            raise TypeError(f"{head} is not a commit")
        return found


_CREDENTIALS = "Check the address, and who may read and push there: docs/taking-part.md says how git is let in"


def publish(
    target: Target, data: bytes, document: StatusDocument, author: Author, at: datetime, *,
    dry_run: bool = False, seconds: float = 60.0,
) -> Published | Kept | NotPublished:  # fmt: skip
    """Put `data`, which holds `document`, on the target's branch; with `dry_run` only make the commit, and drop it.

    `at` dates the commit. Others may publish at the same time: a lost race is looked at again for at most `seconds`.
    Raises StoreError when git cannot be started.
    """
    deadline = Deadline(seconds)
    with tempfile.TemporaryDirectory(prefix="convoy-ga-status-") as folder:
        branch = _Branch(Path(folder), target, deadline)
        lost = 0
        while True:
            head = branch.head()
            if isinstance(head, NotPublished):
                return head if not lost else NotPublished(f"{head.reason}. {_FATE_UNKNOWN}")
            there = branch.document(head) if head else None
            if head and there == data:
                return Kept(head)
            if there is not None and (newer := _newer(there, document)):
                return NotPublished(newer)
            tip = branch.commit(head, document, data, author, at)
            if dry_run:
                return Published(tip, head)
            outcome = branch.push(head, tip)
            if isinstance(outcome, Landed):
                return Published(tip, head)
            lost += isinstance(outcome, Lost)
            if (given_up := _given_up(outcome, lost, deadline)) is not None:
                return given_up
            time.sleep(_RANDOM.uniform(0.02, 0.2))


_FATE_UNKNOWN = "Whether the document arrived is not known; publish it again, it is never put there twice"


def _given_up(outcome: Outcome, lost: int, deadline: Deadline) -> NotPublished | None:
    if isinstance(outcome, Refused):
        return NotPublished(f"the remote did not take it: {outcome.reason}. {_CREDENTIALS}")
    if isinstance(outcome, Lost) and (lost >= _LOST_ANSWERS or deadline.left() == 0):
        return NotPublished(f"the remote does not answer: {outcome.reason}. {_FATE_UNKNOWN}")
    if not isinstance(outcome, Landed) and deadline.left() == 0:
        return NotPublished(f"others were faster for {deadline.seconds:.0f} s; nothing was published. Try again")
    return None


def _newer(data: bytes, document: StatusDocument) -> str:
    """Why what lies there is not replaced: it was true later. Two jobs may end in another order than they began."""
    found = parse_status(data)
    if not isinstance(found, StatusDocument) or found.status.updated_at <= document.status.updated_at:
        return ""
    both = (found.status.updated_at, document.status.updated_at)
    there, own = (f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" for moment in both)
    return (
        f"the branch holds a newer document, updatedAt {there}; this one says {own}. If this one holds now, "
        "write the time of now into updatedAt and publish again"
    )


def _without_secret(url: str) -> str:
    """An http(s) URL without the user and password that CI systems put there: they would show in argv and in errors."""
    if not url.lower().startswith(("https://", "http://")):
        return url
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
