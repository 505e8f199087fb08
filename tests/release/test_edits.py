"""Edits of a plan: each changes what it says and nothing else, and says in words why it cannot."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from bot.release import documents
from bot.release.edits import (
    AcceptRisk,
    AddDependency,
    AddPlan,
    AddRepository,
    Conflict,
    DropRepository,
    Edit,
    SetDate,
    SetStatus,
    SetVersion,
)
from bot.release.folder import FeedState, PlanFolder, Tracked
from bot.release.plan import PlanDocument, Waiver
from bot.release.readiness import evaluate
from bot.release.status import Status, Verdict
from tests.store.kit import PLAN, plan, report

AT = datetime(2026, 3, 3, 12, tzinfo=UTC)
MONDAY = AT - timedelta(days=1)


def folder(**more: Any) -> PlanFolder:
    """The plan of the store's tests: fields that people added, keys in an order of their own."""
    tracking = {"summit-app": Tracked(Status.ON_TRACK, MONDAY), "server": Tracked(Status.AT_RISK, MONDAY)}
    return PlanFolder(plan(), **{"tracking": tracking, **more})


def done(edit: Edit, before: PlanFolder | None = None) -> PlanFolder:
    """The folder after an edit that is possible."""
    after = edit.apply(folder() if before is None else before)
    assert isinstance(after, PlanFolder), after
    return after


def refused(edit: Edit, before: PlanFolder | None = None) -> str:
    """Why an edit is not possible."""
    outcome = edit.apply(folder() if before is None else before)
    assert isinstance(outcome, Conflict), outcome
    return outcome.reason


def lines(what: PlanFolder) -> list[str]:
    return documents.dump_json(what.document.raw).decode().splitlines()


def changed(edit: Edit) -> tuple[list[str], list[str]]:
    """The lines of the plan file that went and those that came."""
    was, now = lines(folder()), lines(done(edit))
    return [line.strip() for line in was if line not in now], [line.strip() for line in now if line not in was]


def row(after: PlanFolder, name: str) -> Any:
    found = after.document.plan.find(name)
    assert found is not None, name
    return found[1]


VERSION = SetVersion("e1", AT, "server", "v1.6.0")


def test_an_edit_changes_its_own_line_and_leaves_what_people_added() -> None:
    assert changed(SetVersion("e1", AT, "summit-app", "v3.0.1")) == (
        ['"version": "v3.0.0",'],
        ['"version": "v3.0.1",'],
    )
    assert changed(SetVersion("e1", AT, "summit-app", None))[1] == ['"version": null,']
    assert changed(SetDate("e1", AT, date(2026, 3, 20))) == (
        ['"releaseDate": "2026-03-15",'],
        ['"releaseDate": "2026-03-20",'],
    )
    assert changed(AddDependency("e1", AT, "summit-app", "server", ">=1.6"))[1] == ['"version": ">=1.6",']


def test_the_folder_that_is_given_is_never_changed_itself() -> None:
    before = folder()
    was = json.dumps(before.document.raw)
    for edit in (
        VERSION,
        SetStatus("e", AT, "server", Status.BLOCKED),
        AddRepository("e", AT, "Platform", "billing", "v1"),
        DropRepository("e", AT, "server"),
        AddDependency("e", AT, "server", "db", None),
        SetDate("e", AT, date(2026, 4, 1)),
    ):
        assert done(edit, before) is not before
        assert json.dumps(before.document.raw) == was
        assert set(before.tracking) == {"summit-app", "server"}


@pytest.mark.parametrize(
    "edit",
    [
        SetVersion("e", AT, "server", "v1.5.0"),
        SetStatus("e", AT, "server", Status.AT_RISK),
        AddDependency("e", AT, "summit-app", "server", "v1.5.0"),
        SetDate("e", AT, date(2026, 3, 15)),
    ],
    ids=lambda e: e.operation,
)
def test_what_is_so_already_gives_back_the_very_same_folder(edit: Edit) -> None:
    before = folder()
    assert edit.apply(before) is before


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (
            SetVersion("e", AT, "sumit-app", "v9"),
            "there is no repository 'sumit-app' in this plan; did you mean summit-app?",
        ),
        (SetStatus("e", AT, "Server ", Status.READY), "did you mean server?"),
        (DropRepository("e", AT, "zzz"), "there is no repository 'zzz' in this plan"),
        (AddDependency("e", AT, "servr", "db", None), "did you mean server?"),
        (AddDependency("e", AT, "server", "server", "v1"), "'server' cannot depend on itself"),
        (AddRepository("e", AT, "Platform", "server", "v1"), "'server' is in this plan already; set-version changes"),
        (AddRepository("e", AT, "", "billing", "v1"), "releaseGroups[2].name: must not be empty"),
        (AddRepository("e", AT, "Platform", "", "v1"), "name: must not be empty"),
        (SetVersion("e", AT, "server", "v" * 129), "at most 128 are read"),
        (SetVersion("e", AT, "server", "v1\nv2"), "one line"),
        (SetDate("e", AT, date(3000, 1, 1)), "releaseDate"),
        (AddPlan(plan(), "e", AT), "the plan 'Summit 2026 Q1 Launch' exists already; nothing was changed"),
    ],
)
def test_what_cannot_be_is_refused_in_words(edit: Edit, reason: str) -> None:
    assert reason in refused(edit)


