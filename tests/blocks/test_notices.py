"""Short notes to single people."""

from bot.blocks.notices import captain_unknown
from tests.blocks.trains import EXAMPLE, SLUG
from tests.drawing import assess


def test_a_captain_whom_slack_does_not_know() -> None:
    said = captain_unknown("Insights Release Captain", assess(EXAMPLE), slug=SLUG).text
    assert said == (
        "Insights Release Captain should hear what holds up 2 repositories of theirs in Summit 2026 Q1 Launch, but is "
        "nobody that Slack knows. Add the Slack user to captains.json, or tell them yourself: "
        f"`/release risks {SLUG}`"
    )
