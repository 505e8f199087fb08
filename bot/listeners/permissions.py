"""Who may ask Convoy anything. Pure: what is known of a person in, allowed or a reason out. Unknown means no."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True)
class Profile:
    """What Slack says of one user. `teams` are the workspaces that they are full members of.

    A guest is `restricted`; a `stranger` comes from another organisation through a shared channel.
    """

    user_id: str
    teams: AbstractSet[str]
    restricted: bool = False
    stranger: bool = False
    bot: bool = False
    deactivated: bool = False


class Denial(StrEnum):
    """Why somebody gets nothing."""

    UNKNOWN = "unknown"  # Slack did not say who that is, or not in time
    GUEST = "guest"
    OTHER_ORGANISATION = "other organisation"
    BOT = "bot"
    DEACTIVATED = "deactivated"


def denial(profile: Profile | None, workspace: str | None) -> Denial | None:
    """None for a full member of the workspace that Convoy is installed in; otherwise why not.

    `workspace` is its team id, `profile` None when it could not be had.
    """
    if profile is None or not workspace:
        return Denial.UNKNOWN
    if profile.stranger or workspace not in profile.teams:
        return Denial.OTHER_ORGANISATION
    if profile.bot:
        return Denial.BOT
    if profile.deactivated:
        return Denial.DEACTIVATED
    return Denial.GUEST if profile.restricted else None
