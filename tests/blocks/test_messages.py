"""What holds for every message: within Slack's limits at every size, and of one shape whatever people write."""

import re
from collections.abc import Iterator
from datetime import timedelta
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.blocks.limits import problems, view_problems
from bot.blocks.message import Message
from tests.blocks.trains import HOSTILE, crowd, everything, home_of
from tests.drawing import NOW

_ENTITY = re.compile(r"&(?:amp|lt|gt);")
_CODE = re.compile(r"`[^`\n]*`")
_MENTION = re.compile(r"<@UMAPPED\d+>")
IN_ANSWER = 4
"""Messages that may follow the first one of an answer: a response_url takes five in all."""


def texts(message: Message) -> Iterator[str]:
    """Every string of a message that Slack reads mark-up in."""
    for one in (message, *message.thread):
        yield one.text
        for block in one.blocks:
            if block["type"] == "section":
                yield block["text"]["text"]
            for element in block.get("elements", ()) if block["type"] == "context" else ():
                yield element["text"]


@pytest.mark.parametrize("size", [0, 1, 2, 7, 60, 500])
def test_every_message_is_within_the_limits(size: int) -> None:
    assessment = crowd(size)
    if not size:
        return _fits(assessment, "x") if assessment.repositories else None
    return _fits(assessment, "x")


@pytest.mark.parametrize("text", HOSTILE, ids=lambda t: repr(t[:12]))
def test_hostile_text_neither_breaks_a_limit_nor_reaches_slack_as_mark_up(text: str) -> None:
    _fits(crowd(40, text), text)


def _fits(assessment: object, text: str) -> None:
    messages = everything(assessment, text)  # type: ignore[arg-type]
    assert len(messages) >= 12
    for name, message in messages.items():
        assert problems(message) == [], name
        if name != "digest":
            assert len(message.thread) <= IN_ANSWER, name
        for said in texts(message):
            left = _MENTION.sub("", said)
            assert "<" not in left, (name, left)
            assert ">" not in left, (name, left)
            assert "&" not in _ENTITY.sub("", left), (name, left)
            assert not re.search(r"^\s*&gt;", said, re.MULTILINE), f"{name}: a line that Slack takes for a quotation"
    assert view_problems(home_of(assessment)) == []  # type: ignore[arg-type]


_PEOPLES = st.one_of(
    st.sampled_from([h for h in HOSTILE if len(h) < 80]), st.text(st.characters(), min_size=1, max_size=40)
)


@settings(max_examples=40)
@given(_PEOPLES)
def test_what_people_write_changes_no_message_in_its_shape(text: str) -> None:
    """As many lines, bold pieces, pieces of code and mentions as with a harmless letter in every place."""
    assert _shapes(text) == _shapes("x")


@cache
def _shapes(text: str) -> dict[str, tuple[int, ...]]:
    # Letters go around it, because a text that nothing is left of reads as no text at all.
    messages = everything(crowd(12, f"q{text}q"), f"q{text}q")
    return {name: _shape(m) for name, m in messages.items() if not name.startswith("unknown")}


def _shape(message: Message) -> tuple[int, ...]:
    """Lines, bold pieces, code and mentions; how lines are packed into blocks depends on their length."""
    joined = _CODE.sub("``", "\n".join(texts(message)))  # inside of code nothing is mark-up
    lines = sum(bool(line.strip()) for line in joined.split("\n"))
    return (lines, *(joined.count(mark) for mark in ("*", "`", "<@")))


def test_a_minute_later_nothing_but_ages_reads_differently() -> None:
    one, other = everything(crowd(12)), everything(crowd(12, now=NOW + timedelta(seconds=20)))
    assert _shape(one["status"]) == _shape(other["status"])
