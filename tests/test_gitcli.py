"""The git command in its clean room."""

import os
import time
from pathlib import Path

import pytest

from bot.gitcli import TIMED_OUT, Deadline, Git, GitMissingError, Limits, words
from bot.services.ports import StoreError
from bot.store.git import Git as StoreGit
from tests.store.kit import git


def test_no_configuration_of_this_machine_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(tmp_path, "init", "--quiet", "--bare", "--template=", "r.git")
    (tmp_path / ".gitconfig").write_text("[alias]\n\tshout = !echo run\n[user]\n\tname = Somebody\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", "'user.name=Somebody'")
    clean = Git(tmp_path / "r.git")

    assert clean.run("config", "user.name", timeout=10).code == 1
    assert clean.run("shout", timeout=10).code != 0
    assert clean.run("config", "core.hooksPath", timeout=10).out == "/dev/null\n"


def test_no_protocol_is_spoken_that_was_not_asked_for(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--bare", "--template=", "r.git")
    git(tmp_path, "init", "--quiet", "--bare", "--template=", "other.git")

    refused = Git(tmp_path / "r.git").run("ls-remote", f"file://{tmp_path}/other.git", timeout=10)
    allowed = Git(tmp_path / "r.git", "file").run("ls-remote", f"file://{tmp_path}/other.git", timeout=10)
    program = Git(tmp_path / "r.git", "file").run("ls-remote", f"ext::touch {tmp_path}/ran", timeout=10)

    assert "transport 'file' not allowed" in refused.err
    assert allowed.code == 0
    assert "transport 'ext' not allowed" in program.err
    assert not (tmp_path / "ran").exists()


def test_a_command_that_takes_too_long_is_killed_with_its_children(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--bare", "--template=", "r.git")
    start = time.monotonic()
    slow = "core.pager=x", f"alias.slow=!echo $$ > {tmp_path}/pid; sleep 30; true"

    finished = Git(tmp_path / "r.git").run("slow", timeout=0.5, settings=slow)

    assert finished.code == TIMED_OUT
    assert "no answer" in finished.err
    assert time.monotonic() - start < 10
    child = int((tmp_path / "pid").read_text())
    until = time.monotonic() + 10
    while Path(f"/proc/{child}").exists() and time.monotonic() < until:
        time.sleep(0.02)
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_a_machine_without_git_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(GitMissingError, match="install git"):
        Git(tmp_path).run("version", timeout=5)
    with pytest.raises(StoreError, match="install git"):
        StoreGit(tmp_path).run("version", timeout=5)


def test_no_more_is_read_than_was_asked_for_and_no_larger_file_written(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--bare", "--template=", "r.git")
    clean = Git(tmp_path / "r.git")
    loud = ("alias.loud=!yes",)
    writes = (f"alias.writes=!exec head -c 300000 /dev/zero > {tmp_path}/big",)

    said = clean.run("loud", timeout=30, settings=loud, limits=Limits(output=1000))
    assert (said.cut, said.raw) == (True, b"y\n" * 500)
    assert clean.run("writes", timeout=30, settings=writes, limits=Limits(file=102_400)).code != 0
    assert (tmp_path / "big").stat().st_size in (102_400, 204_800), "shells count blocks of 512 or of 1024"


def test_nobody_is_asked_for_a_password_where_others_choose_the_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(tmp_path, "init", "--quiet", "--bare", "--template=", "r.git")
    monkeypatch.setenv("GIT_ASKPASS", "/bin/ask")
    shown = ("alias.shown=!echo $GIT_ASKPASS",)
    assert Git(tmp_path / "r.git").run("shown", timeout=10, settings=shown).out == "/bin/ask\n"
    assert Git(tmp_path / "r.git", asking=False).run("shown", timeout=10, settings=shown).out == "\n"


def test_what_a_remote_says_is_made_fit_for_people() -> None:
    said = "remote: \x1b[31mNo\x1b[0m pushing\rremote: on Fridays\nremote: \n\nfatal: so\x07rry\n"

    assert words(said) == "No pushing / on Fridays / fatal: sorry"
    assert len(words("x" * 5000)) == 1000


def test_a_deadline_runs_out_and_stays_out() -> None:
    assert Deadline(0).left() == 0
    assert 9 < Deadline(10).left() <= 10
