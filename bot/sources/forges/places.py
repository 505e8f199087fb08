"""Which repository of which forge a `source` means: `github:owner/name`, or the web address of a repository.

Pure. Whoever writes a plan chooses these words, and they end up in requests that carry a token: so only names of the
forge's own grammar pass, letter by letter, and whatever is no plain address of a repository is left to others (a raw
file behind an https URL) or refused.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import httpx
from pydantic import SecretStr

from bot.release.fields import quoted
from bot.release.plan import Problem
from bot.services.ports import NotAsked, NotFound, Refused, Unreachable, Wanted
from bot.sources.https import shown, url_of


class Kind(StrEnum):
    """Which API a forge speaks; also the word before the colon."""

    GITHUB = "github"
    GITLAB = "gitlab"
    BITBUCKET = "bitbucket"


App = Callable[[str, str], str | NotFound | Unreachable]
"""A token for the repositories of an owner, another one than that which was refused just now (empty: none was), if one
is to be had. NotFound: there is none for this owner. Blocking, for any thread."""


@dataclass(frozen=True)
class Forge:
    """One forge. `host` as people write it; `api` is where its REST API begins, `graphql` the address of the other one.

    `token` goes to this API and nowhere else; `setting` is the variable that it comes from, for people. `app` gives
    tokens that change, where there is no other.
    """

    kind: Kind
    host: str
    api: str
    graphql: str = ""
    token: SecretStr | None = field(default=None, repr=False)
    setting: str = ""
    app: App | None = field(default=None, repr=False)

    @property
    def lets_in(self) -> bool:
        """Whether more can be asked than what is public."""
        return self.token is not None or self.app is not None

    @property
    def title(self) -> str:
        """How people call the setting that is missing or wrong."""
        return self.setting or "its token"

    def credentials(self, token: str) -> list[tuple[str, str]]:
        """The header with which its API knows us."""
        if not token:
            return []
        return [("private-token", token)] if self.kind is Kind.GITLAB else [("authorization", f"Bearer {token}")]


@dataclass(frozen=True, slots=True)
class Place:
    """One repository at a forge; `path` as written: `owner/name`, or more steps at GitLab."""

    forge: Forge
    path: str

    @property
    def key(self) -> str:
        """The same for every spelling: no forge tells two names apart by their case."""
        return f"{self.forge.host}/{self.path.lower()}"

    @property
    def shown(self) -> str:
        """As people know it."""
        return f"{self.forge.host}/{self.path}"

    @property
    def owner(self) -> str:
        """What comes before the first slash."""
        return self.path.partition("/")[0]

    @property
    def name(self) -> str:
        """What comes after the first slash."""
        return self.path.partition("/")[2]

    def file(self, ref: str, name: str) -> str:
        """The address at which people see a file of it."""
        middle = {Kind.GITHUB: "blob", Kind.GITLAB: "-/blob", Kind.BITBUCKET: "src"}[self.forge.kind]
        return f"https://{self.shown}/{middle}/{ref}/{name}"


_SHORT = re.compile(r"(github|gitlab|bitbucket):(?!//)(.*)", re.IGNORECASE | re.DOTALL)
_STEPS = {
    Kind.GITHUB: (r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,99})", r"[A-Za-z0-9._-]{1,100}", 2),
    Kind.GITLAB: (r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}", r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}", 21),
    Kind.BITBUCKET: (r"[A-Za-z0-9_][A-Za-z0-9_-]{0,99}", r"[A-Za-z0-9_.-]{1,100}", 2),
}
"""For each forge the first step of a path, the others, and how many steps there may be."""
_RESERVED = frozenset({"orgs", "users", "settings", "apps", "topics", "marketplace", "sponsors", "groups", "dashboard"})
"""First steps of web addresses that are pages of the forge itself and no owner's."""


