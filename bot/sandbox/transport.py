"""What both ways to reach an app share: an envelope goes out, an ack comes back within three seconds or not."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from bot.sandbox.refusal import Json

Kind = Literal["slash_commands", "interactive", "events_api"]
ACK_DEADLINE = 3.0
# Slack tries an event again at once, after a minute and after five.
RETRY_DELAYS: tuple[float, ...] = (0.0, 60.0, 300.0)


@dataclass(frozen=True)
class Envelope:
    """One thing to tell an app. `answers`: whether the ack may carry a body."""

    kind: Kind
    payload: Mapping[str, Json]
    answers: bool
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    retry: int = 0
    retry_reason: str = ""


@dataclass(frozen=True)
class Ack:
    """What came back. `error` is empty, or Slack's word: operation_timeout, dispatch_failed, http_service_error, …"""

    error: str = ""
    body: Json = None


class Transport(Protocol):
    """Socket Mode or signed HTTP."""

    async def deliver(self, envelope: Envelope) -> Ack:
        """Tell the app and wait for its ack. Events that get none are told again later, with the same ids."""

    async def redeliver(self, envelope: Envelope) -> Ack:
        """Tell the same thing once more, as networks do: same ids, same signature."""

    async def wait_ready(self) -> None:
        """Return when an app can be reached."""

    def busy(self) -> bool:
        """Whether an app still owes an ack."""

    async def close(self) -> None:
        """Hang up."""
