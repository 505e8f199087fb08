"""Text from outside on its way into Markdown, HTML and Mermaid, so that it is shown as it is and does nothing.

Forges add their own magic to CommonMark: @people, #issues, bare links, :emoji:, $formulas$. Most of that looks at the
rendered text, where an escape is gone already, so an invisible word joiner breaks those patterns instead.
"""

import html
import re

from bot.release.words import clean, clip

_JOINER = "\u2060"
# A sign that makes a reference of the word after it: people, issues, merge requests, labels, milestones, snippets.
_REFERENCE = re.compile(r"([@#!~%^&])(?=\w)")
_LINK = re.compile(r"(\w:)(?=//)|\b(www)(?=\.)|\b(mailto:|xmpp:)", re.IGNORECASE)
_EMOJI = re.compile(r":(?=[\w+-]*[a-z][\w+-]*:)", re.IGNORECASE)  # `ga_status.json:3:` is none
_MAGIC = re.compile(r"[@#!~%^&:$]|www\.", re.IGNORECASE)  # without any of these nothing of the above can be there
_MARKUP = re.compile(r"[&<>|\\`*\[\]~#!{}_]")  # the keys of the table and the set below, and `_`
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "&#124;", "\\": "&#92;"}
_ESCAPED = frozenset("`*[]~#!{}")


def inert(text: str, most: int) -> str:
    """One line that a forge finds nothing in: no mention, reference, link, emoji or formula. Not escaped yet."""
    line = clean(text, most)
    if not _MAGIC.search(line):
        return line
    line = line.replace("$", "＄")
    line = _EMOJI.sub(f":{_JOINER}", line)
    line = _LINK.sub(lambda m: f"{m.group()}{_JOINER}", line)
    return _REFERENCE.sub(rf"\1{_JOINER}", line)


def md(text: str, most: int = 160) -> str:
    """Text from outside for the middle of a line or a table's cell: inert, and every mark-up character escaped."""
    line = inert(text, most)
    if not _MARKUP.search(line):
        return line
    out = []
    for at, char in enumerate(line):
        if char in _ENTITIES:
            out.append(_ENTITIES[char])
        elif char in _ESCAPED or (char == "_" and not _inside_word(line, at)):
            out.append(f"\\{char}")
        else:
            out.append(char)
    return "".join(out)


def _inside_word(line: str, at: int) -> bool:
    """Whether an underscore has letters or digits on both sides, where it never means emphasis."""
    return 0 < at < len(line) - 1 and line[at - 1].isalnum() and line[at + 1].isalnum()


def name(text: str | None, version: str | None = None, most: int = 80) -> str:
    """A name from outside, with its version; never empty."""
    shown = md(text or "", most) or "(no name)"
    return f"{shown} {md(version, most)}" if version else shown


def in_html(text: str, most: int = 160) -> str:
    """Text from outside inside an HTML block (a summary), where Markdown means nothing."""
    return html.escape(inert(text, most))


# Mermaid's own syntax, its Markdown strings, and HTML in labels all need characters that are not in here.
_MERMAID = re.compile(r"[^\w .,/+()–…✓✔✖⚠→○≠?-]")


def in_mermaid(text: str, most: int = 48) -> str:
    """Text from outside inside a quoted Mermaid label: whatever is not plainly harmless becomes a numeric entity."""
    return _MERMAID.sub(lambda m: f"#{ord(m.group())};", clip(clean(text, most), most))
