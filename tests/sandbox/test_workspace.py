"""A workspace that cannot be is refused when it is made."""

import pytest

from bot.sandbox import Person, Sandbox


@pytest.mark.parametrize(
    ("people", "words"),
    [
        ([Person("U1", "a"), Person("U1", "b")], "share the id"),
        ([Person("U1", "a"), Person("U2", "a")], "or the name"),
        ([Person("X1", "a")], "not a user id"),
        ([Person("U1", "bot")], "or the name"),
    ],
)
def test_a_workspace_that_cannot_be(people, words):
    with pytest.raises(ValueError, match=words):
        Sandbox(people=people)
