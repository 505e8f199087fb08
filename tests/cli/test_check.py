"""`convoy check` and `convoy schema`: every problem as FILE:LINE: reason, whatever the file is."""

import copy
import json
import os
import re
import time
from pathlib import Path

import pytest

from tests.cli.convoy import SUMMIT, Shell, ga_status

LINE = re.compile(r"(?P<file>.+?):(?P<line>[1-9]\d*): (?P<reason>.+)")


def problems(shell: Shell, *files: str | Path) -> list[tuple[str, int, str]]:
    """What `convoy check` says of files that are not all well: file name, line, reason."""
    ran = shell.convoy("check", *files)
    assert ran.code == 1, ran
    found = [LINE.fullmatch(line) for line in ran.lines]
    assert all(found), ran.out
    assert re.fullmatch(r"[\d,]+ problems? in [\d,]+ files?\n", ran.err), ran.err
    assert ran.err.startswith(f"{len(found)} problem")
    return [(Path(m["file"]).name, int(m["line"]), m["reason"]) for m in found if m]


def test_good_files_exit_0_in_silence(shell: Shell) -> None:
    plan = shell.write("release_plan.json", SUMMIT)
    status = shell.write("a/ga_status.json", ga_status("server"))
    ran = shell.convoy("check", plan, status)
    assert (ran.code, ran.out, ran.err) == (0, "", "")


def test_every_problem_of_every_file_is_told_with_its_line(shell: Shell) -> None:
    raw = copy.deepcopy(dict(SUMMIT))
    raw["releaseDate"] = "15 March"
    raw["releaseGroups"][0]["repositories"][0]["status"] = "FINE"
    raw["releaseGroups"][1]["repositories"][0]["name"] = ""
    plan = shell.write("release_plan.json", raw)
    lines = plan.read_text().splitlines()
    good = shell.write("good.json", SUMMIT)
    status = shell.write("ga_status.json", ga_status("server", updatedAt="yesterday", ttlHours=-1))
    found = problems(shell, plan, good, status)
    assert [(f, n) for f, n, _ in found] == [
        ("release_plan.json", next(i for i, text in enumerate(lines, 1) if "15 March" in text)),
        ("release_plan.json", next(i for i, text in enumerate(lines, 1) if "FINE" in text)),
        ("release_plan.json", next(i for i, text in enumerate(lines, 1) if '"name": ""' in text)),
        ("ga_status.json", 5),
        ("ga_status.json", 6),
    ]
    assert "releaseDate" in found[0][2]
    assert "NOT_STARTED" in found[1][2]


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        (b'{\n"releaseName": "\xff\xfe"}', 2, "UTF-8"),
        (b"\xef\xbb\xbf" + json.dumps(dict(SUMMIT)).encode(), 1, "byte order mark"),
        (b'{\n\n"alertWindowDays": NaN}', 3, "NaN"),
        (b'{"releaseName": "a",\n"releaseName": "b"}', 2, "releaseName"),
        (b"[" * 100_000 + b"]" * 100_000, 1, "deep"),
        (b'{"a":' * 100_000, 1, "deep"),
        (b"", 1, "empty"),
        (b"[]", 1, "must be an object"),
        (b'{"releaseName": "a"}\n\n}', 3, "}"),
        (b"\x00\x01\x02PK", 1, ""),
    ],
    ids=["utf8", "bom", "nan", "twice", "deep", "deep-objects", "empty", "list", "garbage", "binary"],
)
def test_hostile_text_is_refused_at_its_line(shell: Shell, content: bytes, line: int, reason: str) -> None:
    found = problems(shell, shell.write("release_plan.json", content))
    assert any(n == line and reason in r for _, n, r in found), found


def test_what_is_no_file_or_too_large_is_refused_at_once_and_the_others_are_checked(shell: Shell) -> None:
    huge = shell.folder / "huge_plan.json"
    with huge.open("wb") as file:
        file.truncate(300 * 1024 * 1024)
    (shell.folder / "folder").mkdir()
    os.mkfifo(shell.folder / "fifo")
    (shell.folder / "loop").symlink_to("loop")
    (shell.folder / "dangling").symlink_to("nowhere")
    good = shell.write("good.json", SUMMIT)
    bad = shell.write("bad_plan.json", b'{"releaseName": 7}')
    started = time.monotonic()
    found = problems(
        shell, huge, "folder", "fifo", "missing.json", "/dev/zero", "/dev/null", "loop", "dangling", good, bad
    )
    assert time.monotonic() - started < 20
    said = {file: reason for file, _, reason in found}
    assert said["huge_plan.json"] == "has 314,572,800 bytes; at most 16,777,216 are read"
    assert said["folder"] == "is a folder, not a file"
    assert said["fifo"] == said["zero"] == said["null"] == "is not a regular file"
    assert said["missing.json"] == said["loop"] == said["dangling"] == "there is no such file"
    assert "good.json" not in said
    assert len([f for f, _, _ in found if f == "bad_plan.json"]) > 1


def test_a_status_document_has_a_smaller_limit_than_a_plan(shell: Shell) -> None:
    plan = {**SUMMIT, "x-notes": "n" * 300_000}
    assert shell.convoy("check", shell.write("plan.json", plan)).code == 0
    ((_, line, reason),) = problems(shell, shell.write("s.json", ga_status("server", summary="n" * 300_000)))
    assert (line, "256" in reason) == (1, True)


def test_what_a_file_is_meant_to_be_is_seen_from_its_fields(shell: Shell) -> None:
    assert shell.convoy("check", shell.write("anything.txt", SUMMIT)).code == 0
    assert shell.convoy("check", shell.write("release_plan.json", ga_status("server"))).code == 0


def test_names_that_no_terminal_can_show_stop_nothing(shell: Shell) -> None:
    text = b'{"releaseName": "\\ud800", "releaseDate": "2026-03-15", "releaseGroups": [{"name": "\\u001b[31mred"}]}'
    file = shell.write("plän ☂.json", text)
    ran = shell.convoy("check", file)
    assert ran.code == 1
    assert "plän ☂.json:1: " in ran.out
    assert "\x1b" not in ran.out
    strict = shell.cold("convoy", "check", file, env={"PYTHONIOENCODING": "latin-1"})
    assert (strict.code, "Traceback" in strict.err) == (1, False)
    assert " \\u2602.json:1: " in strict.out


def test_without_a_file_the_usage_is_told(shell: Shell) -> None:
    ran = shell.convoy("check")
    assert (ran.code, ran.out) == (2, "")
    assert "Missing argument" in ran.err


def test_the_schemas_are_json_and_name_the_fields(shell: Shell) -> None:
    plan = json.loads(shell.convoy("schema", "plan").ok().out)
    assert {"releaseName", "releaseDate", "releaseGroups"} <= set(plan["properties"])
    status = json.loads(shell.convoy("schema", "ga-status").ok().out)
    assert {"schemaVersion", "repository", "status", "updatedAt"} == set(status["required"])
    wrong = shell.convoy("schema", "plans")
    assert (wrong.code, wrong.out) == (2, "")
    assert wrong.err == "convoy: there is no schema 'plans'; there are plan and ga-status\n"
