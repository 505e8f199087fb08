"""The installed scripts as they start on a fresh machine: the other tests share one warm start, the README's do not."""

import re
import subprocess
import sys

from tests.cli.convoy import NOW, ROOT, SUMMIT, Shell, ga_status


def test_the_installed_scripts_do_what_the_warm_ones_do(shell: Shell) -> None:
    plan = shell.write("release_plan.json", SUMMIT)
    shell.publish(ga_status("intelgraph-server", "BLOCKED"))
    added = shell.cold("convoy", "plan", "add", plan, "--slug", "summit").ok()
    assert (added.out, added.err.startswith("opened Summit 2026")) == ("summit\n", True)
    written = shell.cold("portfolio-release-plan", plan, "--reports", "status", "--now", NOW, "--exit-code")
    assert (written.code, written.err) == (1, "")
    assert "intelgraph-server: AT_RISK → BLOCKED" in written.lines
    refused = shell.cold("convoy", "worker")
    assert (refused.code, refused.out) == (1, "")
    assert refused.err.startswith("convoy: SLACK_BOT_TOKEN is not set")


def test_help_names_every_command_and_imports_nothing_that_takes_time(shell: Shell) -> None:
    shown = shell.cold("convoy", "--help").ok()
    for command in (
        "demo", "run", "serve", "worker", "migrate", "track", "status", "why", "plan", "edit", "check", "schema",
        "ga-status", "version",
    ):  # fmt: skip
        assert re.search(rf"\b{command}\b", shown.out), command
    heavy = (
        "pydantic",
        "pydantic_settings",
        "pygit2",
        "sqlalchemy",
        "structlog",
        "httpx",
        "slack_bolt",
        "dbos",
        "rich",
    )
    code = f"import sys, bot.cli, bot.cli.portfolio; print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_help_of_every_command_has_its_options(shell: Shell) -> None:
    for words, options in (
        (("status",), ("--at", "--now", "--store", "--json")),
        (("why",), ("--at", "--now", "--store", "--json")),
        (("track",), ("--reports", "--now", "--store")),
        (("edit",), ("--author", "--now", "--store", "set-version")),
        (("plan", "add"), ("--slug", "--author", "--dry-run")),
        (("ga-status", "publish"), ("--remote", "--author", "--dry-run")),
        (("run",), ("--store",)),
    ):
        out = shell.convoy(*words, "--help").ok().out
        assert all(option in out for option in options), (words, out)
    out = shell.portfolio("--help").ok().out
    assert all(option in out for option in ("--out", "--reports", "--now", "--exit-code", "--dry-run"))


def test_a_command_that_there_is_not_exits_2(shell: Shell) -> None:
    for words in (("stauts",), ("plan", "ad"), ("status", "summit", "--jsno"), ("status",)):
        ran = shell.convoy(*words)
        assert (ran.code, ran.out) == (2, ""), words
        assert "Usage: convoy" in ran.err
    assert shell.convoy("version").ok().out == "0.1.0\n"
    assert shell.convoy("--version").ok().out == "0.1.0\n"
