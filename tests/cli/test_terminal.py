"""What other people wrote cannot steer a terminal, nor turn a line around: it is shown as what it is."""

import json
import unicodedata

import pytest

from bot.cli.terminal import say, say_json, shown
from tests.cli.convoy import NOW, Shell, ga_status

RLO, LRI, ESC, C1 = "\u202e", "\u2066", "\x1b", "\x9b"
APP, SERVER, GROUP, LEAD = f"app{RLO}ppa", f"ser{LRI}ver", f"Pro{RLO}duct", f"Cap{RLO}tain"
PLAN = {
    "releaseName": f"Sum{RLO}mit", "releaseDate": "2026-03-15", "status": "PLANNING",
    "releaseGroups": [{"name": GROUP, "lead": LEAD, "repositories": [
        {"name": APP, "version": f"v3{RLO}", "status": "ON_TRACK",
         "dependencies": [{"name": SERVER, "version": "v1.5.0"}, {"name": f"lib{RLO}", "version": "v1"}]},
        {"name": SERVER, "version": "v1.5.0", "status": "AT_RISK", "dependencies": []}]}],
}  # fmt: skip


def obeyed(text: str) -> set[str]:
    """The characters that a terminal would obey instead of showing them."""
    return {c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp", "Cs") and c not in "\n\t"}


def test_no_command_prints_what_a_terminal_obeys(shell: Shell) -> None:
    shell.open_plan(PLAN)
    reports = shell.folder / "status"
    summary = f"it{RLO} burns{ESC}[31m{C1}2J\u2028\nREADY: all is well"
    status = ga_status(SERVER, "AT_RISK", blockers=[{"title": summary}], summary=f"{ESC}]0;y\x07")
    shell.publish(status)
    shell.write("plan.json", {**PLAN, "status": f"FI{RLO}NE", "timezone": f"{ESC}[2J"})
    for command in (
        ("track", "summit", "--reports", reports, "--now", NOW),
        ("status", "summit", "--now", NOW),
        ("status", "summit", "--now", NOW, "--json"),
        ("diff", "summit", "--since", "2026-01-01", "--now", NOW),
        ("diff", "summit", "--since", "2026-01-01", "--now", NOW, "--json"),
        ("timeline", "summit", APP),
        ("timeline", "summit", f"{APP}!"),
        ("trend", "summit", "--now", NOW),
        ("plan", "list"),
        ("check", "plan.json"),
        ("edit", "summit", "set-version", APP, f"v4{RLO}"),
    ):
        ran = shell.convoy(*command)
        assert "Traceback" not in ran.err
        assert ran.out or ran.code == 1, (command, ran.err)
        assert obeyed(ran.out + ran.err) == set(), command
    passed = shell.portfolio(shell.folder / "summit.json", "--reports", reports, "--now", NOW).ok()
    assert obeyed(passed.out + passed.err) == set()
    table = shell.convoy("status", "summit", "--now", NOW).ok().out
    assert "app\\u202eppa" in table
    assert "\\u202e burns\\x1b[31m\\x9b2J\\u2028\\nREADY" in table
    assert shell.status()["repositories"][0]["name"] == APP
    markdown = (shell.folder / "artifacts/release/portfolio/RELEASE_PLAN.md").read_text("utf-8")
    assert obeyed(markdown) <= {"\u2060"}, "the word joiner is ours: it keeps forges from finding mentions"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain – ünïcödé 日本 \u00a0.", "plain – ünïcödé 日本 \u00a0."),
        ("👩‍💻 می‌خواهم", "👩‍💻 می‌خواهم"),
        ("a\u202eb", "a\\u202eb"),
        ("a\nb\tc", "a\\nb\tc"),
        ("\x1b[31m", "\\x1b[31m"),
        ("\U000e0041", "\\U000e0041"),
        ("\ud800", "\\ud800"),
    ],
)
def test_what_is_shown(text: str, expected: str) -> None:
    assert shown(text) == expected


def test_lines_stay_lines_and_json_stays_what_it_was(capsys: pytest.CaptureFixture[str]) -> None:
    say("one\ntwo\r\x1b[2K")
    assert capsys.readouterr().out == "one\ntwo\\r\\x1b[2K\n"
    value = {"a\u202e": ["\x9b", "\U000e0041", "\u2028", "ü", "\n"]}
    say_json(value)
    out = capsys.readouterr().out
    assert obeyed(out) == set()
    assert json.loads(out) == value
    assert "ü" in out