def test_nothing_is_near_enough_to_be_meant_by_zzz() -> None:
    assert refused(DropRepository("e", AT, "zzz")) == "there is no repository 'zzz' in this plan"


def test_no_edit_but_the_first_makes_a_plan() -> None:
    for edit in (VERSION, SetStatus("e", AT, "server", Status.READY), SetDate("e", AT, date(2026, 4, 1))):
        outcome = edit.apply(None)
        assert isinstance(outcome, Conflict)
        assert outcome.reason == "there is no such plan"
    made = AddPlan(plan(), "e", AT).apply(None)
    assert isinstance(made, PlanFolder)
    assert made.document.raw == PLAN
    assert made.tracking == {"summit-app": Tracked(Status.ON_TRACK, AT), "server": Tracked(Status.AT_RISK, AT)}


def test_a_repository_is_taken_into_its_group_or_into_a_new_one_without_a_captain() -> None:
    after = done(AddRepository("e", AT, "Platform", "billing", None))
    assert [r.name for g in after.document.plan.release_groups[1:] for r in g.repositories] == ["server", "billing"]
    assert (row(after, "billing").version, row(after, "billing").status) == (None, Status.NOT_STARTED)
    assert after.tracking["billing"] == Tracked(Status.NOT_STARTED, AT)
    new = done(AddRepository("e", AT, "Money", "billing", "v1.0.0"))
    assert (new.document.plan.release_groups[-1].name, new.document.plan.release_groups[-1].lead) == ("Money", "")


def test_a_dropped_repository_is_forgotten_and_those_that_need_it_go_on_saying_so() -> None:
    before = folder(reports={"server": report("server", "AT_RISK"), "summit-app": report("summit-app")})
    after = done(DropRepository("e", AT, "summit-app"), before)
    assert after.document.plan.find("summit-app") is None
    assert set(after.tracking) == {"server"}
    needed = done(DropRepository("e", AT, "server"), before)
    assert [d.name for d in row(needed, "summit-app").dependencies] == ["server"]
    assert needed.tracking["server"] == before.tracking["server"]


def test_what_passes_remember_of_something_outside_the_plan_survives_an_edit() -> None:
    outside = Tracked(Status.UNKNOWN, MONDAY, FeedState.FRESH, MONDAY)
    before = done(AddDependency("e", AT, "server", "openssl", None))
    before = PlanFolder(before.document, {"openssl": report("openssl")}, {**before.tracking, "openssl": outside})
    after = done(VERSION, before)
    assert after.tracking["openssl"] == outside
    assert after.reports is before.reports


def test_a_status_by_hand_is_remembered_with_its_moment_and_beats_the_feed() -> None:
    before = folder(reports={"server": report("server", "AT_RISK")})
    after = done(SetStatus("e", AT, "server", Status.BLOCKED), before)
    assert after.tracking["server"] == Tracked(Status.BLOCKED, AT, by_hand_at=AT)
    server = next(r for r in evaluate(after, AT).repositories if r.name == "server")
    assert (server.status, server.by_hand) == (Status.BLOCKED, True)
    assert server.contradictions == ("server is BLOCKED by hand, but its feed says AT_RISK",)


def test_a_status_that_only_the_file_says_can_still_be_set_by_hand() -> None:
    """Somebody pushed the word in the file, where the feed overrules it; or the feed has expired meanwhile."""
    for document in (report("server", "ON_TRACK"), report("server", "AT_RISK", ttlHours=1)):
        before = folder(reports={"server": document})
        after = done(SetStatus("e", AT, "server", Status.AT_RISK), before)
        assert after.tracking["server"].by_hand_at == AT
        assert next(r for r in evaluate(after, AT).repositories if r.name == "server").status is Status.AT_RISK


def test_setting_a_status_twice_keeps_the_first_moment() -> None:
    once = done(SetStatus("e", AT, "server", Status.BLOCKED))
    assert done(SetStatus("f", AT + timedelta(hours=1), "server", Status.BLOCKED), once) is once


def test_a_repository_that_was_pushed_and_never_tracked_can_be_edited() -> None:
    after = done(SetStatus("e", AT, "server", Status.READY), PlanFolder(plan()))
    assert after.tracking["server"].by_hand_at == AT
    assert set(after.tracking) == {"server", "summit-app"}


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (AddPlan(plan(), "e", AT), "Open the plan Summit 2026 Q1 Launch"),
        (VERSION, "Ship server v1.6.0"),
        (SetVersion("e", AT, "server", None), "Ship server (version not decided)"),
        (SetStatus("e", AT, "server", Status.AT_RISK), "Set server to AT_RISK by hand"),
        (AddRepository("e", AT, "Money", "billing", "v1"), "Add billing v1 to Money"),
        (AddRepository("e", AT, "Money", "billing", None), "Add billing (version not decided) to Money"),
        (
            AcceptRisk("e", AT, "summit-app", "server", AT.date(), "fine"),
            "Accept until 2026-03-03 that summit-app waits on server",
        ),
        (DropRepository("e", AT, "server"), "Drop server"),
        (AddDependency("e", AT, "server", "db", None), "Let server need db (any version)"),
        (SetDate("e", AT, date(2026, 4, 1)), "Move the release date to 2026-04-01"),
    ],
)
def test_an_edit_says_what_it_does(edit: Edit, words: str) -> None:
    assert edit.subject() == words


