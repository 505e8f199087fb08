"""What a button carries comes back as it was, whatever the names, and nothing else is taken for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.blocks.ids import AlertButton, alert_button
from bot.blocks.limits import BUTTON_VALUE

_NAMES = st.text(st.characters(), min_size=1, max_size=300)


@given(_NAMES, _NAMES, _NAMES, _NAMES)
def test_a_button_carries_plan_and_captain_there_and_back(plan: str, captain: str, cause: str, repository: str) -> None:
    value = AlertButton(plan, captain, cause, repository).value()
    if value is None:
        return
    assert len(value) <= BUTTON_VALUE
    back = alert_button(value)
    assert back is not None
    assert (back.plan, back.captain) == (plan, captain)
    assert back.repository in (repository, "")


def test_the_cause_goes_before_the_repository_and_both_before_the_captain() -> None:
    short = AlertButton("p", "c", "k" * 300, "r" * 300)
    assert alert_button(short.value() or "") == short
    long = AlertButton("p", "c", "k" * 1900, "r" * 300)
    assert alert_button(long.value() or "") == AlertButton("p", "c", "", "r" * 300)
    assert alert_button(AlertButton("p", "c", "k", "r" * 3000).value() or "") == AlertButton("p", "c")
    assert AlertButton("p", "c" * 3000).value() is None


_FOREIGN = ("", "x", "[]", "{}", "null", '{"p":"x"}', '{"p":1,"c":"x"}', '{"p":"","c":"x"}', '{"p":"a","c":"b","k":[]}')


@pytest.mark.parametrize("value", _FOREIGN)
def test_what_is_not_ours_is_nothing(value: str) -> None:
    assert alert_button(value) is None
