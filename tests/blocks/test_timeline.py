"""`/release timeline REPO` as people read it."""

import pytest

from bot.blocks.limits import problems
from bot.blocks.message import Message
from bot.blocks.timeline import timeline, timeline_text
from bot.release.history import Change, Kind
from bot.release.record import NeverThere, Way
from tests.blocks import golden
from tests.blocks.marks import way
from tests.blocks.test_diff import everything
from tests.blocks.trains import EXAMPLE, HOSTILE, PEOPLE, SLUG
from tests.drawing import assess

SERVER = "intelgraph-server"
STEPS = (
    Change(Kind.STATUS, SERVER, "ON_TRACK", "AT_RISK", "v1.5.0"),
    Change(Kind.DATE, SERVER, "2026-03-13", "2026-03-18", "v1.5.0"),
    Change(Kind.VERSION, SERVER, None, "v1.5.0", "v1.5.0"),
    Change(Kind.DEPENDENCY, SERVER, None, "v2.0.0", "v1.5.0", "Platform", "policy-engine"),
    Change(Kind.LEAD, before=None, after="Platform Ops Captain", group="Platform"),
    Change(Kind.SCOPE_ADDED, SERVER, version=None, group="Platform"),
)


def shown(found: Way | NeverThere) -> Message:
    message = timeline(found, assess(EXAMPLE), slug=SLUG, people=PEOPLE)
    assert problems(message) == []
    return message


def test_every_step_day_by_day() -> None:
    golden.check("timeline", shown(way(STEPS, SERVER)))


def test_one_that_left_the_plan() -> None:
    gone = Change(Kind.SCOPE_DROPPED, "old-gateway", version="v1.0.0", group="Platform")
    message = shown(way([gone], "old-gateway", there=False))
    assert message.text.startswith("old-gateway, not in Summit 2026 Q1 Launch any more: 1 step from Tue 3 Mar on")


def test_one_without_a_step_is_no_crash() -> None:
    assert "0 steps" in shown(Way(SERVER, ())).text


def test_one_that_never_was_there() -> None:
    golden.check("timeline-typo", shown(NeverThere("inteligraph-server", ("audit-log", SERVER))))
    assert "/release status" in shown(NeverThere("qqq", (SERVER,))).text
    assert '`/release timeline "my app" ' in shown(NeverThere("my ap", ("my app",))).text


def test_a_long_one_goes_on_in_the_thread_and_nothing_is_cut_away() -> None:
    many = [Change(Kind.VERSION, SERVER, f"v{n}.0", f"v{n + 1}.0") for n in range(500)]
    found = way(many, SERVER)
    message = shown(found)
    assert message.thread
    plain = timeline_text(found, assess(EXAMPLE))
    for n in range(500):
        assert f"v{n}.0 → v{n + 1}.0" in everything(message)
        assert f"v{n}.0 → v{n + 1}.0" in plain


@pytest.mark.parametrize("text", HOSTILE, ids=lambda t: repr(t[:12]))
def test_hostile_names_stay_names(text: str) -> None:
    steps = [
        Change(Kind.STATUS, text, "READY", "BLOCKED", "v1"),
        Change(Kind.SCOPE_ADDED, text, version="v1", group=text),
    ]
    message = shown(way(steps, text, text))
    assert "<" not in everything(message).replace("<@UANA0000A>", "")
    assert problems(timeline(NeverThere(text, (text, f"{text}x")), assess(EXAMPLE), slug=SLUG, people=PEOPLE)) == []
