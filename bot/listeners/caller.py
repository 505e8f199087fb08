"""Who asks, and whether they get anything. Every listener comes by here first."""

from dataclasses import dataclass

from slack_bolt.context.async_context import AsyncBoltContext

from bot.blocks import errors
from bot.blocks.message import Message
from bot.listeners.permissions import Denial, denial
from bot.listeners.services import Who


@dataclass(frozen=True)
class Caller:
    """Who asks, and where: Slack ids, and the workspace that Convoy is installed in."""

    user: str
    workspace: str | None
    channel: str | None = None
    channel_name: str | None = None


async def refusal(who: Who, caller: Caller) -> Message | None:
    """What somebody reads who may not ask anything; None for a member of the workspace."""
    match denial(await who(caller.user), caller.workspace):
        case None:
            return None
        case Denial.UNKNOWN:
            return errors.not_known_yet()
    return errors.guest()


def workspace_of(context: AsyncBoltContext) -> str | None:
    """The team id that Convoy's own token belongs to, as Slack said of it."""
    result = context.authorize_result
    return result.team_id if result is not None else None
