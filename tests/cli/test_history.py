"""`convoy diff`, `timeline` and `trend` as a person at a terminal or a script uses them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.cli.convoy import ANA, NOW, SUMMIT, Forks, Shell, ga_status
from tests.store.kit import Hand, git

NEXT = "2026-03-04T08:12:00Z"


def lived(shell: Shell) -> Shell:
    """A plan with four commits: opened by Ana, a pass, a new version by Bo, another pass that finds trouble."""
    shell.open_plan({**SUMMIT, "timezone": "Europe/Berlin"})
    reports = shell.publish(ga_status("intelgraph-server"))
    shell.convoy("track", "summit", "--reports", reports, "--now", NOW).ok()
    edit = ("edit", "summit", "set-version", "summit-app", "v3.0.1", "--now", "2026-03-03T20:00:00Z")
    shell.convoy(*edit, "--author", "Bo Lind <bo@example.org>").ok()
    shell.publish(ga_status("intelgraph-server", "BLOCKED", updatedAt="2026-03-04T07:00:00Z"))
    shell.convoy("track", "summit", "--reports", reports, "--now", NEXT).ok()
    return shell


@pytest.fixture(scope="module")
def asked(forks: Forks, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A plan that is only asked about."""
    return lived(Shell(tmp_path_factory.mktemp("asked") / "home", forks))


def of(changes: Any, kind: str, repository: str | None) -> Mapping[str, Any]:
    (found,) = [c for c in changes if (c["kind"], c["repository"]) == (kind, repository)]
    return dict(found)


def test_diff_as_json(asked: Shell) -> None:
    data = asked.convoy("diff", "summit", "--since", "2026-03-01", "--json").data()
    newest, second, _, first = asked.log("%H")
    assert (data["plan"], data["from"]["commit"], data["to"]["commit"]) == ("summit", first, newest)
    assert (data["from"]["author"], data["from"]["planOpened"]) == (ANA.partition(" <")[0], True)
    shipped = of(data["changes"], "version", "summit-app")
    assert shipped == {
        "kind": "version", "repository": "summit-app", "group": "Product A", "dependency": None, "milestone": None,
        "version": "v3.0.1",
        "before": "v3.0.0", "after": "v3.0.1", "reason": None, "moves": 1, "commit": second,
        "at": "2026-03-03T20:00:00Z",
        "author": "Bo Lind", "email": "bo@example.org", "slackUser": None, "trackingPass": False,
        "subject": asked.log()[1],
    }  # fmt: skip
    blocked = of(data["changes"], "status", "intelgraph-server")
    assert (blocked["after"], blocked["commit"], blocked["trackingPass"]) == ("BLOCKED", newest, True)
    assert blocked["moves"] == 2


def test_a_milestone_and_a_lead_captain_that_somebody_pushed_are_told(shell: Shell, tmp_path: Path) -> None:
    at = {"name": "Code freeze", "date": "2026-03-05"}
    shell.open_plan({**SUMMIT, "milestones": [at], "lead": "Dee"})
    (opened,) = shell.log("%H")
    hand = Hand(shell.store, tmp_path / "hand")
    later = {**SUMMIT, "milestones": [{**at, "date": "2026-03-09"}], "lead": "Eve"}
    pushed = hand.push({"plans/summit/release_plan.json": json.dumps(later, indent=2).encode()})
    ran = shell.convoy("diff", "summit", "--since", opened, "--json").data()
    assert [(c["kind"], c["milestone"], c["before"], c["after"]) for c in ran["changes"]] == [
        ("milestone", "Code freeze", "2026-03-05", "2026-03-09"),
        ("lead", None, "Dee", "Eve"),
    ]
    assert {(c["author"], c["commit"]) for c in ran["changes"]} == {("Bo Hand", pushed)}
    assert shell.convoy("timeline", "summit", "summit-app").ok().out.count("\n") == 1


def test_diff_as_text(asked: Shell) -> None:
    lines = asked.convoy("diff", "summit", "--since", "2026-03-03", "--now", NEXT).ok().lines
    newest, second, *_ = asked.log("%h")
    assert lines[0].startswith("summit: 2 changes from 2026-03-01 10:00 (")
    assert lines[0].endswith(" (Europe/Berlin)")
    head, tail = "2026-03-04 09:12  intelgraph-server: AT_RISK → BLOCKED  (a tracking pass, ", ", the last of 2 moves)"
    assert lines[1].startswith(head + newest)
    assert lines[1].endswith(tail)
    assert lines[2].startswith(f"2026-03-03 21:00  summit-app: version v3.0.0 → v3.0.1  (Bo Lind, {second}")


