"""Slack's limits: every one of them is seen when it is broken, and split brings what is too much within them."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.blocks import limits
from bot.blocks.limits import context, pack, problems, section, split, view_problems, weight
from bot.blocks.message import Message


def _button(**more: object) -> dict[str, Any]:
    return {"type": "button", "action_id": "a", "text": {"type": "plain_text", "text": "Go"}, **more}


def _actions(*elements: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


def _header(text: str, kind: str = "plain_text") -> dict[str, Any]:
    return {"type": "header", "text": {"type": kind, "text": text}}


def _fields(number: int, text: str) -> dict[str, Any]:
    return {"type": "section", "fields": [{"type": "mrkdwn", "text": text} for _ in range(number)]}


DIVIDER = {"type": "divider"}
GOOD: list[Any] = [
    section("x" * 3000),
    _header("x" * 150),
    _fields(4, "x" * 500),
    context(*["x"] * 10),
    _actions(*[_button(action_id=str(n)) for n in range(25)]),
    _actions(_button(text={"type": "plain_text", "text": "x" * 75}, value="v" * 2000, accessibility_label="l" * 75)),
    {**section("x"), "accessory": _button(url="https://example.org", style="danger")},
    {**DIVIDER, "block_id": "x" * 255},
]
BAD: list[tuple[Any, str]] = [
    (section("x" * 3001), "section text has 3001"),
    (section(" "), "section text is empty"),
    ({"type": "section"}, "section text is missing"),
    ({"type": "section", "text": "plain"}, "section text"),
    (_fields(11, "x"), "11 fields"),
    (_fields(1, "x" * 2001), "field has 2001"),
    (_header("x" * 151), "header has 151"),
    (_header("x", "mrkdwn"), "header has the type 'mrkdwn'"),
    (context(), "0 elements"),
    (context(*["x"] * 11), "11 elements"),
    (context(""), "context text is empty"),
    (_actions(), "0 elements"),
    (_actions(*[_button(action_id=str(n)) for n in range(26)]), "26 elements"),
    (_actions(_button(), _button()), "identifier 'a' stands twice"),
    (_actions(_button(action_id="x" * 256)), "identifier has 256"),
    (_actions(_button(text={"type": "plain_text", "text": "x" * 76})), "button text has 76"),
    (_actions(_button(value="v" * 2001)), "button value has 2001"),
    (_actions(_button(value="")), "button value is empty"),
    (_actions(_button(accessibility_label="l" * 76)), "accessibility_label has 76"),
    (_actions(_button(url="u" * 3001)), "button url has 3001"),
    (_actions(_button(style="default")), "button style"),
    (_actions({"type": "static_select", "action_id": "s"}), "'static_select' is not one"),
    ({"type": "table"}, "'table' is not one"),
    ({**DIVIDER, "block_id": "x" * 256}, "identifier has 256"),
    ({**DIVIDER, "block_id": ""}, "identifier is empty"),
]


@pytest.mark.parametrize("block", GOOD, ids=lambda b: b["type"])
def test_what_is_within_the_limits_is_no_problem(block: Any) -> None:
    assert problems(Message("x", [block])) == []


@pytest.mark.parametrize(("block", "said"), BAD, ids=[said for _, said in BAD])
def test_every_broken_limit_is_named_with_its_block(block: Any, said: str) -> None:
    if block == {"type": "section", "text": "plain"}:
        block = {"type": "section", "text": {"type": "text", "text": "plain"}}
    found = problems(Message("x", [DIVIDER, block]))
    assert any(said in p and p.startswith("block 2: ") for p in found), found


def test_the_message_as_a_whole() -> None:
    assert any("text is empty" in p for p in problems(Message(" ", [DIVIDER])))
    assert any("text has 3001" in p for p in problems(Message("x" * 3001)))
    assert any("51 blocks" in p for p in problems(Message("x", [DIVIDER] * 51)))
    heavy = [section("x" * 2900)] * 4
    assert any("in all, at most 9000" in p for p in problems(Message("x", heavy)))


def test_the_thread_is_looked_at_too() -> None:
    below = Message("", thread=[Message("x")])
    found = problems(Message("x", thread=[Message("fine"), below]))
    assert any(p.startswith("thread message 2: text is empty") for p in found)
    assert any("thread of its own" in p for p in found)


def test_views() -> None:
    assert view_problems({"type": "home", "callback_id": "h", "blocks": [DIVIDER] * 100}) == []
    assert view_problems({"type": "home", "blocks": [DIVIDER] * 101}) == ["101 blocks, at most 100"]
    assert view_problems({"type": "modal", "blocks": []})
    assert view_problems({"type": "home", "blocks": [], "private_metadata": "x" * 3001})


def test_verbatim_keeps_links_and_people_from_being_made_out_of_text() -> None:
    assert section("x")["text"] == {"type": "mrkdwn", "text": "x", "verbatim": True}
    assert context("x")["elements"][0]["verbatim"] is True


def test_weight_is_no_less_than_the_json_that_slack_gets() -> None:
    blocks = [section('quotes " and \\ and\nlines'), DIVIDER]
    assert weight("text", blocks) >= len("text") + len(json.dumps(blocks, ensure_ascii=False, separators=(",", ":")))


def test_pack_makes_as_few_sections_as_hold_the_lines() -> None:
    assert [b["text"]["text"] for b in pack(["a", "b"])] == ["a\nb"]
    assert len(pack(["x" * 1400] * 4)) == 2
    assert [len(b["text"]["text"]) for b in pack(["x" * 7000])] == [3000, 3000, 1000]
    assert pack([]) == []


def test_pack_keeps_a_paragraph_in_one_section_where_it_fits() -> None:
    paragraphs = [f"{letter * 900}\n{letter * 900}" for letter in "abc"]
    assert [b["text"]["text"] for b in pack(paragraphs, gap="\n\n")] == paragraphs


_SIZES = st.integers(1, 4000)
_BLOCKS = st.lists(st.one_of(_SIZES.map(lambda n: section("w " * (n // 2) + "e")), st.just(DIVIDER)), max_size=120)


def _words(message: Message) -> str:
    texts = [b["text"]["text"] for m in (message, *message.thread) for b in m.blocks if b["type"] == "section"]
    return "".join("".join(t.split()) for t in texts)


@settings(max_examples=60)
@given(_BLOCKS, st.text(min_size=1, max_size=4000), st.lists(_BLOCKS, max_size=2))
def test_split_fits_and_loses_nothing(blocks: list[Any], text: str, below: list[list[Any]]) -> None:
    message = Message(f"x{text}", blocks, [Message("below", b) for b in below])
    fitting = split(message)
    assert problems(fitting) == []
    assert _words(fitting) == _words(message)
    before = sum(b["type"] == "divider" for m in (message, *message.thread) for b in m.blocks)
    assert sum(b["type"] == "divider" for m in (fitting, *fitting.thread) for b in m.blocks) == before
    assert split(fitting) == fitting


def test_split_counts_blocks_as_well_as_characters() -> None:
    fitting = split(Message("x", [DIVIDER] * 120))
    assert [len(m.blocks) for m in (fitting, *fitting.thread)] == [50, 50, 20]


def test_split_leaves_what_fits_alone_and_flattens_threads() -> None:
    message = Message("x", (section("a"),), (Message("y", (section("b"),), (Message("z", (section("c"),)),)),))
    fitting = split(message)
    assert [m.text for m in fitting.thread] == ["y", "z"]
    assert fitting.blocks == message.blocks


def test_one_module_has_what_others_look_for_in_it() -> None:
    assert {"clip", "escape", "mention", "problems", "split"} <= set(limits.__all__)
