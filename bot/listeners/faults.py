"""What a person is told when something fails: a sentence for what is foreseen, a number for what is not.

The trace goes to the log beside the number, and never to Slack: it may name hosts, paths or worse.
"""

from collections.abc import Callable

import structlog

from bot.blocks import errors
from bot.blocks.message import Message
from bot.services.ports import PlanNotFoundError, StoreError, StoreUnavailableError

log = structlog.get_logger(__name__)


def told(error: Exception, new_id: Callable[[], str], *, doing: str) -> Message:
    """The message for one failure. `doing` names what was going on, for the log."""
    match error:
        case PlanNotFoundError():
            return errors.unknown_plan(f"There is no plan {error.slug!r}", error.known)
        case StoreUnavailableError():
            log.warning("store unavailable", doing=doing, error=str(error))
            return errors.store_unavailable(str(error))
        case StoreError():
            log.warning("store refused", doing=doing, error=str(error))
            return errors.store_failed(str(error))
    fault = new_id()
    log.error("listener failed", id=fault, doing=doing, exc_info=error)
    return errors.unexpected(fault)
