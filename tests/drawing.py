"""Plans in tests come from a small drawing, one repository a line, so that a test shows the train that it speaks of.

    Product A (ana): summit-app v3.0.0 ON_TRACK > common-utils v2.1.0, intelgraph-server v1.5.0
                     mobile-app v2.2.0 RELEASED fed=2h
    Platform (bo):   intelgraph-server v1.5.0 AT_RISK fed=1h eta=2026-03-18 blocker="load test fails"

A line without a group belongs to the group above. `-` stands for a version that is not decided. `fed=AGE` gives the
repository a status document of that age (`90m`, `2h`, `9d`); beside it `of=` and `latest=` name versions, `says=`
another status than the plan's, `ttl=` hours, `captain=`, `summary=`. `since=2026-03-03T06:40` (UTC) is when the status
changed, `feed=refused|missing|unreachable` what the last pass found. A line that begins with `*` is a document of
something outside the plan, one that begins with `#` a comment.
"""

import re
import shlex
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bot.release import readiness
from bot.release.assessment import Assessment
from bot.release.folder import FeedState, PlanFolder, Tracked
from bot.release.ga_status import Blocker, GaStatus, StatusDocument
from bot.release.plan import Dependency, Group, Plan, PlanDocument, Repository
from bot.release.status import Status

NOW = datetime(2026, 3, 3, 8, 12, tzinfo=UTC)
"""Twelve days before the launch of the example plan; 09:12 in Berlin."""

_GROUP = re.compile(r"(?P<name>[^()]+?)\s*\((?P<lead>[^()]*)\):\s*(?P<rest>.*)")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def draw(text: str, now: datetime = NOW, **plan: Any) -> PlanFolder:
    """The folder of the drawn plan as it lies in the store. `plan` overrides fields of the plan."""
    groups: list[tuple[str, str | None, list[Repository]]] = []
    reports: dict[str, StatusDocument] = {}
    tracking: dict[str, Tracked] = {}
    for line in (raw.strip() for raw in text.splitlines() if raw.strip() and not raw.strip().startswith("#")):
        rest = line
        if not line.startswith("*") and (found := _GROUP.fullmatch(line)):
            groups.append((found["name"], found["lead"] or None, []))
            rest = found["rest"]
        if not rest:
            continue
        row, given = _repository(rest.lstrip("* "))
        if line.startswith("*"):
            reports[row.name] = _document(row, given, now)
            continue
        groups[-1][2].append(row)
        if "fed" in given:
            reports[row.name] = _document(row, given, now)
        tracking[row.name] = _tracked(row, given, now)
    made = [Group(name=name, lead=lead, repositories=tuple(rows)) for name, lead, rows in groups]
    fields = {"release_name": "Summit 2026 Q1 Launch", "release_date": date(2026, 3, 15), "timezone": "Europe/Berlin"}
    typed = Plan(release_groups=tuple(made), **(fields | plan))
    return PlanFolder(PlanDocument(typed.model_dump(mode="json", by_alias=True), typed), reports, tracking)


def assess(text: str, now: datetime = NOW, **plan: Any) -> Assessment:
    """The assessment of the drawn plan."""
    return readiness.evaluate(draw(text, now, **plan), now)


def _repository(line: str) -> tuple[Repository, dict[str, str]]:
    own, _, needs = line.partition(" > ")
    name, version, *words = shlex.split(own)
    given = dict(word.split("=", 1) for word in words if "=" in word)
    status = next((Status(word) for word in words if "=" not in word), Status.ON_TRACK)
    row = Repository(
        name=name, version=None if version == "-" else version, status=status, dependencies=tuple(_needs(needs))
    )
    return row, given


def _needs(text: str) -> Iterable[Dependency]:
    for part in filter(None, (p.strip() for p in text.split(", "))):
        name, _, requirement = part.partition(" ")
        yield Dependency(name=name, version=requirement or None)


def _age(text: str) -> timedelta:
    return timedelta(**{_UNITS[text[-1]]: int(text[:-1])})


def _document(row: Repository, given: dict[str, str], now: datetime) -> StatusDocument:
    blocker = given.get("blocker")
    typed = GaStatus(
        schema_version="1.0",
        repository=row.name,
        status=Status(given.get("says", row.status)),
        updated_at=now - _age(given.get("fed", "0m")),
        version=given.get("of"),
        latest_version=given.get("latest"),
        summary=given.get("summary"),
        captain=given.get("captain"),
        eta_date=date.fromisoformat(given["eta"]) if "eta" in given else None,
        ttl_hours=float(given["ttl"]) if "ttl" in given else None,
        blockers=(Blocker(title=blocker),) if blocker else (),
    )
    return StatusDocument(typed.model_dump(mode="json", by_alias=True), typed)


def _tracked(row: Repository, given: dict[str, str], now: datetime) -> Tracked:
    since = datetime.fromisoformat(given["since"]).replace(tzinfo=UTC) if "since" in given else now - timedelta(days=6)
    state = FeedState(given["feed"]) if "feed" in given else FeedState.FRESH if "fed" in given else FeedState.NONE
    return Tracked(row.status, since, state, since, given.get("reason", ""))
