"""One delivery, from the ledger to Slack: the message, then its thread, each part noted before the next is tried."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.delivery.outbox import Job, Outbox
from bot.delivery.payload import parts
from bot.delivery.slack import Outcome, Post, RateLimited, Refused, Sender, Sent, Transient
from bot.services.ports import Clock

log = structlog.get_logger(__name__)

LONGEST_BACKOFF = 900.0

WHY_REFUSED = {
    "channel_not_found": "there is no such channel or person, or the bot may not see it: correct it or invite the bot",
    "not_in_channel": "the bot is not in the channel: invite it",
    "is_archived": "the channel is archived: name another one in the plan",
    "user_not_found": "there is no such person in the workspace: correct captains.json",
    "user_disabled": "the person has left the workspace: correct captains.json",
    "cannot_dm_bot": "a bot takes no direct messages: correct captains.json",
    "missing_scope": "the app was installed without a permission it needs: install it again from manifest.yml",
    "restricted_action": "the workspace does not let the bot post there: ask an admin or name another channel",
    "msg_too_long": "the message is longer than Slack takes",
    "no_text": "the message is empty",
}


@dataclass(frozen=True)
class Rhythm:
    """How deliveries are timed, in seconds.

    `pace` between two posts to one target. `poll`: how often the job queue looks for work (measured idle: 1.7 % of a
    core at 1 s, 4.3 % at 0.25 s). `tick`: how often the ledger is searched for what the queue was not told. `lease`:
    how long a process may be silent before its work is taken over. `attempts` and `first_wait`: how often a delivery is
    tried, and the first pause, which doubles.
    """

    pace: float = 1.0
    poll: float = 1.0
    tick: float = 2.0
    lease: float = 10.0
    attempts: int = 12
    first_wait: float = 5.0


class Courier:
    """Sends deliveries and keeps the ledger true. `pause` waits that many seconds, less when all is to stop."""

    def __init__(
        self,
        outbox: Outbox,
        sender: Sender,
        clock: Clock,
        rhythm: Rhythm,
        *,
        name: str,
        pause: Callable[[float], Awaitable[None]],
    ) -> None:
        self._outbox = outbox
        self._sender = sender
        self._clock = clock
        self._rhythm = rhythm
        self._name = name
        self._pause = pause

    async def deliver(self, key: str, run: int, alive_since: datetime) -> None:
        """Make one run of one delivery. Returns when it is sent, put off or parked, or when it is nobody's business."""
        now = self._clock.now()
        job = await self._outbox.begin(key, run, by=self._name, now=now, alive_since=alive_since)
        if job is None:
            return
        messages = parts(job.message)
        channel, ts, doubt, note = job.channel, job.ts, job.doubt_since, ""
        for index in range(job.parts_sent, len(messages)):
            to, below = (channel, ts) if index and channel else (job.target, None)
            post = Post(part_key(key, index), to, messages[index], below, doubt)
            outcome = await self._send(post)
            if not isinstance(outcome, Sent):
                await self._failed(job, outcome, doubt, index)
                return
            if index == 0:
                channel, ts = outcome.channel, outcome.ts
            doubt, note = None, note or outcome.note
            at = {"channel": channel or outcome.channel, "ts": ts or outcome.ts}
            if index + 1 < len(messages):
                await self._outbox.progress(key, **at, parts_sent=index + 1, now=self._clock.now())
            else:
                await self._outbox.mark_sent(key, **at, parts_sent=index + 1, now=self._clock.now(), note=note)
                log.info("delivered", key=key, found=outcome.found, note=note)
            await self._pause(self._rhythm.pace)

    async def _send(self, post: Post) -> Outcome:
        try:
            return await self._sender.send(post)
        except Exception as error:
            # A mistake of ours must not leave the message in limbo: it is tried again and in the end parked, visibly.
            log.exception("sending failed in an unforeseen way", key=post.key)
            return Transient(f"an error inside Convoy ({type(error).__name__})")

    async def _failed(
        self, job: Job, outcome: RateLimited | Transient | Refused, doubt: datetime | None, index: int
    ) -> None:
        now = self._clock.now()
        place = f" (part {index + 1}, in the thread)" if index else ""
        next_at: datetime | None
        if isinstance(outcome, RateLimited):
            next_at = now + timedelta(seconds=outcome.retry_after)
            reason = f"Slack asked to wait {outcome.retry_after:g} s{place}"
            await self._outbox.hold_back(job.target, next_at)
        elif isinstance(outcome, Refused):
            next_at = None
            words = WHY_REFUSED.get(outcome.reason, "Slack refuses the message")
            reason = f"{outcome.reason}: {words}{place}"
        else:
            tried = job.attempts + 1
            wait = min(self._rhythm.first_wait * 2**job.attempts, LONGEST_BACKOFF)
            next_at = now + timedelta(seconds=wait) if tried < self._rhythm.attempts else None
            reason = outcome.reason + place if next_at else f"given up after {tried} tries: {outcome.reason}{place}"
            if doubt is None and outcome.doubtful:
                doubt = now
        counts = isinstance(outcome, Transient)
        await self._outbox.mark_failed(job.key, reason=reason, next_at=next_at, counts=counts, doubt_since=doubt)
        if next_at is None:
            log.error("delivery parked", key=job.key, target=job.target, reason=reason)
        else:
            log.warning("delivery put off", key=job.key, until=next_at.isoformat(), reason=reason)


def part_key(key: str, index: int) -> str:
    """The key in the metadata of a part: the delivery's own for the message, numbered ones for its thread."""
    return f"{key}#{index}" if index else key
