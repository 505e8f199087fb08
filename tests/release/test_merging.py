"""Two edits of one plan: different fields merge, one field with two values conflicts and shows both."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.release.edits import (
    AcceptRisk,
    AddDependency,
    AddRepository,
    Clash,
    Conflict,
    DropRepository,
    Edit,
    Row,
    SetDate,
    SetStatus,
    SetVersion,
)
from bot.release.folder import PlanFolder
from bot.release.merging import merge, title, value
from bot.release.status import Status
from tests.store.kit import plan

AT = datetime(2026, 3, 3, 12, tzinfo=UTC)
LATER = AT + timedelta(minutes=1)
BASE = PlanFolder(plan())


def after(*edits: Edit, before: PlanFolder = BASE) -> PlanFolder:
    for edit in edits:
        done = edit.apply(before)
        assert isinstance(done, PlanFolder), done
        before = done
    return before


def merged(ours: Edit, *theirs: Edit) -> PlanFolder:
    outcome = merge(ours, BASE, after(*theirs))
    assert isinstance(outcome, PlanFolder), outcome
    return outcome


def refused(ours: Edit, *theirs: Edit) -> Conflict:
    outcome = merge(ours, BASE, after(*theirs))
    assert isinstance(outcome, Conflict), outcome
    return outcome


def version(of: str, what: str | None, id_: str = "ours") -> SetVersion:
    return SetVersion(id_, AT, of, what)


def test_two_values_for_one_field_conflict_and_both_are_shown() -> None:
    conflict = refused(version("server", "v1.7.0"), version("server", "v1.6.0", "theirs"))
    assert conflict.clashes == (Clash(("repositories", "server", "version"), "v1.5.0", "v1.6.0", "v1.7.0"),)
    assert conflict.reason == (
        "somebody else changed the version of server meanwhile: it is v1.6.0 now, and you wanted v1.7.0. "
        "Nothing was changed: look at the plan as it is now, and ask again if yours is to hold"
    )


def test_who_did_it_is_named_when_that_is_known() -> None:
    theirs = after(version("server", "v1.6.0", "theirs"))
    conflict = merge(version("server", "v1.7.0"), BASE, theirs, lambda clash: f"Ada ({clash.path[1]})")
    assert isinstance(conflict, Conflict)
    assert conflict.reason.startswith("Ada (server) changed the version of server meanwhile")


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (version("server", "v1.7.0"), version("summit-app", "v3.0.1", "theirs")),
        (version("server", "v1.7.0"), SetStatus("theirs", AT, "server", Status.BLOCKED)),
        (version("server", "v1.7.0"), SetDate("theirs", AT, date(2026, 4, 1))),
        (version("server", "v1.7.0"), AddDependency("theirs", AT, "server", "openssl", "3.0")),
        (AddDependency("ours", AT, "server", "zlib", None), AddDependency("theirs", AT, "server", "openssl", "3.0")),
        (SetDate("ours", AT, date(2026, 4, 1)), AddRepository("theirs", AT, "core", "agent", "v1")),
        (AddRepository("ours", AT, "core", "cli", "v1"), AddRepository("theirs", AT, "core", "agent", "v1")),
        (version("server", "v1.7.0"), DropRepository("theirs", AT, "summit-app")),
    ],
)
def test_different_fields_merge_in_either_order(ours: Edit, theirs: Edit) -> None:
    first, second = merged(ours, theirs), merged(theirs, ours)
    assert first.document.plan != BASE.document.plan
    # Rows that both append stand in the order in which they came; all they say is the same.
    assert _said(first) == _said(second)
    assert _said(first) == _said(after(theirs, ours))


def _said(folder: PlanFolder) -> Any:
    plan_ = folder.document.plan
    rows = {r.name: (g.name, r.version, r.status, frozenset(r.dependencies)) for g, r in plan_.repositories()}
    return plan_.release_date, rows


def test_the_same_value_from_both_is_no_conflict_and_no_change() -> None:
    theirs = after(version("server", "v1.6.0", "theirs"))
    assert merge(version("server", "v1.6.0"), BASE, theirs) is theirs


def test_what_was_changed_and_changed_back_is_no_conflict() -> None:
    there_and_back = (version("server", "v9", "a"), version("server", "v1.5.0", "b"))
    found = merged(version("server", "v1.6.0"), *there_and_back).document.plan.find("server")
    assert found is not None
    assert found[1].version == "v1.6.0"


def test_dropping_what_somebody_just_changed_is_shown_first() -> None:
    conflict = refused(DropRepository("ours", AT, "server"), AddDependency("theirs", AT, "server", "openssl", "3.0"))
    assert "whether server needs openssl meanwhile: it is there now, and you wanted gone" in conflict.reason
    conflict = refused(DropRepository("ours", AT, "server"), version("server", "v1.6.0", "theirs"))
    assert "the version of server meanwhile: it is v1.6.0 now" in conflict.reason


def test_changing_what_somebody_just_dropped_is_refused_and_resurrects_nothing() -> None:
    for ours in (version("server", "v1.6.0"), AddDependency("ours", AT, "server", "openssl", "3.0")):
        conflict = refused(ours, DropRepository("theirs", AT, "server"))
        assert conflict.reason.startswith("there is no repository 'server' in this plan")


def test_a_waiver_is_one_decision() -> None:
    def accept(id_: str, reason: str) -> AcceptRisk:
        return AcceptRisk(id_, AT, "summit-app", "server", date(2026, 3, 9), reason, "Ada")

    conflict = refused(accept("ours", "we ship without it"), accept("theirs", "they promised"))
    (clash,) = conflict.clashes
    reasons = (clash.was, clash.theirs["reason"], clash.ours["reason"])
    assert clash.path == ("repositories", "summit-app", "waivers", "server")
    assert reasons == (Row.GONE, "they promised", "we ship without it")
    assert "the accepted risk of summit-app on server" in conflict.reason


def test_without_a_base_an_edit_applies_as_it_is() -> None:
    theirs = after(version("server", "v1.6.0", "theirs"))
    outcome = merge(version("server", "v1.7.0"), None, theirs)
    assert isinstance(outcome, PlanFolder)
    assert value(outcome, ("repositories", "server", "version")) == "v1.7.0"


def test_an_edit_that_its_base_refuses_is_judged_by_the_newest_plan() -> None:
    theirs = after(AddRepository("theirs", AT, "core", "agent", "v1"))
    outcome = merge(version("agent", "v2"), BASE, theirs)
    assert isinstance(outcome, PlanFolder)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (("releaseDate",), "the release date"),
        (("groups", "core", "lead"), "the captain of core"),
        (("repositories", "a", "dependencies", "b", "version"), "the version that a needs of b"),
        (("repositories", "a", "dependencies", "b", "note"), "'note' of b of a"),
        (("repositories", "a", "source"), "the source of a"),
        (("digest",), "the digest"),
        (("x-made-by",), "'x-made-by'"),
    ],
)
def test_fields_have_names_that_people_use(path: tuple[str, ...], words: str) -> None:
    assert title(path) == words


names = st.sampled_from(["summit-app", "server"])
versions = st.sampled_from([None, "v1", "v2", "v1.5.0"])
any_edit = st.one_of(
    st.builds(version, names, versions),
    st.builds(lambda n, s: SetStatus("s", AT, n, s), names, st.sampled_from(list(Status))),
    st.builds(lambda n: DropRepository("d", AT, n), names),
    st.builds(lambda n, d, v: AddDependency("a", AT, n, d, v), names, st.sampled_from(["x", "y"]), versions),
    st.builds(lambda d: SetDate("t", AT, date(2026, 4, d)), st.integers(1, 3)),
)


@given(any_edit, st.lists(any_edit, max_size=3))
@settings(max_examples=300, deadline=None)
def test_whoever_comes_second_never_overwrites_a_change_unseen(ours: Edit, theirs: list[Edit]) -> None:
    newest = BASE
    for edit in theirs:
        done = edit.apply(newest)
        newest = done if isinstance(done, PlanFolder) else newest
    outcome = merge(ours, BASE, newest)
    if isinstance(outcome, Conflict):
        assert outcome.clashes or isinstance(ours.apply(newest), Conflict)
        return
    for name in ("summit-app", "server") if isinstance(ours.apply(BASE), PlanFolder) else ():
        for part in ("version", "status"):
            path = ("repositories", name, part)
            if value(newest, path) != value(BASE, path):
                assert value(outcome, path) == value(newest, path)
    assert outcome == ours.apply(newest)
