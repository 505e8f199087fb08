"""The digest of a plan: what a release channel reads each working day, once per local day."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import structlog

from bot.blocks import digest as digest_blocks
from bot.release import readiness
from bot.release.assessment import Assessment
from bot.services.alerting import slack_user
from bot.services.planning import Planning, View
from bot.services.ports import Clock, Deliveries, Delivery, DigestRecord, StoreError

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class DigestOutcome:
    """Whether the digest was recorded now; otherwise `reason` says why not, for people."""

    sent: bool
    key: str
    reason: str = ""


def digest_key(slug: str, local_date: date) -> str:
    """The event key of a day's digest: one per plan and local date, whatever restarts or clock changes do."""
    return f"digest:{slug}:{local_date.isoformat()}"


class Digests:
    """Builds and records digests; `channel` is where those of plans without a channel of their own go."""

    def __init__(self, planning: Planning, deliveries: Deliveries, clock: Clock, channel: str | None) -> None:
        self._planning = planning
        self._deliveries = deliveries
        self._clock = clock
        self._channel = channel

    async def send(self, slug: str, local_date: date | None = None) -> DigestOutcome:
        """Record and enqueue the digest of a local day (default: today in the plan's zone). Raises StoreError."""
        view = await self._planning.view(slug)
        plan = view.assessment.plan
        day = local_date or self._clock.now().astimezone(ZoneInfo(plan.timezone)).date()
        key = digest_key(slug, day)
        channel = plan.channel or self._channel
        if channel is None:
            return DigestOutcome(False, key, f"{slug} has no release channel: set `channel` in its plan")
        last = await self._deliveries.last_digest(slug)
        if last is not None and last.key == key:
            return DigestOutcome(False, key, f"today's digest of {slug} went out already")
        message = digest_blocks.digest(
            view.assessment,
            previous=await self._previous(view, last),
            slug=slug,
            local_date=day,
            commit=view.commit,
            people=view.people,
            unmapped=unmapped_leads(view),
        )
        record = DigestRecord(key, view.commit, self._clock.now())
        new = await self._deliveries.record_digest(record, slug, [Delivery(key, "digest", slug, channel, message)])
        return DigestOutcome(new, key, "" if new else f"today's digest of {slug} went out already")

    async def _previous(self, view: View, last: DigestRecord | None) -> Assessment | None:
        if last is None:
            return None
        try:
            state = await self._planning.state(view.slug, last.commit)
        except StoreError as error:  # the commit was rewound away: a digest without a comparison still goes out
            log.warning("last digest's commit cannot be read", plan=view.slug, commit=last.commit, error=str(error))
            return None
        return readiness.evaluate(state.folder, _utc(last.at))


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(ZoneInfo("UTC"))


def unmapped_leads(view: View) -> tuple[str, ...]:
    """Release captains who map to no Slack user and so cannot be told anything."""
    leads = {r.lead for r in view.assessment.repositories if r.lead and not r.settled}
    return tuple(sorted(lead for lead in leads if slack_user(lead, view.people) is None))