def find(source: str, forges: Sequence[Forge]) -> Place | Refused | None:
    """The repository that `source` means, why it cannot be one, or None where it is something else."""
    short = _SHORT.fullmatch(source)
    if short:
        forge = _of_kind(short[1], forges)
        if forge is None:
            return _refused(source, f"no {short[1].lower()} is set up here")
        return _place(forge, short[2], source)
    found = _address(source, forges)
    if found is None:
        return None
    forge, url, path = found
    if url.query or url.fragment or _is_file(forge, path.split("/")):
        return None
    if url.userinfo:
        return _refused(shown(url), f"a user or a password has no place in it; set {forge.title} instead")
    return _place(forge, path, shown(url))


def of_organisation(organisation: str, repository: str, forges: Sequence[Forge]) -> Place | Unreachable | NotAsked:
    """The repository of that name in an organisation (`github:acme`, or its web address): the default place."""
    short = _SHORT.fullmatch(organisation)
    address = None if short else _address(organisation, forges)
    forge = _of_kind(short[1], forges) if short else address[0] if address else None
    if forge is None:
        return Unreachable(f"the organisation {quoted(organisation)} is at no forge that is set up here")
    path = short[2] if short else address[2] if address else ""
    found = _place(forge, f"{path.removesuffix('/')}/{repository}", organisation)
    if isinstance(found, Place):
        return found
    return NotAsked(f"there can be no {quoted(repository)} in {organisation}: {found.problems[0].reason}")


def _of_kind(kind: str, forges: Sequence[Forge]) -> Forge | None:
    """The first of that kind: the public one."""
    return next((one for one in forges if one.kind == kind.lower()), None)


def _address(source: str, forges: Sequence[Forge]) -> tuple[Forge, httpx.URL, str] | None:
    """The forge of a web address, and its path as it was written: nothing in it is unescaped, no dots are followed."""
    if not re.match(r"https://", source, re.IGNORECASE):
        return None
    try:
        url = url_of(source)
    except (httpx.InvalidURL, UnicodeError):
        return None
    authority = url.host.lower().rstrip(".") + (f":{url.port}" if url.port not in (None, 443) else "")
    forge = next((one for one in forges if one.host == authority), None)
    if forge is None:
        return None
    written = re.sub(r"^https://[^/?#\\]*", "", source, flags=re.IGNORECASE)
    return forge, url, written.removeprefix("/").removesuffix("/")


def _is_file(forge: Forge, steps: Sequence[str]) -> bool:
    """Whether the steps go on behind a repository: to a file of it, or to one of the forge's pages."""
    if forge.kind is Kind.GITLAB:
        return len(steps) < 2 or "-" in steps or steps[-1].endswith(".json")
    return len(steps) != 2 and not {"..", "."} & set(steps)


def _place(forge: Forge, path: str, source: str) -> Place | Refused:
    path = path[:-4] if path.lower().endswith(".git") else path
    first, others, most = _STEPS[forge.kind]
    steps = path.split("/")
    example = f"{forge.kind}:{'group/name' if forge.kind is Kind.GITLAB else 'owner/name'}"
    if not 2 <= len(steps) <= most:
        return _refused(source, f"a repository of {forge.host} is written as {example}")
    fits = re.fullmatch(first, steps[0]) and all(re.fullmatch(others, step) for step in steps[1:])
    if not fits or any(step in (".", "..") or step.lower().endswith((".git", ".atom")) for step in steps):
        return _refused(source, f"no repository of {forge.host} can have that name; write it as {example}")
    if steps[0].lower() in _RESERVED:
        return _refused(source, f"{quoted(steps[0])} is a page of {forge.host} and no owner; write it as {example}")
    return Place(forge, path)


def _refused(source: str, reason: str) -> Refused:
    said = "".join(sign if sign.isprintable() else "\ufffd" for sign in source[:200])
    return Refused(said, (Problem(0, reason),))


@dataclass(frozen=True, slots=True)
class Asked:
    """One repository that a pass wants to know of, and where it is."""

    wanted: Wanted
    place: Place

    @property
    def repository(self) -> str:
        """Its name in the plan."""
        return self.wanted.repository
