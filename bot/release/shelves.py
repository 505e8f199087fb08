"""Finds the newest of many versions that is what somebody asks for, without looking at each of them.

Thousands of tags and hundreds of requirements are common. Versions of one kin stand in order, so a requirement's bounds
say between which places an answer can stand; `satisfies` alone decides.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.release.version import Outcome, satisfies
from bot.release.version_requirement import Clause, Requirement, requirement_of
from bot.release.version_text import Key, Version, read

_NO_BOUND = ("any", "===", "!=", "not in")


@dataclass(frozen=True)
class Shelf:
    """Versions of one kin, oldest first, and what of them is no pre-release."""

    kin: tuple[tuple[str, ...], str, str]
    every: Sequence[Version]
    releases: Sequence[Version]


def shelves(texts: Iterable[str]) -> list[Shelf]:
    """One for each kin, in the order in which they appear."""
    found: dict[tuple[tuple[str, ...], str, str], list[Version]] = {}
    for text in texts:
        version = read(text)
        found.setdefault(version.kin, []).append(version)
    ordered = {kin: sorted(several, key=lambda v: (v.key, v.text)) for kin, several in found.items()}
    return [Shelf(kin, several, [v for v in several if not v.is_prerelease]) for kin, several in ordered.items()]


def newest(requirement: str, among: Sequence[Shelf]) -> str | None:
    """The newest of the first shelf that has any that satisfies; None where nothing does."""
    wanted = requirement_of(requirement)
    for shelf in among:
        for version in _may_do(wanted, requirement, shelf):
            if satisfies(requirement, version.text).outcome is Outcome.SATISFIED:
                return version.text
    return None


def _may_do(wanted: Requirement | str, requirement: str, shelf: Shelf) -> Iterator[Version]:
    """What of a shelf has a chance, newest first; all that satisfies is among it."""
    if isinstance(wanted, str):  # it can only be the very same text
        return (version for version in shelf.every if version.text == requirement.strip())
    among = shelf.every if wanted.lines else shelf.releases
    if not among or any(_strange(clause, shelf.kin, among) for clause in wanted.clauses):
        return iter(())
    low, high = 0, len(among)
    for clause in wanted.clauses:
        least, most = _ends(clause)
        if least is not None:
            low = max(low, bisect_left(among, least, key=_key))
        if most is not None:
            high = min(high, bisect_right(among, most, key=_key))
    return (among[place] for place in range(high - 1, low - 1, -1))


def _key(version: Version) -> Key:
    return version.key


def _strange(clause: Clause, kin: tuple[tuple[str, ...], str, str], among: Sequence[Version]) -> bool:
    """Whether nothing of the shelf can be compared with a bound."""
    if clause.operator == "any":
        return False
    (scheme, family, prefix), (other, their_family, their_prefix) = clause.version.kin, kin
    if scheme != other or (prefix and their_prefix and prefix != their_prefix):
        return True
    if family == their_family or "zero" in (family, their_family):
        return False
    return among[0].key[:1] == among[-1].key[:1] == clause.version.key[:1]


def _ends(clause: Clause) -> tuple[Key | None, Key | None]:
    """The keys, or how they begin, below and above which nothing satisfies a bound; None: there is no such end."""
    operator, key = clause.operator, clause.version.key
    if operator in _NO_BOUND:
        return None, None
    if operator == "in":
        numbers = clause.numbers
        lowest = numbers
        while lowest and not lowest[-1]:
            lowest = lowest[:-1]
        return (key[0], lowest), (key[0], (*numbers[:-1], numbers[-1] + 1))
    return (None if operator in ("<", "<=") else key), (None if operator in (">", ">=") else key)
