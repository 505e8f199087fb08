"""A message as it rests in the ledger: JSON text that a later version can still read."""

import json
from typing import Any

from bot.blocks.message import Message


def encode(message: Message) -> str:
    """The JSON text of a message with its thread."""
    return json.dumps(_plain(message), ensure_ascii=True, separators=(",", ":"))


def decode(text: str) -> Message:
    """The message behind `encode`'s text. Raises ValueError when it is not one."""
    try:
        return _message(json.loads(text))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a stored message: {error}") from error


def parts(message: Message) -> tuple[Message, ...]:
    """The message and then everything of its thread, in the order in which it is posted."""
    flat = [Message(message.text, message.blocks)]
    for reply in message.thread:
        flat.extend(parts(reply))
    return tuple(flat)


def _plain(message: Message) -> dict[str, Any]:
    return {
        "text": message.text,
        "blocks": [dict(block) for block in message.blocks],
        "thread": [_plain(reply) for reply in message.thread],
    }


def _message(value: dict[str, Any]) -> Message:
    return Message(value["text"], tuple(value["blocks"]), tuple(_message(reply) for reply in value["thread"]))
