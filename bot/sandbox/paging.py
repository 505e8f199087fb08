"""Cursors: opaque to the app, as long as the list does not change under them."""

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

from bot.sandbox.arguments import Arguments
from bot.sandbox.refusal import Json, Refused

T = TypeVar("T")


def page(
    args: Arguments, items: Sequence[T], *, default: int = 100, most: int = 1000
) -> tuple[list[T], dict[str, Json]]:
    """One page of `items` and the `response_metadata` that leads to the next. Raises Refused: invalid_cursor/limit."""
    start = _position(args.text("cursor"), len(items))
    limit = args.number("limit", default, most)
    rest = start + limit < len(items)
    cursor = base64.b64encode(f"next:{start + limit}".encode()).decode() if rest else ""
    return list(items[start : start + limit]), {"next_cursor": cursor}


def _position(cursor: str | None, length: int) -> int:
    if not cursor:
        return 0
    try:
        kind, _, place = base64.b64decode(cursor, validate=True).decode().partition(":")
        position = int(place)
    except (binascii.Error, ValueError) as problem:
        raise Refused("invalid_cursor") from problem
    if kind != "next" or not 0 < position <= length:
        raise Refused("invalid_cursor")
    return position
