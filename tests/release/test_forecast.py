"""Stays out of histories, Kaplan-Meier against the textbook and plain counting, and the back-test of the docs."""

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.release.forecast import LEAST_ENDED, Forecast, Past, TooLittle, _day_of, forecast
from bot.release.status import Status
from bot.release.stays import Stay, stays
from tests.release import backtest
from tests.release.backtest import CAMARA, FLAMINGO, ROOT, Score

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
TODAY = date(2026, 3, 3)
ON, RISK, OUT, DROPPED, UNKNOWN = (
    Status.ON_TRACK,
    Status.AT_RISK,
    Status.RELEASED,
    Status.DROPPED,
    Status.UNKNOWN,
)


def lived(*days: Mapping[str, Status]) -> tuple[Stay, ...]:
    """The stays of a history with one item a day."""
    return stays((START + timedelta(days=number), statuses) for number, statuses in enumerate(days))


def test_a_stay_lasts_until_the_release_whatever_came_in_between() -> None:
    found = lived({"a": ON}, {"a": ON}, {"a": RISK}, {"a": ON}, {"a": OUT}, {"a": OUT})
    assert found == (Stay("a", ON, 4, True), Stay("a", RISK, 2, True), Stay("a", ON, 1, True))


def test_what_nobody_saw_released_took_at_least_so_long() -> None:
    assert lived({"a": ON}, {"a": ON}, {"a": RISK}) == (Stay("a", ON, 2, False), Stay("a", RISK, 0, False))
    assert lived({"a": ON}, {"a": ON}, {"a": DROPPED}, {"a": DROPPED}) == (Stay("a", ON, 2, False),)
    # gone from the plan: last seen on the second day
    assert lived({"a": ON}, {"a": ON}, {}, {}) == (Stay("a", ON, 1, False),)


def test_after_a_release_a_new_way_begins() -> None:
    found = lived({"a": OUT}, {"a": ON}, {"a": OUT}, {"a": ON}, {"a": ON})
    assert found == (Stay("a", ON, 1, True), Stay("a", ON, 1, False))
    assert lived({"a": ON}, {}, {"a": ON}, {"a": OUT}) == (Stay("a", ON, 0, False), Stay("a", ON, 1, True))


def test_parts_of_days_count_and_nothing_comes_of_nothing() -> None:
    history = [(START, {"a": ON}), (START + timedelta(hours=36), {"a": OUT})]
    assert stays(history) == (Stay("a", ON, 1.5, True),)
    assert stays([]) == ()
    assert lived({"a": OUT, "b": DROPPED}) == ()


def test_a_history_that_goes_backwards_is_refused() -> None:
    with pytest.raises(ValueError, match="goes backwards"):
        stays([(START, {}), (START - timedelta(days=1), {})])


def past(ended: list[float], still_open: list[float] = [], status: Status = ON) -> Past:  # noqa: B006 - only read
    return Past(
        [Stay(f"e{n}", status, days, True) for n, days in enumerate(ended)]
        + [Stay(f"o{n}", status, days, False) for n, days in enumerate(still_open)]
    )


def said(known: Past, days: float = 0, status: Status = ON) -> Forecast:
    found = forecast(known, status, days, TODAY)
    assert isinstance(found, Forecast), found
    return found


def silence(known: Past, days: float = 0, status: Status = ON) -> str:
    found = forecast(known, status, days, TODAY)
    assert isinstance(found, TooLittle), found
    return found.reason


def after(days: int) -> date:
    return TODAY + timedelta(days=days)


TEN = [float(n) for n in range(10, 101, 10)]


def test_without_open_stays_it_is_plain_counting() -> None:
    found = said(past(TEN))
    assert (found.p50, found.p85, found.later_than) == (after(50), after(90), None)
    assert (found.ended, found.still_open, found.repositories) == (10, 0, 10)
    assert found.basis == "10 releases of 10 repositories in 1 plan"


