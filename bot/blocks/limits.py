"""Slack's limits in one module, applied to every payload: the SDK's own block classes let several of them pass.

`split` brings a message within them, `problems` says what is wrong with one that is not. A block of a type that is not
listed here is a problem too: add its limits first.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from bot.blocks.message import Block, Message
from bot.blocks.text import clip, cut, escape, mention

MESSAGE_BLOCKS, VIEW_BLOCKS = 50, 100
MESSAGE_BUDGET = 9000
"""Characters of a whole message (text and blocks as JSON): above it Slack may refuse with `msg_blocks_too_long`."""
TOP_TEXT = 3000
SECTION_TEXT, FIELDS, FIELD_TEXT = 3000, 10, 2000
HEADER_TEXT = 150
CONTEXT_ELEMENTS, ACTION_ELEMENTS = 10, 25
BUTTON_TEXT, BUTTON_VALUE, BUTTON_LABEL, URL = 75, 2000, 75, 3000
IDENTIFIER = 255
PRIVATE_METADATA = 3000


def mrkdwn(text: str) -> dict[str, Any]:
    """A text object. `verbatim`: what looks like a link, a channel or a person in it stays text."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def section(text: str) -> Block:
    """A section of mrkdwn; the text must not be empty."""
    return {"type": "section", "text": mrkdwn(text)}


def context(*texts: str) -> Block:
    """Small print."""
    return {"type": "context", "elements": [mrkdwn(t) for t in texts]}


def pack(lines: Iterable[str], gap: str = "\n") -> list[Block]:
    """Lines as as few sections as hold them, in order."""
    blocks: list[Block] = []
    held = ""
    for line in lines:
        joined = f"{held}{gap}{line}" if held else line
        if len(joined) <= SECTION_TEXT:
            held = joined
            continue
        blocks += [section(p) for p in cut(held, SECTION_TEXT)]
        held = line
    return blocks + [section(p) for p in cut(held, SECTION_TEXT)]


def weight(text: str, blocks: Sequence[Block]) -> int:
    """Characters of a message as Slack counts them, on the safe side: its text and its blocks as JSON."""
    return len(text) + len("[]") + sum(_size(block) for block in blocks)


def _size(block: Block) -> int:
    return len(json.dumps(block, ensure_ascii=False, separators=(",", ":"))) + 1


def split(message: Message) -> Message:
    """The same message within 50 blocks and the budget: what is too much moves into thread messages, nothing is lost.

    Sections that are too long are continued in further ones. Thread messages come out flat.
    """
    text = clip(message.text, TOP_TEXT)
    first, *rest = _pages(text, message.blocks)
    thread = [Message(_continued_text(text), page) for page in rest]
    for below in message.thread:
        page = split(below)
        thread += [Message(page.text, page.blocks), *page.thread]
    return Message(text, first, tuple(thread))


def _continued_text(text: str) -> str:
    return f"{clip(text, 200)} (continued)"


def _pages(text: str, blocks: Sequence[Block]) -> list[tuple[Block, ...]]:
    pages: list[list[Block]] = [[]]
    used = weight(text, ())
    for block in _continued(blocks):
        size = _size(block)
        if pages[-1] and (len(pages[-1]) == MESSAGE_BLOCKS or used + size > MESSAGE_BUDGET):
            pages.append([])
            used = weight(_continued_text(text), ())
        pages[-1].append(block)
        used += size
    return [tuple(page) for page in pages]


def _continued(blocks: Sequence[Block]) -> Iterable[Block]:
    for block in blocks:
        text = block.get("text", {}).get("text", "") if block["type"] == "section" else ""
        if len(text) <= SECTION_TEXT:
            yield block
            continue
        first, *rest = cut(text, SECTION_TEXT)
        yield {**block, "text": {**block["text"], "text": first}}
        yield from (section(piece) for piece in rest)


def problems(message: Message) -> list[str]:
    """What Slack would refuse, or people could not read, in the message and its thread; empty when all is well."""
    found = _message_problems(message)
    for number, below in enumerate(message.thread, 1):
        found += [f"thread message {number}: {p}" for p in _message_problems(below)]
        if below.thread:
            found.append(f"thread message {number}: has a thread of its own")
    return found


def _message_problems(message: Message) -> list[str]:
    found: list[str] = []
    if not message.text.strip():
        found.append("text is empty: notifications and screen readers would say nothing")
    if len(message.text) > TOP_TEXT:
        found.append(f"text has {len(message.text)} characters, at most {TOP_TEXT}")
    size = weight(message.text, message.blocks)
    if size > MESSAGE_BUDGET:
        found.append(f"the message has {size} characters in all, at most {MESSAGE_BUDGET}")
    return found + _block_problems(message.blocks, MESSAGE_BLOCKS)


