"""What people did to the store that others should hear of: a push that broke a plan, a branch that was moved back.

Each is told once, whichever process notices it: the event's key is the commit.
"""

import hashlib
from collections.abc import Sequence

import structlog

from bot.blocks import notices
from bot.release.plan import Plan
from bot.services.alerting import slack_user
from bot.services.planning import Planning
from bot.services.ports import Clock, Deliveries, Delivery, PlanState, Rewound, StoreError

log = structlog.get_logger(__name__)


class Upkeep:
    """Tells of what is wrong in the store. `channel` is where the news of plans without a channel of their own goes."""

    def __init__(self, planning: Planning, deliveries: Deliveries, clock: Clock, channel: str | None) -> None:
        self._planning = planning
        self._deliveries = deliveries
        self._clock = clock
        self._channel = channel
        self._told: set[str] = set()

    async def tell(self) -> int:
        """Record what is new since; returns how many messages became due. Raises StoreError, DeliveryError."""
        due: list[Delivery | None] = [
            d for slug in await self._planning.slugs() for d in self._broken(await self._planning.state(slug))
        ]
        due += [self._unusable(problem) for problem in await self._planning.problems()]
        for rewound in await self._planning.rewound():
            due += await self._turned_back(rewound)
        new = 0
        for one in due:
            if one is not None and one.key not in self._told:
                new += await self._deliveries.record(one.plan, (), (one,))
                self._told.add(one.key)
                log.warning("told of the store", key=one.key, to=one.to)
        return new

    def _broken(self, state: PlanState) -> Sequence[Delivery]:
        bad, plan = state.bad_head, state.folder.document.plan
        to = self._where(plan)
        if bad is None or to is None:
            return ()
        message = notices.broken_plan(bad, plan, slug=state.slug, in_force=state.commit)
        return (Delivery(f"bad-push:{state.slug}:{bad.commit}", "notice", state.slug, to, message),)

    def _unusable(self, problem: str) -> Delivery | None:
        """What belongs to no plan that can be read has no other channel than the one of the settings."""
        key = f"unusable:{hashlib.sha256(problem.encode()).hexdigest()[:24]}"
        if self._channel is None:
            if key not in self._told:
                log.warning("something in the store cannot be used, and no channel is set to tell", problem=problem)
                self._told.add(key)
            return None
        return Delivery(key, "notice", "", self._channel, notices.unusable(problem))

    def _where(self, plan: Plan) -> str | None:
        return plan.channel or self._channel or slack_user(plan.lead, self._planning.people)

    async def _turned_back(self, rewound: Rewound) -> Sequence[Delivery]:
        """To the lead captain of every plan that it touched, as it was before: one message to one person."""
        due: dict[str, Delivery] = {}
        for slug in rewound.plans:
            plan = await self._as_it_was(slug, rewound.old)
            lead = slack_user(plan.lead, self._planning.people) if plan is not None else None
            to = lead or (plan.channel if plan is not None else None) or self._channel
            if to is None:
                log.warning("nobody to tell of a rewind", plan=slug, old=rewound.old)
                continue
            zone = plan.timezone if plan is not None else "UTC"
            message = notices.turned_back(rewound, timezone=zone, today=self._clock.now())
            key = f"rewound:{rewound.ref.rpartition('/')[2]}:{to}"
            due.setdefault(to, Delivery(key, "notice", slug, to, message))
        return tuple(due.values())

    async def _as_it_was(self, slug: str, commit: str) -> Plan | None:
        """A plan at a commit; None for one that never could be read, which must not keep the others from being told."""
        try:
            return (await self._planning.state(slug, commit)).folder.document.plan
        except StoreError:
            return None
