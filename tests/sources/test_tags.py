"""Tags of a list: a line is one tag, whatever signs its name holds."""

import pytest

from bot.sources.tags import tags_in


@pytest.mark.parametrize("sign", ["\u2028", "\u2029", "\x85", "\x0b", "\x1c"])
def test_a_sign_that_looks_like_a_line_end_makes_no_second_tag(sign: str) -> None:
    assert tags_in(f"x{sign}v1.5.0\r\nv1.4.0\n") == [f"x{sign}v1.5.0", "v1.4.0"]


def test_a_mark_at_the_beginning_of_the_file_hides_no_tag() -> None:
    assert tags_in("\ufeffv1.5.0\nv1.4.0\n") == ["v1.5.0", "v1.4.0"]
