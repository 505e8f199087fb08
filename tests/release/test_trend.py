"""Ready against scope, day by day: carried over the gaps, last of a day, from assessments or from counts."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.release.readiness import evaluate
from bot.release.trend import MOST_DAYS, Counts, Point, Trend, counts, trend
from tests.release.trains import NOW, RELEASE, mar, repo, train

STATUSES = ("READY", "RELEASED", "AT_RISK", "BLOCKED", "ON_TRACK", "NOT_STARTED", "UNKNOWN", "DROPPED")


def test_the_three_numbers_of_a_plan() -> None:
    found = counts(evaluate(train(*(repo(s.lower(), status=s) for s in STATUSES)), NOW))
    assert found == Counts(ready=2, scope=7, at_risk=2)


def test_what_only_waits_on_something_at_risk_is_not_at_risk_itself() -> None:
    assert counts(evaluate(train(repo("app", "lib"), repo("lib", status="AT_RISK")), NOW)).at_risk == 1


def test_days_without_a_change_are_like_the_day_before() -> None:
    one, two = Counts(1, 4), Counts(3, 5, 1)
    found = trend([(mar(2), one), (mar(5), two)], until=mar(6), release_date=RELEASE)
    assert found == Trend(
        tuple(Point(mar(d), c) for d, c in ((2, one), (3, one), (4, one), (5, two), (6, two))), RELEASE
    )
    assert found.days_left == 9


def test_the_last_of_a_day_counts_and_the_order_of_days_does_not() -> None:
    history = [(mar(3), Counts(2, 4)), (mar(2), Counts(0, 4)), (mar(2), Counts(1, 4))]
    assert [p.counts.ready for p in trend(history).points] == [1, 2]


def test_the_release_date_is_that_of_the_newest_assessment() -> None:
    moved = evaluate(train(repo("app"), release_date=mar(20)), NOW)
    first = evaluate(train(repo("app")), NOW)
    assert trend([(mar(3), moved), (mar(2), first)]).release_date == mar(20)
    assert trend([(mar(3), moved)], release_date=mar(25)).release_date == mar(25)
    assert trend([(mar(2), first), (mar(3), Counts(1, 1))]).release_date == RELEASE


def test_no_history_is_no_trend() -> None:
    assert trend([], until=mar(3)) == Trend(())
    assert trend([], release_date=RELEASE).days_left is None
    assert trend([(mar(3), Counts(1, 1))]).days_left is None


def test_a_forged_moment_makes_no_picture_of_a_thousand_years() -> None:
    found = trend([(date(1, 1, 1), Counts(1, 2)), (mar(3), Counts(2, 2))])
    assert len(found.points) == MOST_DAYS
    assert (found.points[0].counts, found.points[-1]) == (Counts(1, 2), Point(mar(3), Counts(2, 2)))
    assert len(trend([(date(1, 1, 1), Counts(1, 2))], until=date(1, 1, 3)).points) == 3


entries = st.lists(st.tuples(st.integers(1, 60).map(mar), st.integers(0, 9).map(lambda n: Counts(n, 9))), min_size=1)


@given(entries, st.none() | st.integers(1, 70).map(mar))
def test_every_day_is_there_once_with_what_was_last_known(
    history: list[tuple[date, Counts]], until: date | None
) -> None:
    found = trend(history, until)
    days = [p.day for p in found.points]
    assert days == [days[0] + timedelta(days=n) for n in range(len(days))]
    assert days[0] == min(day for day, _ in history)
    assert days[-1] == max([*(day for day, _ in history), *([until] if until else [])])
    for point in found.points:
        newest = max(day for day, _ in history if day <= point.day)
        assert point.counts == [c for day, c in history if day == newest][-1]
