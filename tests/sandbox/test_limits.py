"""Every limit at its boundary: the last that passes and the first that does not."""

import pytest

from bot.sandbox.limits import check_blocks, check_message, check_metadata, check_view
from bot.sandbox.refusal import Refused
from tests.sandbox.bolt_app import actions, button, entry, home, menu, modal, mrkdwn, option, plain, section


def x(count: int) -> str:
    return "x" * count


def options(count: int) -> list[dict]:
    return [option(f"o{number}") for number in range(count)]


def image(**more) -> dict:
    return {"type": "image", "image_url": "https://example.org/a.png", "alt_text": "a", **more}


def table(rows: int, columns: int) -> dict:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": "c"}] * columns] * rows}


IN_MESSAGE = {
    "blocks": lambda n: [{"type": "divider"}] * n,
    "section text": lambda n: [section(x(n))],
    "section plain text": lambda n: [{"type": "section", "text": plain(x(n))}],
    "section fields": lambda n: [{"type": "section", "fields": [mrkdwn("f")] * n}],
    "section field text": lambda n: [{"type": "section", "fields": [mrkdwn(x(n))]}],
    "header text": lambda n: [{"type": "header", "text": plain(x(n))}],
    "block_id": lambda n: [{"type": "divider", "block_id": x(n)}],
    "context elements": lambda n: [{"type": "context", "elements": [mrkdwn("c")] * n}],
    "context text": lambda n: [{"type": "context", "elements": [mrkdwn(x(n))]}],
    "actions elements": lambda n: [actions(*[button("b")] * n)],
    "button text": lambda n: [actions(button(x(n)))],
    "button value": lambda n: [actions(button("b", value=x(n)))],
    "button url": lambda n: [actions(button("b", url="https://e.org/" + x(n - 14)))],
    "action_id": lambda n: [actions(button("b", action_id=x(n)))],
    "confirm title": lambda n: [actions(button("b", confirm=confirm(title=plain(x(n)))))],
    "confirm text": lambda n: [actions(button("b", confirm=confirm(text=mrkdwn(x(n)))))],
    "confirm yes": lambda n: [actions(button("b", confirm=confirm(confirm=plain(x(n)))))],
    "confirm no": lambda n: [actions(button("b", confirm=confirm(deny=plain(x(n)))))],
    "select options": lambda n: [actions(menu(*options(n)))],
    "option text": lambda n: [actions(menu({"text": plain(x(n)), "value": "v"}))],
    "option value": lambda n: [actions(menu({"text": plain("t"), "value": x(n)}))],
    "option description": lambda n: [actions(menu({**option("t"), "description": plain(x(n))}))],
    "placeholder": lambda n: [actions(menu(option("t"), placeholder=plain(x(n))))],
    "overflow options": lambda n: [section("s", accessory=menu(*options(n), kind="overflow"))],
    "checkboxes": lambda n: [section("s", accessory=menu(*options(n), kind="checkboxes"))],
    "radio buttons": lambda n: [actions(menu(*options(n), kind="radio_buttons"))],
    "alt_text": lambda n: [image(alt_text=x(n))],
    "image title": lambda n: [image(title=plain(x(n)))],
    "table rows": lambda n: [table(n, 1)],
    "table columns": lambda n: [table(1, n)],
    "markdown": lambda n: [{"type": "markdown", "text": x(n)}],
    "markdown together": lambda n: [{"type": "markdown", "text": x(6000)}, {"type": "markdown", "text": x(n)}],
}
MESSAGE_BOUNDS = {
    "blocks": 50, "section text": 3000, "section plain text": 3000, "section fields": 10, "section field text": 2000,
    "header text": 150, "block_id": 255, "context elements": 10, "context text": 3000, "actions elements": 25,
    "button text": 75, "button value": 2000, "button url": 3000, "action_id": 255, "confirm title": 100,
    "confirm text": 300, "confirm yes": 30, "confirm no": 30, "select options": 100, "option text": 75,
    "option value": 150, "option description": 75, "placeholder": 150, "overflow options": 5, "checkboxes": 10,
    "radio buttons": 10, "alt_text": 2000, "image title": 2000, "table rows": 100, "table columns": 20,
    "markdown": 12_000, "markdown together": 6000,
}  # fmt: skip


def confirm(**parts) -> dict:
    return {"title": plain("t"), "text": mrkdwn("t"), "confirm": plain("y"), "deny": plain("n"), **parts}


