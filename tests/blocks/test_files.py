"""What stands around an answer that takes its time or comes as a file."""

from bot.blocks import files
from bot.blocks.limits import problems


def test_every_sentence_is_one() -> None:
    assert files.sent("the picture").text == "The picture is in your direct messages with Convoy."
    assert files.not_sent("the picture", "no *room*").text == "The picture could not be sent: no ∗room∗."
    assert files.reading_history("summit").text.startswith("Reading the history of `summit`;")
    for message in (files.sent("x"), files.not_sent("x", "y" * 900), files.reading_history("s")):
        assert problems(message) == []
