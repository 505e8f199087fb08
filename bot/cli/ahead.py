"""What lies ahead as plain JSON data, with the field names of docs/forecast.md, and the past that it is asked of."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.release.dates import DatedRepository
    from bot.release.experience import Experience
    from bot.release.forecast import Forecast, TooLittle
    from bot.release.impact import Impact, Moved, VerdictChange
    from bot.services.ports import PlanStore


def past_of(plans: "PlanStore", location: str | None, until: datetime) -> "Experience":
    """What all plans of a store have lived through up to a moment. Raises StoreError."""
    from bot.app import open_plan_history
    from bot.release.experience import Experience
    from bot.services.outlook import gather

    return Experience(gather(open_plan_history(location), plans.slugs(), until))


def dated_data(found: "DatedRepository") -> Mapping[str, Any]:
    """The dates of one repository."""
    return {
        "eta": _day(found.eta),
        "earliest": _day(found.earliest),
        "deadline": found.deadline.isoformat(),
        "neededBy": found.asked_by or None,
        "milestone": found.milestone or None,
        "lateDays": found.late_days,
        "because": list(found.because),
        "undated": list(found.unknown),
        "pastMilestones": list(found.past_milestones),
    }


def forecast_data(found: "Forecast | TooLittle") -> Mapping[str, Any]:
    """A forecast, or with `silent` why there is none, and what it rests on."""
    from bot.release.forecast import Forecast

    spoken = found if isinstance(found, Forecast) else None
    return {
        "p50": _day(spoken.p50 if spoken else None),
        "p85": _day(spoken.p85 if spoken else None),
        "laterThan": _day(spoken.later_than if spoken else None),
        "daysInStatus": round(spoken.days, 2) if spoken else None,
        "transitions": found.ended,
        "stillOpen": found.still_open,
        "plans": found.plans,
        "silent": None if isinstance(found, Forecast) else found.reason,
    }


def impact_data(found: "Impact") -> Mapping[str, Any]:
    """Who waits on a repository and, with a slip, what that would do."""
    subject, slip = found.subject, found.slip
    before, after = found.past_release
    return {
        "repository": subject.name,
        "group": subject.group,
        "lead": subject.lead,
        "status": subject.status.value,
        "dates": dated_data(subject),
        "waiting": [{"name": w.name, "group": w.group, "lead": w.lead, "direct": w.direct} for w in found.waiting],
        "slip": {
            "from": slip.start.isoformat(),
            "to": slip.to.isoformat(),
            "days": (slip.to - slip.start).days,
            "countedFrom": slip.counted.value,
        }
        if slip is not None
        else None,
        "daysPastRelease": {"before": before, "after": after},
        "pastMilestones": [{"milestone": m, "repositories": list(names)} for m, names in found.past_milestones],
        "late": [m.after.name for m in found.late],
        "moved": [_moved(m) for m in found.moved],
        "verdicts": [_verdict(v) for v in found.verdicts],
        "captains": list(found.captains),
    }


def _moved(moved: "Moved") -> Mapping[str, Any]:
    return {
        "name": moved.after.name,
        "group": moved.after.group,
        "lead": moved.after.lead,
        "days": moved.days,
        "before": dated_data(moved.before),
        "after": dated_data(moved.after),
    }


def _verdict(change: "VerdictChange") -> Mapping[str, Any]:
    return {
        "repository": change.repository,
        "lead": change.lead,
        "dependency": change.dependency,
        "requirement": change.requirement,
        "before": change.before.value,
        "after": change.after.value,
        "reason": change.reason,
    }


def _day(when: date | None) -> str | None:
    return when.isoformat() if when is not None else None
