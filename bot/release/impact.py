"""What it would do if one repository came later: whose dates move, who misses theirs, whom to talk to.

A what-if: the same dates and verdicts are computed before and after on values, and nothing is written.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from bot.release import readiness
from bot.release.dates import DatedRepository, Dates, dates
from bot.release.folder import PlanFolder
from bot.release.ga_status import StatusDocument
from bot.release.moments import LAST
from bot.release.net import Net, net_of
from bot.release.plan import Plan, PlanDocument
from bot.release.slips import CountedFrom, Slip
from bot.release.status import Status, Verdict
from bot.release.suggest import did_you_mean
from bot.release.words import day


@dataclass(frozen=True)
class Waiting:
    """One repository of the plan that waits on the one that is asked about; `direct`: it names it itself."""

    name: str
    group: str
    lead: str | None
    direct: bool


@dataclass(frozen=True)
class Moved:
    """One repository whose earliest date the slip would move, as it would be before and after."""

    before: DatedRepository
    after: DatedRepository
    days: int

    @property
    def later_than_wanted(self) -> bool:
        """Whether the slip makes it miss its date, or miss it by more."""
        return self.after.late_days > self.before.late_days


@dataclass(frozen=True)
class VerdictChange:
    """One dependency that would be judged otherwise. `reason` is a plain sentence for the verdict after the slip."""

    repository: str
    lead: str | None
    dependency: str
    requirement: str | None
    before: Verdict
    after: Verdict
    reason: str


@dataclass(frozen=True)
class Impact:
    """Who waits on a repository and, with a slip, what that would do. All in plan order.

    `subject`: the repository as it stands, with its dates; `lead` there is who answers for it. `waiting`: those of the
    plan that wait on it, directly or along others, itself left out. `moved` holds the repository itself, too.
    """

    subject: DatedRepository
    today: date
    release_date: date
    waiting: tuple[Waiting, ...]
    slip: Slip | None = None
    moved: tuple[Moved, ...] = ()
    verdicts: tuple[VerdictChange, ...] = ()

    @property
    def late(self) -> tuple[Moved, ...]:
        """Those that would miss their date, or miss it by more; the latest first."""
        return tuple(sorted((m for m in self.moved if m.later_than_wanted), key=lambda m: -m.after.late_days))

    @property
    def past_release(self) -> tuple[int, int]:
        """By how many days the latest of `moved` comes after the release date: without the slip, and with it."""
        before = [m.before.earliest for m in self.moved if m.before.earliest is not None]
        after = [m.after.earliest for m in self.moved if m.after.earliest is not None]
        without, with_it = (
            max((day - self.release_date).days for day in (*d, self.release_date)) for d in (before, after)
        )
        return without, with_it

    @property
    def past_milestones(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The train's milestones that somebody would come after because of the slip, each with those names."""
        passed: dict[str, list[str]] = {}
        for moved in self.moved:
            for milestone in moved.after.past_milestones:
                if milestone not in moved.before.past_milestones:
                    passed.setdefault(milestone, []).append(moved.after.name)
        return tuple((milestone, tuple(found)) for milestone, found in passed.items())

    @property
    def captains(self) -> tuple[str, ...]:
        """Whom it concerns, alphabetical: with a slip those who would miss a date or read another verdict."""
        if self.slip is None:
            return _named(w.lead for w in self.waiting)
        return _named((*(m.after.lead for m in self.late), *(v.lead for v in self.verdicts)))


@dataclass(frozen=True)
class NoImpact:
    """Why there is no answer: a sentence for the person who asked.

    `known`: the names that the plan knows, where the one that was asked about is none of them.
    """

    reason: str
    known: tuple[str, ...] = ()


def impact(
    folder: PlanFolder, now: datetime, repository: str, slip: timedelta | date | None = None
) -> Impact | NoImpact:
    """Who waits on `repository`, and what it would do if it came `slip` later (whole days) or on that date.

    Days are counted from the date that is given for it; from today where that has passed or it is ready; from the day
    on which it is wanted where nobody gave one. A negative slip asks what coming earlier would do. A name in another
    case is understood where only one fits.
    """
    net = net_of(folder, now)
    if repository not in net.index:
        alike = [name for name in net.index if name.casefold() == repository.casefold()]
        if len(alike) != 1:
            return _unknown(folder.document.plan, net, repository)
        repository = alike[0]
    current, planned = dates(folder, now), folder.document.plan.release_date
    subject = current.find(repository)
    if subject is None:
        raise KeyError(repository)
    waiting = _waiting(net, repository)
    if slip is None:
        return Impact(subject, current.today, planned, waiting)
    asked = _slip(subject, current.today, slip)
    if isinstance(asked, NoImpact):
        return asked
    before = dates(folder, now, {repository: asked.start}) if asked.counted is CountedFrom.DEADLINE else current
    after = dates(folder, now, {repository: asked.to})
    verdicts = _verdicts(folder, suppose(folder, repository, asked.to), now)
    return Impact(subject, current.today, planned, waiting, asked, _moved(before, after), verdicts)


