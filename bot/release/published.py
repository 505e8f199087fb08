"""Versions that are out, as a source shows them: tags, releases, packages. Evidence that needs nobody's word.

A repository may have thousands of tags, and a plan speaks of a few. So only the newest are kept, and those that the
plan needs; what can still be said about a version that is not among them is `lacks`.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.release import shelves
from bot.release import version as versions
from bot.release.version import LONGEST
from bot.release.version_text import Version, read

AHEAD = timedelta(hours=24)
"""How far ahead of us a list may be dated: clocks differ, by less than a day."""
KEPT = 50
"""The newest versions that are kept of each repository, whatever the plan needs."""


class PublishedKind(StrEnum):
    """What shows that a version is out."""

    TAG = "tag"
    RELEASE = "release"
    PACKAGE = "package"


@dataclass(frozen=True, slots=True)
class PublishedVersion:
    """One version that is out. `version` is without the repository's tag prefix; `when` it came out, if known."""

    version: str
    kind: PublishedKind = PublishedKind.TAG
    when: datetime | None = None


@dataclass(frozen=True, slots=True)
class Published:
    """What a source listed. `versions` newest first; `as_of`: when it was read (with zone); `tag_prefix`: what stood
    before each of them and was taken away; `packages`: which packages all have them, where it is a list of packages.

    After `cut`, the first KEPT are the newest of all, and what follows are older ones that the plan needs. `complete`:
    the source told everything that it has, so what is not among them is not there (see `lacks`).
    """

    versions: tuple[PublishedVersion, ...]
    as_of: datetime
    complete: bool = True
    tag_prefix: str = ""
    packages: tuple[str, ...] = ()

    def is_dated_ahead(self, now: datetime) -> bool:
        """Whether it claims to have been read so far ahead of us that it would be newer than any claim for days."""
        return self.as_of - now > AHEAD

    def says_the_same(self, other: "Published | None") -> bool:
        """Whether nothing but the moment of reading differs."""
        return other is not None and replace(self, as_of=other.as_of) == other


def cut(found: Published, version: str | None, requirements: Collection[str]) -> Published:
    """The newest, and of the older ones the plan's own `version` and the newest that satisfies each requirement.

    Texts that no file could hold (too long, or with signs that cannot be seen) are left out, a version that stands
    there twice is kept once.
    """
    ordered = _newest_first(found.versions, _thing(version))
    kept, older = ordered[:KEPT], ordered[KEPT:]
    needed = {own.version for own in older if version is not None and versions.same(own.version, version)}
    if older:
        at_hand, rest = (shelves.shelves(one.version for one in several) for several in (kept, older))
        among_older = (shelves.newest(r, rest) for r in requirements if shelves.newest(r, at_hand) is None)
        needed |= {text for text in among_older if text is not None}
    return replace(found, versions=(*kept, *(one for one in older if one.version in needed)))


def counts_for(one: PublishedVersion, version: str | None) -> bool:
    """Whether it can be a version of the thing whose `version` the plan names.

    In a repository of many packages, `docs/v9.0.0` says nothing about a plan's v1.5.0.
    """
    return _read(one.version).kin[2] == _thing(version)


def lacks(published: Published, version: str) -> bool:
    """Whether it is known that `version` was not out when the list was read. False: it was, or nobody can tell."""
    if not published.complete or any(one.version == version or _same(one, version) for one in published.versions):
        return False
    newest = published.versions[:KEPT]
    if len(newest) < KEPT:
        return True
    # Older ones may have been left out, and all of a family that begins after the newest fifty: only what is newer than
    # one of its own family that was kept must be among them.
    kin = _read(version).kin
    return any(_read(one.version).kin == kin and versions.compare(version, one.version) == 1 for one in newest)


def _newest_first(found: Iterable[PublishedVersion], thing: str) -> list[PublishedVersion]:
    """By kind of version: first those of the plan's own thing, then what there is more of; each newest first."""
    best: dict[str, PublishedVersion] = {}
    for one in found:
        if _can_be_kept(one.version) and (one.version not in best or one.kind is PublishedKind.RELEASE):
            best[one.version] = one
    families: dict[object, list[PublishedVersion]] = {}
    for one in best.values():
        families.setdefault(_read(one.version).kin, []).append(one)
    ordered = sorted(families.values(), key=lambda f: (_read(f[0].version).kin[2] != thing, -len(f), f[0].version))
    return [one for f in ordered for one in sorted(f, key=lambda o: (_read(o.version).key, o.version), reverse=True)]


def _can_be_kept(text: str) -> bool:
    return 0 < len(text) <= LONGEST and text.isprintable() and text == text.strip()


def _read(text: str) -> Version:
    return read(text.strip()[:LONGEST])


def _thing(version: str | None) -> str:
    """What a version is one of, where its tag says so: `app` of `app/v1.5.0`."""
    return "" if version is None else _read(version).kin[2]


def _same(one: PublishedVersion, version: str) -> bool:
    return versions.same(one.version, version) is True
