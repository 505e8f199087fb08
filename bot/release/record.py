"""What the versions of a plan tell: what changed between two of them and by whom, the way of one repository, the counts
of every day. Pure: versions in the order of the history go in, whoever reads git brings them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from typing import Any

from bot.release import words
from bot.release.facts import Delta, Fact, Facts, changes
from bot.release.history import Change, Kind
from bot.release.outline import DONE, TROUBLED
from bot.release.status import Status
from bot.release.stays import Moved
from bot.release.trend import Counts, Point


@dataclass(frozen=True)
class Mark:
    """Who left a version, and when. `commit` is a full id; both times are in UTC.

    `when`: the author's time, when somebody decided it. `committed`: since when it is in force, as far as the clocks of
    those who committed can be trusted. `slack_user`: who did it in Slack. `tracked`: Convoy wrote down what it had
    read, and nobody decided it.
    """

    commit: str
    author: str
    email: str
    when: datetime
    committed: datetime
    subject: str
    slack_user: str | None = None
    tracked: bool = False


@dataclass(frozen=True)
class Version:
    """One commit that touched a plan, and what it changed; nothing where its plan could not be read."""

    mark: Mark
    delta: Delta


@dataclass(frozen=True)
class Told:
    """One piece of news, and the commit that brought it to what it is now; `times`: how often it moved on the way."""

    change: Change
    mark: Mark
    times: int = 1


@dataclass(frozen=True)
class Difference:
    """What changed from one version of a plan to another, most important first.

    `start` is the version in force at the beginning, `end` the one at the end. `opened`: the plan is younger than what
    was asked for, so `start` is its first version.
    """

    told: tuple[Told, ...]
    start: Mark
    end: Mark
    opened: bool = False


@dataclass(frozen=True)
class Way:
    """All news of one repository, newest first; `there`: it is in the plan now."""

    repository: str
    told: tuple[Told, ...]
    there: bool = True


@dataclass(frozen=True)
class NeverThere:
    """No version of the plan ever had a repository of that name. `known`: those that it has or had, alphabetical."""

    repository: str
    known: tuple[str, ...]


def in_force(versions: Sequence[Version], moment: datetime) -> int:
    """How many of the versions there were at a moment; as the store reads at a moment, the clocks' errors included."""
    return next((n for n in range(len(versions), 0, -1) if versions[n - 1].mark.committed <= moment), 0)


def up_to(versions: Sequence[Version], moment: datetime | None) -> Sequence[Version]:
    """The versions that there were at a moment (None: all of them)."""
    return versions if moment is None else versions[: in_force(versions, moment)]


def facts_after(versions: Sequence[Version], number: int) -> Facts:
    """The facts after the first `number` versions."""
    facts = Facts()
    for version in versions[:number]:
        facts.apply(version.delta)
    return facts


def difference(versions: Sequence[Version], start: int, end: int) -> Difference | None:
    """What changed after the first `start` versions, up to `end`; None when there was no plan at the end.

    Where there was none at the start either, the first version after it is what the others are compared with.
    """
    facts = facts_after(versions, start)
    first = start
    while first < end and not facts.exists:
        facts.apply(versions[first].delta)
        first += 1
    before = facts.copy()
    moves = _Moves()
    for version in versions[first:end]:
        moves.follow(facts, version)
    if not facts.exists:
        return None
    told = tuple(moves.tell(change) for change in changes(before, facts))
    return Difference(told, versions[first - 1].mark, versions[end - 1].mark, opened=first > start)


_Key = tuple[str, ...]


class _Moves:
    """Which version moved which fact last, and how many did."""

    def __init__(self) -> None:
        self._moves: dict[_Key, list[tuple[int, Mark]]] = {}
        self._number = 0

    def follow(self, facts: Facts, version: Version) -> None:
        """Go one version forward and note what it moved."""
        self._number += 1
        for key in set(_touched(facts, version.delta)):
            self._moves.setdefault(key, []).append((self._number, version.mark))
        facts.apply(version.delta)

    def tell(self, change: Change) -> Told:
        """The change with whoever moved it last. What comes or goes as a whole brings or takes its fields along."""
        key = _key(change)
        found = list(self._moves.get(key, ()))
        if change.repository and key[0] != "scope":
            found += self._moves.get(("there", change.repository), ())
        if change.kind is Kind.LEAD and change.repository:  # it moved, and then its new group may have changed hands
            found += self._moves.get(("lead", change.group), ())
        _, mark = max(found, key=lambda move: move[0])
        return Told(change, mark, len(found))


def _touched(facts: Facts, change: Delta) -> Iterator[_Key]:
    if change.get("dropped"):
        yield from (("lead", name) for name in facts.groups)
        yield from (("milestone", name) for name in facts.milestones)
        for name, fact in facts.repositories.items():
            yield from _moved(name, fact, None)
        return
    yield from (("plan", name) for name in change.get("plan", ()))
    yield from (("milestone", name) for name in change.get("milestones", ()))
    yield from (("lead", name) for name in (*change.get("left", ()), *change.get("groups", ())))
    for name, fields in change.get("repositories", {}).items():
        yield from _moved(name, facts.repositories.get(name), fields)


def _moved(name: str, was: Fact | None, fields: Mapping[str, Any] | None) -> Iterator[_Key]:
    """What a version moved of one repository: `fields` are its changed ones, None when it is gone."""
    before = was.status if was is not None else Status.DROPPED
    after = fields.get("status", before) if fields is not None else Status.DROPPED
    if (before == Status.DROPPED) != (after == Status.DROPPED):
        yield ("scope", name)
    if was is None or fields is None:
        yield ("there", name)
        return
    for field, value in fields.items():
        if field == "needs":
            yield from (("needs", name, needed) for needed in value)
        elif field == "waivers":
            old, new = ({tuple(given) for given in some} for some in (was.waivers, value))
            yield from (("waivers", name, str(given[0])) for given in old ^ new)
        elif field == "wanted":
            yield from (("wanted", name, n) for n in {**was.wanted, **value} if was.wanted.get(n) != value.get(n))
        else:
            yield (field, name)


