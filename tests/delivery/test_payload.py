import pytest

from bot.blocks.message import Message
from bot.delivery.payload import decode, encode, parts

BLOCKS = ({"type": "section", "text": {"type": "mrkdwn", "text": "naïve ☃ \u0000 \U0001f600"}}, {"type": "divider"})


def test_a_message_comes_back_as_it_was() -> None:
    reply = Message("one", BLOCKS[:1])
    message = Message("naïve ☃", BLOCKS, (reply, Message("two")))
    assert decode(encode(message)) == message
    assert encode(message).isascii()


def test_the_parts_are_the_message_and_its_thread_in_order() -> None:
    message = Message("top", BLOCKS, (Message("one", (), (Message("below"),)), Message("two")))
    assert [part.text for part in parts(message)] == ["top", "one", "below", "two"]
    assert all(part.thread == () for part in parts(message))


@pytest.mark.parametrize(
    "text", ["[]", "{}", '{"text": "x"}', "7", "not json", '{"text":"x","blocks":[],"thread":[1]}']
)
def test_what_is_no_message_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        decode(text)
