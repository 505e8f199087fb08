"""The blocks of Block Kit that the sandbox takes, each with its fields, limits and the surfaces it may stand on."""

from collections.abc import Mapping

from bot.sandbox.elements import IN_ACTIONS, IN_INPUT, IN_SECTION, element
from bot.sandbox.refusal import Json
from bot.sandbox.rich_text import RICH_TEXT
from bot.sandbox.shapes import Check, Fields, Findings, anything, array, boolean, choice, plain, string, text, url

BLOCK_ID = string(255)
ALT_TEXT = string(2000, counted=True)


def _slack_file(found: Findings, value: Json, at: str) -> None:
    """A picture that the app uploaded before: by its id, or by its `url_private` or permalink, which ends in the id."""
    Fields({}, {"id": string(255), "url": url(3000)})(found, value, at)
    if isinstance(value, Mapping):
        named = str(value.get("id") or str(value.get("url") or "").rstrip("/").rsplit("/", 1)[-1])
        if named not in found.files:
            found.add("invalid slack file", at)


def _one_picture(found: Findings, value: Json, at: str) -> None:
    if ("image_url" in value) == ("slack_file" in value):
        found.add("must have exactly one of: image_url, slack_file", at)


_PICTURE: dict[str, Check] = {"image_url": url(3000), "slack_file": _slack_file}
_IMAGE_ELEMENT = Fields({"alt_text": ALT_TEXT}, _PICTURE)


def image_element(found: Findings, value: Json, at: str) -> None:
    """A small picture in a section or a context."""
    _IMAGE_ELEMENT(found, value, at)
    _one_picture(found, value, at)


def _section(found: Findings, value: Json, at: str) -> None:
    if not value.get("text") and not value.get("fields"):
        found.add("missing required field: text or fields", at)


_CONTEXT_TEXT = text(3000)


def _context_element(found: Findings, value: Json, at: str) -> None:
    if isinstance(value, Mapping) and value.get("type") == "image":
        image_element(found, value, at)
    else:
        _CONTEXT_TEXT(found, value, at)


def _cell(found: Findings, value: Json, at: str) -> None:
    kind = value.get("type") if isinstance(value, Mapping) else None
    if kind == "raw_text":
        Fields({"text": string(3000, counted=True)})(found, value, at)
    elif kind == "rich_text":
        RICH_TEXT(found, value, at)
    else:
        found.add(f"unsupported type: {kind}", f"{at}/type")


def _unique_actions(found: Findings, value: Json, at: str) -> None:
    seen: set[str] = set()
    for index, one in enumerate(value.get("elements") or ()):
        name = one.get("action_id") if isinstance(one, Mapping) else None
        if name and name in seen:
            found.add(f"`action_id` {name} already exists within the block", f"{at}/elements/{index}/action_id")
        seen.add(str(name))


def _markdown(found: Findings, value: Json, at: str) -> None:
    words = value.get("text")
    found.markdown += len(words) if isinstance(words, str) else 0
    if found.markdown > MARKDOWN_TOTAL:
        found.add(f"all markdown blocks together must be less than {MARKDOWN_TOTAL + 1} characters", at)


MARKDOWN_TOTAL = 12_000
_ID: dict[str, Check] = {"block_id": BLOCK_ID}
_EVERYWHERE = ("message", "modal", "home")

# type -> (where it may stand, its fields, a check of the whole)
BLOCKS: dict[str, tuple[tuple[str, ...], Fields, Check | None]] = {
    "header": (_EVERYWHERE, Fields({"text": plain(150)}, _ID), None),
    "divider": (_EVERYWHERE, Fields({}, _ID), None),
    "section": (
        _EVERYWHERE,
        Fields(
            {},
            {
                "text": text(3000), "fields": array(text(2000), 10), "expand": boolean,
                "accessory": element(IN_SECTION, image_element), **_ID,
            },
        ),
        _section,
    ),
    "context": (_EVERYWHERE, Fields({"elements": array(_context_element, 10)}, _ID), None),
    "actions": (_EVERYWHERE, Fields({"elements": array(element(IN_ACTIONS), 25)}, _ID), _unique_actions),
    "image": (_EVERYWHERE, Fields({"alt_text": ALT_TEXT}, {**_PICTURE, "title": plain(2000), **_ID}), _one_picture),
    "input": (
        _EVERYWHERE,
        Fields(
            {"label": plain(2000), "element": element(IN_INPUT)},
            {"hint": plain(2000), "optional": boolean, "dispatch_action": boolean, **_ID},
        ),
        None,
    ),
    "rich_text": (_EVERYWHERE, RICH_TEXT, None),
    "table": (
        ("message",),
        Fields(
            {"rows": array(array(_cell, 20), 100)},
            {
                "column_settings": array(
                    Fields({}, {"align": choice("left", "center", "right"), "is_wrapped": boolean}), 20
                ),
                **_ID,
            },
        ),
        None,
    ),
    "markdown": (("message",), Fields({"text": string(MARKDOWN_TOTAL)}, {"block_id": anything}), _markdown),
}  # fmt: skip


def block(found: Findings, value: Json, at: str) -> None:
    """One block: known, on a surface that takes it, with valid content and a `block_id` of its own."""
    kind = value.get("type") if isinstance(value, Mapping) else None
    if not isinstance(kind, str) or kind not in BLOCKS:
        found.add(f"unsupported type: {kind}", f"{at}/type")
        return
    surfaces, fields, whole = BLOCKS[kind]
    if found.surface not in surfaces:
        found.add(f"block type {kind} is not supported on this surface: {found.surface}", f"{at}/type")
    fields(found, value, at)
    if whole is not None:
        whole(found, value, at)
    name = value.get("block_id")
    if isinstance(name, str):
        if name in found.ids:
            found.add(f"`block_id` {name} already exists", f"{at}/block_id")
        found.ids.add(name)
