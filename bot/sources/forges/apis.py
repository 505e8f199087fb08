"""What each REST API is asked, and how its lists are read. Pure.

Names reach an address only after `places` has judged them, tag prefixes only as one query value or after `_plain`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar
from urllib.parse import quote

from pydantic import AwareDatetime, BaseModel, TypeAdapter, ValidationError

from bot.release.published import KEPT
from bot.sources.forges.graphql import FILE
from bot.sources.forges.places import Asked, Kind, Place
from bot.sources.forges.versions import Mark

Marks = tuple[tuple[Mark, ...], bool]
"""Tags or releases, and whether these are all."""
ReadMarks = Callable[[bytes, Mapping[str, str]], Marks | None]
"""Reads a list with the headers it came with; None: it is no such list."""

PAGE = 100


@dataclass(frozen=True)
class Shelf:
    """A list at an address, and how it is read."""

    url: str
    read: ReadMarks


class Api(Protocol):
    """One REST API. `accept` is what a file is asked as."""

    accept: str

    def main(self, place: Place) -> str | None:
        """Where the name of the default branch is told; None: `HEAD` means it."""

    def file(self, place: Place, ref: str) -> str:
        """Where the document of a branch is."""

    def tags(self, one: Asked) -> Shelf:
        """The newest tags."""

    def releases(self, one: Asked) -> Shelf | None:
        """The newest releases; None: there is no such thing."""


class _GitHubTag(BaseModel):
    name: str | None = None
    ref: str | None = None


class _GitHubRelease(BaseModel):
    tag_name: str
    draft: bool
    published_at: AwareDatetime | None


class _GitLabTag(BaseModel):
    name: str


class _GitLabRelease(BaseModel):
    tag_name: str
    released_at: AwareDatetime | None = None
    upcoming_release: bool = False


class _BitbucketTag(BaseModel):
    name: str


class _BitbucketTags(BaseModel):
    values: list[_BitbucketTag]
    next: str | None = None


class _Branch(BaseModel):
    name: str


class _BitbucketRepository(BaseModel):
    mainbranch: _Branch | None


_GITHUB_TAGS = TypeAdapter(list[_GitHubTag])
_GITHUB_RELEASES = TypeAdapter(list[_GitHubRelease])
_GITLAB_TAGS = TypeAdapter(list[_GitLabTag])
_GITLAB_RELEASES = TypeAdapter(list[_GitLabRelease])


class GitHubApi:
    """GitHub without GraphQL."""

    accept = "application/vnd.github.raw+json"

    def main(self, place: Place) -> str | None:  # noqa: ARG002 - the port's shape
        """`ref` left out means the default branch."""
        return None

    def file(self, place: Place, ref: str) -> str:
        """The contents endpoint."""
        which = "" if ref == "HEAD" else f"?ref={quote(ref, safe='')}"
        return f"{place.forge.api}/repos/{place.path}/contents/{FILE}{which}"

    def tags(self, one: Asked) -> Shelf:
        """All references that begin with the prefix, or the first page of tags."""
        base, prefix = f"{one.place.forge.api}/repos/{one.place.path}", one.wanted.tag_prefix
        if prefix and _plain(prefix):
            return Shelf(f"{base}/git/matching-refs/tags/{quote(prefix)}?per_page={PAGE}", _github_tags)
        return Shelf(f"{base}/tags?per_page={PAGE}", _github_tags)

    def releases(self, one: Asked) -> Shelf | None:
        """Without drafts."""
        return Shelf(f"{one.place.forge.api}/repos/{one.place.path}/releases?per_page={KEPT}", _github_releases)


class GitLabApi:
    """GitLab, version 4."""

    accept = "text/plain, application/json"

    def main(self, place: Place) -> str | None:  # noqa: ARG002 - the port's shape
        """GitLab reads HEAD as the default branch."""
        return None

    def file(self, place: Place, ref: str) -> str:
        """The raw file."""
        return f"{self._project(place)}/repository/files/{quote(FILE, safe='')}/raw?ref={quote(ref, safe='')}"

    def tags(self, one: Asked) -> Shelf:
        """Newest first."""
        search = f"&search={quote('^' + one.wanted.tag_prefix, safe='')}" if one.wanted.tag_prefix else ""
        url = f"{self._project(one.place)}/repository/tags?per_page={PAGE}&order_by=updated&sort=desc{search}"
        return Shelf(url, _gitlab_tags)

    def releases(self, one: Asked) -> Shelf | None:
        """Without those that are announced for later."""
        return Shelf(f"{self._project(one.place)}/releases?per_page={KEPT}", _gitlab_releases)

    def _project(self, place: Place) -> str:
        return f"{place.forge.api}/projects/{quote(place.path, safe='')}"


class BitbucketApi:
    """Bitbucket Cloud, version 2.0."""

    accept = "*/*"

    def main(self, place: Place) -> str | None:
        """The repository names its main branch."""
        return f"{self._repository(place)}?fields=mainbranch.name"

    def file(self, place: Place, ref: str) -> str:
        """The src endpoint."""
        return f"{self._repository(place)}/src/{quote(ref, safe='')}/{FILE}"

    def tags(self, one: Asked) -> Shelf:
        """Newest first."""
        prefix = one.wanted.tag_prefix
        found = quote(f'name ~ "{prefix}"', safe="") if prefix and _plain(prefix) else ""
        query = f"pagelen={PAGE}&sort=-target.date&fields=values.name%2Cnext{f'&q={found}' if found else ''}"
        return Shelf(f"{self._repository(one.place)}/refs/tags?{query}", _bitbucket)

    def releases(self, one: Asked) -> Shelf | None:  # noqa: ARG002 - the port's shape
        """Bitbucket has none."""
        return None

    def _repository(self, place: Place) -> str:
        return f"{place.forge.api}/repositories/{place.path}"


APIS: Mapping[Kind, Api] = {Kind.GITHUB: GitHubApi(), Kind.GITLAB: GitLabApi(), Kind.BITBUCKET: BitbucketApi()}


def main_branch(data: bytes) -> str | None:
    """The name of Bitbucket's main branch; empty where a repository has none yet, None where that is no answer."""
    try:
        found = _BitbucketRepository.model_validate_json(data)
    except ValidationError:
        return None
    return found.mainbranch.name if found.mainbranch else ""


