"""`convoy why`: what one repository waits on, in text and as data, with nothing written."""

import copy
from typing import Any

import pytest

from tests.cli.convoy import ANA, NOW, SUMMIT, Forks, Shell, ga_status, row

APP, SERVER = "summit-app", "intelgraph-server"


def longer() -> dict[str, Any]:
    """The example plan with one that waits on the app, and through it on the server."""
    plan = copy.deepcopy(dict(SUMMIT))
    web = {"name": "web", "version": "v1", "status": "ON_TRACK", "dependencies": [{"name": APP, "version": None}]}
    kernel = {"name": "kernel", "version": "v6", "status": "RELEASED", "dependencies": []}
    plan["releaseGroups"].append({"name": "Front", "lead": "Fay", "repositories": [web, kernel]})
    plan["releaseGroups"][1]["repositories"][0]["dependencies"].append({"name": "kernel", "version": ">=6"})
    return plan


@pytest.fixture(scope="module")
def asked(forks: Forks, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A plan whose server is at risk and late, and that is only asked about."""
    shell = Shell(tmp_path_factory.mktemp("why") / "home", forks)
    shell.open_plan(longer())
    late = ga_status(SERVER, "AT_RISK", summary="load test fails", etaDate="2026-03-18")
    shell.convoy("track", "summit", "--reports", shell.publish(late), "--now", NOW).ok()
    return shell


def why(shell: Shell, *words: str) -> list[str]:
    return shell.convoy("why", "summit", *words, "--now", NOW).ok().lines


def test_each_dependency_with_verdict_owner_reason_advice_and_evidence(asked: Shell) -> None:
    before = asked.log("%H")
    lines = why(asked, "Summit-App")
    assert lines[:2] == [
        "summit-app v3.0.0 waits on both of its dependencies: 1 at risk, 1 unknown.",
        "→ on track itself since Sun 1 Mar, Product A, Product Release Captain A",
    ]
    assert lines[2].startswith(
        "It can be ready on Wed 18 Mar at the earliest, 3 days after the release date (Sun 15 Mar), because of "
        "intelgraph-server"
    )
    assert lines[3].startswith("No forecast: no release on record")
    assert lines[4] == (
        "AT_RISK: intelgraph-server, needs v1.5.0 (Platform Ops Captain), expected on 2026-03-18, 3 days late"
    )
    assert lines[5].startswith(
        "  intelgraph-server v1.5.0 is at risk: load test fails; expected on Wed 18 Mar. Talk to"
    )
    assert lines[6] == "  Evidence: its status document of 2026-03-03."
    assert lines[7] == "UNKNOWN: common-utils, needs v2.1.0"
    assert lines[8].startswith("  common-utils is not in this plan and nobody publishes its status")
    assert lines[9:] == ["It publishes no status of its own: people set it by hand."]
    assert asked.log("%H") == before


def test_the_path_leads_to_the_root_cause_and_whose_that_is_is_told_there(asked: Shell) -> None:
    lines = why(asked, "web")
    assert lines[0] == "web v1 waits on summit-app: at risk."
    at = lines.index("AT_RISK: summit-app, needs any version")  # not with the owner and the day of the server
    assert lines[at + 2] == "  Path: web → summit-app → intelgraph-server"
    causes = lines[lines.index("Root cause") + 1 : -1]
    assert causes[0].startswith("  AT_RISK: intelgraph-server v1.5.0 (Platform Ops Captain), expected on 2026-03-18")
    assert len(causes) == 2


def test_what_is_ready_and_whom_it_holds_up_and_how_good_its_feed_is(asked: Shell) -> None:
    lines = why(asked, SERVER)
    assert lines[0] == "intelgraph-server v1.5.0 has all that it needs: 1 dependency ready."
    assert 'Why: "load test fails"' in lines
    assert "READY: kernel, needs >=6 (released, as people set by hand)" in lines
    assert lines[-2:] == [
        "It holds up 2 repositories itself: summit-app and web.",
        "Its feed is fresh: 72 minutes old.",
    ]
    assert why(asked, "kernel")[0] == "kernel v6 is released: it waits on nothing."


def test_the_data_of_one_repository_are_those_of_status(asked: Shell) -> None:
    for name in ("web", APP, SERVER):
        data = asked.convoy("why", "summit", name, "--now", NOW, "--json").data()
        status = asked.status()
        assert list(data) == [
            "plan", "commit", "asOf", "releaseDate", "repository", "outsider", "rootCauses", "holdsUp",
        ]  # fmt: skip
        assert {key: data[key] for key in list(data)[:4]} == {key: status[key] for key in list(data)[:4]}
        assert data["repository"] == row(status, name)
        behind = {cause for one in data["repository"]["dependencies"] for cause in one["rootCauses"]}
        assert data["rootCauses"] == [cause for cause in status["rootCauses"] if cause["name"] in behind]
    assert data["holdsUp"] == [APP, "web"]
    assert data["outsider"] is None


def test_what_is_outside_the_plan_is_told_with_who_needs_it(asked: Shell) -> None:
    lines = why(asked, "common-utils")
    assert lines[0] == "common-utils is not in summit, but 1 repository needs it."
    assert lines[1].startswith("UNKNOWN, for summit-app v3.0.0: common-utils is not in this plan and nobody publishes")
    data = asked.convoy("why", "summit", "common-utils", "--now", NOW, "--json").data()
    (needed,) = data["outsider"]["neededBy"]
    assert (needed["name"], needed["requirement"], needed["verdict"]) == (APP, "v2.1.0", "UNKNOWN")
    assert (data["repository"], data["outsider"]["name"]) == (None, "common-utils")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("summit", "sumit-app"), "there is no repository 'sumit-app' in summit; did you mean summit-app?"),
        (("summit", "comon-utils"), "did you mean common-utils?"),
        (("summit", "nothing-like-it"), "there is no repository 'nothing-like-it' in summit\n"),
        (("sumit", APP), "known plans: summit"),
        (("summit", APP, "--at", "2026-02-01"), "there was no plan yet at 2026-02-01"),
    ],
)
def test_what_cannot_be_answered(asked: Shell, words: tuple[str, ...], sentence: str) -> None:
    for more in ((), ("--json",)):
        ran = asked.convoy("why", *words, "--now", NOW, *more)
        assert (ran.code, ran.out) == (1, "")
        assert sentence in ran.err


def test_at_an_earlier_day_and_in_a_store_before_the_command(asked: Shell) -> None:
    lines = why(asked, APP, "--at", "2026-03-02")
    assert any(line.startswith("  intelgraph-server v1.5.0 is at risk, as people set by hand.") for line in lines)
    elsewhere = {"CONVOY_STORE": str(asked.home / "nowhere.git")}
    assert asked.convoy("--store", asked.store, "why", "summit", APP, env=elsewhere).code == 0
    assert asked.convoy("why", "summit", APP, "--store", asked.store, env=elsewhere).code == 0


def test_an_accepted_risk_is_told_until_its_day_and_then_that_it_is_back(shell: Shell) -> None:
    shell.open_plan()
    late = ga_status(SERVER, "AT_RISK", summary="load test fails", etaDate="2026-03-18")
    shell.convoy("track", "summit", "--reports", shell.publish(late), "--now", NOW).ok()
    accept = ("accept-risk", APP, SERVER, "2026-03-10", "we ship our own")
    shell.convoy("edit", "summit", *accept, "--now", NOW, "--author", ANA).ok()
    lines = why(shell, APP)
    at = next(n for n, line in enumerate(lines) if line.startswith("AT_RISK"))
    assert lines[at + 1].endswith("Talk to Platform Ops Captain today.")
    assert lines[at + 3] == '  Risk accepted by Ana Lee until 2026-03-10: "we ship our own".'
    lines = shell.convoy("why", "summit", APP, "--now", "2026-03-12T08:00:00Z").ok().lines
    assert (
        '  Ana Lee accepted this risk for summit-app until 2026-03-10 ("we ship our own"); it is back because the '
        "acceptance ended on Tue 10 Mar."
    ) in lines


def test_several_that_nobody_publishes_are_one_line_but_not_the_accepted_one(shell: Shell) -> None:
    plan = copy.deepcopy(dict(SUMMIT))
    app = plan["releaseGroups"][0]["repositories"][0]
    app["dependencies"] = [{"name": name, "version": None} for name in ("glib", "zlib", "musl")]
    shell.open_plan(plan)
    said = "UNKNOWN: outside the plan, and nobody publishes a status: "
    assert f"{said}glib, zlib and musl" in why(shell, APP)
    shell.convoy("edit", "summit", "accept-risk", APP, "zlib", "2026-03-10", "known", "--now", NOW).ok()
    lines = why(shell, APP)
    assert f"{said}glib and musl" in lines
    assert "UNKNOWN: zlib, needs any version" in lines


def test_a_name_that_a_terminal_would_obey_is_shown_as_it_is_spelt(shell: Shell) -> None:
    late = ga_status(SERVER, "BLOCKED", summary="red \u202e alert")
    shell.open_plan()
    shell.convoy("track", "summit", "--reports", shell.publish(late), "--now", NOW).ok()
    assert any("red \\u202e alert" in line for line in why(shell, SERVER))


def test_what_nobody_publishes_is_named_of_what_is_released_and_is_no_contradiction(shell: Shell) -> None:
    plan = copy.deepcopy(dict(SUMMIT))
    plan["releaseGroups"][0]["repositories"][0]["status"] = "RELEASED"
    shell.open_plan(plan)
    lines = why(shell, APP)
    assert lines[0] == "summit-app v3.0.0 is released: it waits on nothing."
    named = "It needs common-utils v2.1.0: it is outside the plan, and nobody publishes whether it is there."
    late = "contradiction: summit-app is released, but it needs intelgraph-server: "
    assert lines[lines.index(named) + 1].startswith(late)
    told = [line for line in shell.convoy("status", "summit", "--now", NOW).ok().lines if "contradiction" in line]
    assert [line.startswith(late) for line in told] == [True]
