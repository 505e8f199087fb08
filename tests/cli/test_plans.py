"""`convoy plan add` and `convoy plan list`, and how a store is named."""

import os
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

from tests.cli.convoy import ANA, SUMMIT, Shell
from tests.store.kit import Hand, git


def test_a_plan_is_added_as_one_commit_and_its_slug_is_the_last_line_of_stdout(shell: Shell) -> None:
    file = shell.write("release_plan.json", SUMMIT)
    ran = shell.convoy("plan", "add", file, "--author", ANA, "--now", "2026-03-01T09:00:00+01:00").ok()
    assert ran.out == "summit-2026-q1-launch\n"
    assert ran.err == "opened Summit 2026 Q1 Launch: 2 repositories in 2 groups, release on 2026-03-15\n"
    (commit,) = shell.log("%an <%ae>|%cn|%aI|%s|%b")
    who, committer, when, subject, body = commit.split("|")
    assert (who, committer, subject) == (ANA, "Convoy", "Open the plan Summit 2026 Q1 Launch")
    assert when == "2026-03-01T08:00:00+00:00"
    assert body.startswith("Plan: summit-2026-q1-launch\nPlan-Edit-Id: ")
    shown = git(shell.store, "show", "main:plans/summit-2026-q1-launch/release_plan.json")
    assert shown.encode() == file.read_bytes()
    assert "# Summit 2026 Q1 Launch" in git(shell.store, "show", "main:plans/summit-2026-q1-launch/RELEASE_PLAN.md")


def test_a_second_plan_of_that_name_wants_a_slug_and_a_taken_slug_is_refused(shell: Shell) -> None:
    file = shell.write("release_plan.json", SUMMIT)
    shell.open_plan(slug="summit-2026-q1-launch")
    for more in ((), ("--dry-run",)):
        again = shell.convoy("plan", "add", file, *more)
        assert (again.code, again.out) == (1, "")
        assert again.err == (
            "convoy: a plan named 'Summit 2026 Q1 Launch' is there already as summit-2026-q1-launch; "
            "pass --slug SLUG to open another one\n"
        )
        taken = shell.convoy("plan", "add", file, "--slug", "summit-2026-q1-launch", *more)
        assert (taken.code, taken.out) == (1, "")
        assert taken.err == (
            "convoy: the slug summit-2026-q1-launch is taken by the plan 'Summit 2026 Q1 Launch'; nothing was changed. "
            "Change that plan with `convoy edit summit-2026-q1-launch …`, or pass another --slug\n"
        )
    # Another name that makes the same slug is another plan.
    like = shell.write("like.json", {**SUMMIT, "releaseName": "Summit 2026 Q1: Launch"})
    assert shell.convoy("plan", "add", like).ok().lines == ["summit-2026-q1-launch-2"]
    odd = shell.convoy("plan", "add", file, "--slug", "Q1 Launch")
    assert (odd.code, odd.out) == (2, "")
    assert "such as 'q1-launch'" in odd.err
    assert len(shell.log()) == 2


def test_a_dry_run_writes_nothing(shell: Shell) -> None:
    ran = shell.convoy("plan", "add", shell.write("p.json", SUMMIT), "--dry-run").ok()
    assert ran.lines == ["summit-2026-q1-launch"]
    assert ran.err.startswith("would open Summit 2026 Q1 Launch")
    assert not shell.store.exists()
    slug = shell.open_plan({**SUMMIT, "releaseName": "Autumn"}, "autumn")
    assert slug == "autumn"
    assert shell.convoy("plan", "add", shell.write("p.json", SUMMIT), "--dry-run").ok().lines == ran.lines
    assert len(shell.log()) == 1


def test_a_plan_with_problems_is_not_added_and_all_of_them_are_told(shell: Shell) -> None:
    bad = shell.write("bad.json", {**SUMMIT, "releaseDate": "soon", "status": "FINE"})
    ran = shell.convoy("plan", "add", bad)
    assert (ran.code, ran.out) == (1, "")
    assert [line.split(": ")[0] for line in ran.err.splitlines()] == [f"{bad}:3", f"{bad}:4"]
    missing = shell.convoy("plan", "add", "missing.json")
    assert (missing.code, missing.err) == (1, "missing.json:1: there is no such file\n")
    assert not shell.store.exists()


def test_all_plans_are_listed_and_an_empty_store_says_what_to_do(shell: Shell) -> None:
    git(shell.home, "init", "--quiet", "--bare", str(shell.store))
    empty = shell.convoy("plan", "list").ok()
    assert (empty.out, empty.err) == ("", f"there is no plan yet in {shell.store}: convoy plan add FILE\n")
    shell.open_plan()
    shell.open_plan({**SUMMIT, "releaseName": "Autumn", "releaseDate": "2026-09-01"}, "autumn")
    assert shell.convoy("plan", "list").ok().lines == [
        "autumn\t2026-09-01\tPLANNING\tAutumn",
        "summit\t2026-03-15\tPLANNING\tSummit 2026 Q1 Launch",
    ]
    # One that can never be read hides no other.
    broken = {"plans/broken/release_plan.json": b"{"}
    Hand(shell.store, shell.home / "hand").push(broken)
    ran = shell.convoy("plan", "list")
    assert (ran.code, len(ran.lines)) == (1, 2)
    assert "'broken' cannot be read" in ran.err


