"""Reads a git repository without cloning it: its tags, and its `ga_status.json` on `ga-status` or the default branch.

One `ls-remote` tells the tags and where the branches stand; the document is fetched only when a branch has moved, as
one commit with its top folder, without files that are too large to be a document. Git runs in its clean room
(`gitcli`), with no helper to ask for passwords, to an address that was judged before, and ends at its deadline.
"""

import re
import tempfile
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from bot.gitcli import TIMED_OUT, Deadline, Finished, Git, GitMissingError, Limits, signed, ssh_command, words
from bot.release.documents import STATUS_LIMIT, parse_status
from bot.release.fields import quoted
from bot.release.ga_status import StatusDocument
from bot.release.json_text import size
from bot.release.plan import Problem
from bot.services.ports import Answer, Collected, Found, NotFound, Refused, Unreachable, Wanted
from bot.sources.files import FILE_NAME, discreet
from bot.sources.git_urls import GitPlace
from bot.sources.tags import tags_in, versions_of

_BRANCHES = ("refs/heads/ga-status", "HEAD")
"""Where the document is looked for, in this order."""
_BRANCHES_SHOWN = 3
_MOST_TAGS = 8 * 2**20
_MOST_FETCHED = 64 * 2**20
_REMEMBERED = 20_000
_DEAD = re.compile(
    r"could not resolve host|failed to connect|couldn't connect|connection (?:refused|reset|timed out|closed)"
    r"|no route to host|network is unreachable|operation (?:timed out|too slow)|empty reply from server"
    r"|returned error: 50[234]",
    re.IGNORECASE,
)
"""What git says of a host that is not there, and not of a repository."""
_CONFIG = "[core]\n\trepositoryformatversion = 0\n\tbare = true\n"


@dataclass(frozen=True)
class Route:
    """How git gets to the repository: settings and environment that keep it on the address that was judged."""

    settings: tuple[str, ...] = ()
    environment: Mapping[str, str] | None = None


class Reading(NamedTuple):
    """What came of one repository. `fault`: in words that its host did not answer; empty where it answered anything."""

    answer: Answer
    fault: str = ""


def route(place: GitPlace, addresses: list[str]) -> Route:
    """Pin the connection to `addresses`: a name that is resolved again could give another one."""
    environment = signed(place.url, place.authorization)
    if not addresses or ":" in place.host:  # an address of its own stays what it is
        return Route((), environment)
    if place.protocol == "ssh":
        alias = place.host if place.port == 22 else f"[{place.host}]:{place.port}"
        environment["GIT_SSH_COMMAND"] = f"{ssh_command()} -o 'HostName={addresses[0]}' -o 'HostKeyAlias={alias}'"
        return Route((), environment)
    pinned = f"http.curloptResolve={place.host}:{place.port}:{','.join(addresses)}"
    return Route((pinned,), environment)


class GitReader:
    """Reads repositories; remembers what was last found at which commit, so that nothing is fetched twice."""

    def __init__(self, deadline: float) -> None:
        self._deadline = deadline
        self._known: OrderedDict[tuple[str, str], tuple[tuple[str, ...], Collected]] = OrderedDict()
        self._lock = Lock()

    def read(self, place: GitPlace, wanted: Wanted, way: Route, end: Deadline) -> Reading:
        """The document and the tags of one repository, before the `end` of the pass. Blocking; never raises."""
        left = end.left()
        deadline = Deadline(min(self._deadline, left))
        try:
            with tempfile.TemporaryDirectory(prefix="convoy-", ignore_cleanup_errors=True) as scratch:
                repository = _Repository(Path(scratch), place, way, deadline)
                answer = self._read(repository, wanted)
        except (GitMissingError, OSError) as error:
            failed = Unreachable(f"{place.url} cannot be read: {error}")
            return Reading(Answer(failed, failed))
        # Who was cut off by the end of the pass may have been about to answer.
        return Reading(answer, repository.fault if left >= self._deadline else "")

    def _read(self, repository: "_Repository", wanted: Wanted) -> Answer:
        url = repository.place.url
        told = repository.remote("ls-remote", "--end-of-options", url, *_BRANCHES, "refs/tags/*")
        if told.code != 0 and not told.cut:
            failed = repository.failure(told)
            return Answer(failed, failed)
        lines = told.raw.decode(errors="replace").split("\n")
        refs = [line for line in (lines[:-1] if told.cut else lines) if "\t" in line]
        tags = [line for line in refs if "\trefs/tags/" in line]
        versions = versions_of(tags_in("\n".join(tags)), wanted.tag_prefix, complete=not told.cut)
        tips = {name: oid for oid, _, name in (line.partition("\t") for line in refs) if name in _BRANCHES}
        return Answer(self._document(repository, wanted.repository, tips), versions)

    def _document(self, repository: "_Repository", name: str, tips: Mapping[str, str]) -> Collected:
        key, stand = (repository.place.url, name), tuple(f"{b} {tips[b]}" for b in _BRANCHES if b in tips)
        if not stand:
            return repository.headless()
        with self._lock:
            known = self._known.get(key)
        if known is not None and known[0] == stand:
            return known[1]
        found = repository.document(name, [branch for branch in _BRANCHES if branch in tips])
        if not isinstance(found, Unreachable):
            with self._lock:
                self._known[key] = (stand, found)
                self._known.move_to_end(key)
                if len(self._known) > _REMEMBERED:
                    self._known.popitem(last=False)
        return found


