"""Every block that the sandbox takes can be drawn, and what cannot be drawn is an error."""

import pytest

from bot.sandbox import CannotDrawError
from bot.sandbox.block_ids import with_ids
from bot.sandbox.block_kit import BLOCKS
from bot.sandbox.elements import ELEMENTS
from bot.sandbox.model import View
from bot.sandbox.mrkdwn import Names
from bot.sandbox.render import draw_blocks, draw_view
from tests.sandbox.bolt_app import actions, button, entry, make_sandbox, menu, modal, mrkdwn, option, plain, section
from tests.sandbox.test_block_kit import EXAMPLES, GOOD


@pytest.fixture
def names() -> Names:
    return Names(make_sandbox().workspace)


def draw(names: Names, *blocks: dict) -> str:
    return draw_blocks(with_ids(blocks, "b"), names)


DRAWN = {
    "header": "H",
    "divider": "─" * 40,
    "section": "s\nf\n[b]",
    "context": "[picture: a] · c",
    "actions": "[a] [t ▾]",
    "image": "[picture: t: a]",
    "input": "l: […]",
    "rich_text": "hi@anathere (https://example.org)👋\n• one\n│ quoted\n    code",
    "markdown": "m",
}


@pytest.mark.parametrize("kind", BLOCKS)
def test_every_block_is_drawn(names, kind):
    shown = draw(names, GOOD[kind])
    assert shown == DRAWN.get(kind, shown)
    assert shown


@pytest.mark.parametrize("kind", ELEMENTS)
def test_every_element_is_drawn(names, kind):
    element = EXAMPLES.get(kind, {"type": kind})
    block = actions(element) if kind in {"button", "overflow"} else entry("l", element)
    assert draw(names, block)


def test_a_table_is_aligned(names):
    rows = [
        [{"type": "raw_text", "text": text} for text in row] for row in (["name", "days"], ["nova", "3"], ["é", "12"])
    ]
    table = {"type": "table", "rows": rows, "column_settings": [{}, {"align": "right"}]}
    assert draw(names, table).splitlines() == ["name  days", "────  ────", "nova     3", "é       12"]


def test_fields_stand_in_two_columns(names):
    block = {"type": "section", "fields": [mrkdwn("*Ready*"), plain("18"), mrkdwn("Blocked"), plain("1")]}
    assert draw(names, block) == "Ready     18\nBlocked   1"


def test_a_modal_shows_what_was_entered(names):
    fields = (
        entry("Reason", {"type": "plain_text_input", "action_id": "r", "placeholder": plain("Why?")}, block_id="r"),
        entry("Until", {"type": "datepicker", "action_id": "d", "initial_date": "2026-03-15"}, optional=True),
        entry("For", menu(option("me"), option("all"), kind="radio_buttons", action_id="f"), block_id="f"),
    )
    body = {**modal(*fields, close=plain("Cancel")), "blocks": with_ids(fields, "b")}
    state = {"f": {"f": {"type": "radio_buttons", "selected_option": option("all")}}}
    view = View("V1", "U0ANA", body, "h", "V1", state=state)
    assert draw_view(view, names).splitlines() == [
        "┌ A modal",
        "│ Reason: [Why?]",
        "│ Until (optional): [2026-03-15 ▾]",
        "│ For: ( ) me  (•) all",
        "└ [Save] [Cancel]",
    ]


@pytest.mark.parametrize(
    "block",
    [
        {"type": "carousel"},
        actions({"type": "workflow_button", "action_id": "w"}),
        {"type": "rich_text", "elements": [{"type": "rich_text_poem", "elements": []}]},
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "sound"}]}]},
    ],
)
def test_what_cannot_be_drawn_is_an_error(names, block):
    with pytest.raises(CannotDrawError, match="cannot draw"):
        draw_blocks([block], names)


def test_buttons_and_an_accessory(names):
    block = section("Snooze?", accessory=menu(option("Edit"), option("Drop"), kind="overflow"))
    assert (
        draw(names, block, actions(button("Ack :eyes:"), button("Why?"))) == "Snooze?\n[⋯ Edit | Drop]\n[Ack 👀] [Why?]"
    )
