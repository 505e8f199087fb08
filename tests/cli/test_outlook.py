"""`convoy impact`, `convoy forecast`, the dates of `convoy status --json`: what lies ahead, with nothing written."""

import copy
from typing import Any

import pytest

from tests.cli.convoy import ANA, NOW, SUMMIT, Forks, Shell, ga_status, row

SERVER = "intelgraph-server"
LAST = "2026-02-20T08:00:00Z"


def milestones() -> dict[str, Any]:
    """The example plan with a code freeze that a slip can miss."""
    plan = copy.deepcopy(dict(SUMMIT))
    return {**plan, "milestones": [{"name": "Code freeze", "date": "2026-03-13"}]}


@pytest.fixture(scope="module")
def asked(forks: Forks, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A plan whose server gives a date, and that is only asked about."""
    shell = Shell(tmp_path_factory.mktemp("ahead") / "home", forks)
    shell.open_plan(milestones())
    reports = shell.publish(ga_status(SERVER, etaDate="2026-03-12"))
    shell.convoy("track", "summit", "--reports", reports, "--now", NOW).ok()
    return shell


def impact(shell: Shell, *words: str) -> Any:
    return shell.convoy("impact", "summit", *words, "--now", NOW, "--json").data()


def test_who_waits(asked: Shell) -> None:
    data = impact(asked, SERVER)
    assert list(data)[:6] == ["plan", "commit", "asOf", "repository", "group", "lead"]
    assert (data["plan"], data["repository"], data["slip"], data["moved"]) == ("summit", SERVER, None, [])
    assert data["waiting"] == [
        {"name": "summit-app", "group": "Product A", "lead": "Product Release Captain A", "direct": True}
    ]
    lines = asked.convoy("impact", "summit", SERVER, "--now", NOW).ok().lines
    assert lines[0] == f"1 repository of 1 captain waits on {SERVER}."
    assert lines[1].startswith(
        "It can be ready on Thu 12 Mar at the earliest, in time for the release date (Sun 15 Mar)"
    )
    assert lines[2] == "  summit-app (Product A, Product Release Captain A)"


def test_what_a_slip_would_do_and_nothing_is_written(asked: Shell) -> None:
    before = asked.log("%H")
    data = impact(asked, SERVER, "+5d")
    assert data["slip"] == {"from": "2026-03-12", "to": "2026-03-17", "days": 5, "countedFrom": "eta"}
    assert data["late"] == ["summit-app", SERVER]
    assert data["daysPastRelease"] == {"before": 0, "after": 2}
    assert data["pastMilestones"] == [{"milestone": "Code freeze", "repositories": ["summit-app", SERVER]}]
    moved = {m["name"]: m for m in data["moved"]}
    assert moved["summit-app"]["days"] == 5
    assert moved["summit-app"]["after"]["because"] == ["summit-app", SERVER]
    assert (moved["summit-app"]["before"]["lateDays"], moved["summit-app"]["after"]["lateDays"]) == (0, 2)
    (verdict,) = data["verdicts"]
    assert (verdict["repository"], verdict["before"], verdict["after"]) == ("summit-app", "WAITING", "AT_RISK")
    assert data["captains"] == ["Platform Ops Captain", "Product Release Captain A"]
    assert asked.log("%H") == before
    assert data["commit"] == before[0]
    lines = asked.convoy("impact", "summit", SERVER, "+5d", "--now", NOW).ok().lines
    assert lines[0].startswith(f"If {SERVER} slips 5 days to Tue 17 Mar, 2 repositories of 2 captains miss their date")
    assert "After the milestone Code freeze: summit-app and intelgraph-server." in lines
    assert any(
        line.startswith("  late: summit-app (Product Release Captain A): 2026-03-12 → 2026-03-17") for line in lines
    )
    assert asked.log("%H") == before


@pytest.mark.parametrize(
    ("slip", "to"),
    [
        ("-3d", "2026-03-09"),
        ("+1w", "2026-03-19"),
        ("2", "2026-03-14"),
        ("2026-03-20", "2026-03-20"),
        ("-9w", "2026-03-03"),
    ],
)
def test_slips_as_people_write_them(asked: Shell, slip: str, to: str) -> None:
    assert impact(asked, SERVER, slip)["slip"]["to"] == to


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("inteligraph-server", "+5d"), 1, f"did you mean {SERVER}?"),
        ((SERVER, "soon"), 2, "'soon' is no slip I can read: write +5d"),
        ((SERVER, "--jsno"), 2, "'--jsno' is no slip"),
        ((SERVER, "2026-03-01"), 1, "has passed"),
        ((SERVER, "9999-12-31"), 2, "'9999-12-31' is not between the years 1970 and 2999"),
        ((), 2, "Missing argument 'REPO'"),
    ],
)
def test_what_cannot_be_asked(asked: Shell, words: tuple[str, ...], code: int, sentence: str) -> None:
    ran = asked.convoy("impact", "summit", *words, "--now", NOW)
    assert (ran.code, ran.out) == (code, "")
    assert sentence in ran.err


def test_the_store_may_stand_before_or_after_the_command(asked: Shell) -> None:
    elsewhere = {"CONVOY_STORE": str(asked.home / "nowhere.git")}
    for command in (("impact", "summit", SERVER), ("forecast", "summit")):
        assert asked.convoy("--store", asked.store, *command, env=elsewhere).code == 0
        assert asked.convoy(*command, "--store", asked.store, env=elsewhere).code == 0
        assert asked.convoy(*command, env=elsewhere).code == 1
        assert "known plans: summit" in asked.convoy(command[0], "sumit", *command[2:]).err


def test_status_tells_the_dates(asked: Shell) -> None:
    data = asked.status()
    assert row(data, "summit-app")["dates"] == {
        "eta": None,
        "earliest": "2026-03-12",
        "deadline": "2026-03-15",
        "neededBy": None,
        "milestone": None,
        "lateDays": 0,
        "because": ["summit-app", SERVER],
        "undated": ["summit-app", "common-utils"],
        "pastMilestones": [],
    }
    assert row(asked.status("summit", "--now", "2026-03-18T08:00:00Z"), SERVER)["dates"]["lateDays"] == 3


def lived(shell: Shell, releases: int) -> None:
    """An earlier plan in which repositories got out one a day, beginning with the eleventh day."""
    names = [f"lib-{n}" for n in range(releases)]
    rows = [{"name": n, "version": "v1", "status": "ON_TRACK", "dependencies": []} for n in names]
    groups = [{"name": "Libraries", "lead": "Lia", "repositories": rows}]
    plan = {"releaseName": "Before", "releaseDate": "2026-02-20", "status": "IN_PROGRESS", "releaseGroups": groups}
    file = shell.write("before.json", plan)
    shell.convoy("plan", "add", file, "--slug", "before", "--now", "2026-01-10T08:00:00Z", "--author", ANA).ok()
    for number, name in enumerate(names):
        edit = ("edit", "before", "set-status", name, "RELEASED", "--now", f"2026-01-{21 + number}T08:00:00Z")
        shell.convoy(*edit, "--author", ANA).ok()


def test_a_forecast_goes_by_earlier_plans_and_says_what_it_rests_on(shell: Shell) -> None:
    lived(shell, 8)
    plan = copy.deepcopy(dict(SUMMIT))
    plan["releaseGroups"][1]["repositories"][0]["status"] = "ON_TRACK"
    shell.open_plan(plan)  # on the first of March
    found = shell.convoy("forecast", "summit", SERVER, "--now", NOW, "--json").data()
    assert found["past"] == {"released": 8, "transitions": 8, "plans": 2}
    (told,) = found["repositories"]
    assert (told["name"], told["status"], told["silent"]) == (SERVER, "ON_TRACK", None)
    assert (told["p50"], told["p85"], told["laterThan"]) == ("2026-03-16", "2026-03-19", None)
    assert (told["transitions"], told["stillOpen"], told["plans"]) == (8, 0, 1)
    ran = shell.convoy("forecast", "summit", "--now", NOW).ok()
    assert ran.lines[0] == "summit: forecasts go by how long it took 8 repositories that were seen released, in 2 plans"
    said = "one in two like it is out by Mon 16 Mar, 85 of 100 by Thu 19 Mar (8 releases of 8 repositories in 1 plan)."
    assert f"  {SERVER}, on track: going by the past, {said}" in ran.lines
    assert row(shell.status(), SERVER)["forecast"] == {k: v for k, v in told.items() if k not in ("name", "status")}
    assert impact(shell, SERVER)["forecast"]["p50"] == "2026-03-16"
    assert f"Going by the past, {said}" in shell.convoy("impact", "summit", SERVER, "--now", NOW).ok().lines
    # What had not happened yet is not known.
    early = shell.convoy("forecast", "before", "lib-7", "--now", "2026-01-27T12:00:00Z", "--json").data()
    assert early["past"] == {"released": 7, "transitions": 7, "plans": 2}


def test_too_little_history_is_said_plainly(asked: Shell) -> None:
    lines = asked.convoy("forecast", "summit", "--now", NOW).ok().lines
    assert lines[0] == "summit: forecasts go by releases, and none was seen yet, in 1 plan"
    assert all(line.startswith("  no forecast for ") for line in lines[1:])
    assert any("no release on record" in line and line.endswith("8 are needed.") for line in lines)
    found = asked.convoy("forecast", "summit", "Summit-APP", "--now", NOW, "--json").data()["repositories"][0]
    assert (found["name"], found["p50"], found["p85"]) == ("summit-app", None, None)
    typo = asked.convoy("forecast", "summit", "summit-ap")
    assert (typo.code, typo.out) == (1, "")
    assert "there is no repository 'summit-ap' in summit; did you mean summit-app?" in typo.err


def test_time_alone_changes_no_file(shell: Shell) -> None:
    """Dates and forecasts move with the day; RELEASE_PLAN.md and the history do not: a quiet pass commits nothing."""
    shell.open_plan()
    reports = shell.publish(ga_status(SERVER, etaDate="2026-03-12"))
    shell.convoy("track", "summit", "--reports", reports, "--now", NOW).ok()
    before = shell.log("%H")
    day = "2026-03-05T08:12:00Z"
    shell.convoy("track", "summit", "--reports", reports, "--now", day).ok()
    for words in (("impact", "summit", SERVER, "+5d"), ("forecast", "summit"), ("status", "summit", "--json")):
        shell.convoy(*words, "--now", day).ok()
    assert shell.log("%H") == before
