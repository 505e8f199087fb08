"""What shows that a dependency is there already. One rule for everything that says a version is out: tags, releases and
packages that can be seen, a feed's word, and what people set by hand.
"""

from collections.abc import Iterator

from bot.release import version as versions
from bot.release.standing import Standing
from bot.release.version import Match, Outcome


def fits(requirement: str | None, version: str, provider: Standing) -> Match:
    """Whether `version` of `provider` is what is needed.

    Who names no version gets a release, or what the plan ships: where that is a pre-release, the plan has named it.
    """
    found = versions.satisfies(requirement, version)
    if requirement is None and found.outcome is not Outcome.SATISFIED and provider.in_plan and provider.version:
        shipped = versions.satisfies(provider.version, version)
        return shipped if shipped.outcome is Outcome.SATISFIED else found
    return found


def proof(requirement: str | None, provider: Standing) -> tuple[str, str] | None:
    """A version that is out and is what is needed, with what shows it; None where nothing does."""
    return next((seen for seen in _out(provider) if fits(requirement, seen[0], provider).outcome is _GOOD), None)


_GOOD = Outcome.SATISFIED


def _out(provider: Standing) -> Iterator[tuple[str, str]]:
    """What can be seen goes before what somebody says, and that before what the list of published versions denies."""
    if provider.evidence is not None:
        yield from provider.evidence.proofs()
    yield from (said for said in provider.published if said[0] not in provider.doubted)
    for version, why in provider.published:
        if version in provider.doubted:
            yield version, f"{why}, though nothing of that version is to be seen: a contradiction"
