"""Edits in the journal come back as they were; what cannot be read is said, not raised."""

import json
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.release import edit_codec
from bot.release.edits import (
    AcceptRisk,
    AddDependency,
    AddPlan,
    AddRepository,
    Conflict,
    DropRepository,
    Edit,
    SetDate,
    SetPackages,
    SetStatus,
    SetVersion,
)
from bot.release.status import Status
from tests.store.kit import plan

AT = datetime(2026, 3, 3, 12, 30, 15, 123456, tzinfo=timezone(timedelta(hours=2)))
EDITS: tuple[Edit, ...] = (
    SetVersion("e1", AT, "server", None),
    SetStatus("e2", AT, "server", Status.AT_RISK),
    AddRepository("e3", AT, "Platform", "über", "v1"),
    DropRepository("e4", AT, "server\u2028"),
    AddDependency("e5", AT, "a", "b", ">=1,<2"),
    AcceptRisk("e6", AT, "a", "b", date(2026, 3, 9), "because “x”", "Ann"),
    SetDate("e7", AT, date(2026, 3, 20)),
    SetPackages("e8", AT, "a", ("pypi:a", "npm:@b/a")),
)


@pytest.mark.parametrize("edit", EDITS, ids=lambda e: e.operation)
def test_every_edit_comes_back_as_it_was(edit: Edit) -> None:
    text = edit_codec.dump(edit)
    assert "\n" not in text
    assert edit_codec.load(text) == edit


@given(st.text(), st.none() | st.text(), st.datetimes(timezones=st.just(UTC)))
def test_any_text_comes_back(name: str, version: str | None, at: datetime) -> None:
    edit = SetVersion("e1", at, name, version)
    assert edit_codec.load(edit_codec.dump(edit)) == edit


def test_a_risk_that_an_earlier_version_journalled_is_still_accepted() -> None:
    old = {**json.loads(edit_codec.dump(EDITS[5])), "status": "BLOCKED", "eta": "2026-04-01"}
    assert edit_codec.load(json.dumps(old)) == EDITS[5]


def test_opening_a_plan_cannot_wait() -> None:
    with pytest.raises(ValueError, match="add-plan"):
        edit_codec.dump(AddPlan(plan(), "e1", AT))


@pytest.mark.parametrize(
    "text",
    ["", "[]", "null", "{}", '{"operation": "launch"}', '{"operation": []}', json.dumps({"operation": "set-version"}),
     '{"operation": "set-date", "id": "e", "at": "2026-03-03T00:00:00Z", "release_date": "soon"}'],
)  # fmt: skip
def test_what_cannot_be_read_is_a_conflict(text: str) -> None:
    assert isinstance(edit_codec.load(text), Conflict)
