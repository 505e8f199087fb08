"""Several plans as one past, and since when a repository is where it is."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import takewhile

from hypothesis import given
from hypothesis import strategies as st

from bot.release.experience import Experience, Lived
from bot.release.experience import lived as lived_by_moves
from bot.release.forecast import LEAST_ENDED, Forecast, TooLittle
from bot.release.status import Status
from bot.release.stays import moves, stays
from tests.drawing import assess

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
NOW = datetime(2026, 3, 3, 8, 12, tzinfo=UTC)
ON, RISK, OUT = Status.ON_TRACK, Status.AT_RISK, Status.RELEASED
History = list[tuple[datetime, Mapping[str, Status]]]


def lived(slug: str, history: History, until: datetime | None = None) -> Lived:
    return lived_by_moves(slug, moves(history), until)


def on(day: int) -> datetime:
    return START + timedelta(days=day)


def out_after(*days: int) -> History:
    """Repositories that came together and got out after so many days."""
    return [
        (on(day), {f"r{n}": OUT if d <= day else ON for n, d in enumerate(days)}) for day in (0, *sorted(set(days)))
    ]


def test_several_plans_are_one_past_and_it_is_told_how_many_spoke() -> None:
    earlier = lived("earlier", out_after(10, 11, 12, 13))
    other = lived("other", out_after(14, 15, 16, 17))
    train = assess("A (ana): app v1 ON_TRACK\n gone v1 RELEASED\n dark v1 UNKNOWN", now=NOW)
    past = Experience(
        {"earlier": earlier, "other": other, "now": lived("now", [(NOW - timedelta(days=2), {"app": ON})])}
    )
    assert (past.transitions, past.released, past.plans) == (LEAST_ENDED, LEAST_ENDED, 3)
    app, gone, dark = train.repositories
    found = past.forecast("now", app, train)
    assert isinstance(found, Forecast)
    assert (found.days, found.plans, found.repositories) == (2, 2, 4)
    assert past.forecast("now", app, train) is found
    alone = Experience({"earlier": earlier}).forecast("now", app, train)
    assert isinstance(alone, TooLittle)
    assert (alone.ended, alone.plans, alone.coming) == (4, 1, True)
    for row in (gone, dark):
        silent = past.forecast("now", row, train)
        assert isinstance(silent, TooLittle)
        assert not silent.coming


def test_since_when_is_as_history_has_it_else_as_the_last_pass_wrote_it_down() -> None:
    train = assess("A (ana): app v1 ON_TRACK since=2026-02-27T08:12", now=NOW)
    (app,) = train.repositories
    past = {"earlier": lived("earlier", out_after(*range(10, 18)))}

    def days(history: History) -> float:
        found = Experience({**past, "now": lived("now", history)}).forecast("now", app, train)
        assert isinstance(found, Forecast)
        return found.days

    assert days([(NOW - timedelta(days=9), {"app": RISK}), (NOW - timedelta(days=3), {"app": ON})]) == 3
    assert days([(NOW - timedelta(days=3), {"app": ON}), (NOW - timedelta(days=1), {"app": ON, "b": ON})]) == 3
    assert days([(NOW - timedelta(days=3), {"app": RISK})]) == 4  # history has not heard of the newest status yet
    assert days([]) == 4


def test_where_nobody_knows_since_when_there_is_no_forecast() -> None:
    train = assess("A (ana): app v1 ON_TRACK", now=NOW)
    bare = train.repositories[0]
    silent = Experience({}).forecast("now", replace(bare, since=None), train)
    assert isinstance(silent, TooLittle)
    assert silent.reason == "nothing is on record of when it came to be on track"


STATUSES = st.sampled_from(list(Status))
HISTORIES = st.lists(st.tuples(st.integers(0, 9), st.dictionaries(st.sampled_from("abc"), STATUSES)), max_size=12).map(
    lambda rows: [(on(sum(r[0] for r in rows[: n + 1])), rows[n][1]) for n in range(len(rows))]
)


@given(HISTORIES, st.integers(0, 120))
def test_what_happened_later_is_not_known_earlier(history: History, day: int) -> None:
    until = on(day)
    known = [(moment, statuses) for moment, statuses in history if moment <= until]
    found = lived("plan", history, until)
    assert found == lived("plan", known)
    assert found.stays == stays(known, "plan")
    assert dict(found.since).keys() == (known[-1][1].keys() if known else set())
    for name, (status, since) in found.since.items():
        run = list(takewhile(lambda item: item[1].get(name) is status, reversed(known)))  # noqa: B023 - used at once
        assert run[-1][0] == since
