"""Slack gives every block and element an id when the app gave none; payloads and states refer to them."""

from collections.abc import Sequence

from bot.sandbox.model import Block


def with_ids(blocks: Sequence[Block], prefix: str) -> tuple[Block, ...]:
    """The blocks with a `block_id` each, and an `action_id` on each element that a person can use."""
    return tuple(_with_id(block, f"{prefix}{index}") for index, block in enumerate(blocks))


def _with_id(block: Block, fallback: str) -> Block:
    full = {**block, "block_id": block.get("block_id") or fallback}
    for slot in ("accessory", "element"):
        if slot in full:
            full[slot] = _with_action(full[slot], f"{fallback}.{slot}")
    if full["type"] == "actions":
        full["elements"] = [_with_action(one, f"{fallback}.{index}") for index, one in enumerate(full["elements"])]
    return full


def _with_action(element: Block, fallback: str) -> Block:
    return element if element["type"] == "image" else {**element, "action_id": element.get("action_id") or fallback}