@pytest.mark.parametrize(
    ("options", "changes"),
    [
        (("--now", "2026-03-05T08:00:00Z"), 2),
        (("--now", "2026-03-20T08:00:00Z"), 0),
        (("--since", "1d", "--now", "2026-03-05T08:00:00Z"), 1),
        (("--since", "2 weeks", "--now", "2026-03-16T08:00:00Z"), 2),
        (("--since", "2026-03-04"), 1),
        (("--since", "2026-03-03T12:00:00+01:00"), 2),
        (("--since", "2026-03-03T20:00:00Z"), 1),
        (("--since", "2026-01-01", "--until", "2026-03-03"), 2),
        (("--since", "2026-01-01", "--until", "2026-03-03T12:00:00Z"), 1),
        (("--since", "2026-01-01", "--until", "2026-03-02"), 0),
        (("--since", "99999w"), 2),
        (("--since", "yesterday", "--now", "2026-03-05T08:00:00Z"), 1),
        (("--since", "last tuesday", "--now", "2026-03-05T08:00:00Z"), 2),
        (("--since", "12h", "--now", "2026-03-04T08:12:00Z"), 1),
        (("--since", "11h", "--now", "2026-03-04T07:59:00Z"), 0),
        (("--since", "13h", "--now", "2026-03-04T08:00:00Z"), 1),
        (("--since", "2026-01-01", "--now", "2026-03-03T12:00:00Z"), 1),
    ],
)
def test_since_and_until(asked: Shell, options: tuple[str, ...], changes: int) -> None:
    found = asked.convoy("diff", "summit", *options, "--json").data()["changes"]
    assert len([c for c in found if c["kind"] != "date"]) == changes


def test_since_a_commit(asked: Shell) -> None:
    second = asked.log("%h")[1]
    found = asked.convoy("diff", "summit", "--since", second, "--json").data()
    assert [c["after"] for c in found["changes"]] == ["BLOCKED"]
    assert asked.convoy("diff", "summit", "--since", "abcdef1234").code == 1


@pytest.mark.parametrize("when", ["soon", "", "2026-02-30", "3", "20260301", "2026-03-01T10:00", "9999-12-31", "--x"])
def test_a_beginning_that_is_none_is_wrong_usage(asked: Shell, when: str) -> None:
    ran = asked.convoy("diff", "summit", f"--since={when}")
    assert ran.code == 2
    assert ran.out == ""
    assert len(ran.err.splitlines()) == 1 or "Error" in ran.err


def test_timeline(asked: Shell) -> None:
    lines = asked.convoy("timeline", "summit", "intelgraph-server").ok().lines
    assert [line.split("  ")[1] for line in lines] == [
        "intelgraph-server v1.5.0: added to Platform",
        "intelgraph-server: AT_RISK → ON_TRACK",
        "intelgraph-server: ON_TRACK → BLOCKED",
    ]
    assert "Ana Lee" in lines[0]
    data = asked.convoy("timeline", "summit", "intelgraph-server", "--json").data()
    assert (data["plan"], data["repository"], data["inPlan"]) == ("summit", "intelgraph-server", True)
    assert [s["kind"] for s in data["steps"]] == ["scope-added", "status", "status"]


def test_at_a_moment_nothing_is_known_of_what_came_later(asked: Shell) -> None:
    """Commits of the future, as they come from a clock that runs ahead, are not believed either."""
    noon = ("--now", "2026-03-03T12:00:00Z")
    steps = asked.convoy("timeline", "summit", "intelgraph-server", *noon, "--json").data()["steps"]
    assert [s["after"] for s in steps] == [None, "ON_TRACK"]
    days = asked.convoy("trend", "summit", *noon, "--json").data()["days"]
    assert [(d["day"], d["atRisk"]) for d in days] == [("2026-03-01", 1), ("2026-03-02", 1), ("2026-03-03", 0)]
    before = asked.convoy("trend", "summit", "--now", "2026-02-01", "--json").data()["days"]
    assert before == []
    assert asked.convoy("diff", "summit", "--now", "2026-02-01").code == 1
    gone = asked.convoy("timeline", "summit", "intelgraph-server", "--now", "2026-02-01")
    assert "there never was" in gone.err


