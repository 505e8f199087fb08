"""`/release trend` in numbers, as people read it."""

from datetime import date, timedelta

import pytest

from bot.blocks.limits import problems
from bot.blocks.message import Message
from bot.blocks.trend import trend_message
from bot.release.trend import Counts, Point, Trend
from tests.blocks import golden
from tests.blocks.trains import EXAMPLE, PEOPLE, SLUG
from tests.drawing import assess

TODAY = date(2026, 3, 3)


def trend(days: int) -> Trend:
    """Ready grows by one in two days, and the scope in ten; something is at risk every third day."""
    points = [
        Point(TODAY - timedelta(days=days - 1 - n), Counts(n // 2, 20 + n // 10, 2 if n % 3 == 2 else 0))
        for n in range(days)
    ]
    return Trend(tuple(points), date(2026, 3, 15))


def shown(found: Trend) -> Message:
    message = trend_message(found, assess(EXAMPLE), slug=SLUG, people=PEOPLE)
    assert problems(message) == []
    return message


def test_the_numbers_of_two_weeks() -> None:
    golden.check("trend", shown(trend(12)))


def test_the_numbers_of_half_a_year_are_those_of_every_seventh_day_or_fewer() -> None:
    golden.check("trend-long", shown(trend(160)))


@pytest.mark.parametrize(
    ("days", "rows"), [(1, 1), (2, 2), (15, 15), (16, 3), (105, 15), (106, 8), (211, 8), (3660, 15)]
)
def test_a_table_never_has_more_than_fifteen_days_and_ends_today(days: int, rows: int) -> None:
    message = shown(trend(days))
    table = next(b["text"]["text"] for b in message.blocks if b["text"]["text"].startswith("```")).split("\n")
    assert len(table) == rows + 3
    assert table[2].startswith("Tue 3 Mar")
    assert message.thread == ()


def test_one_day_has_not_moved_yet() -> None:
    assert "In " not in shown(trend(1)).text
    assert "In 1 day: ready as before, scope as before, at risk as before" in shown(trend(2)).text


def test_without_a_history() -> None:
    assert "has no history yet" in shown(Trend(())).text


def test_without_a_release_date_there_is_no_countdown() -> None:
    assert "to go" not in shown(Trend(trend(3).points)).text