def view_problems(view: Mapping[str, Any]) -> list[str]:
    """What Slack would refuse in a view (App Home)."""
    found = _block_problems(view.get("blocks", ()), VIEW_BLOCKS)
    if view.get("type") != "home":
        found.append(f"view type {view.get('type')!r} is not one that limits.py knows")
    found += _text("callback_id", view.get("callback_id", "-"), IDENTIFIER)
    return found + _text("private_metadata", view.get("private_metadata", "-"), PRIVATE_METADATA)


def _block_problems(blocks: Sequence[Block], most: int) -> list[str]:
    found = [f"{len(blocks)} blocks, at most {most}"] if len(blocks) > most else []
    seen: set[str] = set()
    for number, block in enumerate(blocks, 1):
        check = _CHECKS.get(block.get("type", ""))
        wrong = check(block) if check else [f"type {block.get('type')!r} is not one that limits.py knows"]
        for identifier in _identifiers(block):
            wrong += _text("identifier", identifier, IDENTIFIER)
            if identifier in seen:
                wrong.append(f"identifier {identifier!r} stands twice")
            seen.add(identifier)
        found += [f"block {number}: {w}" for w in wrong]
    return found


def _identifiers(block: Block) -> list[str]:
    given = [block["block_id"]] if "block_id" in block else []
    return given + [e["action_id"] for e in block.get("elements", ()) if "action_id" in e]


def _text(what: str, text: object, most: int) -> list[str]:
    if not isinstance(text, str) or not text.strip():
        return [f"{what} is empty"]
    return [f"{what} has {len(text)} characters, at most {most}"] if len(text) > most else []


def _text_object(what: str, given: Mapping[str, Any] | None, most: int, *kinds: str) -> list[str]:
    if given is None:
        return [f"{what} is missing"]
    if given.get("type") not in kinds:
        return [f"{what} has the type {given.get('type')!r}, not {' or '.join(kinds)}"]
    return _text(what, given.get("text"), most)


def _section(block: Block) -> list[str]:
    fields = block.get("fields", ())
    found: list[str] = []
    if "text" in block or not fields:
        found += _text_object("section text", block.get("text"), SECTION_TEXT, "mrkdwn", "plain_text")
    if len(fields) > FIELDS:
        found.append(f"{len(fields)} fields, at most {FIELDS}")
    for field in fields:
        found += _text_object("field", field, FIELD_TEXT, "mrkdwn", "plain_text")
    return found + (_button(block["accessory"]) if "accessory" in block else [])


def _header(block: Block) -> list[str]:
    return _text_object("header", block.get("text"), HEADER_TEXT, "plain_text")


def _context(block: Block) -> list[str]:
    found = _elements(block, CONTEXT_ELEMENTS)
    for element in block.get("elements", ()):
        found += _text_object("context text", element, SECTION_TEXT, "mrkdwn", "plain_text")
    return found


def _actions(block: Block) -> list[str]:
    found = _elements(block, ACTION_ELEMENTS)
    for element in block.get("elements", ()):
        found += _button(element)
    return found


def _elements(block: Block, most: int) -> list[str]:
    number = len(block.get("elements", ()))
    return [] if 1 <= number <= most else [f"{number} elements, from 1 to {most}"]


def _button(element: Mapping[str, Any]) -> list[str]:
    if element.get("type") != "button":
        return [f"element type {element.get('type')!r} is not one that limits.py knows"]
    found = _text_object("button text", element.get("text"), BUTTON_TEXT, "plain_text")
    found += _text("action_id", element.get("action_id"), IDENTIFIER)
    for key, most in (("value", BUTTON_VALUE), ("accessibility_label", BUTTON_LABEL), ("url", URL)):
        if key in element:
            found += _text(f"button {key}", element[key], most)
    if element.get("style", "primary") not in ("primary", "danger"):
        found.append(f"button style {element['style']!r} is neither primary nor danger")
    return found


def _divider(_block: Block) -> list[str]:
    return []


_CHECKS: Mapping[str, Callable[[Block], list[str]]] = {
    "section": _section,
    "header": _header,
    "context": _context,
    "actions": _actions,
    "divider": _divider,
}

__all__ = [
    "clip",
    "context",
    "cut",
    "escape",
    "mention",
    "mrkdwn",
    "pack",
    "problems",
    "section",
    "split",
    "view_problems",
    "weight",
]
