"""The direct message to a captain: what of theirs, on what, why, until when, what to do; and the same after an ack."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.blocks.alert import acknowledged, alert
from bot.blocks.ids import ACCEPT, ACK, ALERT_ACKED, WHY, alert_button
from bot.blocks.limits import problems
from bot.blocks.message import Message
from bot.release.alerts import CaptainAlert, due
from bot.release.assessment import Assessment
from tests.blocks import golden
from tests.blocks.trains import EXAMPLE, PEOPLE, QUIET, SLUG, flamingo
from tests.drawing import NOW, assess

ANA, BO, CY = "Product Release Captain A", "Platform Ops Captain", "Insights Release Captain"


def _due(train: Assessment, captain: str, before: Assessment | None = None) -> CaptainAlert:
    told = due(SLUG, before, [], before.now).incidents if before else ()
    return next(a for a in due(SLUG, train, told, train.now).alerts if a.captain == captain)


def _alert(train: Assessment, captain: str, before: Assessment | None = None) -> Message:
    return alert(_due(train, captain, before), train, slug=SLUG, people=PEOPLE)


@pytest.mark.parametrize(("captain", "file"), [(ANA, "alert"), (BO, "alert-mismatch"), (CY, "alert-own")])
def test_the_example(captain: str, file: str) -> None:
    golden.check(file, _alert(assess(EXAMPLE), captain))


def test_one_concern_reads_as_the_product_promises() -> None:
    train = assess(
        f"A ({ANA}): summit-app v3.0.0 ON_TRACK > intelgraph-server v1.5.0\nB ({BO}): intelgraph-server v1.5.0 AT_RISK "
        'fed=1h eta=2026-03-18 since=2026-03-03T06:40 blocker="load test fails at twice the traffic (#812)"'
    )
    message = _alert(train, ANA)
    assert message.text == "Your summit-app v3.0.0 waits on intelgraph-server v1.5.0, at risk since this morning."
    said = golden.render(message)
    assert (
        'Why: "load test fails at twice the traffic (#812)". <@UBO00000B> expects it on Wed 18 Mar, '
        "3 days after the release date.\nTalk to <@UBO00000B> today, or accept the risk." in said
    )


def test_a_big_train() -> None:
    train = flamingo()
    one = next(a for a in due("flamingo", train, [], train.now).alerts if len(a.concerns) > 3)
    golden.check("alert-big", alert(one, train, slug="flamingo", people={}))


def test_news_of_what_was_told_before_is_an_update_and_the_rest_is_named_once() -> None:
    after = assess(EXAMPLE.replace("eta=2026-03-18", "eta=2026-03-20"))
    golden.check("alert-update", _alert(after, ANA, assess(EXAMPLE)))


def test_what_recovered_says_go_on() -> None:
    before = assess(QUIET.replace("v1.5.0 ON_TRACK", "v1.5.0 BLOCKED"))
    message = _alert(assess(QUIET.replace("v1.5.0 ON_TRACK", "v1.5.0 RELEASED")), ANA, before)
    golden.check("alert-recovered", message)
    assert message.text == "You can go on: intelgraph-server v1.5.0 is released."
    assert not [b for b in message.blocks if b["type"] == "actions"]


def test_what_recovered_while_something_else_is_open_is_no_go() -> None:
    needs = f"A ({ANA}): app v1 ON_TRACK > x v1, lib v2.1.0, y v1\nB ({BO}): x v1 AT_RISK"
    before = assess(f"{needs}\n y v1 BLOCKED\n* lib v2.1.0 BLOCKED fed=1h")
    after = assess(f"{needs}\n y v1 RELEASED\n* lib v2.1.0 RELEASED of=v2.1.0 fed=1h")
    message = _alert(after, ANA, before)
    assert message.text == "No longer in your way: lib v2.1.0 is out, y v1 is released."
    assert "Still open, as you were told before: x." in golden.render(message)


def test_what_nobody_publishes_is_said_once_and_a_risk_comes_with_a_way_to_accept_it() -> None:
    said = golden.render(_alert(assess("A (ana): app v1 ON_TRACK > lib v1"), "ana"))
    assert "nobody knows" not in said
    assert said.count("publishes no status") == 2  # the notification, and the message itself
    assert "Find out who owns lib: have it publish a ga_status.json, or take it into the plan." in said
    assert "accept-risk" not in said
    risky = golden.render(_alert(assess("A (ana): app v1 ON_TRACK > x v1\nB (bo): x v1 AT_RISK"), "ana"))
    assert "[Accept risk…]" in risky
    assert "accept-risk" not in risky, "there is a button for it"


def test_more_than_five_causes_are_counted() -> None:
    libraries = "\n".join(f"lib-{n} v1 AT_RISK" for n in range(9))
    train = assess(f"A (ana): app v1 ON_TRACK > {', '.join(f'lib-{n} v1' for n in range(9))}\nB (bo):\n{libraries}")
    message = _alert(train, "ana")
    assert message.text.endswith("And 8 more.")
    assert f"and 4 more of yours: `/release risks {SLUG} mine`" in golden.render(message)


@pytest.mark.parametrize(
    ("needs", "provider", "said"),
    [
        ("x v1", "B (bo): x v1 BLOCKED", "Your app v1 waits on x v1, blocked since Wed 25 Feb."),
        (
            "x v1",
            "B (bo): x v1 ON_TRACK fed=1h eta=2026-03-20",
            "Your app v1 waits on x v1, which will be 5 days late.",
        ),
        ("x v1", "B (bo): x v1 ON_TRACK", "Your app v1 waits on x v1, on track and not out yet, 12 days to go."),
        ("x v2", "B (bo): x v1 ON_TRACK", "Your app v1 needs another version of x than the plan ships."),
        ("x v1", "", "Your app v1 waits on x v1, which is not in this plan and publishes no status."),
        ("x v1", "B (bo): x v1 UNKNOWN", "Your app v1 waits on x v1, and nobody knows where that stands."),
        ("x v1", "B (bo): x r4.3 ON_TRACK", "Your app v1 waits on x r4.3, and nobody can tell whether that will do."),
        (
            "x v1",
            "B (bo): x v1 AT_RISK > y v1\n y v1 ON_TRACK > x v1",
            "Your app v1 waits on repositories that need each other: x ↔ y.",
        ),
    ],
)
def test_the_first_line_says_how_bad_it_is(needs: str, provider: str, said: str) -> None:
    assert _alert(assess(f"A (ana): app v1 ON_TRACK > {needs}\n{provider}"), "ana").text == said


def test_what_is_ones_own_is_not_asked_of_somebody_else() -> None:
    said = golden.render(_alert(assess("A (ana): app v1 ON_TRACK > x v1\n x v1 AT_RISK fed=1h eta=2026-03-20"), "ana"))
    assert "It is yours as well: bring it back on track, or move its date." in said
    assert "ana expects" not in said


@pytest.mark.parametrize("lead", ["ana", "bo"])
def test_versions_that_do_not_go_together_want_another_plan_not_a_word_with_the_owner(lead: str) -> None:
    said = golden.render(_alert(assess(f"A (ana): app v1 ON_TRACK > x v1\nB ({lead}): x r4.3 ON_TRACK"), "ana"))
    assert "hange the plan: write x r4.3 and the v1 that is needed in one scheme." in said
    assert "Talk to" not in said
    assert "bring it out" not in said
    assert "back on track" not in said


def test_what_is_ones_own_and_unknown_is_told_what_is_missing() -> None:
    said = golden.render(_alert(assess("A (ana): app v1 ON_TRACK > x v1\n x v1 UNKNOWN"), "ana"))
    assert "It is yours as well: its feed needs a fix." in said


def test_a_contradiction_about_what_holds_them_up_is_told_with_it() -> None:
    train = assess("A (ana): app v1 ON_TRACK > x v2\nB (bo): x v2 AT_RISK fed=1h says=RELEASED of=v1")
    said = golden.render(_alert(train, "ana"))
    assert "‼ The plan ships v2, but the feed of x speaks of v1 (RELEASED), so it moves no status." in said


def test_buttons_carry_what_a_click_needs_and_say_what_they_do() -> None:
    actions = next(b for b in _alert(assess(EXAMPLE), ANA).blocks if b["type"] == "actions")
    assert [e["action_id"] for e in actions["elements"]] == [ACK, ACCEPT, WHY]
    for element in actions["elements"]:
        carried = alert_button(element["value"])
        assert carried is not None
        assert (carried.plan, carried.captain) == (SLUG, ANA)
        assert (carried.cause, carried.repository) == ("intelgraph-server", "summit-app")
        assert "intelgraph-server" in element["accessibility_label"]


def test_a_captain_whose_name_fits_into_no_button_still_gets_the_message() -> None:
    train = assess(f"A ({'a' * 2000}): app v1 ON_TRACK > x v1\nB (bo): x v1 AT_RISK")
    message = _alert(train, "a" * 2000)
    assert problems(message) == []
    assert not [b for b in message.blocks if b["type"] == "actions"]


def test_after_an_ack_the_same_message_says_who_and_when() -> None:
    message = _alert(assess(EXAMPLE), ANA)
    after = acknowledged(message.text, message.blocks, by="UANA0000A", at=NOW, zone="Europe/Berlin")
    golden.check("alert-acknowledged", after)
    assert after.text == message.text
    assert problems(after) == []
    assert [e["action_id"] for b in after.blocks if b["type"] == "actions" for e in b["elements"]] == [ACCEPT, WHY]
    assert [b for b in after.blocks if b["type"] == "section"] == [b for b in message.blocks if b["type"] == "section"]


def test_a_second_ack_changes_nothing() -> None:
    message = _alert(assess(EXAMPLE), ANA)
    once = acknowledged(message.text, message.blocks, by="UANA0000A", at=NOW)
    assert acknowledged(once.text, once.blocks, by="UBO00000B", at=NOW + timedelta(hours=1)) == once
    assert sum(b.get("block_id") == ALERT_ACKED for b in once.blocks) == 1


def test_an_ack_of_a_message_without_its_buttons_still_notes_it() -> None:
    after = acknowledged("text", (), by="not an id", at=NOW)
    assert problems(after) == []
    assert "Acknowledged by not an id on Tue 3 Mar at 08:12 UTC" in golden.render(after)


def test_a_cause_that_the_assessment_does_not_know_is_told_by_its_reason() -> None:
    train = assess(EXAMPLE)
    lost = replace(train, root_causes=())
    said = golden.render(alert(_due(train, ANA), lost, slug=SLUG, people=PEOPLE))
    assert "wait on intelgraph-server." in said
    assert "intelgraph-server v1.5.0 is at risk: load test fails (#812); expected on Wed 18 Mar." in said
