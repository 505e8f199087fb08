"""Versions that are out, as a source shows them: tags, releases, packages. Evidence that needs nobody's word."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class PublishedKind(StrEnum):
    """What shows that a version is out."""

    TAG = "tag"
    RELEASE = "release"
    PACKAGE = "package"


@dataclass(frozen=True)
class PublishedVersion:
    """One version that is out. `version` is without the repository's tag prefix; `when` it came out, if known."""

    version: str
    kind: PublishedKind = PublishedKind.TAG
    when: datetime | None = None


@dataclass(frozen=True)
class Published:
    """What a source listed. `versions` newest first; `as_of`: when it was read (with zone).

    `complete`: the source told everything that it has, so what is not among them is not there.
    """

    versions: tuple[PublishedVersion, ...]
    as_of: datetime
    complete: bool = True
