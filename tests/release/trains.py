"""Small trains for tests of dates: repositories as a table, so that a test shows what it speaks of."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bot.release.folder import PlanFolder
from bot.release.ga_status import GaStatus, StatusDocument
from bot.release.plan import Dependency, Group, Milestone, Plan, PlanDocument, Repository
from bot.release.status import Status

NOW = datetime(2026, 3, 3, 9, 12, tzinfo=UTC)
TODAY = NOW.date()
RELEASE = date(2026, 3, 15)


def mar(day: int) -> date:
    """A day of March 2026; days beyond the month go on into April."""
    return date(2026, 3, 1) + timedelta(days=day - 1)


def needs(name: str, version: str | None = "1.0.0", by: date | None = None) -> Dependency:
    """A dependency, with the day by which it is needed."""
    return Dependency(name=name, version=version, need_by=by)


def repo(name: str, *wanted: str | Dependency, status: str = "ON_TRACK", **more: Any) -> Repository:
    """A repository at 1.0.0; a plain name in `wanted` is a need of 1.0.0."""
    found = tuple(needs(w) if isinstance(w, str) else w for w in wanted)
    return Repository(**{"name": name, "version": "1.0.0", "status": Status(status), "dependencies": found, **more})


def train(
    *rows: Repository, reports: Mapping[str, Mapping[str, Any]] | None = None, milestones: Any = (), **plan: Any
) -> PlanFolder:
    """A folder in which every repository is a group of its own (`G-<name>`), led by `lead-<name>`."""
    groups = tuple(Group(name=f"G-{row.name}", lead=f"lead-{row.name}", repositories=(row,)) for row in rows)
    marked = tuple(Milestone(name=name, date=when) for name, when in milestones)
    fields: dict[str, Any] = {"release_name": "R", "release_date": RELEASE, "release_groups": groups}
    typed = Plan(**fields | {"milestones": marked} | plan)
    documents = {name: _document(name, said) for name, said in (reports or {}).items()}
    return PlanFolder(PlanDocument({}, typed), documents)


def _document(name: str, said: Mapping[str, Any]) -> StatusDocument:
    fields = {"schema_version": "1.0", "repository": name, "updated_at": NOW - timedelta(hours=1), **said}
    return StatusDocument({}, GaStatus(**fields | {"status": Status(said.get("status", "ON_TRACK"))}))
