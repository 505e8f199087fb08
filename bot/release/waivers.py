"""Accepted risks: part of the plan, silent for the captain who accepted, back when they expire or get worse."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

from bot.release.assessment import Assessment, DependencyVerdict, Lapse, RepositoryHealth, RootCause
from bot.release.plan import Dependency, Waiver
from bot.release.status import Status, Verdict
from bot.release.words import STATUS, VERDICT, count, day

BADNESS = (
    Status.RELEASED, Status.READY, Status.ON_TRACK, Status.NOT_STARTED, Status.DROPPED, Status.UNKNOWN, Status.AT_RISK,
    Status.BLOCKED,
)  # fmt: skip
"""From what worries nobody to what worries most."""

VERDICT_BADNESS = {Verdict.READY: 0, Verdict.WAITING: 1, Verdict.UNKNOWN: 2, Verdict.AT_RISK: 2, Verdict.MISMATCH: 3}
"""More is worse. UNKNOWN and AT_RISK are each worse than the other: whoever accepted one has not accepted the other."""


@dataclass(frozen=True, slots=True)
class Met:
    """A root cause as one repository meets it: with the worst verdict of its dependencies, and the day it is due."""

    root: RootCause
    verdict: Verdict
    wanted_by: date


def met(
    row: RepositoryHealth, needs: Sequence[Dependency], roots: Mapping[str, RootCause], release_date: date
) -> dict[str, Met]:
    """The root causes that a repository waits on, by name. `needs`: its dependencies in the plan.

    One that the repository needs itself is due by its `needBy`, every other one by the release date.
    """
    found: dict[str, Verdict] = {}
    for dependency in row.dependencies:
        for name in dependency.root_causes:
            if name in roots:
                found[name] = max(dependency.verdict, found.get(name, Verdict.READY), key=VERDICT_BADNESS.__getitem__)
    return {name: Met(roots[name], verdict, _due(roots[name], needs, release_date)) for name, verdict in found.items()}


def _due(root: RootCause, needs: Sequence[Dependency], release_date: date) -> date:
    days = [need.need_by for need in needs if need.need_by is not None and need.name in parts(root)]
    return min(days, default=release_date)


def parts(root: RootCause) -> tuple[str, ...]:
    """The repositories that a root cause is made of: itself, or the members of the circle."""
    return root.members or (root.name,)


def speaks_of(waiver: Waiver, root: RootCause) -> bool:
    """Whether it is about that cause. A circle that has grown, shrunk or split is known by any member it had."""
    return waiver.cause == root.name or not {waiver.cause, *waiver.members}.isdisjoint(parts(root))


def lapse(waiver: Waiver, cause: Met, captain: str | None, today: date) -> str:
    """Why the waiver covers its cause no longer, as a clause; empty while it does.

    A waiver that does not say how things stood covers whatever happens until its end.
    """
    if today > waiver.until:
        ended = (today - waiver.until).days == 1
        return f"the acceptance ended {'yesterday' if ended else f'on {day(waiver.until, today)}'}"
    if waiver.captain is not None and waiver.captain != captain:
        return f"it was accepted for {waiver.captain}, and the captain is {captain or 'nobody'} now"
    if waiver.status is None and waiver.verdict is None and waiver.eta is None:
        return ""
    return _worse(waiver, cause.root) or _later(waiver, cause) or _verdict(waiver, cause)


def _worse(waiver: Waiver, root: RootCause) -> str:
    if waiver.cause in root.members and not waiver.members:
        return f"it is now part of a circle of {count(len(root.members), 'repository')}, and stood alone then"
    if waiver.status is None or BADNESS.index(root.status) <= BADNESS.index(waiver.status):
        return ""
    return f"it is {STATUS[root.status].word} now, and was {STATUS[waiver.status].word} then"


def _later(waiver: Waiver, cause: Met) -> str:
    """A date that moved out, a first one that is too late, or one that is too late since it is wanted sooner."""
    eta, wanted = cause.root.eta, cause.wanted_by
    if eta is None:
        return ""
    if waiver.eta is not None and eta > waiver.eta:
        return f"its date moved from {day(waiver.eta)} to {day(eta)}"
    if eta <= wanted:
        return ""
    if waiver.eta is None:
        return f"it has a date now, {day(eta)}, and it is wanted by {day(wanted)}"
    if waiver.wanted_by is not None and wanted < waiver.wanted_by:
        return f"it is wanted by {day(wanted)} now instead of {day(waiver.wanted_by)}, and expected on {day(eta)}"
    return ""


def _verdict(waiver: Waiver, cause: Met) -> str:
    then, now = waiver.verdict, cause.verdict
    if then is None or now is then or VERDICT_BADNESS[now] < VERDICT_BADNESS[then]:
        return ""
    if now is Verdict.MISMATCH:
        return "the plan ships a version now that does not fit"
    if now is Verdict.UNKNOWN:
        return "nobody knows now where it stands"
    return f"what waits on it is {VERDICT[now].word} now, and was {VERDICT[then].word} then"


def accepted_by_cause(assessment: Assessment) -> dict[str, dict[str, Waiver]]:
    """The waivers in force, by the name of the cause and that of the repository, in plan order."""
    found: dict[str, dict[str, Waiver]] = {}
    for row in assessment.repositories:
        for dependency in row.dependencies:
            for waiver in dependency.accepted:
                found.setdefault(waiver.cause, {}).setdefault(row.name, waiver)
    return found


def mark(assessment: Assessment) -> Assessment:
    """The same assessment with every dependency saying which of its risks are accepted today, in the plan's zone."""
    plan = assessment.plan
    given = {(group.name, row.name): row for group, row in plan.repositories() if row.waivers}
    if not given:
        return assessment
    today = assessment.now.astimezone(ZoneInfo(plan.timezone)).date()
    roots = {root.name: root for root in assessment.root_causes}
    rows = tuple(
        _marked(row, met(row, own.dependencies, roots, plan.release_date), today)
        if (own := given.get((row.group, row.name))) is not None
        else row
        for row in assessment.repositories
    )
    return replace(assessment, repositories=rows)


def _marked(row: RepositoryHealth, causes: Mapping[str, Met], today: date) -> RepositoryHealth:
    judged = {name: _judged(row, cause, today) for name, cause in causes.items()}
    return replace(row, dependencies=tuple(_with(dependency, judged) for dependency in row.dependencies))


def _judged(row: RepositoryHealth, cause: Met, today: date) -> Waiver | Lapse | None:
    """The first waiver in force for the cause, else the last one that was."""
    found: Lapse | None = None
    for waiver in row.waivers:
        if not speaks_of(waiver, cause.root):
            continue
        named = waiver.model_copy(update={"cause": cause.root.name})
        because = lapse(waiver, cause, row.lead, today)
        if not because:
            return named
        found = Lapse(named, because)
    return found


def _with(dependency: DependencyVerdict, judged: Mapping[str, Waiver | Lapse | None]) -> DependencyVerdict:
    found = [judged.get(name) for name in dependency.root_causes]
    accepted = tuple(one for one in found if isinstance(one, Waiver))
    lapsed = tuple(one for one in found if isinstance(one, Lapse))
    return replace(dependency, accepted=accepted, lapsed=lapsed)
