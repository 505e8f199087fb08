"""GitHub's GraphQL: what is asked, and what an answer means. Pure.

Names travel as variables, never inside the text of a query. An answer with HTTP 200 can hold errors beside data: those
with a path concern one repository or one field of it, those without concern the whole question.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from bot.release.published import KEPT
from bot.sources.forges.limits import UNTOLD, Reply, limited

FILE = "ga_status.json"
BRANCH = "ga-status"

_REPOSITORY = f"""fragment Seen on Repository {{
  branch: object(expression: "{BRANCH}:{FILE}") {{ __typename ... on Blob {{ oid byteSize isBinary }} }}
  head: object(expression: "HEAD:{FILE}") {{ __typename ... on Blob {{ oid byteSize isBinary }} }}
  releases(first: {KEPT}, orderBy: {{field: CREATED_AT, direction: DESC}}) {{ nodes {{ tagName isDraft publishedAt }} }}
}}"""
_TAGS = (
    f'refs(refPrefix: "refs/tags/", first: {KEPT}, query: $p%(i)d, '
    "orderBy: {field: TAG_COMMIT_DATE, direction: DESC}) { totalCount nodes { name } }"
)
_LIMIT = "rateLimit { cost remaining resetAt }"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, alias_generator=to_camel, extra="ignore")


class Blob(_Part):
    """What lies at the path: `kind` is Blob for a file."""

    kind: str = Field(alias="__typename")
    oid: str = Field("", pattern=r"^(?:[0-9a-f]{40}|[0-9a-f]{64})?$")
    byte_size: int = 0
    is_binary: bool | None = None


class _Tag(_Part):
    name: str


class _Tags(_Part):
    total_count: int
    nodes: tuple[_Tag | None, ...] | None


class _Release(_Part):
    tag_name: str
    is_draft: bool
    published_at: AwareDatetime | None


class _Releases(_Part):
    nodes: tuple[_Release | None, ...] | None


class Seen(_Part):
    """Stage one of a repository."""

    branch: Blob | None
    head: Blob | None
    refs: _Tags | None
    releases: _Releases | None


class _Text(_Part):
    oid: str
    text: str | None
    is_truncated: bool


class Read(_Part):
    """Stage two of a repository: the text of one blob."""

    object: _Text | None


class Fault(_Part):
    """One error of an answer. `path` begins with the alias that it concerns; empty: the whole question."""

    type: str | None = None
    path: tuple[str | int, ...] | None = None


class _Rate(_Part):
    remaining: int
    reset_at: AwareDatetime


class _Answer(_Part):
    data: dict[str, Any] | None = None
    errors: tuple[Fault, ...] | None = None


class Trouble(Enum):
    """Why a whole question came to nothing: it asked too much at once, or this API is not to be had here."""

    TOO_MUCH = "too much"
    REFUSED = "refused"
    TOKEN = "token"  # noqa: S105 - a word, not a secret
    NONSENSE = "nonsense"


@dataclass(frozen=True)
class Answered:
    """An answer by alias: what was said of each, and what went wrong there."""

    data: Mapping[str, Any]
    faults: Mapping[str, tuple[Fault, ...]]


def look(names: Sequence[tuple[str, str, str | None]]) -> bytes:
    """Stage one: oids, sizes, tags and releases of repositories (owner, name, tag prefix), as aliases r0, r1, …"""
    fields = (f"...Seen {_TAGS % {'i': i}}" for i in range(len(names)))
    values = {f"p{i}": prefix or None for i, (_, _, prefix) in enumerate(names)}
    types = "".join(f"$p{i}: String, " for i in range(len(names)))
    return _question([name[:2] for name in names], fields, values, types, _REPOSITORY)


def read(blobs: Sequence[tuple[str, str, str]]) -> bytes:
    """Stage two: the texts of blobs (owner, name, oid), as aliases r0, r1, …"""
    fields = (f"object(oid: $b{i}) {{ ... on Blob {{ oid text isTruncated }} }}" for i in range(len(blobs)))
    values: dict[str, str | None] = {f"b{i}": oid for i, (_, _, oid) in enumerate(blobs)}
    types = "".join(f"$b{i}: GitObjectID!, " for i in range(len(blobs)))
    return _question([blob[:2] for blob in blobs], fields, values, types, "")


def _question(
    names: Sequence[tuple[str, str]], fields: Any, values: dict[str, str | None], types: str, fragment: str
) -> bytes:
    rows = [f"r{i}: repository(owner: $o{i}, name: $n{i}) {{ {what} }}" for i, what in enumerate(fields)]
    types += ", ".join(f"$o{i}: String!, $n{i}: String!" for i in range(len(names)))
    values |= {f"o{i}": owner for i, (owner, _) in enumerate(names)} | {
        f"n{i}": name for i, (_, name) in enumerate(names)
    }
    query = "\n".join([f"query({types}) {{", _LIMIT, *rows, "}", fragment])
    return json.dumps({"query": query, "variables": values}).encode()


def meant(reply: Reply) -> Answered | Trouble | int:
    """What an answer says; the status where it is a fault that is said nothing more of."""
    if reply.status in (502, 504):
        return Trouble.TOO_MUCH
    if reply.status == 401:
        return Trouble.TOKEN
    if reply.status in (403, 404, 405, 406, 410):
        return Trouble.REFUSED
    if reply.status != 200:
        return reply.status
    answer = _parsed(_Answer, reply.data) if reply.whole else None
    if answer is None:
        return Trouble.NONSENSE
    faults = answer.errors or ()
    if any(fault.type in _TOO_MUCH for fault in faults):
        return Trouble.TOO_MUCH
    if answer.data is None:
        refused = any(fault.type in ("FORBIDDEN", "INSUFFICIENT_SCOPES") for fault in faults)
        return Trouble.REFUSED if refused else Trouble.TOO_MUCH if faults else Trouble.NONSENSE
    by_alias: dict[str, tuple[Fault, ...]] = {}
    for fault in faults:
        alias = str(fault.path[0]) if fault.path else ""
        by_alias[alias] = (*by_alias.get(alias, ()), fault)
    return Answered(answer.data, by_alias)


_TOO_MUCH = frozenset({"RESOURCE_LIMITS_EXCEEDED", "MAX_NODE_LIMIT_EXCEEDED", "TIMEOUT"})


def limit(reply: Reply, now: float) -> float | None:
    """Until when not to ask again, where an answer is one that says "too often": by status, or inside HTTP 200."""
    told = limited(reply, now)
    if told is not None or reply.status != 200:
        return told
    secondary = b"secondary rate limit" in reply.data.lower()
    if not secondary and b"RATE_LIMITED" not in reply.data:
        return None
    answer = _parsed(_Answer, reply.data)
    if answer is not None and answer.data is None and secondary:  # of data it may be the text of somebody's document
        return limited(replace(reply, status=403), now)
    if answer is None or not any(fault.type == "RATE_LIMITED" for fault in answer.errors or ()):
        return None
    rate = _rate(answer)
    if rate is not None:
        return max(rate.reset_at.timestamp(), now + 1)
    header = reply.headers.get("x-ratelimit-reset", "")
    reset = float(header) if header.isascii() and header.isdigit() and len(header) < 16 else now + UNTOLD
    return min(max(reset, now + 1), now + timedelta(days=1).total_seconds())


def resets(answer: Answered) -> datetime | None:
    """When there is something left to ask again, where this answer was the last of its hour."""
    rate = checked(_Rate, answer.data.get("rateLimit"))
    return rate.reset_at.astimezone(UTC) if rate is not None and rate.remaining == 0 else None


Part = TypeVar("Part", bound=BaseModel)


def checked(model: type[Part], value: object) -> Part | None:
    """A part of an answer, if it has the types that it must have."""
    try:
        return model.model_validate(value, by_alias=True)
    except ValidationError:
        return None


def _parsed(model: type[Part], data: bytes) -> Part | None:
    try:
        return model.model_validate_json(data, by_alias=True)
    except ValidationError:
        return None


def _rate(answer: _Answer) -> _Rate | None:
    return checked(_Rate, (answer.data or {}).get("rateLimit"))