def test_time_that_has_passed_counts_for_what_is_left() -> None:
    # Of ten, eight took longer than 25 days: half of those were out on day 60, 85 of 100 on day 90 (seven of eight).
    found = said(past(TEN), days=25)
    assert (found.p50, found.p85, found.ended) == (after(35), after(65), 8)
    # A stay that ended on this very day says nothing about those that went on.
    assert said(past([*TEN, 25.0]), days=25) == found


def test_parts_of_days_round_to_the_later_day() -> None:
    assert said(past([10.2] * 8), days=5).p50 == after(6)


def test_open_stays_count_as_long_as_they_were_watched() -> None:
    # Of twelve half were out by day 60. Without the two it would be day 50, and day 40 if they counted as ended.
    assert said(past(TEN, [35.0, 35.0])).p50 == after(60)
    assert said(past(TEN, [200.0, 200.0])).p50 == after(60)
    assert said(past(TEN, [5.0, 5.0])).p50 == after(50)


def test_half_of_them_seen_released_is_just_enough() -> None:
    assert said(past(TEN, [200.0] * 10)).p50 == after(100)


def test_beyond_what_was_seen_it_is_later_than_the_last_that_was_watched() -> None:
    found = said(past(TEN, [120.5, 130.5]), days=4)
    assert (found.p50, found.p85, found.later_than) == (after(56), None, after(126))
    assert found.basis == "10 releases of 12 repositories in 1 plan, 2 more still open"


@pytest.mark.parametrize(
    ("known", "days", "words"),
    [
        (past(TEN[:7]), 0, "only 7 releases on record from “on track” on; 8 are needed"),
        (past(TEN), 30, "only 7 releases on record that took longer than 30 days from “on track” on"),
        (past(TEN), 500, "no release on record"),
        (past([]), 0, "no release on record"),
        (past(TEN, [200.0] * 11), 0, "fewer were seen released (10) than are still open (11)"),
        (past(TEN, status=RISK), 0, "no release on record"),
    ],
)
def test_where_the_past_says_too_little_it_says_so(known: Past, days: float, words: str) -> None:
    assert words in silence(known, days)


def test_silence_tells_how_much_past_there_is_and_that_a_forecast_may_still_come() -> None:
    elsewhere = Past([*(Stay(f"r{n}", ON, 9.0, n < 8, f"plan-{n % 3}") for n in range(17))])
    fewer = forecast(elsewhere, ON, 0, TODAY)
    assert isinstance(fewer, TooLittle)
    assert (fewer.ended, fewer.still_open, fewer.plans, fewer.coming) == (8, 9, 3, True)
    few = forecast(past(TEN[:7], [5.0]), ON, 0, TODAY)
    assert isinstance(few, TooLittle)
    assert (few.ended, few.still_open, few.plans, few.coming) == (7, 1, 1, True)


@pytest.mark.parametrize(
    ("status", "words"), [(OUT, "is released"), (DROPPED, "was dropped"), (UNKNOWN, "nobody knows")]
)
def test_what_is_not_on_its_way_has_no_forecast(status: Status, words: str) -> None:
    found = forecast(past(TEN, status=status), status, 0, TODAY)
    assert isinstance(found, TooLittle)
    assert words in found.reason
    assert found.coming is False


def test_a_date_past_the_end_of_the_calendar_is_its_last_day() -> None:
    found = forecast(past([9e6] * 8), ON, 0, TODAY)
    assert isinstance(found, Forecast)
    assert found.p50 == date.max


def test_kaplan_meier_as_in_the_textbook() -> None:
    # Remission of leukaemia under 6-MP (Freireich and others, 1963); survival .857 .807 .753 .690 .627 .538 .448.
    ended = [6, 6, 6, 7, 10, 13, 16, 22, 23]
    still_open = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    like = past([float(d) for d in ended], [float(d) for d in still_open]).like(ON, 0)
    assert [_day_of(like, share) for share in (0.14, 0.15, 0.2, 0.25, 0.35, 0.4, 0.5, 0.56)] == [
        6, 7, 10, 13, 16, 22, 23, None,
    ]  # fmt: skip


spans = st.lists(st.integers(1, 30).map(float), max_size=15)


