"""Points in time as people say them: one reading for every command."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.release.moments import FORMS, Ago, Last, Unclear, from_when, read, read_day, read_words, until_when

NOW = datetime(2026, 3, 4, 8, 12, tzinfo=UTC)  # a Wednesday
BERLIN = "Europe/Berlin"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2026-03-01", date(2026, 3, 1)), ("3d", Ago(3)), ("3 Days", Ago(3)), ("1 day ago", Ago(1)), ("0d", Ago(0)),
        ("2w", Ago(14)), ("2 weeks  ago", Ago(14)), ("12h", Ago(hours=12)), ("1 hour", Ago(hours=1)),
        ("today", Ago(0)), ("Yesterday", Ago(1)), ("last week", Ago(7)), ("last friday", Last(4)), ("Monday", Last(0)),
        ("2026-03-01T12:00Z", NOON), ("2026-03-01t13:00:00+01:00", NOON),
    ],
)  # fmt: skip
def test_what_people_say(text: str, said: Any) -> None:
    assert read(text) == said


@pytest.mark.parametrize("text", ["", "soon", "tomorrow", "3", "d", "3m", "-3d", "123456d", "20260301", "last 3d"])
def test_what_is_no_point_in_time(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2026-02-30", "There is no day '2026-02-30' in the calendar"),
        ("1969-12-31", "'1969-12-31' is not between the years 1970 and 2999"),
        ("9999-12-31", "'9999-12-31' is not between the years 1970 and 2999"),
        ("9999-12-31T12:00Z", "'9999-12-31T12:00Z' is not between the years 1970 and 2999"),
        ("9999-12-31T23:59-12:00", "There is no moment '9999-12-31T23:59-12:00' in the calendar"),
        ("2026-03-01T12:00", "'2026-03-01T12:00' has no time zone: write Z or an offset, as in 2026-03-01T12:00Z"),
        ("2026-03-01T99:00Z", "There is no moment '2026-03-01T99:00Z' in the calendar"),
    ],
)  # fmt: skip
def test_what_is_one_and_cannot_be(text: str, reason: str) -> None:
    assert read(text) == Unclear(reason)


def test_a_reason_repeats_at_most_sixty_signs_of_what_was_typed() -> None:
    whole, long = "x" * 59 + "y", "x" * 59 + "yz"
    assert read_day(whole) == Unclear(f"'{whole}' is not a date such as 2026-03-15")
    assert read_day(long) == Unclear(f"'{'x' * 59}…' is not a date such as 2026-03-15")


def test_every_form_that_an_error_names_is_read() -> None:
    forms = FORMS.replace(" or ", " ").split(", ")
    assert len(forms) > 5
    assert all(not isinstance(read(form), Unclear | None) for form in forms)


def test_of_many_words_as_many_as_belong_to_it() -> None:
    assert read_words(["3", "days", "ago", "summit"]) == (Ago(3), 3)
    assert read_words(["3", "days", "summit"]) == (Ago(3), 2)
    assert read_words(["3d", "summit"]) == (Ago(3), 1)
    assert read_words(["summit", "3d"]) is None
    assert read_words([]) is None


@pytest.mark.parametrize(
    ("said", "begins", "ends"),
    [
        (date(2026, 3, 1), date(2026, 3, 1), datetime(2026, 3, 1, 22, 59, 59, tzinfo=UTC)),
        (Ago(1), date(2026, 3, 3), datetime(2026, 3, 3, 22, 59, 59, tzinfo=UTC)),
        (Ago(0), date(2026, 3, 4), NOW),
        (Ago(hours=12), NOW - timedelta(hours=12), NOW - timedelta(hours=12)),
        (Last(4), date(2026, 2, 27), datetime(2026, 2, 27, 22, 59, 59, tzinfo=UTC)),
        (Last(2), date(2026, 2, 25), datetime(2026, 2, 25, 22, 59, 59, tzinfo=UTC)),
        (Last(1), date(2026, 3, 3), datetime(2026, 3, 3, 22, 59, 59, tzinfo=UTC)),
        (NOON, NOON, NOON),
    ],
)
def test_which_day_or_moment_that_is(said: Any, begins: Any, ends: datetime) -> None:
    assert from_when(said, NOW, BERLIN) == begins
    assert until_when(said, NOW, BERLIN) == ends


def test_the_day_is_that_of_the_plans_zone() -> None:
    late = datetime(2026, 3, 3, 23, 30, tzinfo=UTC)
    assert from_when(Ago(1), late, BERLIN) == date(2026, 3, 3)
    assert from_when(Ago(1), late, "UTC") == date(2026, 3, 2)


def test_nothing_is_told_of_what_has_not_come() -> None:
    day = until_when(date(2026, 3, 5), NOW, BERLIN)
    assert day == Unclear("Thu 5 Mar has not come yet: ask for today or an earlier day")
    moment = until_when(NOW + timedelta(minutes=3), NOW, BERLIN)
    assert moment == Unclear("Wed 4 Mar 09:15 has not come yet: ask for now or an earlier moment")


def test_no_number_of_days_leaves_the_calendar() -> None:
    assert from_when(Ago(99_999 * 7), NOW, BERLIN) == date(1970, 1, 1)
    assert from_when(Ago(hours=99_999), NOW, BERLIN) < NOW


@given(st.text(max_size=40) | st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}.{0,8})?", fullmatch=True))
def test_no_text_raises(text: str) -> None:
    said = read(text)
    if said is not None and not isinstance(said, Unclear):
        assert from_when(said, NOW, BERLIN) is not None
