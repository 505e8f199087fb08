"""Every `action_id`, `block_id` and `callback_id`, once, and what a button carries back when it is clicked."""

import json
from dataclasses import dataclass

from bot.blocks.limits import BUTTON_VALUE

ACK = "alert_ack"
WHY = "alert_why"
ACCEPT = "alert_accept"
ACCEPT_FORM = "accept_risk"
ACCEPT_WHAT, ACCEPT_UNTIL, ACCEPT_REASON = "accept_what", "accept_until", "accept_reason"
ALERT_ACTIONS = "alert_actions"
ALERT_ACKED = "alert_acked"
HOME = "convoy_home"


@dataclass(frozen=True)
class AlertButton:
    """What the buttons of an alert carry: plan slug, captain (lead name), first root cause, first repository.

    `told`: when the message was decided on (ISO 8601), so that a click on an old one takes note of no later news.
    """

    plan: str
    captain: str
    cause: str = ""
    repository: str = ""
    told: str = ""

    def value(self) -> str | None:
        """As a button's value; None when plan and captain alone are too long for one."""
        for extra in ({"k": self.cause, "r": self.repository}, {"r": self.repository}, {}):
            said = {"p": self.plan, "c": self.captain, **{k: v for k, v in {"t": self.told, **extra}.items() if v}}
            value = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
            if len(value) <= BUTTON_VALUE:
                return value
        return None


def alert_button(value: str) -> AlertButton | None:
    """Read a button's value back; None when it is not one of ours (a tampered or a very old message)."""
    try:
        said = json.loads(value)
    except ValueError:
        return None
    if not isinstance(said, dict):
        return None
    found = [said.get(key, "") for key in ("p", "c", "k", "r", "t")]
    if not all(isinstance(part, str) for part in found) or not (found[0] and found[1]):
        return None
    return AlertButton(*found)
