"""Everything that listeners call, handed over by the composition root in one value."""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import KW_ONLY, dataclass

from bot.listeners.permissions import Profile
from bot.services.accepting import Accepting
from bot.services.alerting import Alerting
from bot.services.history import Files, History
from bot.services.outlook import Outlook
from bot.services.planning import Planning
from bot.services.tracking import Tracking

Who = Callable[[str], Awaitable[Profile | None]]
"""Slack user id in, what Slack says of them out; None when it cannot be told in time."""


def fault_id() -> str:
    """A number for one fault, short enough to be read out: 8 hex digits."""
    return secrets.token_hex(4)


@dataclass(frozen=True)
class Services:
    """`who` is asked before anything is answered; `new_id` numbers faults, for the person and for the log."""

    planning: Planning
    tracking: Tracking
    alerting: Alerting
    who: Who
    new_id: Callable[[], str] = fault_id
    patience: float = 2.0
    """Seconds that an acknowledgement waits for an answer; Slack gives up at three."""
    count_every: float = 3.0
    """Seconds between two updates of the message that counts along with a pass."""
    _: KW_ONLY
    history: History
    outlook: Outlook
    files: Files
    accepting: Accepting
