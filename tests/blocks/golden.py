"""Golden files: how every message reads, and its JSON, under tests/blocks/golden/. `make snapshots` renews them.

The text is for the eye of a reviewer; the JSON is what Slack gets.
"""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.blocks.message import Message

FOLDER = Path(__file__).parent / "golden"
RENEW = "CONVOY_RENEW_SNAPSHOTS"
_LINE = "─" * 8


def check(name: str, message: Message) -> None:
    """Compare a message with its golden file."""
    check_text(f"{name}.txt", f"{render(message)}\n{_LINE} JSON\n{_json(_plain(message))}\n")


def check_view(name: str, view: Mapping[str, Any]) -> None:
    """Compare a view with its golden file."""
    check_text(f"{name}.txt", f"{_blocks(view['blocks'])}\n{_LINE} JSON\n{_json(view)}\n")


def check_text(name: str, text: str, folder: Path = FOLDER) -> None:
    """Compare a text with its golden file, or write that when CONVOY_RENEW_SNAPSHOTS is set."""
    file = folder / name
    if os.environ.get(RENEW):
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return
    assert file.exists(), f"{file} is missing: {RENEW}=1 writes it, then read what it says"
    assert text == file.read_text(encoding="utf-8"), (
        f"{name} reads differently: {RENEW}=1 renews it, then read the diff"
    )


def render(message: Message) -> str:
    """The message as a person reads it, with the notification's text first and the thread below."""
    parts = [f"notification: {message.text}", _blocks(message.blocks)]
    for below in message.thread:
        parts += [f"{_LINE} in the thread: {below.text}", _blocks(below.blocks)]
    return "\n".join(parts)


def _blocks(blocks: Sequence[Mapping[str, Any]]) -> str:
    return "\n".join(_block(b) for b in blocks)


def _block(block: Mapping[str, Any]) -> str:
    match block["type"]:
        case "section" | "header":
            return f"{block['text']['text']}\n"
        case "context":
            return "  ".join(f"‹{e['text']}›" for e in block["elements"]) + "\n"
        case "actions":
            return " ".join(f"[{e['text']['text']}]" for e in block["elements"]) + "\n"
        case _:
            return f"({block['type']})\n"


def _plain(message: Message) -> dict[str, Any]:
    return {"text": message.text, "blocks": list(message.blocks), "thread": [_plain(m) for m in message.thread]}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)
