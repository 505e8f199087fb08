"""`convoy edit`: one commit for each edit, by its author, and what people did survives every pass."""

import json
import os

import pytest

from bot.cli.common import author
from tests.cli.convoy import ANA, NOW, SUMMIT, Shell, ga_status, row
from tests.store.kit import Hand, git, names

EDITS = {
    ("set-version", "summit-app", "v3.0.1"): "Ship summit-app v3.0.1",
    ("set-version", "summit-app", "null"): "Ship summit-app (version not decided)",
    ("set-status", "summit-app", "BLOCKED"): "Set summit-app to BLOCKED by hand",
    ("set-status", "summit-app", "on track"): "Set summit-app to ON_TRACK by hand",
    ("add-repository", "Platform", "billing", "v1.0.0"): "Add billing v1.0.0 to Platform",
    ("add-repository", "Money", "ledger", "null"): "Add ledger (version not decided) to Money",
    ("add-dependency", "billing", "intelgraph-server", ">=1.4,<2"): "Let billing need intelgraph-server >=1.4,<2",
    ("add-dependency", "billing", "ledger", "null"): "Let billing need ledger (any version)",
    ("set-packages", "ledger", "pypi:ledger, npm:@acme/ledger"): "Look for ledger in pypi:ledger, npm:@acme/ledger",
    ("set-packages", "billing", "pypi:billing"): "Look for billing in pypi:billing",
    ("set-packages", "ledger", "null"): "Look for ledger in no package index",
    ("drop-repository", "ledger"): "Drop ledger",
    ("set-date", "2026-03-20"): "Move the release date to 2026-03-20",
}


def test_every_edit_is_one_commit_by_its_author_with_its_trailers(shell: Shell) -> None:
    shell.open_plan()
    for number, (words, subject) in enumerate(EDITS.items(), 2):
        ran = shell.convoy("edit", "summit", *words, "--author", ANA, "--now", "2026-03-03T10:00:00Z").ok()
        (newest, *older) = shell.log("%H|%an <%ae>|%cn <%ce>|%aI|%s|%b")
        commit, who, committer, when, said, body = newest.split("|")
        assert ran.lines[0] == f"{subject}: commit {commit[:9]}"
        assert len(ran.lines) == 2
        assert (who, committer, said) == (ANA, "Convoy <convoy@localhost>", subject)
        assert when == "2026-03-03T10:00:00+00:00"
        trailers = dict(line.split(": ", 1) for line in body.strip().splitlines())
        assert set(trailers) == {"Plan", "Plan-Edit-Id"}
        assert (trailers["Plan"], len(trailers["Plan-Edit-Id"])) == ("summit", 32)
        assert 1 + len(older) == number, "one commit for each edit"
        dashboard = set() if words[0] == "set-packages" else {"plans/summit/RELEASE_PLAN.md"}  # which shows no packages
        assert {"plans/summit/release_plan.json", *dashboard} <= names(shell.store, commit)
    plan = shell.plan()
    rows = {r["name"]: r for g in plan["releaseGroups"] for r in g["repositories"]}
    assert plan["releaseDate"] == "2026-03-20"
    assert (rows["summit-app"]["version"], rows["summit-app"]["status"]) == (None, "ON_TRACK")
    assert rows["billing"] == {
        "name": "billing", "version": "v1.0.0", "status": "NOT_STARTED",
        "dependencies": [{"name": "intelgraph-server", "version": ">=1.4,<2"}, {"name": "ledger", "version": None}],
        "packages": ["pypi:billing"],
    }  # fmt: skip
    assert "ledger" not in rows
    assert plan["releaseGroups"][-1] == {"name": "Money", "lead": "", "repositories": []}


