"""Short notes to single people that are neither an answer nor an alert."""

from bot.blocks.limits import section, split
from bot.blocks.message import Message
from bot.blocks.text import code, name
from bot.release import outline, words
from bot.release.assessment import Assessment


def captain_unknown(captain: str, assessment: Assessment, *, slug: str) -> Message:
    """To the lead captain: a captain has something to hear and maps to no Slack user."""
    waiting = [r for r in assessment.repositories if r.lead == captain and outline.open_dependencies(r)]
    train = name(assessment.plan.release_name)
    text = (
        f"{name(captain)} should hear what holds up {words.count(len(waiting), 'repository')} of theirs in {train}, "
        f"but is nobody that Slack knows. Add the Slack user to captains.json, or tell them yourself: "
        f"{code(f'/release risks {slug}')}"
    )
    return split(Message(text, [section(text)]))