class _Repository:
    """An empty repository on this machine, into which the little is fetched that is needed of another one."""

    def __init__(self, folder: Path, place: GitPlace, way: Route, deadline: Deadline) -> None:
        for part in ("objects", "refs"):
            (folder / part).mkdir()
        (folder / "HEAD").write_text("ref: refs/heads/none\n")
        (folder / "config").write_text(_CONFIG)
        self.place = place
        self.fault = ""
        self._way, self._deadline = way, deadline
        self._git = Git(folder, place.protocol, proxies=False, asking=False)
        self._offline = Git(folder, proxies=False, asking=False)

    def remote(self, *arguments: str) -> Finished:
        """A command that talks to the other side."""
        return self._git.run(
            *arguments,
            timeout=self._deadline.left(),
            settings=self._way.settings,
            environment=self._way.environment or {},
            limits=Limits(_MOST_TAGS, _MOST_FETCHED),
        )

    def failure(self, finished: Finished) -> Unreachable:
        """Why a command came to nothing."""
        if finished.code == TIMED_OUT:
            self.fault = f"it did not answer within {self._deadline.seconds:.0f} s"
            return Unreachable(f"{self.place.url} did not answer within {self._deadline.seconds:.0f} s")
        dead = _DEAD.search(finished.err)
        self.fault = f"git said: {dead[0].lower()}" if dead else ""
        said = words(finished.err, 300) or f"git ended with {finished.code}"
        return Unreachable(f"{self.place.url} cannot be read: {said}")

    def headless(self) -> Collected:
        """What it is that has no default branch: nothing at all, or branches of which none is that one."""
        url = self.place.url
        told = self.remote("ls-remote", "--heads", "--end-of-options", url)
        if told.code != 0 and not told.cut:
            return self.failure(told)
        names = [line.partition("\trefs/heads/")[2] for line in told.raw.decode(errors="replace").split("\n")]
        branches = sorted(filter(None, names))
        if not branches:
            return NotFound(f"{url} is empty: there is no commit on any branch")
        shown = ", ".join(quoted(name, 60) for name in branches[:_BRANCHES_SHOWN])
        more = f" and {len(branches) - _BRANCHES_SHOWN} more" if len(branches) > _BRANCHES_SHOWN else ""
        return NotFound(
            f"the default branch of {url} does not exist, though it has {shown}{more}: push the default branch, make "
            "one of these the default one, or put the document on a branch ga-status"
        )

    def document(self, repository: str, branches: list[str]) -> Collected:
        """The document on the first of the branches that has one."""
        fetched = self.remote(
            "fetch", "--quiet", "--depth=1", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules",
            "--refmap=", f"--filter=combine:blob:limit={STATUS_LIMIT + 1}+tree:2", "--end-of-options",
            self.place.url, *(f"+{branch}:refs/convoy/{number}" for number, branch in enumerate(branches)),
        )  # fmt: skip
        if fetched.code != 0:
            return self.failure(fetched)
        for number, branch in enumerate(branches):
            found = self._file(f"refs/convoy/{number}", _words(branch), repository)
            if found is not None:
                return found
        looked = " and ".join(map(_words, branches))
        return NotFound(f"{self.place.url} has no {FILE_NAME} on {looked}")

    def _file(self, ref: str, branch: str, repository: str) -> Collected | None:
        """The document at a ref; None where there is no such file."""
        shown = f"{self.place.url} {FILE_NAME} ({branch})"
        listed = self._offline.run("ls-tree", "-z", ref, "--", FILE_NAME, timeout=self._deadline.left())
        if listed.code != 0:
            return self.failure(listed)
        mode, _, rest = listed.out.partition(" ")
        if not mode:
            return None
        if not mode.startswith("100"):
            return Refused(shown, (Problem(0, "it is not a regular file"),))
        oid = rest.partition(" ")[2].partition("\t")[0]
        blob = self._offline.run(
            "cat-file", "blob", oid, timeout=self._deadline.left(), limits=Limits(STATUS_LIMIT + 1)
        )
        if blob.code == TIMED_OUT:
            return self.failure(blob)
        if blob.code != 0 or blob.cut or len(blob.raw) > STATUS_LIMIT:
            reason = f"the file is too large: at most {size(STATUS_LIMIT)} are read"
            return Refused(shown, (Problem(0, reason),))
        document = parse_status(blob.raw, repository)
        if isinstance(document, StatusDocument):
            return Found(document)
        refused = Refused(shown, document)
        # These are read with rights that who wrote the plan may not have.
        return refused if self.place.protocol == "https" and not self.place.authorization else discreet(refused)


def _words(branch: str) -> str:
    return "the default branch" if branch == "HEAD" else f"the branch {branch.removeprefix('refs/heads/')}"
