"""The interactive elements of Block Kit: buttons, menus, pickers and inputs, each with its fields and limits."""

import re
from collections.abc import Mapping

from bot.sandbox.refusal import Json
from bot.sandbox.shapes import Check, Fields, Findings, array, boolean, choice, integer, plain, string, text, url

ACTION_ID = string(255)
PLACEHOLDER = plain(150)
CONFIRM = Fields(
    {"title": plain(100), "text": text(300), "confirm": plain(30), "deny": plain(30)},
    {"style": choice("primary", "danger")},
)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)


def pattern(shape: re.Pattern[str], wording: str) -> Check:
    """Text of a fixed form."""

    def check(found: Findings, value: Json, at: str) -> None:
        if not isinstance(value, str) or not shape.fullmatch(value):
            found.add(f"must be {wording}", at)

    return check


def option(words: Check) -> Check:
    """One choice: a text that people see and a value that comes back."""
    return Fields({"text": words, "value": string(150)}, {"description": text(75), "url": url(3000)})


PLAIN_OPTION = option(plain(75))
ANY_OPTION = option(text(75))
OPTION_GROUP = Fields({"label": plain(75), "options": array(PLAIN_OPTION, 100)})
_BASE: dict[str, Check] = {"action_id": ACTION_ID, "confirm": CONFIRM, "focus_on_load": boolean}
_MENU: dict[str, Check] = {**_BASE, "placeholder": PLACEHOLDER}
_MULTI: dict[str, Check] = {**_MENU, "max_selected_items": integer(1, 1000)}
_IDS = array(string(255), 1000)
_FILTER = Fields(
    {},
    {
        "include": array(choice("im", "mpim", "private", "public"), 4),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
)
_LISTS: dict[str, Check] = {"options": array(PLAIN_OPTION, 100), "option_groups": array(OPTION_GROUP, 100)}
_TYPED: dict[str, Check] = {
    "action_id": ACTION_ID,
    "placeholder": PLACEHOLDER,
    "focus_on_load": boolean,
    "dispatch_action_config": Fields(
        {}, {"trigger_actions_on": array(choice("on_enter_pressed", "on_character_entered"), 2)}
    ),
}


def _one_list(found: Findings, value: Json, at: str) -> None:
    """A static menu has options or groups, not both; what is chosen at first must be one of them."""
    if ("options" in value) == ("option_groups" in value):
        found.add("must have exactly one of: options, option_groups", at)
    _initial_offered(found, value, at)


def _initial_offered(found: Findings, value: Json, at: str) -> None:
    offered = [one for one in value.get("options") or () if isinstance(one, Mapping)]
    for group in value.get("option_groups") or ():
        offered += group.get("options") or () if isinstance(group, Mapping) else ()
    chosen = [value["initial_option"]] if value.get("initial_option") else list(value.get("initial_options") or ())
    if any(one not in offered for one in chosen):
        found.add("initial option must exactly match one of the provided options", at)
    values = [one.get("value") for one in offered]
    if len(values) != len(set(map(str, values))):
        found.add("option values must be unique", at)


def _lengths(found: Findings, value: Json, at: str) -> None:
    least, most = value.get("min_length"), value.get("max_length")
    if isinstance(least, int) and isinstance(most, int) and least > most:
        found.add("min_length must not be greater than max_length", at)


STATIC = {**_LISTS, "initial_option": PLAIN_OPTION}
CHOICES = {"options": array(ANY_OPTION, 10)}

# type -> (its fields, a check of the whole)
ELEMENTS: dict[str, tuple[Fields, Check | None]] = {
    "button": (
        Fields(
            {"text": plain(75)},
            {
                "action_id": ACTION_ID, "url": url(3000), "value": string(2000, least=0), "confirm": CONFIRM,
                "style": choice("primary", "danger"), "accessibility_label": string(75),
            },
        ),
        None,
    ),
    "overflow": (Fields({"options": array(option(plain(75)), 5)}, {"action_id": ACTION_ID, "confirm": CONFIRM}), None),
    "static_select": (Fields({}, {**_MENU, **STATIC}), _one_list),
    "multi_static_select": (Fields({}, {**_MULTI, **_LISTS, "initial_options": array(PLAIN_OPTION, 100)}), _one_list),
    "external_select": (
        Fields({}, {**_MENU, "initial_option": PLAIN_OPTION, "min_query_length": integer(0, 3000)}), None,
    ),
    "multi_external_select": (
        Fields({}, {**_MULTI, "initial_options": array(PLAIN_OPTION, 100), "min_query_length": integer(0, 3000)}), None,
    ),
    "users_select": (Fields({}, {**_MENU, "initial_user": string(255)}), None),
    "multi_users_select": (Fields({}, {**_MULTI, "initial_users": _IDS}), None),
    "channels_select": (
        Fields({}, {**_MENU, "initial_channel": string(255), "response_url_enabled": boolean}), None,
    ),
    "multi_channels_select": (Fields({}, {**_MULTI, "initial_channels": _IDS}), None),
    "conversations_select": (
        Fields(
            {},
            {
                **_MENU, "initial_conversation": string(255), "response_url_enabled": boolean, "filter": _FILTER,
                "default_to_current_conversation": boolean,
            },
        ),
        None,
    ),
    "multi_conversations_select": (
        Fields(
            {},
            {**_MULTI, "initial_conversations": _IDS, "filter": _FILTER, "default_to_current_conversation": boolean},
        ),
        None,
    ),
    "datepicker": (Fields({}, {**_MENU, "initial_date": pattern(_DATE, "a date YYYY-MM-DD")}), None),
    "timepicker": (
        Fields({}, {**_MENU, "initial_time": pattern(_TIME, "a time HH:mm"), "timezone": string(64)}), None,
    ),
    "datetimepicker": (Fields({}, {**_BASE, "initial_date_time": integer(1_000_000_000, 9_999_999_999)}), None),
    "radio_buttons": (Fields(CHOICES, {**_BASE, "initial_option": ANY_OPTION}), _initial_offered),
    "checkboxes": (Fields(CHOICES, {**_BASE, "initial_options": array(ANY_OPTION, 10)}), _initial_offered),
    "plain_text_input": (
        Fields(
            {},
            {
                **_TYPED, "initial_value": string(3000, least=0), "multiline": boolean, "min_length": integer(0, 3000),
                "max_length": integer(1, 3000),
            },
        ),
        _lengths,
    ),
    "email_text_input": (Fields({}, {**_TYPED, "initial_value": string(3000)}), None),
    "url_text_input": (Fields({}, {**_TYPED, "initial_value": url(3000)}), None),
    "number_input": (
        Fields(
            {"is_decimal_allowed": boolean},
            {**_TYPED, "initial_value": string(300), "min_value": string(300), "max_value": string(300)},
        ),
        None,
    ),
}  # fmt: skip

MENUS = tuple(name for name in ELEMENTS if name.endswith("_select"))
PICKERS = ("datepicker", "timepicker", "datetimepicker")
TYPED = ("plain_text_input", "email_text_input", "url_text_input", "number_input")
IN_SECTION = ("button", "overflow", *MENUS, "datepicker", "timepicker", "radio_buttons", "checkboxes", "image")
_ONE = tuple(name for name in MENUS if not name.startswith("multi_"))
IN_ACTIONS = ("button", "overflow", *_ONE, *PICKERS, "radio_buttons", "checkboxes")
IN_INPUT = (*MENUS, *PICKERS, "radio_buttons", "checkboxes", *TYPED)


def element(allowed: tuple[str, ...], image: Check | None = None) -> Check:
    """One element of the types that this place takes."""

    def check(found: Findings, value: Json, at: str) -> None:
        kind = value.get("type") if isinstance(value, Mapping) else None
        if kind not in allowed:
            found.add(f"unsupported type: {kind}", f"{at}/type")
        elif kind == "image" and image is not None:
            image(found, value, at)
        else:
            fields, whole = ELEMENTS[str(kind)]
            fields(found, value, at)
            if whole is not None:
                whole(found, value, at)

    return check
