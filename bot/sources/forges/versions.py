"""Tags and releases of a forge as versions that are out. Pure."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from bot.release.published import PublishedKind, PublishedVersion
from bot.services.ports import Listed


class Mark(NamedTuple):
    """One tag, or one release by the name of its tag, with the moment it came out where the forge tells."""

    tag: str
    when: datetime | None = None


def listed(tags: Iterable[Mark], releases: Iterable[Mark], prefix: str | None, *, complete: bool) -> Listed:
    """The versions behind tags that begin with `prefix`, each once; a release says more than its tag."""
    found: dict[str, PublishedVersion] = {}
    for kind, marks in ((PublishedKind.TAG, tags), (PublishedKind.RELEASE, releases)):
        for tag, when in marks:
            version = tag.removeprefix(prefix or "")
            if version and tag.startswith(prefix or ""):
                found[version] = PublishedVersion(version, kind, when)
    return Listed(tuple(found.values()), complete)
