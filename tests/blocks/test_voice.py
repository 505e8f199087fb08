"""People become mentions where Slack knows them, in sentences of others too, and spaces survive it."""

import pytest

from bot.blocks.voice import Voice, names
from tests.blocks.trains import PEOPLE, QUIET, Somebody
from tests.drawing import assess

VOICE = Voice(assess(QUIET), {**PEOPLE, "bo": Somebody("UBO")})


@pytest.mark.parametrize(
    ("sentence", "lead", "said"),
    [
        ("Talk to bo today, or accept the risk", "bo", "Talk to <@UBO> today, or accept the risk."),
        ("bo", "bo", "<@UBO>."),
        ("Ask bo: its feed needs a fix", "bo", "Ask <@UBO>: its feed needs a fix."),
        ("Look at bobsled", "bo", "Look at bobsled."),
        ("Talk to cy & co", "cy", "Talk to cy &amp; co."),
        ("nobody publishes it", None, "Nobody publishes it."),
        ("Talk to Platform Ops Captain", "Platform Ops Captain", "Talk to <@UBO00000B>."),
    ],
)
def test_a_name_in_a_sentence_becomes_a_mention(sentence: str, lead: str | None, said: str) -> None:
    assert VOICE.told(sentence, lead) == said


def test_names_in_a_row() -> None:
    assert names([]) == ""
    assert names(["a", "<b>"]) == "a and &lt;b&gt;"
    assert names([str(n) for n in range(1200)], 2) == "0, 1 and 1,198 more"
