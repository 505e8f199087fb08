"""Two edits of one plan: different fields merge, one field with two values conflicts and shows both."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.release.documents import plan_from_raw
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
    SetPackages,
    SetStatus,
    SetVersion,
)
from bot.release.folder import PlanFolder
from bot.release.merging import merge, title, value
from bot.release.plan import PlanDocument
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


@dataclass(frozen=True)
class ByHand:
    """Somebody changes the file in an editor: whatever they like, and no more than a few lines of it."""

    operation: ClassVar[str] = "by-hand"
    change: Callable[[dict[str, Any]], object]
    id: str = "by-hand"
    at: datetime = AT

    def apply(self, folder: PlanFolder | None) -> PlanFolder | Conflict:
        assert folder is not None
        raw = copy.deepcopy(dict(folder.document.raw))
        self.change(raw)
        document = plan_from_raw(raw)
        assert isinstance(document, PlanDocument), document
        return PlanFolder(document)

    def subject(self) -> str:
        return "Change the file"


def row(raw: dict[str, Any], group: int, number: int = 0) -> dict[str, Any]:
    found = raw["releaseGroups"][group]["repositories"][number]
    assert isinstance(found, dict)
    return found


def written(group: int, **fields: object) -> ByHand:
    """Fields of the first repository of a group, as somebody wrote them down."""
    return ByHand(lambda raw: row(raw, group).update(fields))


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


def test_what_was_taken_back_is_told_in_words() -> None:
    conflict = refused(version("server", "v1.7.0"), version("server", None, "theirs"))
    assert "the version of server meanwhile: it is not decided now, and you wanted v1.7.0" in conflict.reason
    conflict = refused(version("server", None), version("server", "v1.6.0", "theirs"))
    assert "it is v1.6.0 now, and you wanted not decided" in conflict.reason


def test_a_null_that_somebody_wrote_where_nothing_stood_is_a_change() -> None:
    conflict = refused(written(1, note="ask Ada"), written(1, note=None))
    assert conflict.clashes == (Clash(("repositories", "server", "note"), Row.GONE, None, "ask Ada"),)


def test_values_that_are_no_words_are_shown_as_they_are_written() -> None:
    ours, theirs = (SetPackages(id_, AT, "server", (f"pypi:{id_}", "npm:both")) for id_ in ("ours", "theirs"))
    assert refused(ours, theirs).reason.startswith(
        'somebody else changed the packages of server meanwhile: it is ["pypi:theirs", "npm:both"] now, '
        'and you wanted ["pypi:ours", "npm:both"]. Nothing was changed'
    )
    noted = refused(written(1, note={"why": "größer"}), written(1, note={"why": "später"}))
    assert 'it is {"why": "später"} now, and you wanted {"why": "größer"}' in noted.reason


@pytest.mark.parametrize(("fields", "more"), [(4, ""), (5, "; and 1 more"), (11, "; and 7 more")])
def test_of_many_clashes_five_are_told_and_the_others_counted(fields: int, more: str) -> None:
    theirs = written(1, version="v1.6.0", **{f"note-{n}": n for n in range(fields)})
    conflict = refused(DropRepository("ours", AT, "server"), theirs)
    assert len(conflict.clashes) == fields + 1, "whoever looks closer sees all of them"
    assert conflict.reason.count("somebody else changed") == 5
    assert f"and you wanted gone{more}. Nothing was changed" in conflict.reason


def milestones(raw: dict[str, Any], **days: str) -> None:
    raw["milestones"] = [{"name": name, "date": day} for name, day in days.items()]


def test_milestones_are_told_apart_by_their_names() -> None:
    base = after(ByHand(lambda raw: milestones(raw, Freeze="2026-03-05", Docs="2026-03-08")))
    freeze = ByHand(lambda raw: raw["milestones"][0].update(date="2026-03-06"))
    docs = ByHand(lambda raw: raw["milestones"][-1].update(date="2026-03-09"))
    first = ByHand(lambda raw: raw["milestones"].insert(0, {"name": "Start", "date": "2026-03-01"}))
    outcome = merge(docs, base, after(first, ByHand(lambda raw: raw["milestones"].pop(1)), before=base))
    assert isinstance(outcome, PlanFolder), outcome
    assert [(m.name, m.date.day) for m in outcome.document.plan.milestones] == [("Start", 1), ("Docs", 9)]

    later = ByHand(lambda raw: raw["milestones"][0].update(date="2026-03-07"))
    conflict = merge(later, base, after(freeze, before=base))
    assert isinstance(conflict, Conflict)
    assert conflict.clashes == (Clash(("milestones", "Freeze", "date"), "2026-03-05", "2026-03-06", "2026-03-07"),)
    assert "the date of the milestone Freeze meanwhile: it is 2026-03-06 now, and you wanted 2026-03-07" in (
        conflict.reason
    )
    gone = merge(ByHand(lambda raw: raw["milestones"].pop(0)), base, after(freeze, before=base))
    assert isinstance(gone, Conflict)
    assert "it is 2026-03-06 now, and you wanted gone" in gone.reason


def test_groups_merge_by_field_and_a_captain_is_one() -> None:
    def led(lead: str) -> ByHand:
        return ByHand(lambda raw: raw["releaseGroups"][1].update(lead=lead))

    outcome = merged(version("server", "v1.6.0"), led("Captain C"))
    assert value(outcome, ("groups", "Platform", "lead")) == "Captain C"
    assert "the captain of Platform meanwhile: it is Captain C now, and you wanted Captain D" in (
        refused(led("Captain D"), led("Captain C")).reason
    )

    def move(raw: dict[str, Any]) -> None:
        mine, theirs = (group["repositories"] for group in raw["releaseGroups"])
        mine.append(theirs.pop())

    assert "the group of server meanwhile: it is Product A now, and you wanted gone" in (
        refused(DropRepository("ours", AT, "server"), ByHand(move)).reason
    )


def test_a_repository_in_two_groups_is_two_rows_and_so_is_a_dependency_that_stands_twice() -> None:
    def twice(raw: dict[str, Any]) -> None:
        raw["releaseGroups"][1]["repositories"].append(copy.deepcopy(row(raw, 0)))
        row(raw, 1)["dependencies"] = [{"name": "zlib", "version": "1.2"}, {"name": "zlib", "version": "1.3"}]

    base = after(ByHand(twice))
    theirs = ByHand(lambda raw: row(raw, 1, 1).update(version="v4.0.0"))
    other = ByHand(lambda raw: row(raw, 0).update(version="v3.1.0"))
    same = ByHand(lambda raw: row(raw, 1, 1).update(version="v5.0.0"))
    newest = after(theirs, before=base)
    assert merge(other, base, newest) == other.apply(newest)
    conflict = merge(same, base, newest)
    assert isinstance(conflict, Conflict)
    assert conflict.clashes == (
        Clash(("repositories", "summit-app (Platform)", "version"), "v3.0.0", "v4.0.0", "v5.0.0"),
    )

    first = ByHand(lambda raw: row(raw, 1)["dependencies"][0].update(version="1.4"))
    second = ByHand(lambda raw: row(raw, 1)["dependencies"][1].update(version="1.5"))
    newest = after(second, before=base)
    assert merge(first, base, newest) == first.apply(newest)
    assert value(newest, ("repositories", "server", "dependencies", "zlib #2", "version")) == "1.5"


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