@pytest.mark.parametrize("what", IN_MESSAGE)
def test_the_last_that_a_message_takes_and_the_first_that_it_does_not(what):
    most = MESSAGE_BOUNDS[what]
    check_blocks(IN_MESSAGE[what](most))
    with pytest.raises(Refused) as refusal:
        check_blocks(IN_MESSAGE[what](most + 1))
    assert refusal.value.error == "invalid_blocks"
    named = {"markdown together": 12_000}.get(what, most)
    assert any(str(named + 1) in words or str(named) in words for words in refusal.value.messages)


IN_VIEW = {
    "blocks": (100, lambda n: modal(*[{"type": "divider"}] * n)),
    "title": (24, lambda n: modal(section("s"), title=plain(x(n)))),
    "submit": (24, lambda n: modal(section("s"), submit=plain(x(n)))),
    "close": (24, lambda n: modal(section("s"), close=plain(x(n)))),
    "private_metadata": (3000, lambda n: modal(section("s"), private_metadata=x(n))),
    "callback_id": (255, lambda n: modal(section("s"), callback_id=x(n))),
    "external_id": (255, lambda n: modal(section("s"), external_id=x(n))),
    "input label": (2000, lambda n: modal(entry(x(n), {"type": "plain_text_input"}))),
    "input hint": (2000, lambda n: modal(entry("l", {"type": "plain_text_input"}, hint=plain(x(n))))),
    "input max_length": (3000, lambda n: modal(entry("l", {"type": "plain_text_input", "max_length": n}))),
    "home blocks": (100, lambda n: home(*[{"type": "divider"}] * n)),
    "home private_metadata": (3000, lambda n: home(section("s"), private_metadata=x(n))),
}


@pytest.mark.parametrize("what", IN_VIEW)
def test_the_last_that_a_view_takes_and_the_first_that_it_does_not(what):
    most, make = IN_VIEW[what]
    check_view(make(most), "modal", "home")
    with pytest.raises(Refused, match="invalid_arguments"):
        check_view(make(most + 1), "modal", "home")


def test_the_whole_message_at_its_boundary():
    parts = [section(x(3000)), section(x(3000)), section(x(2999))]
    check_blocks([*parts, {"type": "header", "text": plain("x")}])
    with pytest.raises(Refused, match="msg_blocks_too_long"):
        check_blocks([*parts, {"type": "header", "text": plain("xx")}])


def test_text_at_its_boundary():
    check_message(x(40_000), None)
    with pytest.raises(Refused, match="msg_too_long"):
        check_message(x(40_001), None)


@pytest.mark.parametrize(("text", "blocks"), [(None, None), ("", []), ("  \n", None)])
def test_a_message_says_something(text, blocks):
    with pytest.raises(Refused, match="no_text"):
        check_message(text, blocks)


def test_one_table_per_message():
    with pytest.raises(Refused) as refusal:
        check_blocks([table(1, 1), table(1, 1)])
    assert refusal.value.messages == ("only_one_table_allowed",)


@pytest.mark.parametrize(
    "metadata",
    [[], {"event_type": "a"}, {"event_payload": {}}, {"event_type": "a", "event_payload": "b"}, "text", {"x": 1}],
)
def test_metadata_has_a_type_and_a_payload(metadata):
    with pytest.raises(Refused, match="invalid_metadata_format"):
        check_metadata(metadata)


def test_metadata_is_not_too_large():
    with pytest.raises(Refused, match="metadata_too_large"):
        check_metadata({"event_type": "a", "event_payload": {"k": x(9000)}})


def test_a_modal_with_inputs_needs_a_submit_button():
    view = modal(entry("l", {"type": "plain_text_input"}))
    del view["submit"]
    with pytest.raises(Refused) as refusal:
        check_view(view, "modal")
    assert "submit" in refusal.value.messages[0]


def test_a_view_is_not_too_large_as_a_whole():
    big = [section(x(3000), block_id=f"b{number}") for number in range(90)]
    with pytest.raises(Refused, match="view_too_large"):
        check_view(home(*big), "home")


@pytest.mark.parametrize("view", [None, [], "home", {"type": "message", "blocks": []}, {"blocks": []}, modal()])
def test_what_is_no_view(view):
    with pytest.raises(Refused, match="invalid_arguments"):
        check_view(view, "modal", "home")
