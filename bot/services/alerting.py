"""Telling captains what they depend on and is not ready, once, and taking their acknowledgement."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog

from bot.blocks import alert as alert_blocks
from bot.blocks import notices
from bot.release import alerts
from bot.release.alerts import CaptainAlert
from bot.release.assessment import Assessment
from bot.services.planning import Planning, View
from bot.services.ports import Clock, Deliveries, Delivery, Person

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class AckOutcome:
    """What came of a click on Ack. `refused` says why nothing was done; `already_by` who had done it before."""

    done: bool
    by: str
    at: datetime
    already_by: str | None = None
    refused: str | None = None


class Alerting:
    """Decides by the pure policy of `release/alerts.py`, records and enqueues in one transaction."""

    def __init__(self, planning: Planning, deliveries: Deliveries, clock: Clock) -> None:
        self._planning = planning
        self._deliveries = deliveries
        self._clock = clock

    async def tell(self, slug: str, commit: str, assessment: Assessment) -> int:
        """Tell every captain what is new for them; returns how many messages became due."""
        ledger = await self._deliveries.incidents(slug)
        decision = alerts.due(slug, assessment, ledger, assessment.now)
        people = self._planning.people
        deliveries: list[Delivery] = []
        told = {one.captain for one in decision.alerts}
        incidents = [i for i in decision.incidents if i.captain not in told]  # closed without a word: an accepted risk
        for one in decision.alerts:
            user = slack_user(one.captain, people)
            if user is None:
                # No row in the ledger: the captain hears of it as soon as somebody says who they are.
                log.warning("captain has no Slack user", plan=slug, captain=one.captain)
                deliveries += self._tell_lead(slug, one, assessment, people)
                continue
            message = alert_blocks.alert(one, assessment, slug=slug, people=people)
            deliveries.append(Delivery(one.key, "alert", slug, user, message))
            incidents += [i for i in decision.incidents if i.captain == one.captain]
        if not deliveries and not incidents:
            return 0
        new = await self._deliveries.record(slug, incidents, deliveries)
        log.info("alerts recorded", plan=slug, commit=commit, due=len(deliveries), new=new)
        return new

    def _tell_lead(
        self, slug: str, one: CaptainAlert, assessment: Assessment, people: Mapping[str, Person]
    ) -> list[Delivery]:
        """Nobody is dropped in silence: the lead captain hears once that a captain cannot be reached."""
        lead = slack_user(assessment.plan.lead, people)
        if lead is None:
            return []
        message = notices.captain_unknown(one.captain, assessment, slug=slug)
        return [Delivery(f"unmapped:{slug}:{one.captain}", "notice", slug, lead, message)]

    async def acknowledge(self, slug: str, captain: str, by: str, told: datetime | None = None) -> AckOutcome:
        """Acknowledge what a captain was told of up to `told` (None: all) and is open.

        The captain, the deputy and the lead captain may.
        """
        now = self._clock.now()
        view = await self._planning.view(slug)
        refused = not_theirs(view, captain, by)
        if refused is not None:
            return AckOutcome(False, by, now, refused=refused)
        causes = await self._told_by(slug, captain, told)
        if told is not None and not causes:
            return AckOutcome(False, by, now, refused=_OVER)
        done = await self._deliveries.acknowledge(slug, captain, causes, by, now)
        if not done.causes:
            return AckOutcome(False, by, now, refused=_OVER)
        return AckOutcome(done.already_by is None, done.by, done.at, done.already_by)

    async def _told_by(self, slug: str, captain: str, told: datetime | None) -> tuple[str, ...]:
        """The open causes that a message of that moment spoke of: what came later has a message of its own."""
        if told is None:
            return ()
        rows = await self._deliveries.incidents(slug)
        return tuple(i.cause for i in rows if i.captain == captain and i.open and i.told_at <= told)


_OVER = "what this message tells of is over, or a newer message has taken its place"


def not_theirs(view: View, captain: str, by: str) -> str | None:
    """Why a Slack user may not decide for a captain; None for the captain, the deputy and the lead captain."""
    people = view.people
    person = people.get(captain)
    may = {slack_user(name, people) for name in (captain, person.deputy if person else None)}
    may.add(slack_user(view.assessment.plan.lead, people))
    return None if by in may else f"only {captain}, their deputy or the lead captain can do this"


def slack_user(lead: str | None, people: Mapping[str, Person]) -> str | None:
    """The Slack user id behind a lead name: from captains.json, or the name itself where it is an id."""
    if not lead:
        return None
    person = people.get(lead)
    if person is not None and person.slack_user:
        return person.slack_user
    return lead if lead[:1] in "UW" and lead.isalnum() and lead.isupper() and len(lead) >= 9 else None