def test_what_is_so_already_makes_no_commit(shell: Shell) -> None:
    shell.open_plan()
    for words in (
        ("set-version", "summit-app", "v3.0.0"),
        ("set-status", "summit-app", "ON_TRACK"),
        ("add-dependency", "summit-app", "common-utils", "v2.1.0"),
        ("set-date", "2026-03-15"),
    ):
        ran = shell.convoy("edit", "summit", *words).ok()
        assert ran.out == "nothing changed, no commit\n"
    assert len(shell.log()) == 1


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("set-version", "sumit-app", "v9"), 1, "no repository 'sumit-app' in this plan; did you mean summit-app?"),
        (("drop-repository", "intelgraph"), 1, "no repository 'intelgraph' in this plan; did you mean intelgraph-"),
        (("add-repository", "X", "summit-app", "v9"), 1, "'summit-app' is in this plan already; set-version changes"),
        (("add-dependency", "summit-app", "summit-app", "v1"), 1, "'summit-app' cannot depend on itself"),
        (("set-packages", "summit-app", "npm:../x"), 1, "must be a package like pypi:requests or npm:@scope/name, not"),
        (("set-packages", "summit-app", " "), 2, "PACKAGES must not be empty; null means that tags and releases are"),
        (("set-version", "summit-app", ""), 2, "VERSION must not be empty; null means that it is not decided"),
        (("add-dependency", "summit-app", "x", " "), 2, "REQUIREMENT must not be empty; null means that any version"),
        (("drop-repository", ""), 2, "REPO must not be empty"),
        (("add-repository", "Platfrm", "billing", "v1"), 1, "no group 'Platfrm'; did you mean Platform? Give --new-gr"),
        (("set-versoin", "summit-app", "v9"), 2, "no edit 'set-versoin'; did you mean set-version?"),
        (("set-status", "summit-app", "at-rsk"), 2, "'at-rsk' is no status; did you mean AT_RISK? (one of NOT_STARTED"),
        (("set-date", "2026-02-31"), 2, "There is no day '2026-02-31' in the calendar"),
        (("set-date", "9999-12-31"), 2, "not between the years 1970 and 2999"),
        (("set-version", "summit-app"), 2, "usage: convoy edit SLUG set-version REPO VERSION"),
        (("set-date", "2026-03-20", "extra"), 2, "usage: convoy edit SLUG set-date DATE"),
        (("set-date", "2026-03-20", "--author", "Ana"), 2, "'Ana' is not of the form 'Ana Lee <ana@example.org>'"),
        (("set-date", "2026-03-20", "--now", "soon"), 2, "--now 'soon' is not an ISO 8601 moment"),
    ],
)
def test_what_cannot_be_done_is_a_sentence_and_no_commit(
    shell: Shell, words: tuple[str, ...], code: int, sentence: str
) -> None:
    shell.open_plan()
    ran = shell.convoy("edit", "summit", *words)
    assert (ran.code, ran.out) == (code, "")
    assert ran.err.startswith("convoy: ")
    assert sentence in ran.err
    assert ran.err.count("\n") == 1
    assert len(shell.log()) == 1


def test_a_plan_that_is_not_there_names_those_that_are(shell: Shell) -> None:
    shell.open_plan()
    ran = shell.convoy("edit", "sumit", "set-date", "2026-03-20")
    assert (ran.code, ran.err) == (1, f"convoy: there is no plan 'sumit' in {shell.store}; known plans: summit\n")


