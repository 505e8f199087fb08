"""Slack's own mark-up as plain text: mentions get names, links an address, entities their characters."""

import html
import re
from datetime import UTC, datetime

from rich.emoji import Emoji

from bot.sandbox.workspace import Workspace

_ANGLE = re.compile(r"<([^<>]*)>")
_CODE = re.compile(r"(```.*?```|`[^`\n]*`)", re.DOTALL)
_STYLED = re.compile(r"(?<![\w*_~])([*_~])(?=\S)([^\n]*?\S)\1(?![\w*_~])")
_QUOTE = re.compile(r"^&gt; ?", re.MULTILINE)


class Names:
    """Ids to names, as a client shows them."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def user(self, user: str) -> str:
        """`@ana`; Slackbot and strangers too."""
        return "@slackbot" if user == "USLACKBOT" else f"@{self._workspace.user_name(user)}"

    def channel(self, channel: str) -> str:
        """`#release`, or whom a direct message is with."""
        room = self._workspace.rooms.get(channel)
        if room is None:
            return f"#{channel}"
        others = sorted(room.members - {self._workspace.identity.bot_user})
        return f"#{room.name}" if room.name else "DM to " + ", ".join(self.user(one) for one in others)


def plain_mrkdwn(text: str, names: Names) -> str:
    """`mrkdwn` as plain text."""
    parts = _CODE.split(text)
    return "".join(_angles(part, names) if index % 2 else _prose(part, names) for index, part in enumerate(parts))


def plain_text(text: str) -> str:
    """The content of a `plain_text` object: emoji codes become emoji, nothing else is mark-up."""
    return Emoji.replace(html.unescape(text))


def plain_markdown(text: str) -> str:
    """Standard Markdown (a `markdown` block) as plain text: headings, bold, links; the rest reads well as it is."""
    text = re.sub(r"^#{1,6} +", "", text, flags=re.MULTILINE)
    text = re.sub(r"\*\*(\S.*?)\*\*", r"\1", text)
    return Emoji.replace(re.sub(r"\[([^\]]+)\]\((https?://[^)\s]+)\)", r"\1 (\2)", text))


def _prose(text: str, names: Names) -> str:
    text = _QUOTE.sub("│ ", text)
    for _ in range(3):  # bold around italic around struck: three marks can nest
        text = _STYLED.sub(r"\2", text)
    return Emoji.replace(_angles(text, names))


def _angles(text: str, names: Names) -> str:
    return html.unescape(_ANGLE.sub(lambda match: _reference(match[1], names), text))


def _reference(inside: str, names: Names) -> str:
    target, _, label = inside.partition("|")
    if target.startswith("@"):
        return names.user(target[1:])
    if target.startswith("#"):
        return names.channel(target[1:])
    if target.startswith("!date^"):
        return label or _date(target)
    if target.startswith("!"):
        return label or f"@{target[1:].partition('^')[0]}"
    address = target.removeprefix("mailto:")
    return f"{label} ({address})" if label and label != address else address


def _date(target: str) -> str:
    moment = datetime.fromtimestamp(int(target.split("^")[1]), UTC)
    return f"{moment:%Y-%m-%d %H:%M} UTC"
