"""How far a pass has come: lines for a log, a bar for whoever looks."""

import io
import sys
from datetime import UTC, datetime

import pytest

from bot.cli.progress import FIRST, NEXT, counting
from bot.release.progress import Progress

HALF = Progress(5_000, 10_000, 12, {"forge.example": datetime(2026, 3, 3, 12, 30, tzinfo=UTC)})
LINE = (
    "convoy: read 5,000 of 10,000 repositories, 12 of them could not be read; "
    "waiting for forge.example until 12:30:00 UTC"
)


def test_a_log_gets_a_line_after_a_while_and_then_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    now = 0.0
    with counting(lambda: now) as watch:
        watch(HALF)
        assert capsys.readouterr().err == ""
        now = FIRST
        for _ in range(3):
            watch(HALF)
        assert capsys.readouterr().err == f"{LINE}\n"
        now += NEXT
        watch(Progress(9_999, 10_000))
        assert capsys.readouterr().err == "convoy: read 9,999 of 10,000 repositories\n"
        now += NEXT
        watch(Progress(10_000, 10_000))
    assert capsys.readouterr() == ("", "")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_a_bar_on_stderr(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "160")
    with counting() as watch:
        watch(HALF)
        watch(Progress(1, 2, 1, {"evil\x1b[2J": datetime(2026, 3, 3, tzinfo=UTC)}))
    shown = terminal.getvalue()
    assert "1/2" in shown
    assert "1 not read" in shown
    assert "\x1b[2J" not in shown
    assert capsys.readouterr().out == ""
