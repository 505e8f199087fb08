"""Accepted risks: part of the plan, silent for the captain who accepted, back when they expire or get worse."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from bot.release.assessment import Assessment, DependencyVerdict, Lapse, RepositoryHealth, RootCause
from bot.release.plan import Dependency, Repository, Waiver
from bot.release.status import Status, Verdict
from bot.release.words import STATUS, VERDICT, count, day, local

BADNESS = (
    Status.RELEASED, Status.READY, Status.ON_TRACK, Status.NOT_STARTED, Status.DROPPED, Status.UNKNOWN, Status.AT_RISK,
    Status.BLOCKED,
)  # fmt: skip
"""From what worries nobody to what worries most."""

VERDICT_BADNESS = {Verdict.READY: 0, Verdict.WAITING: 1, Verdict.UNKNOWN: 2, Verdict.AT_RISK: 2, Verdict.MISMATCH: 3}
"""More is worse. UNKNOWN and AT_RISK are each worse than the other: whoever accepted one has not accepted the other."""


@dataclass(frozen=True, slots=True)
class Met:
    """A root cause as one captain meets it: with the worst verdict in what is theirs, and the first day it is due."""

    root: RootCause
    verdict: Verdict
    wanted_by: date


Row = tuple[Repository, RepositoryHealth]


def met(rows: Iterable[Row], assessment: Assessment) -> dict[str, Met]:
    """The root causes that some repositories wait on, by name.

    What a repository needs itself is due by its `needBy`, everything else by the release date.
    """
    return _met(rows, assessment, _roots(assessment))


@dataclass(frozen=True, slots=True)
class _Root:
    root: RootCause
    parts: frozenset[str]


def _roots(assessment: Assessment) -> dict[str, _Root]:
    return {root.name: _Root(root, frozenset(parts(root))) for root in assessment.root_causes}


def _met(rows: Iterable[Row], assessment: Assessment, roots: Mapping[str, _Root]) -> dict[str, Met]:
    found: dict[str, Met] = {}
    for repository, health in rows:
        dated = [need for need in repository.dependencies if need.need_by is not None]
        dues: dict[str, date] = {}
        for dependency in health.dependencies:
            for name in dependency.root_causes:
                if name not in roots:
                    continue
                if name not in dues:
                    dues[name] = _due(roots[name], dated, assessment.plan.release_date)
                before = found.get(name, Met(roots[name].root, dependency.verdict, dues[name]))
                verdict = max(before.verdict, dependency.verdict, key=VERDICT_BADNESS.__getitem__)
                found[name] = Met(before.root, verdict, min(before.wanted_by, dues[name]))
    return found


def _due(cause: _Root, needs: Sequence[Dependency], release_date: date) -> date:
    days = [need.need_by for need in needs if need.need_by is not None and need.name in cause.parts]
    return min(days, default=release_date)


def rows_of(assessment: Assessment, health: RepositoryHealth) -> list[Row]:
    """All that the captain of a repository answers for, it included; it alone where nobody does."""
    pairs = zip(assessment.plan.repositories(), assessment.repositories, strict=True)
    return [(row, one) for (_, row), one in pairs if one is health or (health.lead and one.lead == health.lead)]


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
        return f"it was accepted for {waiver.captain}, who is not the captain any more"
    if waiver.status is None and waiver.verdict is None and waiver.eta is None:
        return ""
    return _worse(waiver, cause.root) or _later(waiver, cause) or _verdict(waiver, cause)


def _worse(waiver: Waiver, root: RootCause) -> str:
    if waiver.cause in root.members:
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


def lapsed_by_cause(assessment: Assessment) -> dict[str, dict[str, Lapse]]:
    """The waivers that hold no more, by the name of the cause and that of the repository, in plan order."""
    found: dict[str, dict[str, Lapse]] = {}
    for row in assessment.repositories:
        for dependency in row.dependencies:
            for gone in dependency.lapsed:
                found.setdefault(gone.waiver.cause, {}).setdefault(row.name, gone)
    return found


def mark(assessment: Assessment) -> Assessment:
    """The same assessment with every dependency saying which of its risks are accepted today, in the plan's zone.

    A waiver covers its cause in everything that its captain answers for, whatever repository it is written down with.
    """
    holders = [row for row in assessment.repositories if row.waivers]
    if not holders:
        return assessment
    today = local(assessment.now, assessment.plan.timezone).date()
    given: dict[_Key, list[Waiver]] = {}
    for row in holders:
        for waiver in row.waivers:
            given.setdefault(waiver.captain or _key(row), []).append(waiver)
    theirs: dict[_Key, list[Row]] = {}
    for (_, repository), row in zip(assessment.plan.repositories(), assessment.repositories, strict=True):
        theirs.setdefault(_key(row), []).append((repository, row))
    roots = _roots(assessment)
    causes = {key: _met(theirs[key], assessment, roots) for key in {*given, *map(_key, holders)} & theirs.keys()}
    judged = {key: _judged(given.get(key, ()), found, _captain(key), today) for key, found in causes.items()}
    rows = tuple(
        _marked(row, causes[key], judged[key], today) if (key := _key(row)) in causes else row
        for row in assessment.repositories
    )
    return replace(assessment, repositories=rows)


_Key = str | tuple[str, str]


def _key(row: RepositoryHealth) -> _Key:
    """Who answers for it: its captain, or where there is none the repository for itself."""
    return row.lead or (row.group, row.name)


def _captain(key: _Key) -> str | None:
    return key if isinstance(key, str) else None


Judged = Mapping[str, Waiver | Lapse]
"""By the name of the cause: the first waiver in force for it, else the last one that was."""


def _marked(row: RepositoryHealth, causes: Mapping[str, Met], judged: Judged, today: date) -> RepositoryHealth:
    """`judged`: what is accepted for its captain. What was for another one is told of the repository it stands with."""
    key = _key(row)
    others = [waiver for waiver in row.waivers if (waiver.captain or key) != key]
    if others:
        own = {name for dependency in row.dependencies for name in dependency.root_causes} & causes.keys()
        judged = {**_judged(others, {name: causes[name] for name in own}, row.lead, today), **judged}
    return replace(row, dependencies=tuple(_with(dependency, judged) for dependency in row.dependencies))


def _judged(given: Sequence[Waiver], causes: Mapping[str, Met], captain: str | None, today: date) -> Judged:
    """Once for all that a captain answers for: they may have thousands of repositories, each with a waiver."""
    about: dict[str, list[int]] = {}
    for number, waiver in enumerate(given):
        for name in {waiver.cause, *waiver.members}:
            about.setdefault(name, []).append(number)
    found: dict[str, Waiver | Lapse] = {}
    for name, cause in causes.items() if about else ():
        numbers = {number for known in (name, *cause.root.members) for number in about.get(known, ())}
        for waiver in (given[number] for number in sorted(numbers)):
            if not speaks_of(waiver, cause.root):
                continue
            because = lapse(waiver, cause, captain, today)
            named = waiver.model_copy(update={"cause": name})
            found[name] = Lapse(named, because) if because else named
            if not because:
                break
    return found


def _with(dependency: DependencyVerdict, judged: Judged) -> DependencyVerdict:
    found = [judged.get(name) for name in dependency.root_causes]
    accepted = tuple(one for one in found if isinstance(one, Waiver))
    lapsed = tuple(one for one in found if isinstance(one, Lapse))
    return replace(dependency, accepted=accepted, lapsed=lapsed) if found else dependency
