"""Blocks of the wrong structure are refused, with Slack's words and a pointer to the place."""

import pytest

from bot.sandbox.block_kit import BLOCKS
from bot.sandbox.elements import ELEMENTS
from bot.sandbox.limits import check_blocks, check_view
from bot.sandbox.refusal import Refused
from tests.sandbox.bolt_app import actions, button, entry, home, menu, modal, mrkdwn, option, plain, section

PICTURE = {"type": "image", "image_url": "https://example.org/a.png", "alt_text": "a"}
RICH = {
    "type": "rich_text",
    "elements": [
        {"type": "rich_text_section", "elements": [
            {"type": "text", "text": "hi", "style": {"bold": True}}, {"type": "user", "user_id": "U0ANA"},
            {"type": "link", "url": "https://example.org", "text": "there"}, {"type": "emoji", "name": "wave"},
        ]},
        {"type": "rich_text_list", "style": "bullet", "elements": [
            {"type": "rich_text_section", "elements": [{"type": "text", "text": "one"}]},
        ]},
        {"type": "rich_text_quote", "elements": [{"type": "text", "text": "quoted"}]},
        {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "code"}]},
    ],
}  # fmt: skip
GOOD = {
    "header": {"type": "header", "text": plain("h")},
    "divider": {"type": "divider"},
    "section": section("s", fields=[plain("f")], accessory=button("b", style="primary", value="")),
    "context": {"type": "context", "elements": [PICTURE, mrkdwn("c")]},
    "actions": actions(button("a", action_id="1"), menu(option("t"), initial_option=option("t"), action_id="2")),
    "image": {**PICTURE, "title": plain("t")},
    "input": entry("l", {"type": "plain_text_input", "multiline": True, "min_length": 1, "max_length": 5}),
    "rich_text": RICH,
    "table": {
        "type": "table",
        "rows": [[{"type": "raw_text", "text": "a"}, RICH]],
        "column_settings": [{"align": "right", "is_wrapped": True}],
    },
    "markdown": {"type": "markdown", "text": "**m**"},
}
BAD = {
    "a string": ("text", "unsupported type"),
    "no type": ({"text": plain("h")}, "unsupported type: None"),
    "an unknown type": ({"type": "carousel"}, "unsupported type: carousel [json-pointer:/blocks/0/type]"),
    "an unknown field": ({"type": "divider", "colour": "red"}, "invalid additional property: colour"),
    "null for a field": (section("s", accessory=None), "must not be null"),
    "a header in mrkdwn": ({"type": "header", "text": mrkdwn("h")}, "/blocks/0/text/type"),
    "a bare text": ({"type": "section", "text": "s"}, "must be a text object"),
    "an empty text": (section(""), "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
    "a number as text": (section(5), "must be a string"),
    "no text at all": ({"type": "section"}, "missing required field: text or fields"),
    "emoji on mrkdwn": ({"type": "section", "text": {**mrkdwn("s"), "emoji": True}}, "additional property: emoji"),
    "no fields": ({"type": "section", "fields": []}, "must be a non-empty array"),
    "an input as accessory": (section("s", accessory={"type": "plain_text_input"}), "unsupported type"),
    "a multi menu in actions": (actions(menu(option("t"), kind="multi_static_select")), "unsupported type"),
    "the same action_id twice": (actions(button("a", action_id="x"), button("b", action_id="x")), "already exists"),
    "a button in mrkdwn": (actions({"type": "button", "text": mrkdwn("b")}), "/elements/0/text/type"),
    "an unknown style": (actions(button("b", style="blue")), "must be a valid enum value: primary, danger"),
    "a wrong url": (actions(button("b", url="javascript:1")), "must be a valid URL"),
    "options and groups": (
        actions(menu(option("t"), option_groups=[{"label": plain("g"), "options": [option("t")]}])), "exactly one of",
    ),
    "neither options nor groups": (actions({"type": "static_select"}), "exactly one of"),
    "an initial option not offered": (actions(menu(option("t"), initial_option=option("u"))), "initial option"),
    "two options of one value": (actions(menu(option("t", "v"), option("u", "v"))), "must be unique"),
    "mrkdwn in a menu's option": (actions(menu({"text": mrkdwn("t"), "value": "v"})), "/text/type"),
    "a date that is none": (actions({"type": "datepicker", "initial_date": "15 March"}), "a date YYYY-MM-DD"),
    "a time that is none": (actions({"type": "timepicker", "initial_time": "9am"}), "a time HH:mm"),
    "no alt_text": ({"type": "image", "image_url": "https://e.org/a.png"}, "missing required field: alt_text"),
    "no picture": ({"type": "image", "alt_text": "a"}, "exactly one of: image_url, slack_file"),
    "an unknown file": ({"type": "image", "alt_text": "a", "slack_file": {"id": "F9"}}, "invalid slack file"),
    "min over max": (entry("l", {"type": "plain_text_input", "min_length": 5, "max_length": 1}), "min_length"),
    "true as a number": (entry("l", {"type": "plain_text_input", "max_length": True}), "must be an integer"),
    "a word as a switch": (entry("l", {"type": "plain_text_input"}, optional="yes"), "must be a boolean"),
    "a cell of another type": ({"type": "table", "rows": [[mrkdwn("c")]]}, "unsupported type: mrkdwn"),
    "an empty table": ({"type": "table", "rows": []}, "must be a non-empty array"),
    "an unknown rich element": ({"type": "rich_text", "elements": [{"type": "rich_text_x"}]}, "unsupported type"),
    "an unknown rich leaf": (
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "y"}]}]},
        "unsupported type: y",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", BLOCKS)
