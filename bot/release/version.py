"""Says whether a version is what somebody needs, and which of two is newer, without ever guessing.

A release captain asks "is what I need out?". The answer is yes, no, or "these two cannot be compared"; the last is a
value with a reason and never reads as yes. docs/versions.md states the rules, with a table that the tests run.
"""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from bot.release.version_requirement import Clause, requirement_of
from bot.release.version_text import LONGEST, Version, printable, read

__all__ = ["LONGEST", "Match", "Outcome", "compare", "same", "satisfies"]


class Outcome(StrEnum):
    """What the comparison of a requirement with a version came to."""

    SATISFIED = "satisfied"
    NOT_SATISFIED = "not satisfied"
    INCOMPARABLE = "incomparable"


class Match(NamedTuple):
    """The outcome and, unless it is SATISFIED, one plain sentence that says why."""

    outcome: Outcome
    reason: str = ""


_SATISFIED = Match(Outcome.SATISFIED)
_RELEASED_AS_IT_IS = read("1").key[3:]  # the end of a key without revision and without development build


def satisfies(requirement: str | None, version: str) -> Match:
    """Whether `version` is what `requirement` asks for. Never raises, whatever the texts.

    None asks for nothing in particular: any release will do. A bare version means "this or newer".
    """
    if requirement is not None and len(requirement) > LONGEST:
        return _incomparable(_too_long("the requirement", requirement))
    if len(version) > LONGEST:
        return _incomparable(_too_long("the version", version))
    return _satisfies(requirement, version)


def compare(a: str, b: str) -> int | None:
    """-1, 0 or 1 as `a` is older than, the same as, or newer than `b`; None when they share no scheme.

    Spellings of one version are the same: `v1.5.0`, `1.5` and `1.5.0+build7`. Never raises.
    """
    if len(a) > LONGEST or len(b) > LONGEST:
        return None
    left, right = read(a.strip()), read(b.strip())
    if _strangers(left, right):
        return None
    return (left.key > right.key) - (left.key < right.key)


def same(a: str, b: str) -> bool | None:
    """Whether two texts name the same version; None when they share no scheme."""
    order = compare(a, b)
    return None if order is None else order == 0


def _judge(requirement: str | None, text: str) -> Match:
    if requirement is None:
        return _any_release(read(text.strip()))
    wanted = requirement_of(requirement)
    version = read(text.strip())
    if isinstance(wanted, str):
        # A series may have a name with blanks in it ("2025.2 Flamingo"): the very same text is still the same thing.
        exact = requirement.strip() == version.text and version.text[:1] not in tuple("=!~<>^*,") and version.text
        return _SATISFIED if exact else _incomparable(wanted)
    floor = wanted.floor
    if floor and version.kin == floor.kin and not version.is_prerelease:  # nearly every one: ahead of the rest
        return _SATISFIED if version.key >= floor.key else Match(Outcome.NOT_SATISFIED, _older(version, floor))
    if any(clause.operator == "any" for clause in wanted.clauses) and not version.is_release:
        return _any_release(version)
    for clause in wanted.clauses:
        if clause.operator not in ("any", "===") and (strange := _strangers(version, clause.version)):
            return _incomparable(strange)
    for clause in wanted.clauses:
        if not _HOLDS[clause.operator](version, clause):
            asked = f" (required: {printable(requirement)})" if len(wanted.clauses) > 1 else ""
            return Match(Outcome.NOT_SATISFIED, f"{_why(version, clause)}{asked}")
    if version.is_prerelease and version.line not in wanted.lines:
        reason = f"{printable(version.text)} is a pre-release, which {printable(requirement)} does not ask for"
        return Match(Outcome.NOT_SATISFIED, reason)
    return _SATISFIED


_satisfies = lru_cache(maxsize=65_536)(_judge)


def _any_release(version: Version) -> Match:
    """Whether it will do where no version is named: a pre-release satisfies only what names one."""
    if version.is_release:
        return _SATISFIED
    shown = printable(version.text)
    if version.is_prerelease:
        return Match(Outcome.NOT_SATISFIED, f"{shown} is a pre-release, and what is needed names none")
    return _incomparable(f"{shown} is a name, and nobody can tell whether that is a release")