def survival(ended: list[float], still_open: list[float], day: float) -> Fraction:
    """The same estimate, written as its definition."""
    left = Fraction(1)
    for at in sorted({d for d in ended if d <= day}):
        watched = sum(d >= at for d in ended + still_open)
        left *= 1 - Fraction(ended.count(at), watched)
    return left


@given(spans, spans, st.sampled_from([0.5, 0.85]))
def test_the_quantile_is_the_first_day_with_so_few_left(
    ended: list[float], still_open: list[float], share: float
) -> None:
    wanted = 1 - Fraction(str(share))
    expected = next((d for d in sorted(set(ended)) if survival(ended, still_open, d) <= wanted), None)
    assert _day_of(past(ended, still_open).like(ON, 0), share) == expected


@given(st.lists(st.integers(1, 60).map(float), min_size=LEAST_ENDED, max_size=30), st.integers(0, 20))
def test_without_open_stays_so_many_really_were_out(ended: list[float], days: int) -> None:
    found = forecast(past(ended), ON, days, TODAY)
    longer = [d for d in ended if d > days]
    if len(longer) < LEAST_ENDED:
        assert isinstance(found, TooLittle)
        return
    assert isinstance(found, Forecast)
    for share, day in ((0.5, found.p50), (0.85, found.p85)):
        assert day is not None
        assert day > TODAY
        out = sum(TODAY + timedelta(days=math.ceil(d - days)) <= day for d in longer)
        assert out >= share * len(longer) - 1e-9
    assert found.p85 is not None
    assert found.p50 <= found.p85


@given(st.lists(st.integers(1, 60).map(float), min_size=LEAST_ENDED, max_size=20), st.integers(1, 60).map(float))
def test_one_more_that_is_still_open_never_makes_it_earlier(ended: list[float], still_open: float) -> None:
    before, then = said(past(ended)), said(past(ended, [still_open]))
    assert then.p50 >= before.p50
    assert then.p85 is None or (before.p85 is not None and then.p85 >= before.p85)


# --- the back-test on the real trains: what docs/forecast.md tells is measured here ---

MEASURED: dict[str, Callable[[], Score]] = {
    "OpenStack, first half of the names": lambda: backtest.held_out(FLAMINGO, 0),
    "OpenStack, second half of the names": lambda: backtest.held_out(FLAMINGO, 1),
    "OpenStack, as it went": lambda: backtest.as_it_went(FLAMINGO),
    "OpenStack, from CAMARA's past": lambda: backtest.from_another(FLAMINGO, CAMARA),
    "CAMARA, first half of the names": lambda: backtest.held_out(CAMARA, 0),
    "CAMARA, second half of the names": lambda: backtest.held_out(CAMARA, 1),
    "CAMARA, as it went": lambda: backtest.as_it_went(CAMARA),
    "CAMARA, from OpenStack's past": lambda: backtest.from_another(CAMARA, FLAMINGO),
}


def told() -> dict[str, list[str]]:
    """The rows of the table in the docs."""
    text = (ROOT / "docs/forecast.md").read_text("utf-8")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    return {row[0]: row[1:] for row in rows if len(row) == 5}


@pytest.mark.parametrize("case", MEASURED)
def test_the_docs_tell_the_coverage_that_is_measured(case: str) -> None:
    measured = MEASURED[case]().row()
    print(f"{case}: asked, silent, p50, p85 = {measured}")
    assert told()[case] == measured


@pytest.mark.parametrize("number", [0, 1])
def test_on_a_held_out_half_of_openstack_the_dates_are_kept_as_often_as_promised(number: int) -> None:
    found = backtest.held_out(FLAMINGO, number)
    assert found.p85_checked > 1000
    assert found.p85_true / found.p85_checked >= 0.85
    assert 0.4 <= found.p50_true / found.p50_checked <= 0.7


def test_the_docs_name_the_least_history() -> None:
    text = (ROOT / "docs/forecast.md").read_text("utf-8")
    assert re.search(rf"fewer than {LEAST_ENDED} ", text)