def suppose(folder: PlanFolder, repository: str, expected: date) -> PlanFolder:
    """The folder as if `repository` were expected on that day. `raw` stays as it is: this is never to be written."""
    plan = folder.document.plan
    groups = [
        group.model_copy(
            update={
                "repositories": tuple(
                    row.model_copy(update={"eta": expected}) if row.name == repository else row
                    for row in group.repositories
                )
            }
        )
        for group in plan.release_groups
    ]
    supposed = plan.model_copy(update={"release_groups": tuple(groups)})
    reports = dict(folder.reports)
    if repository in reports:
        said = reports[repository]
        reports[repository] = StatusDocument(said.raw, said.status.model_copy(update={"eta_date": expected}))
    return replace(folder, document=PlanDocument(folder.document.raw, supposed), reports=reports)


def _unknown(plan: Plan, net: Net, repository: str) -> NoImpact:
    """A name that nobody waits on any more is an answer too; one that the plan does not hold is not."""
    known = {*net.index, *(d.name for _, row in plan.repositories() for d in row.dependencies)}
    if repository in known:
        return NoImpact(f"{repository} is not in this plan, and nobody in it waits on {repository} any more")
    names = tuple(sorted(known))
    return NoImpact(f"there is no repository {repository!r} in this plan{did_you_mean(repository, names)}", names)


def _waiting(net: Net, repository: str) -> tuple[Waiting, ...]:
    node = net.index[repository]
    waits = net.waiting(node)
    return tuple(
        Waiting(row.name, group.name, group.lead or None, direct=net.waits_directly(number, node))
        for number, (group, row) in enumerate(net.rows)
        if waits[number] and row.name != repository
    )


def _slip(subject: DatedRepository, today: date, slip: timedelta | date) -> Slip | NoImpact:
    if subject.status is Status.RELEASED:
        return NoImpact(f"{subject.name} is released: it can slip no more")
    if subject.status is Status.DROPPED:
        return NoImpact(f"{subject.name} was dropped from this release: its date moves nobody")
    start, counted = _start(subject, today)
    if isinstance(slip, date):
        if slip < today:
            return NoImpact(f"{day(slip, today)} has passed, and {subject.name} is not out: name a day from today on")
        to = slip
    else:
        to = max(today, start + min(max(slip, today - start), date.max - start))
    if to > LAST:
        return NoImpact(f"that is past the year {LAST.year}, the last that is read: name fewer days or an earlier one")
    return Slip(start, to, counted)


def _start(subject: DatedRepository, today: date) -> tuple[date, CountedFrom]:
    if subject.eta is not None and subject.eta >= today:
        return subject.eta, CountedFrom.ETA
    if subject.eta is not None or subject.status is Status.READY:
        return today, CountedFrom.TODAY
    return max(subject.deadline, today), CountedFrom.DEADLINE


def _moved(before: Dates, after: Dates) -> tuple[Moved, ...]:
    pairs = zip((*before.repositories, *before.outside), (*after.repositories, *after.outside), strict=True)
    return tuple(
        Moved(was, then, (then.earliest - was.earliest).days)
        for was, then in pairs
        if was.earliest is not None and then.earliest is not None and was.earliest != then.earliest
    )


def _verdicts(folder: PlanFolder, supposed: PlanFolder, now: datetime) -> tuple[VerdictChange, ...]:
    before, after = readiness.evaluate(folder, now), readiness.evaluate(supposed, now)
    return tuple(
        VerdictChange(
            then.name, then.lead, judged.name, judged.requirement, known.verdict, judged.verdict, judged.reason
        )
        for was, then in zip(before.repositories, after.repositories, strict=True)
        if not then.settled
        for known, judged in zip(was.dependencies, then.dependencies, strict=True)
        if known.verdict is not judged.verdict
    )


def _named(leads: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(sorted({lead for lead in leads if lead}))