def test_a_push_is_told_under_its_author_whoever_committed_it(shell: Shell) -> None:
    """As after a rebase or a merge by somebody else, or by a forge."""
    lived(shell)
    clone, file = shell.home / "clone", "plans/summit/release_plan.json"
    git(shell.home, "clone", "--quiet", str(shell.store), str(clone))
    raw = json.loads((clone / file).read_text("utf-8"))
    raw["releaseDate"] = "2026-03-22"
    (clone / file).write_text(json.dumps(raw, indent=2), "utf-8")
    author = ("--author=Zoë Ng <zoe@example.org>", "--date=2026-03-05T09:00:00+01:00")
    merger = ("-c", "user.name=Merge Bot", "-c", "user.email=merge@example.org")
    git(clone, *merger, "commit", "--quiet", "--all", *author, "--message", "Later, alas")
    git(clone, "push", "--quiet", "origin", "HEAD:main")
    told = of(shell.convoy("diff", "summit", "--json").data()["changes"], "date", None)
    assert (told["author"], told["email"], told["at"]) == ("Zoë Ng", "zoe@example.org", "2026-03-05T08:00:00Z")
    assert (told["trackingPass"], told["subject"]) == (False, "Later, alas")
    line = next(line for line in shell.convoy("diff", "summit").ok().lines if "release date" in line)
    assert line.startswith("2026-03-05 09:00  release date: 2026-03-15 → 2026-03-22  (Zoë Ng, ")


def test_timeline_of_what_left_and_of_what_never_was(shell: Shell) -> None:
    lived(shell)
    shell.convoy("edit", "summit", "drop-repository", "intelgraph-server", "--author", ANA).ok()
    ran = shell.convoy("timeline", "summit", "intelgraph-server").ok()
    assert ran.lines[-1] == "intelgraph-server is not in summit any more"
    assert shell.convoy("timeline", "summit", "intelgraph-server", "--json").data()["inPlan"] is False
    typo = shell.convoy("timeline", "summit", "intelgraf-server")
    assert (typo.code, typo.out) == (1, "")
    assert "did you mean intelgraph-server?" in typo.err


def test_trend_in_numbers_and_as_a_picture(asked: Shell) -> None:
    ran = asked.convoy("trend", "summit", "--now", "2026-03-06T08:00:00Z", "--png", "trend.png").ok()
    assert ran.lines[0].startswith("On Fri 6 Mar 2026, 0 of 2 ready or released, 1 at risk or blocked.")
    assert ran.lines[2:] == [
        "2026-03-01       0       2        1",
        "2026-03-02       0       2        1",
        "2026-03-03       0       2        0",
        "2026-03-04       0       2        1",
        "2026-03-05       0       2        1",
        "2026-03-06       0       2        1",
    ]
    assert (asked.folder / "trend.png").read_bytes().startswith(b"\x89PNG\r\n")
    data = asked.convoy("trend", "summit", "--now", "2026-03-06T08:00:00Z", "--json").data()
    assert (data["plan"], data["releaseDate"], data["timezone"]) == ("summit", "2026-03-15", "Europe/Berlin")
    assert data["days"][2] == {"day": "2026-03-03", "ready": 0, "scope": 2, "atRisk": 0}
    assert len(data["days"]) == 6


def test_a_picture_that_cannot_be_written_is_said(asked: Shell) -> None:
    ran = asked.convoy("trend", "summit", "--png", Path("no") / "such" / "folder.png")
    assert ran.code == 1
    assert "No such file or directory" in ran.err


def test_an_unknown_plan_names_the_known_ones(asked: Shell) -> None:
    for command in (("diff", "sumit"), ("timeline", "sumit", "x"), ("trend", "sumit")):
        ran = asked.convoy(*command)
        assert (ran.code, ran.out) == (1, "")
        assert "known plans: summit" in ran.err


def test_the_store_may_stand_before_or_after_the_command(asked: Shell) -> None:
    elsewhere = {"CONVOY_STORE": str(asked.home / "nowhere.git")}
    for command in (("diff", "summit"), ("timeline", "summit", "summit-app"), ("trend", "summit")):
        assert asked.convoy("--store", asked.store, *command, env=elsewhere).code == 0
        assert asked.convoy(*command, "--store", asked.store, env=elsewhere).code == 0
        assert asked.convoy(*command, env=elsewhere).code == 1


def test_asking_writes_nothing_but_the_index(asked: Shell) -> None:
    before = asked.log("%H")
    asked.convoy("diff", "summit").ok()
    assert asked.log("%H") == before
    assert json.loads((asked.folder / "summit.json").read_bytes())["releaseName"] == SUMMIT["releaseName"]
