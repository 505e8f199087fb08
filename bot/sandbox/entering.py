"""What a person enters into an element: the value object that Slack makes of it, and the state of the view then."""

import re
from collections.abc import Iterator, Mapping, Sequence

from bot.sandbox.model import Block
from bot.sandbox.outcome import CannotError, suggest
from bot.sandbox.refusal import Json

Wanted = str | Sequence[str]
State = Mapping[str, Mapping[str, Json]]

# type -> (where the value stands, where the app put the initial one)
_KEYS: dict[str, tuple[str, str]] = {
    **dict.fromkeys(
        ("plain_text_input", "email_text_input", "url_text_input", "number_input"), ("value", "initial_value")
    ),
    **dict.fromkeys(("static_select", "external_select", "radio_buttons"), ("selected_option", "initial_option")),
    **dict.fromkeys(
        ("multi_static_select", "multi_external_select", "checkboxes"), ("selected_options", "initial_options")
    ),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "users_select": ("selected_user", "initial_user"),
    "multi_users_select": ("selected_users", "initial_users"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
}
_MANY = ("selected_options", "selected_users", "selected_channels", "selected_conversations")
REQUIRED = "Please complete this required field."


def elements(blocks: Sequence[Block]) -> Iterator[tuple[Block, Mapping[str, Json]]]:
    """Every interactive element with the block that it stands in, top to bottom."""
    for block in blocks:
        for one in (block.get("accessory"), block.get("element"), *(block.get("elements") or ())):
            if isinstance(one, Mapping) and "action_id" in one:
                yield block, one


def value_key(element: Mapping[str, Json]) -> str | None:
    """The field of the value object that holds what was entered; None for buttons and overflow menus."""
    return _KEYS[element["type"]][0] if element["type"] in _KEYS else None


def full_state(blocks: Sequence[Block], entered: State) -> dict[str, dict[str, Json]]:
    """`state.values`: what was entered, the app's initial values where nothing was, and null where neither is."""
    values: dict[str, dict[str, Json]] = {}
    for block, element in elements(blocks):
        if element["type"] not in _KEYS:
            continue
        key, initial = _KEYS[element["type"]]
        value = entered.get(block["block_id"], {}).get(element["action_id"])
        if value is None:
            value = {"type": element["type"], key: element.get(initial, [] if key in _MANY else None)}
        values.setdefault(block["block_id"], {})[element["action_id"]] = value
    return values


def with_value(state: State, block_id: str, action_id: str, value: Mapping[str, Json]) -> dict[str, dict[str, Json]]:
    """The state with one more value."""
    copy = {block: dict(values) for block, values in state.items()}
    copy.setdefault(block_id, {})[action_id] = dict(value)
    return copy


def options_of(source: Mapping[str, Json]) -> list[Mapping[str, Json]]:
    """The options of a menu (or of an answer to a suggestion), those in groups included."""
    groups = source.get("option_groups") or ()
    return [*(source.get("options") or ()), *(one for group in groups for one in group.get("options") or ())]


def choose(offered: Sequence[Mapping[str, Json]], wanted: str) -> Mapping[str, Json]:
    """The option whose text or value is `wanted`. Raises CannotError with what there is."""
    for option in offered:
        if wanted.casefold() in {option["text"]["text"].casefold(), str(option.get("value", "")).casefold()}:
            return option
    names = [option["text"]["text"] for option in offered]
    raise CannotError(
        f"there is no option {wanted!r}{suggest(wanted, names)}; offered: {', '.join(names) or 'nothing'}"
    )


def typed_value(element: Mapping[str, Json], key: str, wanted: Wanted) -> dict[str, Json]:
    """The value object for text and pickers."""
    words = wanted if isinstance(wanted, str) else ", ".join(wanted)
    content: Json = words or None
    if key == "selected_date" and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", words):
        raise CannotError(f"{words!r} is no date: a date picker gives YYYY-MM-DD")
    if key == "selected_time" and not re.fullmatch(r"\d{2}:\d{2}", words):
        raise CannotError(f"{words!r} is no time: a time picker gives HH:mm")
    if key == "selected_date_time":
        content = int(words)
    return {"type": element["type"], key: content}


def client_errors(blocks: Sequence[Block], state: State) -> dict[str, str]:
    """What the Slack client itself would not let a person submit: block_id -> its words."""
    values = full_state(blocks, state)
    errors = {}
    for block, element in elements(blocks):
        key = value_key(element)
        if block["type"] != "input" or key is None:
            continue
        content = values[block["block_id"]][element["action_id"]].get(key)
        problem = _problem(element, content, optional=bool(block.get("optional")))
        if problem:
            errors[block["block_id"]] = problem
    return errors


def _problem(element: Mapping[str, Json], content: Json, *, optional: bool) -> str:
    if content in (None, "", []):
        return "" if optional else REQUIRED
    kind = element["type"]
    if kind == "plain_text_input":
        least, most = element.get("min_length", 0), element.get("max_length", 3000)
        if not least <= len(content) <= most:
            return f"This entry needs {least} to {most} characters; it has {len(content)}."
    if kind == "number_input":
        return _number_problem(element, content)
    if kind == "email_text_input" and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", content):
        return "Please enter a valid email address."
    if kind == "url_text_input" and not content.startswith(("http://", "https://")):
        return "Please enter a valid URL."
    if kind.startswith("multi_") and len(content) > element.get("max_selected_items", 1000):
        return f"Please choose at most {element['max_selected_items']}."
    return ""


def _number_problem(element: Mapping[str, Json], content: str) -> str:
    try:
        number = float(content) if element.get("is_decimal_allowed") else int(content)
    except ValueError:
        return "Please enter a number."
    if number < float(element.get("min_value", "-inf")) or number > float(element.get("max_value", "inf")):
        return "This number is out of bounds."
    return ""
