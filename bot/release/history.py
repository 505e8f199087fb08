"""What changed between two assessments of one plan, as values: the digest, `refresh` and the portfolio script tell it.

Only what a release captain would call news is a change. Ages, reasons and the passing of days are not.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.release.assessment import Assessment, RepositoryHealth
from bot.release.outsiders import Outsider, outsiders
from bot.release.plan import Plan, Waiver
from bot.release.status import Status, Verdict


class Kind(StrEnum):
    """What kind of news; in the order in which people want to hear it."""

    DATE = "date"
    MILESTONE = "milestone"
    RELEASED = "released"
    STATUS = "status"
    VERSION = "version"
    SCOPE_ADDED = "scope-added"
    SCOPE_DROPPED = "scope-dropped"
    DEPENDENCY = "dependency"
    RISK = "risk"
    NEED_BY = "need-by"
    LEAD = "lead"
    GROUP = "group"


ANY_VERSION = "any version"


@dataclass(frozen=True)
class Change:
    """One piece of news.

    `repository` is empty where it concerns the whole plan (DATE, MILESTONE, STATUS, LEAD without a `group`) or a group
    (LEAD, GROUP). `before` and `after` are ISO dates (DATE: the release date, or with a repository the date it is
    expected; MILESTONE: the day of `milestone`, None: it was or is not there; NEED_BY: the day by which `dependency` is
    needed, None: no day), status words (RELEASED, STATUS), versions (VERSION; None: not decided), requirements
    (DEPENDENCY; None: the dependency was or is not there), captains (LEAD; None: nobody), or names of groups (GROUP:
    the repository moved; without one the group got another name). `version` is what ships now, `dependency` what is
    needed.

    `outside`: `repository` is not in the plan, but something in it needs it; then a STATUS of None is that nobody
    publishes one, and `version` the one that is needed. `verdict`: `before` and `after` of a DEPENDENCY are verdict
    words (WAITING, READY), where nothing else that is told explains why it stands otherwise now.

    RISK: what the `repository` waits on because of the root cause `dependency` is accepted until `after`, was until
    `before` (ISO dates; None: it is or was not accepted), and `said` is why.
    """

    kind: Kind
    repository: str = ""
    before: str | None = None
    after: str | None = None
    version: str | None = None
    group: str = ""
    dependency: str = ""
    outside: bool = False
    verdict: bool = False
    said: str = ""
    milestone: str = ""


def changes(before: Assessment | None, after: Assessment) -> tuple[Change, ...]:
    """What is new in `after`, most important kind first and worst status first; nothing without a `before`.

    A repository listed twice counts where it is listed first.
    """
    if before is None or before is after:
        return ()
    found = tuple(sorted(_all(before, after), key=_rank))
    return found or tuple(_verdicts(before, after))


def _all(before: Assessment, after: Assessment) -> Iterator[Change]:
    yield from _plan(before, after)
    old, new = _by_name(before), _by_name(after)
    renamed = _renamed(before, after, old, new)
    for group, called in renamed.items():
        yield Change(Kind.GROUP, before=group, after=called, group=called)
        was_lead, lead = (_lead(plan, name) for plan, name in ((before.plan, group), (after.plan, called)))
        if was_lead != lead:
            yield Change(Kind.LEAD, before=was_lead, after=lead, group=called)
    yield from _needed_by(before.plan, after.plan)
    for name, now in new.items():
        was = old.get(name)
        if was is None:
            if now.status is not Status.DROPPED:
                yield Change(Kind.SCOPE_ADDED, name, version=now.version, group=now.group)
        else:
            yield from _repository(was, now)
            if was.group != now.group and renamed.get(was.group) != now.group:
                yield from _moved(was, now)
    for name, was in old.items():
        if name not in new and was.status is not Status.DROPPED:
            yield Change(Kind.SCOPE_DROPPED, name, version=was.version, group=was.group)
    earlier = outsiders(before)
    for name, outsider in outsiders(after).items():
        if name in earlier:
            yield from _outsider(earlier[name], outsider)


def _by_name(assessment: Assessment) -> dict[str, RepositoryHealth]:
    found: dict[str, RepositoryHealth] = {}
    for repository in assessment.repositories:
        found.setdefault(repository.name, repository)
    return found


def _plan(before: Assessment, after: Assessment) -> Iterator[Change]:
    was, now = before.plan, after.plan
    if was.release_date != now.release_date:
        yield Change(Kind.DATE, before=was.release_date.isoformat(), after=now.release_date.isoformat())
    yield from _milestones(was, now)
    if was.status is not now.status:
        yield Change(Kind.STATUS, before=was.status.value, after=now.status.value)
    if (was.lead or None) != (now.lead or None):
        yield Change(Kind.LEAD, before=was.lead or None, after=now.lead or None)
    leads = {g.name: g.lead or None for g in reversed(was.release_groups)}
    for group in now.release_groups:
        if group.name in leads and leads[group.name] != (group.lead or None):
            yield Change(Kind.LEAD, before=leads[group.name], after=group.lead or None, group=group.name)


def _milestones(before: Plan, after: Plan) -> Iterator[Change]:
    """Milestones that came, went or moved; of several with one name the last one counts."""
    old, new = ({m.name: m.date.isoformat() for m in plan.milestones} for plan in (before, after))
    for name in {**new, **old}:
        if old.get(name) != new.get(name):
            yield Change(Kind.MILESTONE, before=old.get(name), after=new.get(name), milestone=name)


def _renamed(
    before: Assessment, after: Assessment, old: Mapping[str, RepositoryHealth], new: Mapping[str, RepositoryHealth]
) -> dict[str, str]:
    """The groups that are gone, by the new one in which all of their repositories are together."""
    known, left = ({g.name for g in a.plan.release_groups} for a in (before, after))
    went: dict[str, set[str]] = {}
    for name, was in old.items():
        if was.group in known - left and name in new:
            went.setdefault(was.group, set()).add(new[name].group)
    return {group: next(iter(to)) for group, to in went.items() if len(to) == 1 and not to & known}


def _needed_by(before: Plan, after: Plan) -> Iterator[Change]:
    """The days by which something is needed, of what was needed before and is needed still."""
    old = _wishes(before)
    for (repository, needed), (group, version, day) in _wishes(after).items():
        if (repository, needed) in old and old[repository, needed][2] != day:
            was = old[repository, needed][2]
            yield Change(Kind.NEED_BY, repository, _iso(was), _iso(day), version, group, needed)


def _wishes(plan: Plan) -> dict[tuple[str, str], tuple[str, str | None, date | None]]:
    found: dict[tuple[str, str], tuple[str, str | None, date | None]] = {}
    for group, row in plan.repositories():
        for needed in row.dependencies:
            found.setdefault((row.name, needed.name), (group.name, row.version, needed.need_by))
    return found


def _repository(was: RepositoryHealth, now: RepositoryHealth) -> Iterator[Change]:
    def change(kind: Kind, before: str | None, after: str | None) -> Change:
        return Change(kind, now.name, before, after, now.version, now.group)

    if was.version != now.version:
        yield change(Kind.VERSION, was.version, now.version)
    if was.status is not now.status:
        yield change(_status_kind(was.status, now.status), was.status.value, now.status.value)
    if was.eta != now.eta and not now.settled:
        yield change(Kind.DATE, _iso(was.eta), _iso(now.eta))
    needed_before = {d.name: d.requirement or ANY_VERSION for d in was.dependencies}
    needed_now = {d.name: d.requirement or ANY_VERSION for d in now.dependencies}
    for name in {**needed_now, **needed_before}:
        old, new = needed_before.get(name), needed_now.get(name)
        if old != new:
            yield Change(Kind.DEPENDENCY, now.name, old, new, now.version, now.group, name)
    yield from _risks(was, now)


def _risks(was: RepositoryHealth, now: RepositoryHealth) -> Iterator[Change]:
    """Risks that were accepted, for how long and why; that one ended with its day is no change of the plan."""
    before, after = ({w.cause: w for w in row.waivers} for row in (was, now))
    for cause in {**after, **before}:
        old, new = before.get(cause), after.get(cause)
        if _decision(old) != _decision(new):
            was_until, until = (_iso(waiver.until) if waiver is not None else None for waiver in (old, new))
            said = new.reason if new is not None else ""
            yield Change(Kind.RISK, now.name, was_until, until, now.version, now.group, cause, said=said)


def _decision(waiver: Waiver | None) -> tuple[object, ...]:
    return (waiver.until, waiver.reason, waiver.captain) if waiver is not None else ()


def _moved(was: RepositoryHealth, now: RepositoryHealth) -> Iterator[Change]:
    """A repository in another group, which may be in other hands."""
    if was.lead != now.lead:
        yield Change(Kind.LEAD, now.name, was.lead, now.lead, now.version, now.group)
    yield Change(Kind.GROUP, now.name, was.group, now.group, now.version, now.group)


def _lead(plan: Plan, group: str) -> str | None:
    return next((g.lead or None for g in plan.release_groups if g.name == group), None)


def _outsider(was: Outsider, now: Outsider) -> Iterator[Change]:
    def change(kind: Kind, before: str | None, after: str | None) -> Change:
        return Change(kind, now.name, before, after, now.needed, outside=True)

    if was.status is not now.status:
        kind = Kind.RELEASED if now.status is Status.RELEASED else Kind.STATUS
        yield change(kind, was.status and was.status.value, now.status and now.status.value)
    if now.status is Status.RELEASED:
        return
    if was.version and now.version and was.version != now.version:
        yield change(Kind.VERSION, was.version, now.version)
    if was.eta != now.eta:
        yield change(Kind.DATE, _iso(was.eta), _iso(now.eta))


def _verdicts(before: Assessment, after: Assessment) -> Iterator[Change]:
    """Dependencies that stand otherwise now. Asked for only where nothing else is new: most follow from other news."""
    old = _by_name(before)
    for name, now in _by_name(after).items():
        if now.settled or name not in old:
            continue
        earlier: dict[str, Verdict] = {d.name: d.verdict for d in old[name].dependencies}
        for d in now.dependencies:
            was = earlier.get(d.name, d.verdict)
            if was is not d.verdict:
                yield Change(Kind.DEPENDENCY, name, was.value, d.verdict.value, now.version, now.group, d.name,
                             verdict=True)  # fmt: skip


def _iso(when: date | None) -> str | None:
    return when.isoformat() if when is not None else None


def _status_kind(was: Status, now: Status) -> Kind:
    if now is Status.RELEASED:
        return Kind.RELEASED
    if now is Status.DROPPED:
        return Kind.SCOPE_DROPPED
    return Kind.SCOPE_ADDED if was is Status.DROPPED else Kind.STATUS


_WORST_FIRST = (
    Status.BLOCKED,
    Status.AT_RISK,
    Status.UNKNOWN,
    Status.NOT_STARTED,
    Status.ON_TRACK,
    Status.READY,
)
_KINDS = tuple(Kind)


def _rank(change: Change) -> tuple[int, int, int]:
    """Order of telling; the sort is stable, so the plan's own order decides the rest. News of the whole plan leads."""
    worst = len(_WORST_FIRST)
    if change.kind is Kind.STATUS and change.after in _WORST_FIRST:
        worst = _WORST_FIRST.index(Status(change.after))
    return (_KINDS.index(change.kind), 0 if not change.repository else 1, worst)
