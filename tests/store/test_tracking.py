"""`tracking.json` and `captains.json` as text."""

import json
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.release.folder import FeedState, Tracked
from bot.release.plan import Problem
from bot.release.status import Status
from bot.services.ports import Person
from bot.store.tracking import Captains, dump_tracking, parse_captains, parse_tracking
from tests.store.kit import NOON, later

MOMENTS = st.builds(
    lambda seconds, hours: datetime.fromtimestamp(seconds, timezone(timedelta(hours=hours))),
    st.integers(0, 7_000_000_000),
    st.integers(-12, 14),
)
TRACKED = st.builds(
    Tracked, st.sampled_from(Status), MOMENTS, st.sampled_from(FeedState), st.none() | MOMENTS,
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30), st.none() | MOMENTS,
)  # fmt: skip
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=10)


def test_only_what_differs_from_the_defaults_is_written_sorted_by_name() -> None:
    tracking = {
        "b": Tracked(Status.READY, NOON, FeedState.REFUSED, later(hours=1), "line 3: oops", later(hours=2)),
        "a": Tracked(Status.UNKNOWN, NOON.astimezone(timezone(timedelta(hours=2)))),
    }

    assert dump_tracking(tracking).decode().split("\n") == [
        "{", '  "a": {', '    "status": "UNKNOWN",', '    "since": "2026-03-03T12:00:00Z"', "  },",
        '  "b": {', '    "status": "READY",', '    "since": "2026-03-03T12:00:00Z",', '    "feed": "refused",',
        '    "feedSince": "2026-03-03T13:00:00Z",', '    "reason": "line 3: oops",',
        '    "byHandAt": "2026-03-03T14:00:00Z"', "  }", "}", "",
    ]  # fmt: skip


@given(st.dictionaries(NAMES, TRACKED, max_size=4))
def test_what_is_written_is_read_back(tracking: dict[str, Tracked]) -> None:
    assert parse_tracking(dump_tracking(tracking)) == tracking


def test_halves_of_characters_in_a_reason_do_not_break_the_file() -> None:
    read = parse_tracking(dump_tracking({"a": Tracked(Status.READY, NOON, reason="bad \udc80 name")}))

    assert isinstance(read, dict)
    assert read["a"].reason == "bad ? name"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"status": "GREAT", "since": "2026-03-03T12:00:00Z"}, "GREAT"),
        ({"status": "READY"}, "'since' is missing"),
        ({"status": "READY", "since": "yesterday"}, "yesterday"),
        ({"status": "READY", "since": "2026-03-03T12:00:00"}, "has no time zone"),
        ({"status": "READY", "since": 5}, "must be a string"),
        ({"status": ["READY"], "since": "2026-03-03T12:00:00Z"}, "READY"),
        ({"status": "READY", "since": "2026-03-03T12:00:00Z", "feed": "odd"}, "odd"),
        ([], "must be an object"),
        (None, "must be an object"),
    ],
)
def test_a_bad_row_refuses_the_file_with_its_line(row: object, reason: str) -> None:
    data = json.dumps({"good": {"status": "READY", "since": "2026-03-03T12:00:00Z"}, "bad": row}, indent=2).encode()

    problems = parse_tracking(data)

    assert isinstance(problems, tuple)
    assert problems[0].line == 6
    assert problems[0].reason.startswith("bad: ")
    assert reason in problems[0].reason


def test_fields_that_a_newer_convoy_adds_are_ignored() -> None:
    data = b'{"a": {"status": "READY", "since": "2026-03-03T12:00:00Z", "mood": "fine"}}'

    assert parse_tracking(data) == {"a": Tracked(Status.READY, NOON)}


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"null", b"{", b"\xff", b'{"a": NaN}', b"[" * 100_000, b'{"a":{},"a":{}}']
)
def test_what_is_no_object_is_a_problem_in_either_file(data: bytes) -> None:
    for read in (parse_tracking(data), parse_captains(data)):
        assert isinstance(read, tuple)
        assert isinstance(read[0], Problem)


def test_captains_are_read_one_by_one() -> None:
    data = json.dumps(
        {
            "Captain A": {"slack": "U012AB3CD", "email": "a@example.org", "deputy": "Captain B", "shoe": 43},
            "Captain B": {"slack": None, "email": ""},
            "Captain C": {"slack": "<!channel>"},
            "Captain D": {"email": 5},
            "Captain E": "U012AB3CE",
        },
        indent=2,
    ).encode()

    read = parse_captains(data)

    assert isinstance(read, Captains)
    assert dict(read.people) == {
        "Captain A": Person("Captain A", "U012AB3CD", "a@example.org", "Captain B"),
        "Captain B": Person("Captain B"),
    }
    assert [(p.line, p.reason.split(":")[0]) for p in read.problems] == [
        (12, "Captain C"), (15, "Captain D"), (18, "Captain E")
    ]  # fmt: skip
