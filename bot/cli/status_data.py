"""How a plan stands as plain JSON data, for `convoy status --json`, and of one repository for `convoy why --json`."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.cli.ahead import dated_data, forecast_data

if TYPE_CHECKING:
    from bot.release.assessment import Assessment, DependencyVerdict, RepositoryHealth
    from bot.release.dates import DatedRepository, Dates
    from bot.release.experience import Experience
    from bot.release.forecast import Forecast, TooLittle
    from bot.release.outline import Cause
    from bot.release.plan import Waiver


def as_data(
    slug: str, commit: str, assessment: "Assessment", ahead: "Dates", experience: "Experience | None" = None
) -> Mapping[str, Any]:
    """The assessment with its dates as plain JSON data, with the field names that the docs tell."""
    from bot.release import outline

    repositories = [
        repository_data(health, dated, experience.forecast(slug, health, assessment) if experience else None)
        for health, dated in zip(assessment.repositories, ahead.repositories, strict=True)
    ]
    return {
        **head_data(slug, commit, assessment),
        "repositories": repositories,
        "rootCauses": [cause_data(c) for c in outline.causes(assessment)],
    }


def head_data(slug: str, commit: str, assessment: "Assessment") -> Mapping[str, Any]:
    """What every answer about how a plan stands begins with."""
    return {
        "plan": slug,
        "commit": commit,
        "asOf": _iso(assessment.now),
        "releaseDate": assessment.plan.release_date.isoformat(),
    }


def _iso(when: datetime | None) -> str | None:
    return when.isoformat().replace("+00:00", "Z") if when is not None else None


def repository_data(
    health: "RepositoryHealth", dated: "DatedRepository", forecast: "Forecast | TooLittle | None"
) -> Mapping[str, Any]:
    """One repository of the plan with its dates, and a forecast where its past could be read."""
    return {
        "name": health.name,
        "group": health.group,
        "lead": health.lead,
        "version": health.version,
        "status": health.status.value,
        "stale": health.stale,
        "byHand": health.by_hand,
        "updatedAt": _iso(health.updated_at),
        "contradictions": list(health.contradictions),
        "dependencies": [_dependency(d) for d in health.dependencies],
        "dates": dated_data(dated),
        "forecast": forecast_data(forecast) if forecast is not None else None,
    }


def _dependency(dependency: "DependencyVerdict") -> Mapping[str, Any]:
    return {
        "name": dependency.name,
        "requirement": dependency.requirement,
        "verdict": dependency.verdict.value,
        "reason": dependency.reason,
        "rootCauses": list(dependency.root_causes),
        "path": list(dependency.path),
        "evidence": dependency.evidence,
        "accepted": [_waiver(w) for w in dependency.accepted],
        "lapsed": [{**_waiver(lapse.waiver), "because": lapse.because} for lapse in dependency.lapsed],
    }


def _waiver(waiver: "Waiver") -> Mapping[str, Any]:
    return {
        "cause": waiver.cause,
        "until": waiver.until.isoformat(),
        "reason": waiver.reason,
        "acceptedBy": waiver.accepted_by,
    }


def cause_data(found: "Cause") -> Mapping[str, Any]:
    """One root cause."""
    cause = found.root
    return {
        "name": cause.name,
        "version": cause.version,
        "status": cause.status.value,
        "verdict": cause.verdict.value,
        "owner": cause.owner,
        "blocks": len(cause.blocks),
        "captains": list(cause.captains),
        "blockedRepositories": list(cause.blocks),
        "freedCaptains": list(found.freed_captains),
        "freedRepositories": list(found.freed),
        "members": list(cause.members),
        "accepted": [{"repository": name, **_waiver(waiver)} for name, waiver in found.accepted],
    }
