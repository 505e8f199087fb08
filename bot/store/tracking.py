"""Two small files of the store as text: `tracking.json` (what passes remember) and `captains.json` (who is who).

People edit the second by hand, so it is read entry by entry: a bad entry is a problem, the others hold.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from bot.release import documents
from bot.release.folder import FeedState, Tracked
from bot.release.plan import Problem
from bot.release.status import Status
from bot.services.ports import Person

_SLACK_USER = re.compile(r"[UW][A-Z0-9]{2,40}")
_KEYS = {"since": "since", "feed": "feed", "feed_since": "feedSince", "reason": "reason", "by_hand_at": "byHandAt"}


@dataclass(frozen=True)
class Captains:
    """What `captains.json` says: the entries that hold, and a problem for every one that does not."""

    people: Mapping[str, Person]
    problems: tuple[Problem, ...] = ()


def dump_tracking(tracking: Mapping[str, Tracked]) -> bytes:
    """2-space JSON sorted by repository name, only what differs from the defaults, times in UTC."""
    rows = {name: _row(tracking[name]) for name in sorted(tracking)}
    # Reasons come from everywhere: halves of characters become question marks instead of a file that nobody can read.
    return (json.dumps(rows, indent=2, ensure_ascii=False) + "\n").encode("utf-8", "replace")


def _row(tracked: Tracked) -> dict[str, str]:
    row = {"status": tracked.status.value}
    for field in fields(Tracked):
        value = getattr(tracked, field.name)
        if field.name in _KEYS and value != field.default:
            row[_KEYS[field.name]] = _moment(value) if isinstance(value, datetime) else str(value)
    return row


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def parse_tracking(data: bytes) -> dict[str, Tracked] | tuple[Problem, ...]:
    """The opposite of `dump_tracking`; unknown fields are ignored, anything else that is wrong refuses the file."""
    rows = _object(data)
    if isinstance(rows, tuple):
        return rows
    tracking: dict[str, Tracked] = {}
    problems: list[Problem] = []
    for name, row in rows.items():
        try:
            tracking[name] = _tracked(row)
        except (ValueError, TypeError, KeyError) as error:
            problems.append(Problem(_line(data, name), f"{name}: {_reason(error)}"))
    return tuple(problems) or tracking


def _tracked(row: object) -> Tracked:
    if not isinstance(row, dict):
        raise TypeError("must be an object")
    return Tracked(
        status=Status(row["status"]),
        since=_aware(row["since"]),
        feed=FeedState(row.get("feed", FeedState.NONE)),
        feed_since=_aware(row["feedSince"]) if row.get("feedSince") is not None else None,
        reason=str(row.get("reason", "")),
        by_hand_at=_aware(row["byHandAt"]) if row.get("byHandAt") is not None else None,
    )


def _aware(text: object) -> datetime:
    if not isinstance(text, str):
        raise TypeError("a time must be a string")
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return moment.astimezone(UTC)


def _reason(error: Exception) -> str:
    return f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)


def parse_captains(data: bytes) -> Captains | tuple[Problem, ...]:
    """`captains.json` by lead name; problems alone when the file as a whole cannot be read."""
    rows = _object(data)
    if isinstance(rows, tuple):
        return rows
    people: dict[str, Person] = {}
    problems: list[Problem] = []
    for lead, row in rows.items():
        person = _person(lead, row)
        if isinstance(person, str):
            problems.append(Problem(_line(data, lead), f"{lead}: {person}"))
        else:
            people[lead] = person
    return Captains(MappingProxyType(people), tuple(problems))


def _person(lead: str, row: Any) -> Person | str:
    if not isinstance(row, dict):
        return 'must be an object such as {"slack": "U012AB3CD"}'
    for key in ("slack", "email", "deputy"):
        if not isinstance(row.get(key), str | None):
            return f"{key} must be a string"
    slack = row.get("slack") or None
    if slack is not None and not _SLACK_USER.fullmatch(slack):
        return f"slack must be a Slack user id such as U012AB3CD, not {slack[:50]!r}"
    return Person(lead, slack, row.get("email") or None, row.get("deputy") or None)


def _object(data: bytes) -> dict[str, Any] | tuple[Problem, ...]:
    found = documents.parse_json(data)
    if isinstance(found, tuple):
        return found
    return found if isinstance(found, dict) else (Problem(1, "must be an object: names in braces"),)


def _line(data: bytes, key: str) -> int:
    """The line of a key, as it is usually written; 0 when it is spelt in another way."""
    at = data.find(json.dumps(key, ensure_ascii=False).encode())
    return data.count(b"\n", 0, at) + 1 if at >= 0 else 0
