"""What an edit causes, for the one who made it: who stands differently now, and what may have been a slip.

An edit that can be applied is applied; a name that nothing else knows, or a requirement that no version can satisfy,
would otherwise show only days later, as an alert to somebody else.
"""

from collections.abc import Iterator
from datetime import datetime

from bot.release import edits, readiness
from bot.release.assessment import Assessment, RepositoryHealth
from bot.release.folder import PlanFolder
from bot.release.outline import TROUBLED, is_held_up
from bot.release.plan import Plan
from bot.release.suggest import did_you_mean
from bot.release.version import Outcome, satisfies
from bot.release.version_requirement import requirement_of
from bot.release.words import count, countdown, listing, local


def effect(before: PlanFolder, after: PlanFolder, at: datetime) -> str:
    """One line: how many repositories stand differently at that moment, and how many are at risk or held up."""
    was, now = readiness.evaluate(before, at), readiness.evaluate(after, at)
    old = {r.name: _standing(r) for r in was.repositories}
    moved = [r.name for r in now.repositories if r.name in old and old[r.name] != _standing(r)]
    risky, risky_now = _risky(was), _risky(now)
    told = f"{risky_now:,} as before" if risky == risky_now else f"{risky_now:,}, {risky:,} before"
    if not moved:
        return f"no verdict changes; at risk or held up: {told}"
    stand = "stands" if len(moved) == 1 else "stand"
    return f"{count(len(moved), 'repository')} {stand} differently: {listing(moved)}; at risk or held up: {told}"


def _standing(health: RepositoryHealth) -> tuple[object, ...]:
    return health.status, {(d.name, d.verdict) for d in health.dependencies} if not health.settled else None


def _risky(assessment: Assessment) -> int:
    return sum(r.status in TROUBLED or is_held_up(r) for r in assessment.repositories)


def notes(edit: edits.Edit, before: PlanFolder, after: PlanFolder) -> Iterator[str]:
    """What the one who made the edit should know, a sentence each; most edits give no cause for any."""
    plan = after.document.plan
    match edit:
        case edits.AddRepository(group=group) if group not in {g.name for g in before.document.plan.release_groups}:
            yield f"made the new group {group!r}; it has no captain until release_plan.json names its lead"
        case edits.DropRepository(repository=name):
            needing = [r.name for _, r in plan.repositories() if any(d.name == name for d in r.dependencies)]
            if needing:
                need, those = ("needs", "it waits") if len(needing) == 1 else ("need", "they wait")
                yield f"{listing(needing)} still {need} {name}; {those} on something outside the plan now"
        case edits.SetDate(release_date=date):
            left = (date - local(edit.at, plan.timezone).date()).days
            if left < 0:
                yield f"{date.isoformat()} has passed already: the release is {countdown(left)} now"
        case edits.AddDependency(name=name, requirement=requirement):
            yield from _dependency(plan, name, requirement)
        case edits.AcceptRisk(repository=name, cause=cause):
            yield from _waiver(plan, name, cause)
        case _:
            return


def _dependency(plan: Plan, name: str, requirement: str | None) -> Iterator[str]:
    known = [r.name for _, r in plan.repositories()]
    found = plan.find(name)
    if found is None and (hint := did_you_mean(name, known)):
        yield f"{name!r} is not in this plan{hint}"
    if requirement is None:
        return
    unreadable = requirement_of(requirement)
    if isinstance(unreadable, str):
        yield f"the requirement {requirement!r} cannot be read, so no version can satisfy it: {unreadable}"
    elif found is not None and found[1].version is not None:
        match = satisfies(requirement, found[1].version)
        if match.outcome is Outcome.INCOMPARABLE:
            yield f"{requirement!r} cannot be compared with what the plan ships of {name}: {match.reason}"


def _waiver(plan: Plan, name: str, cause: str) -> Iterator[str]:
    found = plan.find(name)
    for waiver in found[1].waivers if found is not None else ():
        if cause in waiver.members:
            yield f"{cause} is in a circle: the risk of the whole circle is accepted, {waiver.cause}"
