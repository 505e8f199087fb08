"""What people read around an answer that takes its time, or that comes as a file in their direct messages."""

from bot.blocks.limits import section, split
from bot.blocks.message import Message
from bot.blocks.text import code, plain
from bot.release import words


def reading_history(slug: str) -> Message:
    """Holds the place while git is read for the first time."""
    return _say(f"Reading the history of {code(slug)}; the first time takes a while. The answer follows here.")


def sent(what: str) -> Message:
    """`what`: the picture of the trend."""
    return _say(f"{what[:1].upper()}{what[1:]} is in your direct messages with Convoy.")


def not_sent(what: str, reason: str) -> Message:
    """Why it did not come, and that nothing else is missing."""
    return _say(f"{what[:1].upper()}{what[1:]} could not be sent: {plain(words.stopped(reason))}")


def _say(text: str) -> Message:
    return split(Message(text, [section(text)]))
