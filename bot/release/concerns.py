"""What concerns each captain: the root causes that they must hear of, each with all of theirs that waits on it."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.release.assessment import Assessment, DependencyVerdict, RepositoryHealth, RootCause
from bot.release.status import Verdict

AT_ONCE = frozenset({Verdict.AT_RISK, Verdict.MISMATCH})


@dataclass(frozen=True)
class Waiting:
    """One of the captain's repositories and the dependency that is not ready."""

    repository: RepositoryHealth
    dependency: DependencyVerdict


@dataclass(frozen=True)
class Concern:
    """One root cause as one captain sees it: everything of theirs that waits on it, in plan order."""

    captain: str
    cause: str
    root: RootCause | None
    verdict: Verdict
    waiting: tuple[Waiting, ...]
    fingerprint: str
    change: str = "new"  # new | changed | same


def accepted_causes(assessment: Assessment) -> dict[str, frozenset[str]]:
    """Per captain, the causes that they accepted for something of theirs, and the members of those that are circles."""
    members = {root.name: root.members for root in assessment.root_causes}
    found: dict[str, set[str]] = {}
    for repository in assessment.repositories:
        for dependency in repository.dependencies:
            if repository.lead and dependency.accepted:
                names = [name for w in dependency.accepted for name in (w.cause, *members.get(w.cause, ()))]
                found.setdefault(repository.lead, set()).update(names)
    return {captain: frozenset(causes) for captain, causes in found.items()}


def parts(concern: Concern) -> tuple[str, ...]:
    """What a circle that had another shape may have been told as: by any of its members."""
    return (concern.cause, *(concern.root.members if concern.root is not None else ()))


def changed_to(concern: Concern, change: str) -> Concern:
    """The same concern as other news."""
    return Concern(
        concern.captain, concern.cause, concern.root, concern.verdict, concern.waiting, concern.fingerprint, change
    )


def concerns(
    assessment: Assessment, told: Mapping[str, set[str]], accepted: Mapping[str, frozenset[str]]
) -> dict[str, list[Concern]]:
    """Per captain, what they must hear of, folded by root cause; worst first, then most waiting, then by name.

    `told`: open causes per captain. What somebody was told of stays their concern until it is READY, also where it
    would not have been told of anew: unknown, or on track again, is not over.
    """
    roots = {root.name: root for root in assessment.root_causes}
    folded = _folded(assessment, told)
    for row, causes in _passed_on_the_way(assessment, told):
        for cause in sorted(causes - accepted.get(row.repository.lead or "", frozenset())):
            folded.setdefault((row.repository.lead or "", cause), []).append(row)
    result: dict[str, list[Concern]] = {}
    for (captain, cause), waiting in folded.items():
        root = roots.get(cause)
        if root is not None and root.owner == captain and all(cause == w.repository.name for w in waiting):
            continue
        verdict = min((w.dependency.verdict for w in waiting), key=_URGENCY.index)
        concern = Concern(captain, cause, root, verdict, tuple(waiting), _fingerprint(verdict, root, waiting))
        result.setdefault(captain, []).append(concern)
    for found in result.values():
        found.sort(key=lambda c: (_URGENCY.index(c.verdict), -len(c.waiting), c.cause))
    return result


def _open(assessment: Assessment) -> Iterator[Waiting]:
    """Everything that some captain still waits for."""
    for repository in assessment.repositories:
        if repository.lead and not repository.settled:
            for dependency in repository.dependencies:
                if dependency.verdict is not Verdict.READY:
                    yield Waiting(repository, dependency)


def _names(dependency: DependencyVerdict) -> set[str]:
    return set(dependency.root_causes or (dependency.name,))


def _folded(assessment: Assessment, told: Mapping[str, set[str]]) -> dict[tuple[str, str], list[Waiting]]:
    """By captain and root cause. Whoever hears of a cause hears of all of theirs that wait on it: else the rest of them
    would be an update in the next pass although nothing has changed.
    """
    inside = assessment.days_left <= assessment.plan.alert_window_days
    hears = {captain: set(causes) for captain, causes in told.items()}
    for row in _open(assessment):
        if inside or row.dependency.verdict in AT_ONCE:
            hears.setdefault(row.repository.lead or "", set()).update(_names(row.dependency))
    folded: dict[tuple[str, str], list[Waiting]] = {}
    for row in _open(assessment):
        captain, accepted = row.repository.lead or "", {waiver.cause for waiver in row.dependency.accepted}
        for cause in sorted(_names(row.dependency) & hears.get(captain, set()) - accepted):
            folded.setdefault((captain, cause), []).append(row)
    return folded


def _passed_on_the_way(assessment: Assessment, told: Mapping[str, set[str]]) -> Iterator[tuple[Waiting, set[str]]]:
    """What was told and is no root cause any more for anything of that captain's, but lies on the way to one.

    What was told alone and is part of a circle by now is told as that circle.
    """
    circles = {member: root.name for root in assessment.root_causes for member in root.members}
    causes: dict[str, set[str]] = {}
    for row in _open(assessment):
        causes.setdefault(row.repository.lead or "", set()).update(_names(row.dependency))
    for row in _open(assessment):
        captain, dependency = row.repository.lead or "", row.dependency
        known = told.get(captain, set()) & {dependency.name, *dependency.path} - causes[captain]
        yield row, {name for name in known if circles.get(name) not in dependency.root_causes}


_URGENCY = [Verdict.MISMATCH, Verdict.AT_RISK, Verdict.UNKNOWN, Verdict.WAITING, Verdict.READY]


def _fingerprint(verdict: Verdict, root: RootCause | None, waiting: Sequence[Waiting]) -> str:
    """What a captain would call news: how bad, the cause's own state and date, and which of theirs it holds up.

    Ages, ordering and wording stay out, so that time passing is no news.
    """
    parts = [verdict.value]
    if root is not None:
        parts += [root.status.value, root.version or "", root.eta.isoformat() if root.eta else ""]
    parts += sorted(
        f"{w.repository.name}>{w.dependency.name}{w.dependency.requirement or ''}:{w.dependency.verdict.value}"
        for w in waiting
    )
    return digest(parts)


def digest(parts: Sequence[str]) -> str:
    """A short text that changes whenever one of the parts does."""
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:24]