def _key(change: Change) -> _Key:
    match change.kind:
        case Kind.DATE:
            return ("eta", change.repository) if change.repository else ("plan", "date")
        case Kind.MILESTONE:
            return ("milestone", change.milestone)
        case Kind.STATUS | Kind.RELEASED:
            return ("status", change.repository) if change.repository else ("plan", "status")
        case Kind.VERSION:
            return ("version", change.repository)
        case Kind.DEPENDENCY:
            return ("needs", change.repository, change.dependency)
        case Kind.RISK:
            return ("waivers", change.repository, change.dependency)
        case Kind.NEED_BY:
            return ("wanted", change.repository, change.dependency)
        case Kind.GROUP:  # a group that got another name left under the old one
            return ("group", change.repository) if change.repository else ("lead", change.before or "")
        case Kind.LEAD if not change.repository and not change.group:
            return ("plan", "lead")
        case Kind.LEAD:
            return ("group", change.repository) if change.repository else ("lead", change.group)
        case Kind.SCOPE_ADDED | Kind.SCOPE_DROPPED:
            return ("scope", change.repository)


def way(versions: Sequence[Version], repository: str) -> Way | NeverThere:
    """Everything that ever happened to one repository: every step of it, not only what is left of them."""
    facts = Facts()
    known: set[str] = set()
    steps: list[list[Told]] = []
    for version in versions:
        named = version.delta.get("repositories", {})
        known.update(named)
        if repository in named or not version.delta.keys() <= {"plan", "milestones", "repositories"}:
            before = facts.only(repository)
            facts.apply(version.delta)
            steps.append([Told(change, version.mark) for change in _steps(repository, before, facts.only(repository))])
        else:
            facts.apply(version.delta)
    if repository not in known:
        return NeverThere(repository, tuple(sorted(known)))
    return Way(repository, tuple(chain.from_iterable(reversed(steps))), repository in facts.repositories)


def _steps(repository: str, before: Facts, after: Facts) -> tuple[Change, ...]:
    """The news of one repository alone, be it that the plan was opened with it or ended with it."""
    found = changes(before, after)
    groups = {fact.group for facts in (before, after) if (fact := facts.repositories.get(repository)) is not None}
    stayed = len(before.repositories) == len(after.repositories) == len(groups) == 1
    own = groups if stayed else {c.group for c in found if c.kind is Kind.GROUP and not c.repository}
    return tuple(c for c in found if c.kind is not Kind.LEAD or c.repository or c.group in own)


def daily(versions: Sequence[Version], zone: str) -> tuple[Point, ...]:
    """The counts at the end of every local day that brought a new version, in order."""
    facts, tally = Facts(), _Tally()
    by_day: dict[date, tuple[int, Point]] = {}
    for number, version in enumerate(versions):
        tally.follow(facts, version.delta)
        day = words.local(version.mark.committed, zone).date()
        by_day[day] = (number, Point(day, tally.counts()))
    points: list[Point] = []
    newest = -1
    for number, point in (by_day[day] for day in sorted(by_day)):
        if number > newest:  # otherwise it was overtaken by a version that clocks say is older
            points.append(point)
            newest = number
    return tuple(points)


class _Tally:
    """Repositories by status, kept up to date version by version."""

    def __init__(self) -> None:
        self._statuses: dict[str, int] = {}

    def follow(self, facts: Facts, change: Delta) -> None:
        """Go one version forward."""
        if change.get("dropped"):
            self._statuses.clear()
        names = change.get("repositories", ())
        for name in names:
            self._add(facts, name, -1)
        facts.apply(change)
        for name in names:
            self._add(facts, name, 1)

    def _add(self, facts: Facts, name: str, number: int) -> None:
        found = facts.repositories.get(name)
        if found is not None:
            self._statuses[found.status] = self._statuses.get(found.status, 0) + number

    def counts(self) -> Counts:
        """As `trend.counts` has them."""
        scope = sum(n for status, n in self._statuses.items() if status != Status.DROPPED)
        return Counts(self._of(DONE), scope, self._of(TROUBLED))

    def _of(self, statuses: frozenset[Status]) -> int:
        return sum(self._statuses.get(status, 0) for status in statuses)


@dataclass(frozen=True)
class Moves:
    """Every version that moved a status: when, never going backwards, and what moved; None where the plan ended.

    `last` is the commit of the newest version, `whole`: these are all that there ever were.
    """

    found: tuple[tuple[datetime, Moved | None], ...]
    last: str
    whole: bool


def moves(versions: Sequence[Version], after: str | None = None) -> Moves:
    """What moved after the version of that commit; all of it where there is no such version."""
    start = next((n for n in range(len(versions), 0, -1) if versions[n - 1].mark.commit == after), 0)
    latest = max((version.mark.committed for version in versions[:start]), default=None)
    found: list[tuple[datetime, Moved | None]] = []
    for version in versions[start:]:
        latest = max(latest or version.mark.committed, version.mark.committed)
        if version.delta.get("dropped"):
            found.append((latest, None))
            continue
        named = version.delta.get("repositories", {})
        moved = {name: Status(fields["status"]) if fields else None
                 for name, fields in named.items() if fields is None or "status" in fields}  # fmt: skip
        if moved:
            found.append((latest, moved))
    return Moves(tuple(found), versions[-1].mark.commit if versions else "", start == 0)
