"""How long a process that has just written a remote leaves the branch alone, so that others get in.

Who lost a race must fetch before it can push again; who won it need not, is twice as fast, and would win for ever. A
push does not show that others wait, so whoever writes without a break leaves a little room always, more now and then,
and most once it has met somebody. The first edit after a while waits for nothing. Pure: the time is given, in
seconds.
"""

from collections.abc import Callable
from random import SystemRandom

_RANDOM = SystemRandom()
_COMPANY = 600.0
_LONGEST = 2.0
# How long one writes without a break: less than the 30 s that others wait at most, and rarely enough to cost nothing.
_TIRELESS = 20.0


class Manners:
    """For the writes of one process to one remote. `dice`: `random.uniform` (replaced in tests)."""

    def __init__(self, dice: Callable[[float, float], float] = _RANDOM.uniform) -> None:
        self._dice = dice
        self._landed = self._met = self._began = float("-inf")
        self._free = float("-inf")

    def met(self, now: float) -> None:
        """Somebody else wrote, whether it cost this process a race or not: there is company."""
        self._met = now

    def landed(self, now: float, took: float) -> None:
        """A write of this process landed. `took`: how long it needed, from looking at the head to the answer."""
        if now - self._landed > 3 * took:
            self._began = now
        self._landed = now
        if now - self._met < _COMPANY:
            room = self._dice(1.0, 3.0)
        elif now - self._began > _TIRELESS:
            self._began = now
            room = 3.0
        else:
            room = self._dice(0.0, 0.3)
        self._free = now + min(room * took, _LONGEST)

    def wait(self, now: float) -> float:
        """How long the next write should wait, 0 when it may go at once."""
        return max(self._free - now, 0.0)
