"""Hostile documents come to no harm and do none: refused with file, line and reason, or shown as what they are."""

import fnmatch
import json
import os
import re
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from bot.cli.check import check
from bot.cli.portfolio import portfolio_release_plan
from bot.release.documents import parse_json, parse_plan, parse_status
from bot.release.ga_status import StatusDocument
from bot.release.plan import PlanDocument
from tests.hostile.child import NOW, silently
from tests.hostile.mutations import NAUGHTY, PLAN, ROOT, STATUS, mutated_plan, mutated_status

SUITE = sorted((ROOT / "tests/data/json-test-suite").glob("*.json"))
MOST = 64 * 1024 * 1024
"""Bytes by which a process may grow."""


def run_child(*arguments: str) -> Any:
    """What the process of its own found."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.hostile.child", *arguments],
        cwd=ROOT, capture_output=True, text=True, timeout=540,
        env={"PATH": os.environ["PATH"], "HOME": "/nowhere", "LANG": "C.UTF-8"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


@pytest.mark.timeout(600)
def test_ten_thousand_mutated_documents_through_check_and_passes() -> None:
    found = run_child("10000")
    assert found["documents"] >= 10_000
    assert found["wrong"] == []
    assert found["accepted"] + found["refused"] == found["documents"]
    assert min(found["accepted"], found["refused"]) > 1_000, "neither all well nor all broken: the accidents are of use"
    assert found["grown"] < MOST, found


@pytest.mark.timeout(600)
def test_memory_that_is_kept_is_seen() -> None:
    assert run_child("1200", "leak")["grown"] > MOST


def test_a_number_gives_the_same_accident_again() -> None:
    for number in range(0, 400, 7):
        assert mutated_plan(number) == mutated_plan(number)
        assert mutated_status(number, "a") == mutated_status(number, "a")
    assert len({mutated_status(number, "a") for number in range(1_000)}) > 900


# --- the JSON test suite -----------------------------------------------------------------------------------------


def rows() -> list[tuple[list[str], str]]:
    """The table of docs/status-documents.md: patterns of cases, and what becomes of them."""
    page = (ROOT / "docs/status-documents.md").read_text("utf-8")
    table = page.partition("| Convoy | cases of the suite |")[2].partition("\n\n")[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]
    return [(re.findall(r"`([^`]+)`", cell[1]), cell[0]) for cell in cells]


def test_every_case_of_the_suite_comes_out_as_the_table_says() -> None:
    table = rows()
    used = set()
    for path in SUITE:
        at = next(n for n, (patterns, _) in enumerate(table) if any(fnmatch.fnmatch(path.stem, p) for p in patterns))
        used.add(at)
        refused = isinstance(parse_json(path.read_bytes()), tuple)
        assert ("refused" if refused else "accepted") == table[at][1], path.name
    assert used == set(range(len(table))), "every row speaks of something"
    exceptions = [p.stem for p in SUITE if p.name[0] == "y" and isinstance(parse_json(p.read_bytes()), tuple)]
    assert exceptions == ["y_object_duplicated_key", "y_object_duplicated_key_and_value"]


def test_convoy_check_refuses_every_case_with_file_line_and_reason(tmp_path: Path) -> None:
    """Not one of them is a document of ours, whatever it is as JSON."""
    code, out, _ = silently(check, SUITE)
    assert code == 1
    lines = [re.fullmatch(r"(.+\.json):([1-9]\d*): \S.*", line) for line in out.splitlines()]
    assert all(lines), out
    assert {Path(line[1]).name for line in lines if line} == {path.name for path in SUITE}


# --- naughty strings ---------------------------------------------------------------------------------------------


def fits(field: str, text: str) -> bool:
    """Whether a document may say that there."""
    return isinstance(parse_status(json.dumps({**STATUS, field: text}).encode()), StatusDocument)


def naughty_train() -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """A plan with a repository and a need for every naughty string that may be one, and what each publishes."""
    names = [text for text in dict.fromkeys(NAUGHTY) if fits("repository", text)]
    versions = [text for text in NAUGHTY if fits("version", text)]
    rows, documents = [], {}
    for number, name in enumerate(names):
        version = versions[number % len(versions)]
        needs = [
            {"name": names[number - 1], "version": versions[(number + 2) % len(versions)]},
            {"name": f"x{name}", "version": None},
        ]
        rows.append({"name": name, "version": version, "status": "ON_TRACK", "dependencies": needs})
        summary = NAUGHTY[number % len(NAUGHTY)]
        own = {"repository": name, "status": "AT_RISK", "version": version, "summary": summary, "captain": summary}
        documents[name] = {
            **STATUS,
            **own,
            "blockers": [{"title": summary, "id": summary}],
            "links": {summary: summary},
        }
    group = {"name": names[7], "lead": names[9], "repositories": rows}
    return {**PLAN, "releaseName": names[11], "releaseGroups": [group]}, documents


def obeyed(text: str) -> set[str]:
    """Characters that a terminal or a browser would obey instead of showing them."""
    return {c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp", "Cs")} - set("\n\t\u200c\u200d")


def test_naughty_strings_as_names_summaries_and_versions_through_check_and_a_pass(tmp_path: Path) -> None:
    plan, documents = naughty_train()
    assert len(documents) > 300
    data = json.dumps(plan, indent=2, ensure_ascii=False).encode()
    assert isinstance(parse_plan(data), PlanDocument)
    file = tmp_path / "release_plan.json"
    file.write_bytes(data)
    reports = tmp_path / "reports"
    paths = [file]
    for name, document in documents.items():
        if {"", ".", ".."} & set(name.split("/")) or len(name.encode()) > 200:
            continue  # no folder below this one can have that name; sources/ has its own tests of those
        (reports / name).mkdir(parents=True)
        paths.append(reports / name / "ga_status.json")
        paths[-1].write_text(json.dumps(document), "utf-8")
    assert silently(check, paths) == (0, "", "")
    code, out, err = silently(portfolio_release_plan, file, out=tmp_path / "out", reports=reports, now=NOW)
    assert code == 0
    assert obeyed(out + err) == set()
    markdown = (tmp_path / "out/RELEASE_PLAN.md").read_text("utf-8")
    assert obeyed(markdown) <= {"\u2060", "\u2068", "\u2069"}, "joiners and isolates are Convoy's own"
    assert all(line.count("\u2068") == line.count("\u2069") for line in markdown.splitlines())
    kept = json.loads((tmp_path / "out/release_plan.json").read_bytes())
    assert [r["name"] for r in kept["releaseGroups"][0]["repositories"]] == list(documents)
    assert sum(r["status"] == "AT_RISK" for r in kept["releaseGroups"][0]["repositories"]) > 250
    again = silently(portfolio_release_plan, file, out=tmp_path / "out", reports=reports, now=NOW)
    assert "nothing was written" in again[1]


def test_naughty_strings_that_are_no_names_are_refused_with_their_line(tmp_path: Path) -> None:
    refused = 0
    for number, text in enumerate(NAUGHTY):
        path = tmp_path / f"{number}.json"
        path.write_text(json.dumps({**STATUS, "repository": text, "version": text, "summary": text}, indent=1), "utf-8")
        code, out, _ = silently(check, [path])
        if code:
            refused += 1
            assert all(re.fullmatch(rf"{path}:[34]: (repository|version): \S.*", line) for line in out.splitlines()), (
                out
            )
        else:
            assert fits("repository", text)
            assert fits("version", text)
    assert refused > 20
