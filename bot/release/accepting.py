"""What it means to accept a risk now: which cause is meant, for whose captain, and how things stand with it."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from bot.release import readiness, waivers
from bot.release.assessment import RepositoryHealth
from bot.release.folder import PlanFolder
from bot.release.plan import Waiver
from bot.release.suggest import did_you_mean
from bot.release.waivers import Met
from bot.release.words import listing

_SHOWN = 8


def accepted(folder: PlanFolder, repository: str, cause: str, at: datetime) -> Waiver | str:
    """The waiver for a cause that a repository of the plan waits on at that moment, still without end and reason.

    The name of a member of a circle means the circle. A sentence that says what can be accepted when nothing goes by
    that name.
    """
    assessment = readiness.evaluate(folder, at)
    health = next(r for r in assessment.repositories if r.name == repository)
    all_met = waivers.met(waivers.rows_of(assessment, health), assessment)
    own = {name for dependency in health.dependencies for name in dependency.root_causes}
    met = {name: one for name, one in all_met.items() if name in own}
    meant = met.get(cause) or next((m for m in met.values() if cause in m.root.members), None)
    if meant is None:
        return _refused(health, cause, met)
    root = meant.root
    return Waiver(
        cause=root.name,
        captain=health.lead,
        until=date.min,
        status=root.status,
        verdict=meant.verdict,
        eta=root.eta,
        wanted_by=meant.wanted_by,
        members=root.members,
    )


def is_replaced(row: Mapping[str, Any], by: Waiver) -> bool:
    """Whether a waiver as the file has it is about the cause of the new one, be it an earlier shape of a circle."""
    named = {row.get("cause"), *(row.get("members") or ())}
    return not named.isdisjoint({by.cause, *by.members})


def _refused(health: RepositoryHealth, cause: str, met: Mapping[str, Met]) -> str:
    if not met:
        why = f"it is {health.status.lower()}" if health.settled else "all that it needs is there"
        return f"{health.name} waits on nothing ({why}), so there is no risk to accept"
    for dependency in health.dependencies:
        if dependency.name == cause and dependency.root_causes:
            deeper = listing(dependency.root_causes, _SHOWN)
            return f"{health.name} needs {cause}, which itself waits on {deeper}: accept the risk of that"
        if dependency.name == cause:
            return f"{health.name} does not wait on {cause}: that is there; it waits on {_known(met)}"
    members = {member: name for name, one in met.items() for member in waivers.parts(one.root)}
    hint = did_you_mean(cause, {**members, **dict.fromkeys(met)})
    return f"{health.name} does not wait on {cause!r}{f'{hint} It' if hint else ': it'} waits on {_known(met)}"


def _known(met: Mapping[str, Met]) -> str:
    return listing(list(met), _SHOWN)
