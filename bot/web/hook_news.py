"""What a forge's webhook tells, as far as Convoy cares: in which repository something moved. Pure, and trusts no type.

A webhook is only a hint to look: what is there is read from the source itself, never from the hook.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

GITHUB = frozenset({"push", "create", "delete", "release"})
GITLAB = frozenset({"Push Hook", "Tag Push Hook", "Release Hook"})
BITBUCKET = frozenset({"repo:push"})

_LONGEST = 500
_SHORT = {"github": "github.com", "gitlab": "gitlab.com", "bitbucket": "bitbucket.org"}


@dataclass(frozen=True)
class Moved:
    """A repository in which a branch, a tag or a release moved. `places`: its addresses as `host/path`, lower case."""

    places: frozenset[str]

    def is_at(self, address: str) -> bool:
        """Whether an address (https, ssh, `git@host:path`, with or without `.git`) is one of its own."""
        return place(address) in self.places


def place(address: str) -> str | None:
    """`host/path` of a repository's address, without user, port, `.git` and case; None for one that names no host.

    An address of a file in it, as forges serve raw ones, is the repository's as well.
    """
    text = address.strip().removeprefix("git+")
    found = _split(text) if len(text) <= _LONGEST else None
    if found is None:
        return None
    host, path = found
    path = path.strip("/").partition("/-/")[0]  # GitLab: what follows lies inside the repository
    if host == "raw.githubusercontent.com":
        host, path = "github.com", "/".join(path.split("/")[:2])
    path = path.removesuffix(".git").strip("/")
    return f"{host}/{path}".lower() if host and path else None


def _split(text: str) -> tuple[str, str] | None:
    if "://" in text:
        try:
            parts = urlsplit(text)
            return parts.hostname or "", parts.path
        except ValueError:
            return None
    host, colon, path = text.rpartition("@")[2].partition(":")
    if not colon or "/" in host:
        return None
    return _SHORT.get(host.lower(), host), path


def moved(event: str, payload: object) -> Moved | None:
    """The news of one hook; None when it is about nothing that is watched (a ping, a comment, another shape)."""
    if event not in GITHUB | GITLAB | BITBUCKET or not isinstance(payload, Mapping):
        return None
    places = frozenset(found for text in _addresses(payload) if (found := place(text)) is not None)
    return Moved(places) if places else None


def _addresses(payload: Mapping[str, Any]) -> Iterator[str]:
    for name in ("repository", "project"):
        about = payload.get(name)
        if not isinstance(about, Mapping):
            continue
        for key in ("clone_url", "ssh_url", "html_url", "git_http_url", "git_ssh_url", "web_url"):
            yield from _text(about.get(key))
        links = about.get("links")
        html = links.get("html") if isinstance(links, Mapping) else None
        yield from _text(html.get("href") if isinstance(html, Mapping) else None)


def _text(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
