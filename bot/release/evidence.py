"""What a list of published versions proves: that something is out, and that somebody who says so is wrong.

A list proves absence only where it is complete enough (`published.lacks`), was read after the claim, and with the tag
prefix that the plan names now.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.release import version as versions
from bot.release.published import Published, PublishedKind, PublishedVersion, counts_for, lacks
from bot.release.version_text import read


@dataclass(frozen=True)
class Claim:
    """Somebody says that `version` is out. `words`: who says what, as a sentence begins; `at`: since when."""

    version: str
    words: str
    at: datetime


@dataclass(frozen=True)
class Evidence:
    """The list of one repository as far as it is about what the plan means by that name. `version` is the plan's."""

    listed: Published
    version: str | None

    @property
    def day(self) -> str:
        """When the list was read, as text."""
        return f"as of {self.listed.as_of.date().isoformat()}"

    def proofs(self) -> Iterator[tuple[str, str]]:
        """Every version that is known to be out with what shows it: the plan's own first, then the newest first."""
        ours = [one for one in self.listed.versions if counts_for(one, self.version)]
        if (own := self.version) is not None:
            ours.sort(key=lambda one: versions.same(one.version, own) is not True)
        for one in ours:
            yield one.version, f"{self.named(one)}, {self.day}"

    def named(self, one: PublishedVersion) -> str:
        """`tag app/v1.5.0`, `release v1.5.0 of 2026-03-01`."""
        prefix = self.listed.tag_prefix if one.kind is PublishedKind.TAG else ""
        when = f" of {one.when.date().isoformat()}" if one.when is not None else ""
        return f"{one.kind.value} {prefix}{one.version}{when}"

    def newest(self) -> str:
        """The newest one, for people; empty where there is none. A `nightly` is it only where nothing was released."""
        ours = [one for one in self.listed.versions if counts_for(one, self.version)]
        found = min(ours, key=self._farfetched, default=None)
        return f"the newest is {self.named(found)}" if found is not None else ""

    def _farfetched(self, one: PublishedVersion) -> tuple[bool, bool]:
        """What compares with the plan's version goes before what does not, a release before anything else."""
        strange = self.version is not None and versions.compare(one.version, self.version) is None
        return strange, not read(one.version).is_release

    def against(self, claim: Claim) -> str | None:
        """The contradiction, as a sentence, when the list shows that a claim is wrong."""
        if self.listed.as_of < claim.at or not lacks(self.listed, claim.version):
            return None
        if self.listed.packages:
            return self._no_package(claim)
        kinds = {one.kind for one in self.listed.versions} or {PublishedKind.TAG}
        what = " or ".join(kind.value for kind in PublishedKind if kind in kinds)
        newest = self.newest() or "there is none at all"
        return f"{claim.words}, and there is no {what} {self.listed.tag_prefix}{claim.version}: {newest} ({self.day})"

    def _no_package(self, claim: Claim) -> str:
        names = " and ".join(self.listed.packages)
        newest = self.newest() or "there is none at all"
        each = "" if len(self.listed.packages) == 1 else " each"
        return (
            f"{claim.words}, and there is no package {claim.version} of {names}{each}: {newest} ({self.day}; "
            "what was yanked or deprecated does not count)"
        )


def evidence_of(
    listed: Published | None,
    version: str | None,
    now: datetime,
    tag_prefix: str | None = None,
    packages: tuple[str, ...] = (),
) -> Evidence | None:
    """What is listed; None where nothing is, where it is from the future, or where it is of a tag prefix or of packages
    that are not the plan's any more.
    """
    if listed is None or listed.is_dated_ahead(now):
        return None
    if listed.tag_prefix != (tag_prefix or "") or listed.packages != packages:
        return None
    return Evidence(listed, version)
