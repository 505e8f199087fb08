"""Whom each root cause holds up: the causes of a plan with those who wait on them, put into the words of the plan."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.release.assessment import RootCause
from bot.release.causes import Causes, Explained
from bot.release.standing import Standing
from bot.release.status import Status, Verdict


@dataclass(frozen=True, slots=True)
class Node:
    """One repository of the graph: where it stands, and who answers for it (None: nobody is named)."""

    standing: Standing
    owner: str | None


def cause_name(members: Sequence[str]) -> str:
    """The name itself; of a circle the first ones, alphabetically."""
    if len(members) == 1:
        return members[0]
    ordered = sorted(members)
    if len(ordered) <= 3:
        return " ↔ ".join(ordered)
    return f"{ordered[0]} ↔ {ordered[1]} ↔ … ({len(ordered)} repositories)"


def named_in(cause: str) -> frozenset[str]:
    """The repositories that the name of a cause tells: itself, and of a circle as many as are named."""
    return frozenset([cause, *(part for part in cause.split(" ↔ ") if not part.startswith("… ("))])


def root_causes(
    release_date: date,
    nodes: Sequence[Node],
    found: Causes,
    names: Sequence[str],
    met: Iterable[Explained],
    counted: Iterable[int],
) -> tuple[RootCause, ...]:
    """The causes that hold somebody up, most blocking first.

    `met`: what the edges of the `counted` nodes come to; what others wait on does not matter.
    """
    worst = _worst_verdicts(met)
    causes = (
        _root_cause(release_date, nodes, found.members[cause], names[cause], waiting, worst[cause])
        for cause, waiting in blocked(found, counted).items()
    )
    return tuple(sorted((c for c in causes if c.blocks), key=lambda c: (-len(c.blocks), c.name)))


def blocked(found: Causes, counted: Iterable[int]) -> Mapping[int, Sequence[int]]:
    """For every cause that holds somebody up, the `counted` nodes that wait on it.

    A node does not hold up itself. A circle does: each of its members waits on the others, so that also one that
    nobody else needs is a cause.
    """
    # Few distinct sets of causes are shared by many nodes: gather the nodes of each set first.
    sharing: dict[int, list[int]] = {}
    for node in counted:
        mask = found.waits(node)
        if mask:
            sharing.setdefault(mask, []).append(node)
    waiting: dict[int, list[int]] = {}
    for mask, nodes in sharing.items():
        for cause in found.spell(mask):
            waiting.setdefault(cause, []).extend(nodes)
    for cause, nodes in list(waiting.items()):
        members = found.members[cause]
        if len(members) == 1 and members[0] in nodes:
            if len(nodes) > 1:
                waiting[cause] = [node for node in nodes if node != members[0]]
            else:
                del waiting[cause]
    return waiting


def _worst_verdicts(met: Iterable[Explained]) -> Mapping[int, Verdict]:
    """The worst verdict with which each cause is met."""
    causes: dict[Verdict, set[int]] = {}
    for explained in met:
        causes.setdefault(explained.verdict, set()).update(explained.causes)
    return {cause: verdict for verdict in reversed(_WORST) for cause in causes.get(verdict, ())}


_WORST = (Verdict.AT_RISK, Verdict.MISMATCH, Verdict.UNKNOWN, Verdict.WAITING, Verdict.READY)


def _root_cause(
    release_date: date,
    nodes: Sequence[Node],
    members: Sequence[int],
    name: str,
    waiting: Sequence[int],
    verdict: Verdict,
) -> RootCause:
    node = nodes[members[0]]
    standing = node.standing
    # A repository that the plan lists twice may wait on itself, which holds up nobody else.
    others = [nodes[n] for n in waiting if len(members) > 1 or nodes[n].standing.name != standing.name]
    blocks = sorted({other.standing.name for other in others})
    captains = sorted({other.owner for other in others if other.owner})
    eta = standing.eta if len(members) == 1 else None
    return RootCause(
        name=name,
        version=standing.version if len(members) == 1 else None,
        status=_worst_status([nodes[m].standing.status for m in members]),
        verdict=verdict,
        owner=node.owner if len(members) == 1 else None,
        blocks=tuple(blocks),
        captains=tuple(captains),
        reason=_cause_reason([nodes[m].standing for m in members]),
        since=since(standing) if len(members) == 1 else None,
        eta=eta,
        late_days=max(0, (eta - release_date).days) if eta else 0,
        members=tuple(sorted(nodes[m].standing.name for m in members)) if len(members) > 1 else (),
    )


_BADNESS = (
    Status.BLOCKED, Status.AT_RISK, Status.UNKNOWN, Status.NOT_STARTED, Status.ON_TRACK, Status.READY, Status.DROPPED,
    Status.RELEASED,
)  # fmt: skip


def _worst_status(statuses: Sequence[Status]) -> Status:
    return min(statuses, key=_BADNESS.index)


def _cause_reason(standings: Sequence[Standing]) -> str:
    if len(standings) > 1:
        troubled = [s.name for s in standings if s.status in (Status.AT_RISK, Status.BLOCKED)]
        culprits = f"; at risk or blocked among them: {', '.join(troubled[:5])}" if troubled else ""
        return f"{len(standings)} repositories need each other in a circle, so none can be first{culprits}"
    document = standings[0].document
    if document is None:
        return ""
    return next((b.title or b.id or "" for b in document.blockers), "") or document.summary or ""


def since(standing: Standing) -> datetime | None:
    """When the status last changed; a status that no pass has written yet has only its document's date."""
    tracked = standing.tracked
    if tracked is not None and tracked.status is standing.status:
        return tracked.since
    return standing.document.updated_at if standing.document else None