def _plain(prefix: str) -> bool:
    """Whether a prefix can stand in an address or a query as it is: no dots that lead up, no signs that mean more."""
    return bool(re.fullmatch(r"[A-Za-z0-9@._+-]+(?:/[A-Za-z0-9@._+-]+)*/?", prefix)) and ".." not in prefix


def _last_page(headers: Mapping[str, str]) -> bool:
    return 'rel="next"' not in headers.get("link", "") and not headers.get("x-next-page", "").strip()


Row = TypeVar("Row")


def _several(rows: TypeAdapter[list[Row]], data: bytes) -> list[Row] | None:
    try:
        return rows.validate_json(data)
    except ValidationError:
        return None


def _out(
    found: Sequence[Row] | None,
    mark: Callable[[Row], tuple[str, datetime | None] | None],
    headers: Mapping[str, str],
) -> Marks | None:
    if found is None:
        return None
    return tuple(Mark(*one) for row in found if (one := mark(row)) is not None), _last_page(headers)


def _github_tags(data: bytes, headers: Mapping[str, str]) -> Marks | None:
    found = _several(_GITHUB_TAGS, data)
    if found is None:
        return None
    names = [(one.ref or "").removeprefix("refs/tags/") if one.name is None else one.name for one in found]
    return tuple(Mark(name) for name in names), _last_page(headers)


def _github_releases(data: bytes, headers: Mapping[str, str]) -> Marks | None:
    found = _several(_GITHUB_RELEASES, data)
    return _out(found, lambda r: None if r.draft else (r.tag_name, r.published_at), headers)


def _gitlab_tags(data: bytes, headers: Mapping[str, str]) -> Marks | None:
    return _out(_several(_GITLAB_TAGS, data), lambda tag: (tag.name, None), headers)


def _gitlab_releases(data: bytes, headers: Mapping[str, str]) -> Marks | None:
    found = _several(_GITLAB_RELEASES, data)
    return _out(found, lambda r: None if r.upcoming_release else (r.tag_name, r.released_at), headers)


def _bitbucket(data: bytes, headers: Mapping[str, str]) -> Marks | None:  # noqa: ARG001 - the page says it itself
    try:
        page = _BitbucketTags.model_validate_json(data)
    except ValidationError:
        return None
    return tuple(Mark(tag.name) for tag in page.values), page.next is None
