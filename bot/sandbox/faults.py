"""Trouble to order: what a test plants between the bot and Slack.

A fault is planted for a Web API method by name (`chat.postMessage`), for `response_url`, for `upload`, or for `*`
(everything). Each fires for the next `times` calls, or for a seeded share of all calls. `when="after"` applies the call
first and then loses the answer, which is how messages get posted twice.
"""

import random
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["rate_limit", "fail", "drop", "slow", "error"]
When = Literal["before", "after"]


@dataclass
class Fault:
    """One kind of trouble for one method. `times` left; None with `share` means for good."""

    method: str
    kind: Kind
    times: int | None = 1
    status: int = 500
    retry_after: int = 1
    seconds: float = 0.0
    error: str = ""
    when: When = "before"
    share: float = 1.0
    dice: random.Random = field(default_factory=random.Random)

    def strikes(self) -> bool:
        """Whether it hits this call; counts it."""
        if self.times == 0 or self.dice.random() >= self.share:
            return False
        if self.times is not None:
            self.times -= 1
        return True


class Faults:
    """The faults planted now."""

    def __init__(self) -> None:
        self._planted: list[Fault] = []

    def rate_limit(self, method: str, *, times: int = 1, retry_after: int = 1) -> None:
        """Answer 429 `ratelimited` with Retry-After (whole seconds)."""
        self._planted.append(Fault(method, "rate_limit", times, retry_after=retry_after))

    def fail(self, method: str, *, times: int = 1, status: int = 500, when: When = "before") -> None:
        """Answer with an HTML page and that status; `when="after"`: although the call was applied."""
        self._planted.append(Fault(method, "fail", times, status=status, when=when))

    def drop(self, method: str, *, times: int = 1, when: When = "before") -> None:
        """Cut the connection before or after the call is applied."""
        self._planted.append(Fault(method, "drop", times, when=when))

    def slow(self, method: str, seconds: float, *, times: int = 1) -> None:
        """Wait so long (real seconds) before the call is looked at."""
        self._planted.append(Fault(method, "slow", times, seconds=seconds))

    def error(self, method: str, error: str, *, times: int = 1) -> None:
        """Answer `{"ok": false, "error": …}` with that code, such as `internal_error`."""
        self._planted.append(Fault(method, "error", times, error=error))

    def share(
        self, method: str, kind: Kind, share: float, *, seed: int, when: When = "before", retry_after: int = 1
    ) -> None:
        """Let a share of all calls (0 to 1) fail that way until `clear`; the same seed hits the same calls."""
        dice = random.Random(seed)
        self._planted.append(Fault(method, kind, None, retry_after=retry_after, when=when, share=share, dice=dice))

    def clear(self) -> None:
        """Take everything away."""
        self._planted.clear()

    def strike(self, method: str) -> Fault | None:
        """The fault that hits this call, if any does."""
        for fault in self._planted:
            if fault.method in {method, "*"} and fault.strikes():
                return fault
        return None
