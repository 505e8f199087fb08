"""Short notes to single people, and to a channel whose plan broke."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.blocks.notices import broken_plan, captain_unknown, change_parked, change_settled, turned_back
from bot.release.plan import Problem
from bot.services.ports import BadHead, Rewound
from tests.blocks.trains import EXAMPLE, SLUG
from tests.drawing import assess


def test_a_captain_whom_slack_does_not_know() -> None:
    said = captain_unknown("Insights Release Captain", assess(EXAMPLE), slug=SLUG).text
    assert said == (
        "Insights Release Captain should hear what holds up 2 repositories of theirs in Summit 2026 Q1 Launch, but is "
        "nobody that Slack knows. Add the Slack user to captains.json, or tell them yourself: "
        f"`/release risks {SLUG}`"
    )


BAD = BadHead(
    "f" * 40,
    "Bo <!channel>",
    (Problem(12, "‘soon’ is no date & cannot be read"), *(Problem(n, "too") for n in range(6))),
)


def test_a_commit_that_broke_a_plan_names_commit_author_line_and_reason() -> None:
    message = broken_plan(BAD, assess(EXAMPLE).plan, slug=SLUG, in_force="a" * 40)
    assert message.text == (
        "⚠ Summit 2026 Q1 Launch: commit `fffffff` by Bo &lt;!channel&gt; cannot be read: line 12, ‘soon’ is no date "
        f"&amp; cannot be read. The plan stays as it was at commit `aaaaaaa`, and nothing can be changed in it until "
        f"`plans/{SLUG}/release_plan.json` is corrected or the commit reverted. Other plans are not affected."
    )
    (block,) = message.blocks
    assert "• and 2 more problems" in block["text"]["text"]


def test_a_broken_file_that_convoy_keeps_is_named_and_does_not_shut_the_plan() -> None:
    bad = BadHead("f" * 40, "Bo", (Problem(3, "asOf: must be a moment", file="published/server.json"),))
    message = broken_plan(bad, assess(EXAMPLE).plan, slug=SLUG, in_force="a" * 40)
    assert ": published/server.json, line 3, asOf: must be a moment. The plan itself can be read" in message.text
    assert "nothing can be changed" not in message.text


@pytest.mark.parametrize(
    ("unrelated", "words"),
    [
        (False, "was moved back: 3 commits went"),
        (True, "was replaced by a history that shares nothing with it: 3 commits"),
    ],
)
def test_a_branch_that_was_moved(unrelated: bool, words: str) -> None:
    when = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
    plans = tuple(f"plan-{n:02}" for n in range(12))
    moved = Rewound("refs/convoy/rewound/b-a", "a" * 40, "b" * 40, "Ship `it`", "Ann", when, 3, unrelated, plans)
    said = turned_back(moved, timezone="Europe/Berlin", today=when).text
    assert words in said
    assert "`aaaaaaa` “Ship ˋitˋ” by Ann of Tue 3 Mar." in said
    assert "`plan-09` and 2 more" in said
    assert "`refs/convoy/rewound/b-a`" in said


@pytest.mark.parametrize(
    ("refused", "commit", "words"),
    [
        (None, "c" * 40, "Made: “Ship server v1.6.0” in `summit`, which you asked for 20 minutes ago. The plan store"),
        (None, None, "Nothing to change any more: “Ship server v1.6.0” in `summit`"),
        ("Ann changed it meanwhile", None, "Not made: “Ship server v1.6.0” in `summit`, which you asked for"),
    ],
)  # fmt: skip
def test_what_became_of_a_change_that_had_to_wait(refused: str | None, commit: str | None, words: str) -> None:
    asked = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
    now = asked + timedelta(minutes=20)
    said = change_settled(
        "Ship server v1.6.0", slug="summit", waited_since=asked, now=now, refused=refused, commit=commit
    )
    assert said.text.startswith(words)


def test_a_change_at_which_convoy_failed_says_what_to_do() -> None:
    asked = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
    about = {"slug": "summit", "waited_since": asked, "now": asked + timedelta(minutes=20)}
    said = change_parked("Ship <!channel> v1", reason="Convoy failed at it (TypeError)", **about).text
    assert said == (
        "Set aside: “Ship &lt;!channel&gt; v1” in `summit`, which you asked for 20 minutes ago. Convoy failed at it "
        "(TypeError). It is not tried again, so that other changes go on. See whether it was made: "
        "`/release diff summit`. If not, ask for it again."
    )
    assert change_parked("", reason="the journal", **about).text.startswith("Set aside: a change in `summit`, which")