def test_what_is_not_meant_is_not_touched(shell: Shell) -> None:
    """Unknown fields, key order and layout stay: the commit shows one line."""
    plan = json.loads(json.dumps(SUMMIT))
    plan["releaseGroups"][0]["repositories"][0] = {
        "x-owner": {"team": "blue – ü"}, **plan["releaseGroups"][0]["repositories"][0]
    }  # fmt: skip
    shell.open_plan({"x-made-by": [1, 2.50], **plan})
    shell.convoy("edit", "summit", "set-version", "intelgraph-server", "v1.6.0").ok()
    diff = git(shell.store, "diff", "--unified=0", "main~1", "main", "--", "plans/summit/release_plan.json")
    changed = [line for line in diff.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    assert [line.strip("+- ") for line in changed] == ['"version": "v1.5.0",', '"version": "v1.6.0",']


def test_what_a_person_set_by_hand_holds_until_the_feed_says_something_new(shell: Shell) -> None:
    shell.open_plan()
    reports = shell.publish(ga_status("intelgraph-server", "ON_TRACK"))
    shell.convoy("track", "summit", "--reports", reports, "--now", NOW).ok()
    shell.convoy("edit", "summit", "set-status", "intelgraph-server", "BLOCKED", "--now", "2026-03-03T09:00:00Z").ok()
    again = shell.convoy("track", "summit", "--reports", reports, "--now", "2026-03-03T10:00:00Z").ok()
    assert again.out == "nothing changed, no commit\n"
    server = row(shell.status("summit", "--now", "2026-03-03T10:00:00Z"), "intelgraph-server")
    assert (server["status"], server["byHand"]) == ("BLOCKED", True)
    assert server["contradictions"] == ["intelgraph-server is BLOCKED by hand, but its feed says ON_TRACK"]
    shell.publish(ga_status("intelgraph-server", "ON_TRACK", summary="all green again"))
    shell.convoy("track", "summit", "--reports", reports, "--now", "2026-03-03T11:00:00Z").ok()
    server = row(shell.status("summit", "--now", "2026-03-03T11:00:00Z"), "intelgraph-server")
    assert (server["status"], server["byHand"], server["contradictions"]) == ("ON_TRACK", False, [])


def test_what_people_push_with_git_survives_a_pass(shell: Shell) -> None:
    shell.open_plan()
    reports = shell.publish(ga_status("intelgraph-server", "AT_RISK"))
    plan = shell.plan()
    plan["releaseDate"] = "2026-03-22"
    plan["x-note"] = "moved by Ana"
    plan["releaseGroups"][0]["repositories"][0]["version"] = "v3.0.2"
    plan["releaseGroups"][0]["repositories"].append({"name": "docs", "version": "v1", "status": "READY"})
    Hand(shell.store, shell.home / "hand").push(
        {"plans/summit/release_plan.json": json.dumps(plan, indent="\t").encode(), "NOTES.md": b"people's own\n"}
    )
    shell.convoy("track", "summit", "--reports", reports, "--now", NOW).ok()
    plan["releaseGroups"][1]["repositories"][0]["status"] = "AT_RISK"
    assert shell.plan() == plan
    assert list(shell.plan()) == list(plan)
    assert git(shell.store, "show", "main:NOTES.md") == "people's own\n"


def test_a_broken_plan_is_not_written_over(shell: Shell) -> None:
    shell.open_plan()
    commit = Hand(shell.store, shell.home / "hand").push({"plans/summit/release_plan.json": b'{\n"releaseName": 7}'})
    ran = shell.convoy("edit", "summit", "set-date", "2026-03-20")
    assert (ran.code, ran.out) == (1, "")
    assert f"(commit {commit[:7]} by Bo Hand)" in ran.err
    assert "Mend or revert that file first" in ran.err
    shown = shell.convoy("status", "summit", "--now", NOW).ok()
    assert f"convoy: commit {commit[:9]} by Bo Hand broke this plan" in shown.err
    assert "Summit 2026 Q1 Launch: 12 days to go" in shown.out
    assert len(shell.log()) == 2


def test_a_broken_file_that_convoy_keeps_is_named_and_is_not_the_plan(shell: Shell) -> None:
    shell.open_plan()
    path = "plans/summit/published/server.json"
    commit = Hand(shell.store, shell.home / "hand").push({path: b'{\n"repository": 7}'})
    shown = shell.convoy("status", "summit", "--now", NOW).ok()
    assert f"convoy: commit {commit[:9]} by Bo Hand broke a file of this plan (published/server.json:" in shown.err
    assert "; the last good version of that file stays in force" in shown.err


def test_an_argument_that_is_not_utf_8_is_refused_unless_it_is_a_path_that_is_there(shell: Shell) -> None:
    shell.open_plan()
    for argument in ("2026-\udce9", "caf\udce9", "--reason=\udcff"):
        ran = shell.convoy("edit", "summit", "set-date", argument)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err == f"convoy: the argument {argument!r} is not UTF-8; write it as UTF-8\n"
    odd = shell.folder / "caf\udce9-plan.json"
    odd.write_text(json.dumps(shell.plan()))
    shell.convoy("check", str(odd)).ok()


def test_without_an_author_it_is_the_one_who_is_logged_in(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    shell.open_plan()
    env = {"GIT_AUTHOR_NAME": "Cara Bö", "GIT_AUTHOR_EMAIL": "cara@example.org"}
    shell.convoy("edit", "summit", "set-date", "2026-03-20", env=env).ok()
    assert shell.log("%an <%ae>")[0] == "Cara Bö <cara@example.org>"
    shell.convoy("edit", "summit", "set-date", "2026-03-21").ok()
    name, mail = shell.log("%an|%ae")[0].split("|")
    assert mail == f"{name}@localhost"
    # A container may run under a number that has no name.
    monkeypatch.delenv("GIT_AUTHOR_NAME", raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 54_321_987)
    assert author(None).name == "uid-54321987"


def test_a_name_that_git_cannot_store_is_made_harmless(shell: Shell) -> None:
    shell.open_plan()
    env = {"GIT_AUTHOR_NAME": "Eve\nPlan-Edit-Id: 1 <x>", "GIT_AUTHOR_EMAIL": "e@x>"}
    shell.convoy("edit", "summit", "set-date", "2026-03-20", env=env).ok()
    assert git(shell.store, "fsck", "--full", "--strict", "--no-dangling") == ""
    assert shell.log("%an")[0].startswith("Eve Plan-Edit-Id")


def test_an_edit_of_what_others_changed_since_the_commit_one_looked_at_shows_both(shell: Shell) -> None:
    shell.open_plan()
    seen = shell.log("%H")[0]
    shell.convoy("edit", "summit", "set-version", "summit-app", "v3.0.1", "--author", ANA).ok()
    ran = shell.convoy("edit", "summit", "set-version", "summit-app", "v3.0.2", "--base", seen[:9])
    assert ran.code == 1
    newest = shell.log("%h|%s")[0].split("|")
    assert newest[1] == "Ship summit-app v3.0.1"
    assert ran.err.startswith("convoy: Ana Lee (commit ")
    assert "changed the version of summit-app meanwhile: it is v3.0.1 now, and you wanted v3.0.2" in ran.err
    shell.convoy("edit", "summit", "set-version", "intelgraph-server", "v9", "--base", seen).ok()
