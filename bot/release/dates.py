"""When each repository can be ready at the earliest, given those that it needs, and whether that misses its date.

Dates climb along the edges: nobody can be ready before what they need is out. What is asked for goes down: whoever must
be there on a day wants its own providers by that day. The rules stand in docs/forecast.md; `travel` does the walking.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from bot.release import graph, travel
from bot.release.folder import PlanFolder
from bot.release.net import Net, is_settled, net_of
from bot.release.plan import Milestone, Plan
from bot.release.standing import Standing
from bot.release.status import Status
from bot.release.travel import Climb, Demand
from bot.release.words import local


@dataclass(frozen=True)
class DatedRepository:
    """One repository and its dates.

    `earliest`: it cannot be ready before that day, as far as the known dates go; never before today, and None for what
    is out or dropped. `unknown` names those whose date nobody gave (the repository itself, what it needs, directly or
    further down), nearest first, at most three and then "…"; while there are any, `earliest` may be too early. What the
    plan cannot deliver (something dropped, a version that does not satisfy) stands there too, and gives no date.

    `deadline`: by when it is wanted: the earliest `needBy` or deadline of those that wait on it and the milestone that
    carries its name or its group's, else the release date. `asked_by` is the repository whose `needBy` it is,
    `milestone` the milestone's name; both empty: the release date. `late_days`: by how many days `earliest` misses it.
    `eta` is the date given for it alone (its feed's, else the plan's; an expired feed's does not count).
    `because`: the path from the repository to the one whose own date decides `earliest`, both included, with "…" for
    the middle of a long one. `past_milestones`: the train's own coming milestones that `earliest` is past.
    """

    name: str
    earliest: date | None
    deadline: date
    late_days: int
    because: tuple[str, ...]
    unknown: tuple[str, ...]
    status: Status = Status.UNKNOWN
    eta: date | None = None
    group: str | None = None
    lead: str | None = None
    asked_by: str = ""
    milestone: str = ""
    past_milestones: tuple[str, ...] = ()


@dataclass(frozen=True)
class Dates:
    """The dates of a whole plan as of `today` (a day in the plan's zone).

    `repositories` in plan order, one for every row; `outside`: what is needed and not in the plan, as first mentioned.
    """

    plan: Plan
    today: date
    repositories: tuple[DatedRepository, ...]
    outside: tuple[DatedRepository, ...]

    @cached_property
    def _by_name(self) -> Mapping[str, DatedRepository]:
        return {d.name: d for d in reversed((*self.repositories, *self.outside))}

    def find(self, name: str) -> DatedRepository | None:
        """The dates of that repository, in the plan or outside (listed twice: the first), or None."""
        return self._by_name.get(name)

    @property
    def late(self) -> tuple[DatedRepository, ...]:
        """Those of the plan that miss their date, latest first, then in plan order."""
        return tuple(sorted((d for d in self.repositories if d.late_days), key=lambda d: -d.late_days))


def dates(folder: PlanFolder, now: datetime, assume: Mapping[str, date] | None = None) -> Dates:
    """The dates of every repository at `now` (with zone).

    Pure, linear in repositories and dependencies; never raises for a valid folder. `assume` are expected dates by name
    that are taken instead of those that people gave (a what-if); they do not touch what is out or dropped.
    """
    plan = folder.document.plan
    today = local(now, plan.timezone).date()
    net = net_of(folder, now)
    etas = _etas(net, assume or {})
    own = [max(eta, today).toordinal() if eta is not None else today.toordinal() for eta in etas]
    parts = list(graph.components(net.needs))
    climb = travel.climb(net.needs, parts, own)
    unknown = travel.gather(net.needs, parts, _undated(net, etas, today, assume or {}))
    milestones = _Milestones(plan)
    due = travel.descend(net.needs, parts, net.wishes, milestones.demands(net), Demand(plan.release_date.toordinal()))
    dated = _dated(net, etas, climb, unknown, due, milestones.of_the_train(today))
    return Dates(plan, today, tuple(dated[: len(net.rows)]), tuple(dated[len(net.rows) :]))


def _etas(net: Net, assume: Mapping[str, date]) -> list[date | None]:
    """The date that is given for each node alone."""
    etas: list[date | None] = []
    for number, standing in enumerate(net.standings):
        eta = standing.eta
        if standing.expired:  # the feed's date has expired with the feed, what people wrote into the plan has not
            eta = net.rows[number][1].eta if number < len(net.rows) else None
        etas.append(assume.get(standing.name, eta))
    return etas


def _is_known(standing: Standing, eta: date | None, today: date, assume: Container[str]) -> bool:
    """Whether anybody can say when it will be there: a day that has passed is no date any more."""
    if is_settled(standing) or standing.status is Status.READY or standing.name in assume:
        return True
    return eta is not None and eta >= today and standing.status is not Status.UNKNOWN


def _undated(net: Net, etas: Sequence[date | None], today: date, assume: Container[str]) -> list[Sequence[str]]:
    """For each node the names without a date that it meets by itself: its own and what is unclear."""
    noted: list[Sequence[str]] = []
    for standing, eta, unclear in zip(net.standings, etas, net.unclear, strict=True):
        own = () if _is_known(standing, eta, today, assume) else (standing.name,)
        noted.append((*own, *(net.standings[other].name for other in unclear)) if unclear else own)
    return noted


class _Milestones:
    """Which milestones are whose: one that carries a name, alone or before a colon (`Platform: done`), is that one's.

    A repository's own go before its group's; of several the last counts. All others are the train's.
    """

    def __init__(self, plan: Plan) -> None:
        self._whose: dict[str, Milestone] = {}
        self._train: list[Milestone] = []
        names: set[str] = set()
        if plan.milestones:
            names = {name.casefold() for group, row in plan.repositories() for name in (group.name, row.name)}
        for milestone in sorted(plan.milestones, key=lambda m: m.date):
            whole, start = milestone.name.strip(), milestone.name.partition(":")[0].strip()
            whose = next((n for n in (whole.casefold(), start.casefold()) if n in names), None)
            if whose is None:
                self._train.append(milestone)
            else:
                self._whose[whose] = milestone

    def demands(self, net: Net) -> list[Demand | None]:
        """What the milestones ask of each node."""
        asked: list[Demand | None] = [None] * len(net.standings)
        for number, (group, row) in enumerate(net.rows if self._whose else ()):
            found = self._whose.get(row.name.casefold()) or self._whose.get(group.name.casefold())
            if found is not None:
                asked[number] = Demand(found.date.toordinal(), milestone=found.name)
        return asked

    def of_the_train(self, today: date) -> list[Milestone]:
        """Those of the whole train that are still to come, in the order of their dates."""
        return [m for m in self._train if m.date >= today]


def _dated(
    net: Net,
    etas: Sequence[date | None],
    climb: Climb,
    unknown: Sequence[tuple[str, ...]],
    due: Sequence[Demand],
    coming: Sequence[Milestone],
) -> list[DatedRepository]:
    names = [standing.name for standing in net.standings]
    days = {day: date.fromordinal(day) for day in {*climb.earliest, *(demand.day for demand in due)}}
    told: list[DatedRepository] = []
    for node, (because, standing) in enumerate(zip(climb.paths(names), net.standings, strict=True)):
        group = net.rows[node][0] if node < len(net.rows) else None
        settled, demand, day = net.settled[node], due[node], climb.earliest[node]
        one = DatedRepository(
            name=standing.name,
            earliest=None if settled else days[day],
            deadline=days[demand.day],
            late_days=0 if settled else max(0, day - demand.day),
            because=() if settled else because,
            unknown=() if settled else unknown[node],
            status=standing.status,
            eta=etas[node],
            group=group.name if group is not None else None,
            lead=(group.lead or None) if group is not None else None,
            asked_by=names[demand.asked_by] if demand.asked_by >= 0 else "",
            milestone=demand.milestone,
            past_milestones=tuple(m.name for m in coming if m.date < days[day]) if coming and not settled else (),
        )
        told.append(one)
    return told