def test_the_store_may_be_named_before_the_command_after_it_or_in_the_environment(shell: Shell, tmp_path: Path) -> None:
    """The nearer one wins: after the command over before it, before it over the environment."""
    file = shell.write("p.json", SUMMIT)
    names = {}
    for name in ("env", "before", "after"):
        names[name] = str(tmp_path / f"{name}.git")
        shell.convoy("plan", "add", file, "--slug", name, "--store", names[name]).ok()
    env = {"CONVOY_STORE": names["env"]}
    before, after = ("--store", names["before"]), ("--store", names["after"])

    def listed(*arguments: str) -> str:
        return shell.convoy(*arguments, env=env).ok().out.split("\t")[0]

    assert listed("plan", "list") == "env"
    assert listed(*before, "plan", "list") == "before"
    assert listed(*before, "plan", "list", *after) == "after"
    for command in (("status",), ("track",)):
        assert shell.convoy(*command, "env", env=env).code == 0
        assert shell.convoy(*before, *command, "before", env=env).code == 0
        assert shell.convoy(*before, *command, "after", *after, env=env).code == 0
    edit = ("edit", "before", "set-date", "2026-04-01")
    assert shell.convoy(*before, *edit, env=env).code == 0
    assert shell.convoy(*edit, env=env).code == 1
    added = shell.convoy(*before, "plan", "add", file, "--slug", "second", env=env).ok()
    assert added.lines == ["second"]
    assert listed("plan", "list") == "env"


def test_without_any_store_the_users_own_is_made(shell: Shell) -> None:
    file = shell.write("p.json", SUMMIT)
    assert shell.forks.run("convoy", ("plan", "list"), shell.folder, shell.env, 60).code == 1
    assert list(shell.home.rglob("plans.git")) == []
    shell.forks.run("convoy", ("plan", "add", file), shell.folder, shell.env, 60).ok()
    (found,) = shell.home.rglob("plans.git")
    assert (found / "HEAD").is_file()


def test_who_reads_at_a_mistyped_path_makes_no_store_there(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for place in (tmp_path / "typo" / "plans.git", tmp_path / "empty"):
        for words in (
            ("status", "summit"),
            ("plan", "list"),
            ("track", "summit"),
            ("edit", "summit", "set-date", "2026-03-20"),
            ("diff", "summit"),
            ("timeline", "summit", "summit-app"),
            ("trend", "summit"),
        ):
            ran = shell.convoy("--store", place, *words)
            assert (ran.code, ran.out) == (1, ""), words
            assert ran.err == f"convoy: there is no plan store at {place}; `convoy plan add FILE` makes one\n"
    assert [p.name for p in tmp_path.rglob("*") if p not in (shell.home, shell.folder)] == ["empty"]


def test_a_store_that_cannot_be_one_is_refused_in_a_sentence(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    subprocess.run(["git", "init", "--quiet", str(tmp_path / "tree")], check=True)
    file = tmp_path / "file"
    file.write_text("")
    for store in ("https://ann:geheim@example.org/x", "ext::sh -c id", "-x", str(tmp_path / "tree"), str(file)):
        ran = shell.convoy("plan", "list", f"--store={store}")
        assert (ran.code, ran.out) == (1, ""), store
        assert ran.err.startswith("convoy: ")
        assert "Traceback" not in ran.err
        assert "geheim" not in ran.err


def test_a_remote_store_is_cloned_pushed_to_and_read_when_it_is_away(shell: Shell, tmp_path: Path) -> None:
    remote = tmp_path / "remote.git"
    git(tmp_path, "init", "--quiet", "--bare", str(remote))
    env = {"CONVOY_STORE": f"file://{remote}"}
    shell.convoy("plan", "add", shell.write("p.json", SUMMIT), "--slug", "summit", env=env).ok()
    assert "Open the plan" in git(remote, "log", "--format=%s", "main")
    remote.rename(tmp_path / "away.git")
    away = shell.convoy("plan", "list", env=env).ok()
    assert away.lines == ["summit\t2026-03-15\tPLANNING\tSummit 2026 Q1 Launch"]
    (answered,) = (tmp_path).rglob("convoy.answered")
    moment = time.time() - 3 * 3600 - 60
    os.utime(answered, (moment, moment))
    away = shell.convoy("plan", "list", env=env).ok()
    at = f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M} UTC"
    assert f"; going on from what was fetched last, 3 hours ago ({at})" in away.err
    edit = shell.convoy("edit", "summit", "set-date", "2026-04-01", env=env)
    assert (edit.code, "Traceback" in edit.err) == (1, False)