def test_every_block_type_has_a_good_example(kind):
    check_blocks([GOOD[kind]])


@pytest.mark.parametrize("what", BAD)
def test_a_bad_block_is_refused_with_its_place(what):
    block, words = BAD[what]
    with pytest.raises(Refused) as refusal:
        check_blocks(block if isinstance(block, str) else [block])
    assert refusal.value.error == ("invalid_blocks_format" if isinstance(block, str) else "invalid_blocks")
    if not isinstance(block, str):
        assert any(words in message for message in refusal.value.messages), refusal.value.messages


def test_all_problems_at_once():
    with pytest.raises(Refused) as refusal:
        check_blocks([section(""), {"type": "header", "text": plain("x" * 151)}])
    assert [message.split("/blocks/")[1] for message in refusal.value.messages] == ["0/text/text]", "1/text/text]"]


def test_block_ids_are_unique():
    with pytest.raises(Refused, match="invalid_blocks") as refusal:
        check_blocks([{"type": "divider", "block_id": "a"}, {"type": "divider", "block_id": "a"}])
    assert "already exists" in refusal.value.messages[0]


@pytest.mark.parametrize("kind", ["table", "markdown"])
@pytest.mark.parametrize("make", [modal, home])
def test_blocks_that_only_messages_take(kind, make):
    with pytest.raises(Refused) as refusal:
        check_view(make(GOOD[kind]), "modal", "home")
    assert "not supported on this surface" in refusal.value.messages[0]


def test_a_file_that_was_uploaded_can_stand_in_a_picture():
    for naming in ({"id": "F1"}, {"url": "https://files.example.org/x/F1"}):
        check_blocks([{"type": "image", "alt_text": "a", "slack_file": naming}], files={"F1"})


EXAMPLES = {
    "button": button("b"),
    "overflow": menu(option("t"), kind="overflow"),
    "static_select": menu(option("t")),
    "multi_static_select": menu(option("t"), kind="multi_static_select", initial_options=[option("t")]),
    "radio_buttons": menu(option("t"), kind="radio_buttons", initial_option=option("t")),
    "checkboxes": menu(option("t"), kind="checkboxes"),
    "number_input": {"type": "number_input", "is_decimal_allowed": False},
    "conversations_select": {"type": "conversations_select", "filter": {"include": ["public"]}},
    "datetimepicker": {"type": "datetimepicker", "initial_date_time": 1_800_000_000},
    "timepicker": {"type": "timepicker", "initial_time": "09:30"},
}


@pytest.mark.parametrize("kind", ELEMENTS)
def test_every_element_has_a_place(kind):
    element = EXAMPLES.get(kind, {"type": kind})
    if kind in {"button", "overflow"}:
        check_blocks([actions(element)])
    else:
        check_view(modal(entry("l", element)), "modal")
