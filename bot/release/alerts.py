"""When a captain hears of a version that they depend on, and when not. Policy only: decide first, send later.

The state is compared with what the ledger says the captain was last told, never before with after: a crash can delay
an alert, not lose it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.release.assessment import Assessment
from bot.release.concerns import Concern, accepted_causes, changed_to, concerns, digest, parts
from bot.release.holding import named_in


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
    accepted = accepted_causes(assessment)
    found = concerns(assessment, open_causes, accepted)
    before: dict[str, list[Incident]] = {}
    for incident in known.values():
        before.setdefault(incident.captain, []).append(incident)
    alerts: list[CaptainAlert] = []
    rows: list[Incident] = []
    for captain in sorted(set(found) | set(before)):
        mine = found.get(captain, [])
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
        was = {i.cause: i for name in parts(concern) if (i := gone.get(name)) is not None} if last is None else {}
        reshaped |= was
        if was:
            fresh.append(changed_to(concern, "changed"))
        elif last is None:
            fresh.append(concern)
        elif last.fingerprint != concern.fingerprint:
            fresh.append(changed_to(concern, "changed"))
        else:
            ongoing.append(changed_to(concern, "same"))
    recovered = sorted((i for i in before if i.cause not in current | reshaped.keys()), key=lambda i: i.cause)
    if not fresh and not recovered:
        return None, []
    rows = [Incident(slug, captain, c.cause, c.fingerprint, now) for c in fresh]
    rows += [Incident(slug, captain, i.cause, i.fingerprint, now, open=False) for i in (*reshaped.values(), *recovered)]
    # The key spans what they knew and what they hear now, so two replicas that decide the same make one message. Closed
    # rows count too: their moment is what tells a relapse from a repetition.
    step = [f"{i.cause}={i.fingerprint}@{i.told_at.isoformat()}" for i in sorted(known, key=lambda i: i.cause)]
    step += ["->", *(f"{c.cause}={c.fingerprint}" for c in fresh), "over", *(i.cause for i in recovered)]
    key = f"alert:{slug}:{captain}:{digest(step)}"
    return CaptainAlert(slug, captain, tuple(fresh), tuple(ongoing), tuple(recovered), key, now), rows


def unmapped(alerts: Iterable[CaptainAlert], people: Mapping[str, object]) -> tuple[str, ...]:
    """Leads that an alert is for and who map to no Slack user: named in the digest, never dropped in silence."""
    return tuple(sorted({a.captain for a in alerts if a.captain not in people}))
