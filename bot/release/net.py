"""The part of a plan along which dates travel: who still waits on whom, and whether what they wait on will do.

What is there already carries nothing, and what is out or dropped waits on nothing. `dates` and `impact` read it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from bot.release import graph
from bot.release.folder import PlanFolder
from bot.release.plan import Group, Repository
from bot.release.proof import proof
from bot.release.standing import Standing, of_outsider, of_repository
from bot.release.status import Status
from bot.release.travel import Demand
from bot.release.version import Outcome, satisfies


@dataclass(frozen=True)
class Net:
    """The plan as a graph: nodes 0..len(rows)-1 are the rows of the plan, dependencies from outside it follow.

    `needs` holds only the edges along which a date travels, with what is asked on them beside it in `wishes`;
    `unclear` what a node needs and nobody can tell whether it will ever be what is needed. `index`: nodes by name.
    """

    rows: Sequence[tuple[Group, Repository]]
    standings: list[Standing]
    settled: list[bool]
    needs: list[list[int]]
    wishes: list[list[Demand | None]]
    unclear: list[list[int]]
    index: dict[str, int]

    def add(self, outsider: Standing) -> int:
        """A node for something outside the plan."""
        self.index[outsider.name] = len(self.standings)
        self.standings.append(outsider)
        self.settled.append(is_settled(outsider))
        for edges in (self.needs, self.wishes, self.unclear):
            edges.append([])
        return len(self.standings) - 1

    def waiting(self, node: int) -> list[bool]:
        """For every node whether it waits on that one, directly or along others (itself only in a circle)."""
        reverse = graph.reversed_edges([[*a, *b] for a, b in zip(self.needs, self.unclear, strict=True)])
        return graph.ancestors(reverse, reverse[node])

    def waits_directly(self, by: int, node: int) -> bool:
        """Whether `by` itself names that one."""
        return node in self.needs[by] or node in self.unclear[by]


def net_of(folder: PlanFolder, now: datetime) -> Net:
    """The net of a folder at `now`. Linear; a repository listed twice is two nodes, and others wait on the first."""
    rows = list(folder.document.plan.repositories())
    standings = [of_repository(repository, folder, now) for _, repository in rows]
    settled = [is_settled(standing) for standing in standings]
    index = {standing.name: number for number, standing in reversed(list(enumerate(standings)))}
    net = Net(rows, standings, settled, [[] for _ in rows], [[] for _ in rows], [[] for _ in rows], index)
    promises: dict[tuple[int, str | None], Promise] = {}  # thousands need the same thing in the same version
    kept, coming, none = Promise.KEPT, Promise.COMING, Promise.NONE
    for by, (_, repository) in enumerate(rows):
        if settled[by]:
            continue
        needs, wishes, unclear = net.needs[by], net.wishes[by], net.unclear[by]
        for dependency in repository.dependencies:
            needed = index.get(dependency.name)
            if needed is None:
                needed = net.add(of_outsider(dependency.name, folder, now))
            key = (needed, dependency.version)
            promise = promises.get(key)
            if promise is None:
                promise = promises[key] = promise_of(standings[needed], dependency.version)
            if promise is kept:
                continue
            if promise is not none:
                needs.append(needed)
                wishes.append(Demand(dependency.need_by.toordinal(), by) if dependency.need_by else None)
            if promise is not coming:
                unclear.append(needed)
    return net


_SETTLED = (Status.RELEASED, Status.DROPPED)


def is_settled(standing: Standing) -> bool:
    """Out, or out of the train: it waits on nothing any more."""
    return standing.status in _SETTLED


class Promise(Enum):
    """What a provider holds out to one who needs it."""

    KEPT = auto()  # what is needed is published: nothing to wait for
    COMING = auto()
    UNCLEAR = auto()  # it is coming, and nobody can say whether it will do
    NONE = auto()  # as the plan stands it will never do, so its date says nothing: the plan must change first


def promise_of(provider: Standing, requirement: str | None) -> Promise:
    """The same judgement as the verdict of readiness, without its words (a test holds the two together)."""
    if proof(requirement, provider) is not None:
        return Promise.KEPT
    if is_settled(provider):
        return Promise.NONE
    if requirement is None:
        return Promise.COMING
    if provider.version is None:
        return Promise.UNCLEAR
    outcome = satisfies(requirement, provider.version).outcome
    if outcome is Outcome.NOT_SATISFIED:  # what is outside the plan may well publish another one
        return Promise.NONE if provider.in_plan else Promise.COMING
    return Promise.COMING if outcome is Outcome.SATISFIED else Promise.UNCLEAR
