"""Reads what somebody asks for (`1.5.0`, `>=1.2,<2`, `^1.5`, `1.4.*`) as bounds on versions.

A bare version is "this or newer". `^`, `~` and `~=` become a lower bound and a line of numbers to stay in, so that no
upper bound has to be invented. docs/versions.md has the grammar for people.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from bot.release.version_text import Version, printable, read

_CLAUSE = re.compile(r"[\s,]*(===|==|!=|~=|~>|>=|<=|>|<|=|\^|~)?\s*([^\s,<>=]+)")
_WILDCARD = re.compile(r"(?:^|\.)[*xX](?:\.[*xX])*$")
_HOW = "write it like 1.5.0, >=1.2,<2, ^1.5, ~=1.4, ==1.4.2 or 1.4.*"


class Clause(NamedTuple):
    """One bound. `operator` is a key of _HOLDS, or `bare`; `in` and `not in` speak of the line that `numbers` begin."""

    operator: str
    version: Version
    numbers: tuple[int, ...] = ()


class Requirement(NamedTuple):
    """All bounds of one requirement. `lines` are the release lines of which it names a pre-release.

    `floor` is set where it is nothing but "this or newer".
    """

    clauses: tuple[Clause, ...]
    lines: frozenset[tuple[object, ...]]
    floor: Version | None = None


def _requirement_of(text: str) -> Requirement | str:
    """The bounds that `text` spells, or why it cannot be read."""
    clauses: list[Clause] = []
    end = 0
    stripped = text.strip().rstrip(",")
    while end < len(stripped):
        match = _CLAUSE.match(stripped, end)
        more = _bounds(match[1] or "", match[2]) if match else "something is missing or out of place"
        if not match or isinstance(more, str):
            return f"the requirement {printable(text)!r} cannot be read: {more}; {_HOW}"
        clauses += more
        end = match.end()
    if not clauses:
        return f"the requirement is empty; {_HOW}"
    if len(clauses) > 1 and all(c.operator == "bare" for c in clauses):
        return f"the requirement {printable(text)!r} cannot be read: it names several versions; {_HOW}"
    plain = tuple(Clause(">=", c.version) if c.operator == "bare" else c for c in clauses)
    named = frozenset(c.version.line for c in plain if c.operator not in ("!=", "in") and c.version.is_prerelease)
    floor = plain[0].version if len(plain) == 1 and plain[0].operator == ">=" else None
    return Requirement(plain, named, floor)


requirement_of = lru_cache(maxsize=16_384)(_requirement_of)


def _bounds(operator: str, text: str) -> list[Clause] | str:
    """One operator with its version as bounds, or why it cannot be read."""
    wildcard = _WILDCARD.search(text)
    if wildcard and operator != "===":
        return _wildcard(operator, text[: wildcard.start()])
    if "||" in text:
        return "|| (one or the other) is not understood: name one range"
    if text[0] in "!^~" or "*" in text:
        return f"{printable(text)!r} is no version"
    version = read(text)
    if operator in ("", "===", "!=", ">=", "<=", ">", "<"):
        return [Clause(operator or "bare", version)]
    if operator in ("=", "=="):
        return [Clause("==", version)]
    return _kin(operator, version)


def _kin(operator: str, version: Version) -> list[Clause] | str:
    """`^`, `~` and `~=`: this or newer, while the leading numbers stay."""
    release = version.release
    if not release:
        return f"{operator} needs a version made of numbers"
    if operator in ("~=", "~>"):
        if len(release) < 2:
            return f"{operator} needs at least two numbers"
        kept = len(release) - 1
    elif operator == "~":
        kept = min(2, len(release))
    else:
        kept = next((i + 1 for i, number in enumerate(release) if number), len(release))
    return [Clause(">=", version), Clause("in", version, release[:kept])]


def _wildcard(operator: str, base: str) -> list[Clause] | str:
    """`1.4.*`, `1.x`, `*`; with an operator, what that operator means for the line."""
    version = read(base or "0")
    plain_numbers = bool(version.release) and version.key[2:] == read("1").key[2:] and not version.build
    if not plain_numbers:
        return f"a wildcard needs numbers before it, not {printable(base)!r}"
    if not base:
        return (
            [Clause("any", version)] if operator in ("", "=", "==", ">=") else f"{operator} does not go with a wildcard"
        )
    if operator in ("", "=", "=="):
        return [Clause("in", version, version.release)]
    if operator == "!=":
        return [Clause("not in", version, version.release)]
    if operator in (">=", "<"):
        return [Clause(operator, version)]
    if operator in ("^", "~"):
        return _kin(operator, version)
    return f"{operator} does not go with a wildcard"
