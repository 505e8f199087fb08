"""Text from outside on its way into a Slack message. It enters by `plain`, `name` and `mention` only, so that no name
or summary can format, link or ping anything, break a line, or turn the sentence around it.
"""

import re
from collections.abc import Mapping
from typing import Protocol

from bot.release import words

NAME = 80
"""Characters of a name that are shown; the rest of a longer one is replaced by …."""
SENTENCE = 400
"""Characters of somebody else's sentence that are shown."""


class PersonLike(Protocol):
    """Whoever a lead name stands for."""

    @property
    def slack_user(self) -> str | None:
        """Slack user id, or None."""


People = Mapping[str, PersonLike]

_USER_ID = re.compile(r"[UW][A-Z0-9]{1,40}")
# :emoji: by name; `ga_status.json:3:` is none.
_EMOJI = re.compile(r":(?=[a-z0-9_+'-]*[a-z][a-z0-9_+'-]*:)", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:amp|lt|gt);")
# What must not be torn apart: an entity, a mention or link, a whole word.
_ATOM = re.compile(r"&(?:amp|lt|gt);|<[^<>\n]{1,300}>|\s+|[^\s&<]+|.", re.DOTALL)


def escape(text: str) -> str:
    """The three characters that are mark-up to Slack, as entities."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def clip(text: str, most: int) -> str:
    """Escaped text in at most `most` characters, with … where something was left out, never inside an entity."""
    if len(text) <= most:
        return text
    end = max(0, most - 1)
    for entity in _ENTITY.finditer(text, max(0, end - 4)):
        if entity.start() < end < entity.end():
            end = entity.start()
            break
    return (text[:end].rstrip() + "…")[:most]


# mrkdwn has no escape for these, so they are shown by letters that look alike and mean nothing to Slack.
_LOOKALIKE = str.maketrans({"*": "∗", "`": "ˋ"})


def plain(text: str, most: int = SENTENCE) -> str:
    """Text from outside for a mrkdwn object: one line that is shown as it is and formats, links and pings nothing."""
    line = _shown(text, most)
    # At the start of a line Slack takes > for a quotation, escaped or not.
    return f"›{line.removeprefix('&gt;')}" if line.startswith("&gt;") else line


def _shown(text: str, most: int) -> str:
    line = words.clean(text, most).translate(_LOOKALIKE)
    line = re.sub(r"(?<=\S)~", "∼", line)
    line = re.sub(r"(?<![^\W_])_|_(?![^\W_])", "ˍ", line)
    return clip(escape(_EMOJI.sub("∶", line)), 2 * most)


def requirement(text: str | None) -> str:
    """A version or what is required of one (`>=1.2,<2`), for the middle of a line; no version is any version."""
    return _shown(text, NAME) if text else "any version"


def name(text: str | None, version: str | None = None) -> str:
    """A name from outside, with its version, for a mrkdwn object; never empty."""
    shown = plain(text or "", NAME) or "(no name)"
    return f"{shown} {_shown(version, NAME)}" if version else shown


def strong(text: str) -> str:
    """Escaped text in bold."""
    return f"*{text}*"


def code(text: str) -> str:
    """A command or a slug as code."""
    return f"`{escape(words.clean(text)).replace('`', 'ˋ')}`"


def quoted(text: str) -> str:
    """A name as an argument of a command: in quotes where it has spaces."""
    return f'"{text}"' if any(c.isspace() for c in text) else text


def mention(lead: str | None, people: People) -> str:
    """`<@U…>` for a lead who is somebody in Slack, else the plain name; empty when there is no lead."""
    if not lead:
        return ""
    person = people.get(lead)
    user = person.slack_user if person is not None else None
    if user and _USER_ID.fullmatch(user):
        return f"<@{user}>"
    if len(lead) >= 9 and _USER_ID.fullmatch(lead):  # a plan may name its captain by Slack id
        return f"<@{lead}>"
    return name(lead)


def user(slack_user: str) -> str:
    """`<@U…>` for a Slack user id; anything else is shown as plain text."""
    return f"<@{slack_user}>" if _USER_ID.fullmatch(slack_user) else name(slack_user)


def cut(text: str, most: int) -> list[str]:
    """Mrkdwn in pieces of at most `most` characters: at line ends, else between words, never inside an entity or link.

    Nothing is left out but the white space where it was cut.
    """
    pieces: list[str] = []
    held = ""
    for line in text.split("\n"):
        joined = f"{held}\n{line}" if held else line
        if len(joined) <= most:
            held = joined
            continue
        if held.strip():
            pieces.append(held)
        *full, held = _cut_line(line, most)
        pieces += full
    return [*pieces, held] if held.strip() else pieces


def _cut_line(line: str, most: int) -> list[str]:
    pieces = [""]
    for match in _ATOM.finditer(line):
        atom = match.group()
        if len(pieces[-1]) + len(atom) > most:
            pieces[-1] = pieces[-1].rstrip()
            if pieces[-1]:
                pieces.append("")
            atom = atom.lstrip()
            while len(atom) > most:
                pieces[-1], atom = atom[:most], atom[most:]
                pieces.append("")
        pieces[-1] += atom
    return pieces
