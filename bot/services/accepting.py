"""Accepting a risk from Slack: who may, what there is to accept, and the edit, which goes through the journal."""

from dataclasses import dataclass
from datetime import date, timedelta

from bot.release import words
from bot.release.assessment import Assessment
from bot.release.edits import AcceptRisk, Conflict
from bot.release.status import Verdict
from bot.services.alerting import not_theirs
from bot.services.editing import Editing, Pending
from bot.services.planning import Planning, View
from bot.services.ports import Author, Clock, Entry, Updated

_PROPOSED = timedelta(days=7)


@dataclass(frozen=True)
class Offer:
    """What a captain can accept: pairs of a repository and a root cause. `until`: the day to propose."""

    view: View
    risks: tuple[tuple[str, str], ...]
    until: date


@dataclass(frozen=True)
class Acceptance:
    """What somebody sent: the risk of which captain, in which plan; `base` is the commit that they looked at."""

    id: str
    plan: str
    captain: str
    base: str
    repository: str
    cause: str
    until: date
    reason: str


class Accepting:
    """`editing` makes it now, or keeps it until the store is back."""

    def __init__(self, planning: Planning, editing: Editing, clock: Clock) -> None:
        self._planning = planning
        self._editing = editing
        self._clock = clock

    async def offer(self, slug: str, captain: str, by: str) -> Offer | str:
        """What `by` (Slack user id) may accept in the captain's name; a reason when that is not theirs to do."""
        view = await self._planning.view(slug)
        refused = not_theirs(view, captain, by)
        if refused is not None:
            return refused
        today = await self.today(slug)
        proposed = min(today + _PROPOSED, max(today, view.assessment.plan.release_date))
        return Offer(view, risks_of(view.assessment, captain), proposed)

    async def today(self, slug: str) -> date:
        """The day that it is where the plan lives."""
        view = await self._planning.view(slug)
        return words.local(self._clock.now(), view.assessment.plan.timezone).date()

    async def take(self, given: Acceptance, by: str, workspace: str | None) -> Entry | Conflict:
        """Write it into the journal, once for each `id` however often it is sent. Raises StoreError, DeliveryError."""
        view = await self._planning.view(given.plan)
        refused = not_theirs(view, given.captain, by)
        if refused is not None:
            return Conflict(refused)
        if (given.repository, given.cause) not in risks_of(view.assessment, given.captain):
            gone = f"{given.repository} of {given.captain} does not wait on {given.cause} any more"
            return Conflict(f"{gone}, so there is no risk to accept")
        author = author_of(view, by, workspace)
        edit = AcceptRisk(
            given.id, self._clock.now(), given.repository, given.cause, given.until, given.reason, author.name
        )
        return await self._editing.take(given.plan, edit, author, given.base)

    async def make(self, taken: Entry) -> Updated | Conflict | Pending:
        """Write what was taken into the plan. Raises DeliveryError."""
        return await self._editing.make(taken)


def risks_of(assessment: Assessment, captain: str) -> tuple[tuple[str, str], ...]:
    """What a captain's repositories wait on: each with each root cause, those at risk first."""
    found: dict[tuple[str, str], bool] = {}
    for health in assessment.repositories:
        if health.lead != captain or health.settled:
            continue
        for dependency in health.dependencies:
            for cause in dependency.root_causes:
                risky = dependency.verdict is Verdict.AT_RISK
                found[health.name, cause] = found.get((health.name, cause), False) or risky
    return tuple(sorted(found, key=lambda pair: not found[pair]))


def author_of(view: View, user: str, workspace: str | None) -> Author:
    """A Slack user as the author of a commit: by the name and address of captains.json, where they are in it."""
    found = [person for person in view.people.values() if person.slack_user == user]
    name = found[0].lead if found else user
    email = next((person.email for person in found if person.email), f"{user.lower()}@slack.invalid")
    return Author(name, email, user, workspace or "")
