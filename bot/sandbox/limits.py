"""What Slack takes as one message or one view, and the words with which it refuses the rest.

`check_message` and `check_view` are the two doors: every payload of every method, ack and response_url goes through
one of them. Single blocks are looked at in `block_kit.py`.
"""

import json
from collections.abc import Collection, Mapping

from bot.sandbox.block_kit import block
from bot.sandbox.refusal import Json, Refused
from bot.sandbox.shapes import Check, Fields, Findings, anything, array, boolean, choice, plain, string

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
TEXT_LIMIT = 40_000
VIEW_BYTES = 250_000
METADATA_BYTES = 8_000
# Slack refuses a whole message somewhere between 9,000 and 13,000 characters. Where exactly depends on what is in it,
# so the sandbox draws the line where trouble can begin. `markdown` blocks have a limit of their own and do not count.
MESSAGE_CHARACTERS = 9_000

_BLOCKS_50 = array(block, MESSAGE_BLOCKS, least=0)
_BLOCKS_100 = array(block, VIEW_BLOCKS)
_VIEW_COMMON: dict[str, Check] = {
    "private_metadata": string(3000, least=0),
    "callback_id": string(255, least=0),
    "external_id": string(255, least=0),
}
_VIEWS: dict[str, Fields] = {
    "modal": Fields(
        {"title": plain(24), "blocks": _BLOCKS_100},
        {
            **_VIEW_COMMON,
            "submit": plain(24),
            "close": plain(24),
            "clear_on_close": boolean,
            "notify_on_close": boolean,
            "submit_disabled": boolean,
        },
        nulls=True,
    ),
    "home": Fields({"blocks": array(block, VIEW_BLOCKS, least=0)}, _VIEW_COMMON, nulls=True),
}


def check_blocks(blocks: Json, files: Collection[str] = ()) -> list[Mapping[str, Json]]:
    """The blocks of a message. Raises Refused: invalid_blocks_format, invalid_blocks, msg_blocks_too_long."""
    if not isinstance(blocks, list) or not all(isinstance(one, Mapping) for one in blocks):
        raise Refused("invalid_blocks_format", ["must be an array of block objects [json-pointer:/blocks]"])
    found = Findings("message", files)
    _BLOCKS_50(found, blocks, "/blocks")
    if sum(one.get("type") == "table" for one in blocks) > 1:
        raise Refused("invalid_attachments", ["only_one_table_allowed"])
    if found.problems:
        raise Refused("invalid_blocks", found.problems)
    if found.characters > MESSAGE_CHARACTERS:
        raise Refused(
            "msg_blocks_too_long",
            [f"the blocks hold {found.characters} characters; {MESSAGE_CHARACTERS} are safe [json-pointer:/blocks]"],
        )
    return blocks


def check_message(text: str | None, blocks: Json, files: Collection[str] = ()) -> tuple[str, list[Mapping[str, Json]]]:
    """Text and blocks of one message. Raises Refused, also with no_text and msg_too_long."""
    good = check_blocks(blocks, files) if blocks is not None else []
    if not (text or "").strip() and not good:
        raise Refused("no_text")
    if text is not None and len(text) > TEXT_LIMIT:
        raise Refused("msg_too_long")
    return text or "", good


def check_metadata(metadata: Json) -> Mapping[str, Json] | None:
    """Message metadata. Raises Refused: invalid_metadata_format, metadata_too_large."""
    if metadata is None:
        return None
    if not isinstance(metadata, Mapping):
        raise Refused("invalid_metadata_format")
    found = Findings()
    Fields({"event_type": string(255), "event_payload": anything})(found, metadata, "/metadata")
    if found.problems or not isinstance(metadata["event_payload"], Mapping):
        raise Refused(
            "invalid_metadata_format", found.problems or ["must be an object [json-pointer:/metadata/event_payload]"]
        )
    if len(json.dumps(metadata)) > METADATA_BYTES:
        raise Refused("metadata_too_large")
    return metadata


def check_view(view: Json, *kinds: str, files: Collection[str] = ()) -> Mapping[str, Json]:
    """A view of one of these kinds (`modal`, `home`). Raises Refused: invalid_arguments, view_too_large."""
    found = Findings(files=files)
    choice(*kinds)(found, view.get("type") if isinstance(view, Mapping) else None, "/view/type")
    if found.problems:
        raise Refused("invalid_arguments", found.problems)
    if len(json.dumps(view)) > VIEW_BYTES:
        raise Refused("view_too_large")
    found.surface = str(view["type"])
    _VIEWS[found.surface](found, view, "/view")
    blocks = view.get("blocks")
    has_input = isinstance(blocks, list) and any(
        isinstance(one, Mapping) and one.get("type") == "input" for one in blocks
    )
    if found.surface == "modal" and has_input and not view.get("submit"):
        found.add("missing required field: submit (a view with input blocks needs it)", "/view")
    if found.problems:
        raise Refused("invalid_arguments", found.problems)
    return {name: content for name, content in view.items() if content is not None}
