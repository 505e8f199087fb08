"""How long repositories stayed on their way to a release, followed move by move: the past that `forecast` goes by."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.release.status import Status

Moved = Mapping[str, Status | None]
"""Which repositories came to another status at once, and to which; None for one that left the plan."""

_SECONDS_A_DAY = 86_400


@dataclass(frozen=True)
class Stay:
    """One repository from the moment at which it came to `status` until it was RELEASED.

    `days` (not whole ones) went by in between, whatever other statuses it passed through. `ended` is False where nobody
    saw it released: it is still on its way, it was dropped, or it left the plan; it took at least so long. `plan` is
    the slug of the plan in which that was.
    """

    repository: str
    status: Status
    days: float
    ended: bool
    plan: str = ""


class Staying:
    """The stays of one plan (`plan`: its slug) up to the last move that was followed."""

    def __init__(self, plan: str = "") -> None:
        self._plan = plan
        self._over: list[tuple[datetime, Stay]] = []
        self._running: dict[str, _Life] = {}
        self._since: dict[str, tuple[Status, datetime]] = {}
        self._last: datetime | None = None

    def follow(self, moment: datetime, moved: Moved | None) -> None:
        """Go on to a moment (with zone) at which statuses moved; `moved` None: the plan is gone, and all of it.

        Raises ValueError when the moments go backwards.
        """
        if self._last is not None and moment < self._last:
            raise ValueError(f"the history goes backwards: {moment.isoformat()} comes after {self._last.isoformat()}")
        for name, status in (dict.fromkeys(self._since) if moved is None else moved).items():
            self._move(name, status, moment)
        self._last = moment

    def _move(self, name: str, status: Status | None, moment: datetime) -> None:
        if status is None:
            del self._since[name]
            if name in self._running:
                self._over += self._running.pop(name).stays(self._last or moment, ended=False)
            return
        if name not in self._since or self._since[name][0] is not status:
            self._since[name] = (status, moment)
        if status not in (Status.RELEASED, Status.DROPPED):
            self._running.setdefault(name, _Life(name, self._plan)).enter(status, moment)
        elif name in self._running:
            self._over += self._running.pop(name).stays(moment, ended=status is Status.RELEASED)

    def stays(self) -> tuple[Stay, ...]:
        """All of them, in the order in which they began; those that go on end with the last move."""
        found = list(self._over)
        if self._last is not None:
            for life in self._running.values():
                found += life.stays(self._last, ended=False)
        return tuple(stay for _, stay in sorted(found, key=lambda each: (each[0], each[1].repository)))

    @property
    def since(self) -> Mapping[str, tuple[Status, datetime]]:
        """The status of each repository that is in the plan, and since when it has it."""
        return dict(self._since)


class _Life:
    """One way of one repository towards its release: when it came to which status."""

    def __init__(self, name: str, plan: str) -> None:
        self._name = name
        self._plan = plan
        self._entered: list[tuple[datetime, Status]] = []

    def enter(self, status: Status, moment: datetime) -> None:
        if not self._entered or self._entered[-1][1] is not status:
            self._entered.append((moment, status))

    def stays(self, end: datetime, *, ended: bool) -> list[tuple[datetime, Stay]]:
        return [
            (since, Stay(self._name, status, (end - since).total_seconds() / _SECONDS_A_DAY, ended, self._plan))
            for since, status in self._entered
        ]


def stays(history: Iterable[tuple[datetime, Mapping[str, Status]]], plan: str = "") -> tuple[Stay, ...]:
    """The stays in the history of one plan, whose items are as in `moves`. Raises ValueError when it goes backwards."""
    staying = Staying(plan)
    for moment, moved in moves(history):
        staying.follow(moment, moved)
    return staying.stays()


def moves(history: Iterable[tuple[datetime, Mapping[str, Status]]]) -> Iterator[tuple[datetime, Moved]]:
    """What moved from each item to the next: a moment, and the status of every repository in the plan at it."""
    before: Mapping[str, Status] = {}
    for moment, statuses in history:
        gone: dict[str, Status | None] = {name: None for name in before if name not in statuses}
        yield moment, gone | {name: now for name, now in statuses.items() if before.get(name) is not now}
        before = statuses