def _above(version: Version, clause: Clause) -> bool:
    """`>1.5` asks for another release: a revision of 1.5 is none (as in PEP 440)."""
    bound = clause.version
    revises = version.is_revision and bound.key[3:] == _RELEASED_AS_IT_IS and version.key[:3] == bound.key[:3]
    return version.key > bound.key and not revises


def _below(version: Version, clause: Clause) -> bool:
    """`<2` leaves out the pre-releases of 2 (as in PEP 440)."""
    return version.key < clause.version.key and not _leads_to(version, clause.version)


def _leads_to(version: Version, bound: Version) -> bool:
    """Whether `version` is a pre-release of what `bound` names."""
    early = version.is_prerelease and not bound.is_prerelease
    return early and version.line == bound.line and version.key[3] == bound.key[3]


def _inside(version: Version, clause: Clause) -> bool:
    release, numbers = version.release, clause.numbers
    padded = release[: len(numbers)] + (0,) * (len(numbers) - len(release))
    return padded == numbers and version.key[0] == clause.version.key[0]


def _equal(version: Version, clause: Clause) -> bool:
    bound = clause.version
    return version.key == bound.key and (not bound.build or _plain(version.build) == _plain(bound.build))


def _plain(build: str) -> str:
    return re.sub(r"[-_.]+", ".", build)


def _anything(_version: Version, _clause: Clause) -> bool:
    return True


_HOLDS: Mapping[str, Callable[[Version, Clause], bool]] = {
    "any": _anything,
    "===": lambda version, clause: version.text == clause.version.text,
    "==": _equal,
    "!=": lambda version, clause: not _equal(version, clause),
    ">=": lambda version, clause: version.key >= clause.version.key,
    "<=": lambda version, clause: version.key <= clause.version.key,
    ">": _above,
    "<": _below,
    "in": _inside,
    "not in": lambda version, clause: not _inside(version, clause),
}

_WHY: Mapping[str, str] = {"<=": "newer than", ">": "not newer than", "<": "not older than"}


def _why(version: Version, clause: Clause) -> str:
    """Why the bound does not hold, for people."""
    bound, operator = clause.version, clause.operator
    if operator in (">=", "<") and _leads_to(version, bound):
        return f"{printable(version.text)} is only a pre-release of {printable(bound.text)}"
    if operator == ">=":
        return _older(version, bound)
    if operator == ">" and version.key > bound.key:
        return f"{printable(version.text)} is only a revision of {printable(bound.text)}"
    if operator in ("in", "not in"):
        line = ".".join(map(str, clause.numbers))
        return f"{printable(version.text)} is {'not in the' if operator == 'in' else 'in the excluded'} line {line}.*"
    if operator == "!=":
        return f"{printable(version.text)} is excluded"
    return f"{printable(version.text)} is {_WHY.get(operator, 'not')} {printable(bound.text)}"


def _older(version: Version, bound: Version) -> str:
    return f"{printable(version.text)} is older than {printable(bound.text)}"


def _strangers(a: Version, b: Version) -> str:
    """Why two versions cannot be compared, or nothing when they can."""
    if a.kin == b.kin:
        return ""
    (scheme, family, prefix), (other_scheme, other_family, other_prefix) = a.kin, b.kin
    if scheme != other_scheme:
        return f"{_both(a, b)} are numbered in different ways, so neither can be called newer"
    if prefix != other_prefix and prefix and other_prefix:
        return f"{_both(a, b)} are tags of different things"
    if family == other_family or "zero" in (family, other_family) or a.key[0] != b.key[0]:
        return ""
    return f"{_both(a, b)} do not count the same: one goes by date"


def _both(a: Version, b: Version) -> str:
    return f"{printable(a.text)} and {printable(b.text)}"


def _incomparable(reason: str) -> Match:
    return Match(Outcome.INCOMPARABLE, reason)


def _too_long(what: str, text: str) -> str:
    return f"{what} is {len(text)} characters long; at most {LONGEST} are read"
