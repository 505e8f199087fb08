"""When a captain hears of a version that they depend on, and when not. Policy only: decide first, send later.

The state is compared with what the ledger says the captain was last told, never before with after: a crash can delay
an alert, not lose it.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.release.assessment import Assessment, DependencyVerdict, RepositoryHealth, RootCause
from bot.release.holding import named_in
from bot.release.status import Verdict

AT_ONCE = frozenset({Verdict.AT_RISK, Verdict.MISMATCH})


@dataclass(frozen=True)
class Incident:
    """What one captain was last told of one root cause: a row of the ledger.

    `captain` is the lead name of the plan. `fingerprint` changes exactly when there is something new to say.
    `open` is False after the captain was told that it is over.
    """

    plan: str
    captain: str
    cause: str
    fingerprint: str
    told_at: datetime
    open: bool = True
    acked_by: str | None = None
    acked_at: datetime | None = None


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


@dataclass(frozen=True)
class CaptainAlert:
    """One direct message: everything that is new or changed for one captain in one pass, and what recovered.

    `key` identifies the event: the same state told to the same captain has the same key. `at`: when it was decided.
    """

    plan: str
    captain: str
    concerns: tuple[Concern, ...]
    ongoing: tuple[Concern, ...]
    recovered: tuple[Incident, ...]
    key: str
    at: datetime | None = None


@dataclass(frozen=True)
class Decision:
    """What a pass decided: the messages, and the ledger rows that record them in the same transaction."""

    alerts: tuple[CaptainAlert, ...]
    incidents: tuple[Incident, ...]


def due(slug: str, assessment: Assessment, ledger: Iterable[Incident], now: datetime) -> Decision:
    """What to tell whom now. `ledger` holds the plan's incidents; those closed are told again only when they return.

    A captain hears at once of AT_RISK and MISMATCH, and of any verdict but READY inside the plan's alert window.
    """
    known = {(i.captain, i.cause): i for i in ledger if i.plan == slug}
    open_causes: dict[str, set[str]] = {}
    for incident in known.values():
        if incident.open:
            open_causes.setdefault(incident.captain, set()).add(incident.cause)
    concerns, accepted = _concerns(assessment, open_causes), _accepted(assessment)
    before: dict[str, list[Incident]] = {}
    for incident in known.values():
        before.setdefault(incident.captain, []).append(incident)
    alerts: list[CaptainAlert] = []
    rows: list[Incident] = []
    for captain in sorted(set(concerns) | set(before)):
        mine = concerns.get(captain, [])
        silent = _silenced(before.get(captain, []), mine, accepted.get(captain, frozenset()), now)
        rows.extend(silent)
        left = [i for i in before.get(captain, []) if i.cause not in {s.cause for s in silent}]
        alert, told = _for_captain(slug, captain, mine, left, now)
        if alert is not None:
            alerts.append(alert)
            rows.extend(told)
    return Decision(tuple(alerts), tuple(rows))


def _silenced(
    before: Sequence[Incident], concerns: Sequence[Concern], accepted: frozenset[str], now: datetime
) -> list[Incident]:
    """Incidents whose risk was accepted since: closed without a word, and told anew when they return.

    So is one whose circle has another shape by now, and is accepted in that.
    """
    current = {c.cause for c in concerns}
    gone = [i for i in before if i.open and i.cause not in current and not accepted.isdisjoint(named_in(i.cause))]
    return [Incident(i.plan, i.captain, i.cause, i.fingerprint, now, open=False) for i in gone]


def _accepted(assessment: Assessment) -> dict[str, frozenset[str]]:
    """Per captain, the causes that they accepted for something of theirs, and the members of those that are circles."""
    members = {root.name: root.members for root in assessment.root_causes}
    found: dict[str, set[str]] = {}
    for repository in assessment.repositories:
        for dependency in repository.dependencies:
            if repository.lead and dependency.accepted:
                names = [name for w in dependency.accepted for name in (w.cause, *members.get(w.cause, ()))]
                found.setdefault(repository.lead, set()).update(names)
    return {captain: frozenset(causes) for captain, causes in found.items()}


def _for_captain(
    slug: str, captain: str, concerns: Sequence[Concern], known: Sequence[Incident], now: datetime
) -> tuple[CaptainAlert | None, list[Incident]]:
    before = [i for i in known if i.open]
    told = {i.cause: i for i in before}
    current = {c.cause for c in concerns}
    gone = {name: i for i in before if i.cause not in current for name in named_in(i.cause)}
    reshaped: dict[str, Incident] = {}
    fresh: list[Concern] = []
    ongoing: list[Concern] = []
    for concern in concerns:
        last = told.get(concern.cause)
        was = {i.cause: i for name in _parts(concern) if (i := gone.get(name)) is not None} if last is None else {}
        reshaped |= was
        if was:
            fresh.append(_as(concern, "changed"))
        elif last is None:
            fresh.append(concern)
        elif last.fingerprint != concern.fingerprint:
            fresh.append(_as(concern, "changed"))
        else:
            ongoing.append(_as(concern, "same"))
    recovered = sorted((i for i in before if i.cause not in current | reshaped.keys()), key=lambda i: i.cause)
    if not fresh and not recovered:
        return None, []
    rows = [Incident(slug, captain, c.cause, c.fingerprint, now) for c in fresh]
    rows += [Incident(slug, captain, i.cause, i.fingerprint, now, open=False) for i in (*reshaped.values(), *recovered)]
    # The key spans what they knew and what they hear now, so two replicas that decide the same make one message. Closed
    # rows count too: their moment is what tells a relapse from a repetition.
    step = [f"{i.cause}={i.fingerprint}@{i.told_at.isoformat()}" for i in sorted(known, key=lambda i: i.cause)]
    step += ["->", *(f"{c.cause}={c.fingerprint}" for c in fresh), "over", *(i.cause for i in recovered)]
    key = f"alert:{slug}:{captain}:{_digest(step)}"
    return CaptainAlert(slug, captain, tuple(fresh), tuple(ongoing), tuple(recovered), key, now), rows


def _parts(concern: Concern) -> tuple[str, ...]:
    """What a circle that had another shape may have been told as: by any of its members."""
    return (concern.cause, *(concern.root.members if concern.root is not None else ()))


def _as(concern: Concern, change: str) -> Concern:
    return Concern(
        concern.captain, concern.cause, concern.root, concern.verdict, concern.waiting, concern.fingerprint, change
    )


def _concerns(assessment: Assessment, told: Mapping[str, set[str]]) -> dict[str, list[Concern]]:
    """Per captain, what they must hear of, folded by root cause; worst first, then most waiting, then by name.

    `told`: open causes per captain. What somebody was told of stays their concern until it is READY, also where it
    would not have been told of anew: unknown, or on track again, is not over.
    """
    inside = assessment.days_left <= assessment.plan.alert_window_days
    roots = {root.name: root for root in assessment.root_causes}
    circles = {member: root.name for root in assessment.root_causes for member in root.members}
    folded: dict[tuple[str, str], list[Waiting]] = {}
    for repository in assessment.repositories:
        if not repository.lead or repository.settled:
            continue
        for dependency in repository.dependencies:
            if dependency.verdict is Verdict.READY:
                continue
            causes = set(dependency.root_causes or (dependency.name,))
            if not (inside or dependency.verdict in AT_ONCE):
                causes.clear()
            known = told.get(repository.lead, set()) & {dependency.name, *dependency.path, *dependency.root_causes}
            # What was told alone and is part of a circle by now is told as that circle.
            causes |= {name for name in known if circles.get(name) not in dependency.root_causes}
            accepted = {waiver.cause for waiver in dependency.accepted}
            for cause in sorted(causes - accepted):
                folded.setdefault((repository.lead, cause), []).append(Waiting(repository, dependency))
    result: dict[str, list[Concern]] = {}
    for (captain, cause), waiting in folded.items():
        root = roots.get(cause)
        if root is not None and root.owner == captain and all(cause == w.repository.name for w in waiting):
            continue
        verdict = min((w.dependency.verdict for w in waiting), key=_URGENCY.index)
        concern = Concern(captain, cause, root, verdict, tuple(waiting), _fingerprint(verdict, root, waiting))
        result.setdefault(captain, []).append(concern)
    for concerns in result.values():
        concerns.sort(key=lambda c: (_URGENCY.index(c.verdict), -len(c.waiting), c.cause))
    return result


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
    return _digest(parts)


def _digest(parts: Sequence[str]) -> str:
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:24]


def unmapped(alerts: Iterable[CaptainAlert], people: Mapping[str, object]) -> tuple[str, ...]:
    """Leads that an alert is for and who map to no Slack user: named in the digest, never dropped in silence."""
    return tuple(sorted({a.captain for a in alerts if a.captain not in people}))