def bare(*rows: dict[str, Any]) -> PlanFolder:
    """A plan with as little in it as is allowed."""
    raw: dict[str, Any] = {"releaseName": "R", "releaseDate": "2026-03-15", "releaseGroups": []}
    if rows:
        raw["releaseGroups"] = [{"name": "Empty"}, {"name": "A", "repositories": list(rows)}]
    document = documents.plan_from_raw(raw)
    assert isinstance(document, PlanDocument), document
    return PlanFolder(document)


def test_edits_find_their_way_in_a_plan_that_says_next_to_nothing() -> None:
    made = done(AddRepository("e", AT, "Money", "billing", "v1"), bare())
    (group,) = made.document.raw["releaseGroups"]
    assert group == {
        "name": "Money",
        "lead": "",
        "repositories": [{"name": "billing", "version": "v1", "status": "NOT_STARTED", "dependencies": []}],
    }
    small = bare({"name": "x"}, {"name": "y"})
    into = done(AddRepository("e", AT, "Empty", "billing", None), small).document.raw["releaseGroups"]
    assert [[r["name"] for r in g.get("repositories", [])] for g in into] == [["billing"], ["x", "y"]]
    left = done(DropRepository("e", AT, "x"), small).document.raw["releaseGroups"]
    assert [g["repositories"] for g in left] == [[], [{"name": "y"}]]
    needs = done(AddDependency("e", AT, "x", "y", ">=1"), small).document.raw["releaseGroups"][1]["repositories"][0]
    assert needs == {"name": "x", "dependencies": [{"name": "y", "version": ">=1"}]}


def test_what_makes_the_plan_invalid_is_given_back_with_its_place() -> None:
    outcome = SetVersion("e", AT, "server", "v1\nv2").apply(folder())
    assert isinstance(outcome, Conflict)
    assert [problem.reason for problem in outcome.problems] == [outcome.reason]
    assert all(problem.line for problem in outcome.problems)


def test_a_new_plan_begins_without_reports() -> None:
    made = AddPlan(plan(), "e", AT).apply(None)
    assert isinstance(made, PlanFolder)
    assert made.reports == {}


def test_a_risk_can_be_accepted_until_today_and_keeps_other_waivers() -> None:
    server = report("server", "AT_RISK", etaDate="2026-03-20")
    before = done(AddDependency("d", AT, "summit-app", "openssl", None), folder(reports={"server": server}))
    first = done(AcceptRisk("e", AT, "summit-app", "server", AT.date(), "known", "lea"), before)
    (waiver,) = row(first, "summit-app").waivers
    assert (waiver.cause, waiver.until, waiver.reason, waiver.accepted_by) == ("server", AT.date(), "known", "lea")
    assert (waiver.status, waiver.eta) == (Status.AT_RISK, date(2026, 3, 20))
    both = done(AcceptRisk("f", AT, "summit-app", "openssl", AT.date(), "old"), first)
    again = done(AcceptRisk("g", AT, "summit-app", "server", date(2026, 3, 9), "still"), both)
    assert [(w.cause, w.reason) for w in row(again, "summit-app").waivers] == [("openssl", "old"), ("server", "still")]


def test_the_risk_of_something_outside_is_written_down_as_its_feed_has_it() -> None:
    def accepted(**more: Any) -> Waiver:
        before = folder(reports={"openssl": report("openssl", "BLOCKED", **more)})
        needing = done(AddDependency("d", AT, "server", "openssl", None), before)
        return row(done(AcceptRisk("e", AT, "server", "openssl", AT.date(), "old"), needing), "server").waivers[0]

    assert (accepted().status, accepted().verdict) == (Status.BLOCKED, Verdict.AT_RISK)
    assert (accepted(ttlHours=1).status, accepted(ttlHours=1).verdict) == (Status.UNKNOWN, Verdict.UNKNOWN)


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (
            AcceptRisk("e", AT, "server", "x", date(2026, 3, 2), "why"),
            "2026-03-02 has passed: name the day until which the risk is accepted",
        ),
        (
            AcceptRisk("e", AT, "server", "x", AT.date(), " "),
            "say why the risk is accepted: the reason is part of the plan",
        ),
    ],
)
def test_a_risk_without_an_end_or_a_reason_is_not_accepted(edit: Edit, reason: str) -> None:
    assert refused(edit) == reason
