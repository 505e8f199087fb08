"""What a repository publishes about itself (`ga_status.json`, schema v1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from bot.release.fields import (
    CalendarDay,
    FormatVersion,
    Moment,
    Name,
    PublishedStatus,
    SeveralOrNull,
    VersionText,
    null_is_empty,
)
from bot.release.plan import Document


class Blocker(Document):
    """Something that stands in the way, as the repository's own people describe it."""

    id: str | None = None
    title: str | None = None
    url: str | None = None
    severity: str | None = None
    owner: str | None = None


class Check(Document):
    """One of the repository's own release checks."""

    name: str
    state: str | None = None
    url: str | None = None


class GaStatus(Document):
    """One status document. `version` is what `status` speaks of (absent: the plan's version)."""

    schema_version: FormatVersion
    repository: Name
    status: PublishedStatus
    updated_at: Moment
    version: VersionText | None = None
    latest_version: VersionText | None = None
    commit: str | None = None
    summary: str | None = None
    captain: str | None = None
    eta_date: CalendarDay | None = None
    ttl_hours: Annotated[float | None, Field(gt=0, le=876000)] = None
    blockers: SeveralOrNull[Blocker] = ()
    checks: SeveralOrNull[Check] = ()
    links: Annotated[Mapping[str, str], BeforeValidator(null_is_empty(dict))] = {}


@dataclass(frozen=True, slots=True)
class StatusDocument:
    """One accepted status document: the JSON as published (`raw`) and the typed reading of it (`status`)."""

    raw: Mapping[str, Any]
    status: GaStatus
