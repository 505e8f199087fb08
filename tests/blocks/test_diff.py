"""`/release diff` as people read it: everything, each with who and when, in as many messages as that takes."""

from datetime import date

import pytest

from bot.blocks.diff import diff, diff_text
from bot.blocks.limits import problems
from bot.blocks.message import Message
from bot.release.history import Change, Kind, changes
from bot.release.record import Difference, Told
from tests.blocks import golden
from tests.blocks.marks import difference, mark
from tests.blocks.trains import EXAMPLE, HOSTILE, PEOPLE, SLUG, YESTERDAY
from tests.drawing import NOW, assess

SINCE = date(2026, 2, 24)


def shown(found: Difference, since: date | str = SINCE) -> Message:
    message = diff(found, assess(EXAMPLE), slug=SLUG, since=since, people=PEOPLE)
    assert problems(message) == []
    return message


def everything(message: Message) -> str:
    """All sections of a message and its thread."""
    return "\n".join(
        block["text"]["text"]
        for one in (message, *message.thread)
        for block in one.blocks
        if block["type"] == "section"
    )


NEWS = changes(assess(YESTERDAY), assess(EXAMPLE))


def test_what_changed_with_who_and_when() -> None:
    golden.check("diff", shown(difference(NEWS)))


def test_nothing_changed() -> None:
    golden.check("diff-quiet", shown(difference(())))


def test_from_the_opening_of_the_plan_on() -> None:
    assert "since the plan was opened (Wed 25 Feb 01:40)" in shown(difference(NEWS, opened=True)).text


def test_since_a_commit() -> None:
    assert "since commit 1a2b3c4 (Wed 25 Feb 01:40)" in shown(difference(NEWS), "1a2b3c4d5e").text


def test_many_alike_from_one_commit_are_one_line_with_every_name() -> None:
    out = [Change(Kind.RELEASED, f"repo-{n}", "READY", "RELEASED", "v1") for n in range(5)]
    worse = [Change(Kind.STATUS, f"app-{n}", "ON_TRACK", "BLOCKED", None) for n in range(4)]
    other = Change(Kind.RELEASED, "alone", "READY", "RELEASED", "v1")
    one, two = mark(1, tracked=True), mark(2, tracked=True)
    found = Difference((*(Told(c, one) for c in (*out, *worse)), Told(other, two)), mark(9), one)
    text = everything(shown(found))
    assert "• 5 released: repo-0 v1, repo-1 v1, repo-2 v1, repo-3 v1, repo-4 v1 · a tracking pass, " in text
    assert "• 4 on track → blocked: app-0, app-1, app-2, app-3 · a tracking pass, " in text
    assert "• alone v1 released · a tracking pass, " in text
    assert "10 changes" in text


def test_a_long_difference_goes_on_in_the_thread_and_nothing_is_cut_away() -> None:
    many = [Change(Kind.VERSION, f"repository-{n:04}", "v1.0.0", "v2.0.0") for n in range(700)]
    message = shown(difference(many))
    assert len(message.thread) > 4
    assert all(f"repository-{n:04} v1.0.0 → v2.0.0" in everything(message) for n in range(700))
    plain = diff_text(difference(many), assess(EXAMPLE), since=SINCE)
    assert all(f"repository-{n:04} v1.0.0 → v2.0.0" in plain for n in range(700))


def test_a_thousand_releases_in_one_commit_are_all_named() -> None:
    many = [Change(Kind.RELEASED, f"repository-{n:04}", "READY", "RELEASED", "v1.0.0") for n in range(1000)]
    found = Difference(tuple(Told(c, mark(tracked=True)) for c in many), mark(9), mark())
    text = everything(shown(found))
    assert all(f"repository-{n:04} v1.0.0" in text for n in range(1000))


@pytest.mark.parametrize("text", HOSTILE, ids=lambda t: repr(t[:12]))
def test_hostile_names_stay_names(text: str) -> None:
    found = [
        Change(Kind.VERSION, text, text[:100], "v2", "v2"),
        Change(Kind.DEPENDENCY, text, None, text[:100], "v2", text, text),
        Change(Kind.LEAD, before=text, after=text, group=text),
        *[Change(Kind.RELEASED, f"{text}{n}", "READY", "RELEASED", text[:100]) for n in range(30)],
    ]
    message = shown(difference(found, text))
    said = everything(message).replace("<@UANA0000A>", "")
    assert "<" not in said
    assert len([line for line in said.split("\n") if line.startswith("•")]) >= 4
    assert "<!" not in message.text


def test_the_file_is_plain_text() -> None:
    needs = Change(Kind.DEPENDENCY, "a", "v1", ">=2", dependency="b")
    found = Difference((Told(needs, mark(user="UANA0000A")),), mark(9), mark())
    text = diff_text(found, assess(EXAMPLE, NOW), since=SINCE)
    assert "a needs b v1 → >=2 · Ana Diaz, 07:40, 0101010" in text
    assert text.startswith("Summit 2026 Q1 Launch: 1 change since Tue 24 Feb (times in Europe/Berlin)\n")
