"""Splits what stands behind `/release` into words: quotes of every keyboard, Slack's own entities, hostile characters.

Slack may send `<@U1|bo>`, `<#C1|release>`, `<https://…|text>` and `&amp; &lt; &gt;`; phones send “these” quotes.
"""

import re
import unicodedata
from dataclasses import dataclass

LIMIT = 2000  # characters; nobody types more, and everything below is linear in it

# What closes a quote that was opened; a keyboard may pair them in its own way.
_CLOSING = {'"': '"”“', "“": '”“"', "„": '“”"', "'": "'’‘", "‘": "’‘'", "«": "»", "`": "`"}
_ENTITY = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")
_ESCAPED = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}
_ESCAPE = re.compile("|".join(_ESCAPED))
_DROPPED = frozenset({"Cc", "Cf", "Cs", "Co"})  # control, invisible, lone surrogates, private use


@dataclass(frozen=True)
class Word:
    """One word as meant, without its quotes; a `quoted` one is never a keyword."""

    text: str
    quoted: bool = False


@dataclass(frozen=True)
class Unclosed:
    """A quote that was opened and never closed."""

    quote: str


def split(text: str) -> list[Word] | Unclosed:
    """The words of one line, in order. Never raises; longer texts are the caller's to refuse."""
    text = clean(text)
    words: list[Word] = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        if text[at] in _CLOSING:
            end = _closing(text, at)
            if end is None:
                return Unclosed(text[at])
            words.append(Word(_unescape(text[at + 1 : end]).strip(), quoted=True))
            at = end + 1
            continue
        entity = _ENTITY.match(text, at)
        end = entity.end() if entity else _end_of_word(text, at)
        words.append(Word(_meaning(entity) if entity else _unescape(text[at:end])))
        at = end
    return [word for word in words if word.text]


def clean(text: str) -> str:
    """Without what cannot be seen or cannot be written out again; any white space becomes a space."""
    return "".join(" " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c) not in _DROPPED)


def _closing(text: str, start: int) -> int | None:
    marks = _CLOSING[text[start]]
    return next((i for i in range(start + 1, len(text)) if text[i] in marks), None)


def _end_of_word(text: str, start: int) -> int:
    return next((i for i in range(start, len(text)) if text[i].isspace()), len(text))


def _meaning(entity: re.Match[str]) -> str:
    target, label = entity.group(1), entity.group(2)
    if target.startswith("@"):
        return f"<{target}>"
    if target.startswith("#"):
        return f"#{_unescape(label)}" if label else f"<{target}>"
    return _unescape(label or target)


def _unescape(text: str) -> str:
    return _ESCAPE.sub(lambda found: _ESCAPED[found.group()], text)
