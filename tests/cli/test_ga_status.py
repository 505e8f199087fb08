"""`convoy ga-status init | validate | publish`, as an engineer of a participating repository meets them."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.cli.convoy import BIN, Shell, ga_status
from tests.store.kit import git
from tests.taking_part.kit import bare, log, on_branch

AUTHOR = ("--author", "Ann Lee <ann@example.org>")


@pytest.fixture
def remote(shell: Shell) -> Path:
    """The remote of the shell's folder, which is a work tree with one commit."""
    remote = bare(shell.home / "summit-app.git")
    git(shell.folder, "init", "--quiet")
    shell.write("code.txt", b"code\n")
    git(shell.folder, "add", "--all")
    git(shell.folder, "commit", "--quiet", "--message", "Begin")
    git(shell.folder, "remote", "add", "origin", str(remote))
    return remote


def test_init_validate_publish_is_all_it_takes(shell: Shell, remote: Path) -> None:
    made = shell.convoy("ga-status", "init", "--now", "2026-03-03T09:00:00Z").ok()
    assert made.out == ""
    assert "repository is 'summit-app', from the remote origin" in made.err
    assert "wrote ga_status.json; docs/status-documents.md tells every field" in made.err
    assert shell.convoy("ga-status", "validate").ok().out == ""
    done = shell.convoy("ga-status", "publish", *AUTHOR).ok()
    assert re.fullmatch(r"published summit-app: NOT_STARTED to ga-status of \S+, in commit [0-9a-f]{9}\n", done.out)
    assert on_branch(remote) == (shell.folder / "ga_status.json").read_bytes()
    again = shell.convoy("ga-status", "publish", *AUTHOR).ok()
    assert "holds this document already" in again.out
    assert log(remote, "%an") == ["Ann Lee"]


def test_publish_touches_nothing_of_the_checkout(shell: Shell, remote: Path) -> None:
    shell.write("ga_status.json", ga_status("summit-app"))
    shell.write("staged.txt", b"staged\n")
    git(shell.folder, "add", "staged.txt")
    shell.write("code.txt", b"changed\n")

    def everything() -> dict[str, bytes]:
        return {str(p): p.read_bytes() for p in sorted(shell.folder.rglob("*")) if p.is_file()}

    before = everything()
    shell.convoy("ga-status", "publish", *AUTHOR).ok()
    assert len(log(remote)) == 1
    assert everything() == before


def test_init_never_overwrites_unless_told_to(shell: Shell, remote: Path) -> None:
    file = shell.write("ga_status.json", b"mine")
    for _ in range(2):
        ran = shell.convoy("ga-status", "init")
        assert ran.code == 1
        assert "is there already and was not touched; --force overwrites it" in ran.err
        assert file.read_bytes() == b"mine"
    dry = shell.convoy("ga-status", "init", "--dry-run", "--status", "on track").ok()
    assert json.loads(dry.out)["status"] == "ON_TRACK"
    assert file.read_bytes() == b"mine"
    shell.convoy("ga-status", "init", "--force").ok()
    assert json.loads(file.read_bytes())["repository"] == "summit-app"
    assert [p.name for p in shell.folder.iterdir() if p.name.startswith(".")] == [".git"]
    (shell.folder / "link").symlink_to("nowhere")
    assert shell.convoy("ga-status", "init", "link").code == 1
    assert not (shell.folder / "nowhere").exists()


def test_init_says_what_it_cannot_take(shell: Shell) -> None:
    assert "none of NOT_STARTED, ON_TRACK" in shell.convoy("ga-status", "init", "--status", "FINE").err
    assert "cannot be written: No such file or directory" in shell.convoy("ga-status", "init", "no/where.json").err


def test_from_a_folder_below_the_document_at_the_top_is_meant(shell: Shell, remote: Path) -> None:
    (shell.folder / "src").mkdir()
    done = subprocess.run(
        [BIN / "convoy", "ga-status", "init"], cwd=shell.folder / "src", env=shell.env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert (shell.folder / "ga_status.json").is_file()


def test_every_fault_is_told_with_file_line_reason_and_what_to_do(shell: Shell) -> None:
    file = shell.write("ga_status.json", ga_status("app", updatedAt="yesterday", ttlHours="48", version=1.5))
    ran = shell.convoy("ga-status", "validate")
    assert ran.code == 1
    assert [line.split(": ")[:2] for line in ran.lines] == [
        ["ga_status.json:5", "updatedAt"],
        ["ga_status.json:6", "ttlHours"],
        ["ga_status.json:7", "version"],
    ]
    assert (
        ran.err
        == "3 problems in ga_status.json; correct them and validate again; docs/status-documents.md tells every field\n"
    )
    checked = shell.convoy("check", file)
    assert [line.partition(":")[2] for line in ran.lines] == [line.removeprefix(f"{file}:") for line in checked.lines]
    other = shell.convoy("ga-status", "validate", shell.write("b.json", ga_status("app")), "--repository", "server")
    assert other.code == 1
    assert "b.json:3: repository: " in other.out


def test_no_document_is_a_problem_with_a_way_out(shell: Shell) -> None:
    ran = shell.convoy("ga-status", "validate")
    assert (ran.code, ran.out) == (1, "ga_status.json:1: there is no such file\n")
    assert ran.err == "1 problem in ga_status.json; `convoy ga-status init` writes a first one\n"


@pytest.mark.parametrize(
    ("data", "code"), [(json.dumps(ga_status("app")).encode(), 0), (b"{\n]", 1), (b" " * 300_000, 1)]
)
def test_a_document_may_come_by_stdin(shell: Shell, data: bytes, code: int) -> None:
    done = subprocess.run(
        [BIN / "convoy", "ga-status", "validate", "-"], cwd=shell.folder, env=shell.env, capture_output=True, input=data
    )
    assert done.returncode == code
    assert re.match(r"-:\d+: .+" if code else "$", done.stdout.decode())


def test_what_is_not_valid_is_not_published(shell: Shell, remote: Path) -> None:
    shell.write("ga_status.json", ga_status("summit-app", updatedAt="yesterday"))
    ran = shell.convoy("ga-status", "publish")
    assert (ran.code, ran.out.startswith("ga_status.json:5: updatedAt")) == (1, True)
    assert log(remote) == []


def test_a_dry_run_says_what_would_happen(shell: Shell, remote: Path) -> None:
    shell.write("ga_status.json", ga_status("summit-app"))
    ran = shell.convoy("ga-status", "publish", "--dry-run").ok()
    assert ran.out == f"would publish summit-app: ON_TRACK to ga-status of {remote}, as a new branch\n"
    assert log(remote) == []


def test_where_to_is_asked_for_when_nothing_says_it(shell: Shell, remote: Path) -> None:
    shell.write("ga_status.json", ga_status("summit-app"))
    ran = shell.convoy("ga-status", "publish", "--remote", "upstream")
    assert ran.code == 1
    assert (
        ran.err
        == f"convoy: {shell.folder} has no remote 'upstream'; say where to publish with --remote NAME or --remote URL\n"
    )
    evil = shell.convoy("ga-status", "publish", "--remote", "ext::sh -c id")
    assert (evil.code, "would run a program" in evil.err) == (1, True)


def test_another_name_than_the_remotes_is_pointed_out(shell: Shell, remote: Path) -> None:
    shell.write("ga_status.json", ga_status("server"))
    ran = shell.convoy("ga-status", "publish", "--dry-run").ok()
    assert "the document speaks of 'server' and the remote is 'summit-app'" in ran.err
