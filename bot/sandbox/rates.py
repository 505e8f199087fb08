"""Slack's limit on posting: about one message a second and channel, with a small burst, on the sandbox's own clock."""

import math

from bot.sandbox.clock import Clock

PER_SECOND = 1.0
BURST = 3.0


class ChannelRate:
    """A token bucket per channel. With `strict` off everything passes."""

    def __init__(self, clock: Clock, *, strict: bool) -> None:
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}
        self.strict = strict

    def wait(self, channel: str) -> int:
        """0 when a message may go now (and it is counted), otherwise the whole seconds to wait."""
        if not self.strict:
            return 0
        now = self._clock.now().timestamp()
        tokens, then = self._buckets.get(channel, (BURST, now))
        tokens = min(BURST, tokens + max(0.0, now - then) * PER_SECOND)
        if tokens < 1.0:
            self._buckets[channel] = (tokens, now)
            return max(1, math.ceil((1.0 - tokens) / PER_SECOND))
        self._buckets[channel] = (tokens - 1.0, now)
        return 0
