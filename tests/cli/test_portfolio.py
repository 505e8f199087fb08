"""`portfolio-release-plan`, as a CI job on a schedule calls it: results beside what it remembers, and no more."""

import copy
import json
import subprocess
from pathlib import Path
from typing import Any

from tests.cli.convoy import BIN, NOW, SUMMIT, Shell, ga_status

OUT = Path("artifacts/release/portfolio")


def setup(shell: Shell, plan: Any = SUMMIT) -> None:
    """A checkout: the plan that people keep, and what two repositories publish."""
    shell.write("plans/release_plan.json", plan)
    shell.publish(ga_status("intelgraph-server", "BLOCKED"), ga_status("summit-app", "ON_TRACK"))


def run(shell: Shell, *more: str, now: str = NOW) -> Any:
    return shell.portfolio("plans/release_plan.json", "--reports", "status", "--now", now, *more)


def results(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, with its content."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def statuses(folder: Path) -> dict[str, str]:
    plan = json.loads((folder / "release_plan.json").read_text("utf-8"))
    return {r["name"]: r["status"] for g in plan["releaseGroups"] for r in g["repositories"]}


def test_the_first_run_writes_the_two_files_and_what_it_remembers(shell: Shell) -> None:
    setup(shell)
    ran = run(shell).ok()
    out = shell.folder / OUT
    assert set(results(out)) == {
        "release_plan.json",
        "RELEASE_PLAN.md",
        "tracking.json",
        "ga_status/intelgraph-server.json",
        "ga_status/summit-app.json",
    }
    assert statuses(out) == {"summit-app": "ON_TRACK", "intelgraph-server": "BLOCKED"}
    expected = copy.deepcopy(dict(SUMMIT))
    expected["releaseGroups"][1]["repositories"][0]["status"] = "BLOCKED"
    assert (out / "release_plan.json").read_text() == json.dumps(expected, indent=2) + "\n"
    assert "12 days to go" in (out / "RELEASE_PLAN.md").read_text("utf-8")
    assert ran.err == ""
    assert ran.lines == [
        "first results of Summit 2026 Q1 Launch: 2 repositories, release on 2026-03-15",
        "intelgraph-server: AT_RISK → BLOCKED",
        "at risk: intelgraph-server v1.5.0 holds up summit-app",
        f"wrote {OUT}/release_plan.json and {OUT}/RELEASE_PLAN.md",
    ]


def test_the_same_again_changes_no_byte_and_touches_no_file(shell: Shell) -> None:
    setup(shell)
    run(shell).ok()
    out = shell.folder / OUT
    before = results(out)
    touched = {p: p.stat().st_mtime_ns for p in out.rglob("*")}
    again = run(shell).ok()
    assert again.lines[0] == "nothing changed"
    assert again.lines[-1].endswith("are as they should be, nothing was written")
    assert results(out) == before
    # An hour later nothing is new either, so a job that runs every hour has nothing to commit; a day later there is.
    run(shell, now="2026-03-03T09:30:00Z").ok()
    assert results(out) == before
    assert {p: p.stat().st_mtime_ns for p in out.rglob("*")} == touched
    run(shell, now="2026-03-04T08:12:00Z").ok()
    assert {n for n, data in results(out).items() if data != before[n]} == {"RELEASE_PLAN.md"}
    assert "11 days to go" in (out / "RELEASE_PLAN.md").read_text("utf-8")


def test_what_changed_is_said_and_the_last_good_documents_are_kept_between_runs(shell: Shell) -> None:
    setup(shell)
    run(shell).ok()
    shell.write("status/intelgraph-server/ga_status.json", b"{")
    (shell.folder / "status/summit-app/ga_status.json").unlink()
    shell.write("plans/release_plan.json", {**SUMMIT, "releaseDate": "2026-03-20"})
    ran = run(shell, now="2026-03-04T08:00:00Z").ok()
    assert ran.lines[:2] == [
        "release date: 2026-03-15 → 2026-03-20",
        "at risk: intelgraph-server v1.5.0 holds up summit-app",
    ]
    told = ran.err.splitlines()
    assert told[0].startswith("intelgraph-server: status/intelgraph-server/ga_status.json:1: ")
    assert told[1].startswith("summit-app: there is no file status/summit-app/ga_status.json")
    assert all(line.endswith("; the last good document, 25 hours old, stays in force") for line in told)
    out = shell.folder / OUT
    assert statuses(out) == {"summit-app": "ON_TRACK", "intelgraph-server": "BLOCKED"}
    assert json.loads((out / "ga_status/summit-app.json").read_text()) == ga_status("summit-app", "ON_TRACK")
    assert "## Stale feeds" in (out / "RELEASE_PLAN.md").read_text("utf-8")
    shell.publish(ga_status("intelgraph-server", "RELEASED", version="v1.5.0"), ga_status("summit-app", "READY"))
    assert run(shell, now="2026-03-05T08:00:00Z").ok().lines[:2] == [
        "intelgraph-server v1.5.0: released",
        "summit-app: ON_TRACK → READY",
    ]


def test_a_repository_that_leaves_the_plan_leaves_the_results(shell: Shell) -> None:
    setup(shell)
    run(shell).ok()
    plan = copy.deepcopy(dict(SUMMIT))
    del plan["releaseGroups"][0]
    shell.write("plans/release_plan.json", plan)
    shell.write(f"{OUT}/notes.txt", b"people's own")
    assert run(shell).ok().lines[0] == "summit-app v3.0.0: dropped from Product A"
    assert set(results(shell.folder / OUT)) == {
        "release_plan.json", "RELEASE_PLAN.md", "tracking.json", "ga_status/intelgraph-server.json", "notes.txt"
    }  # fmt: skip


def test_risk_is_an_exit_code_only_when_asked_for(shell: Shell) -> None:
    setup(shell)
    assert run(shell).code == 0
    assert run(shell, "--exit-code").code == 1
    shell.publish(ga_status("intelgraph-server", "RELEASED", version="v1.5.0"))
    calm = run(shell, "--exit-code")  # what is unknown is no risk
    assert calm.code == 0
    assert not any(line.startswith("at risk") for line in calm.lines)
    plan = copy.deepcopy(dict(SUMMIT))
    plan["releaseGroups"][0]["repositories"][0]["dependencies"][1]["version"] = "v2.0.0"
    shell.write("plans/release_plan.json", plan)
    mismatch = run(shell, "--exit-code")
    assert mismatch.code == 1
    assert "mismatch: intelgraph-server v1.5.0 holds up summit-app" in mismatch.lines


def test_a_dry_run_says_the_same_and_writes_nothing(shell: Shell) -> None:
    setup(shell)
    ran = run(shell, "--dry-run").ok()
    assert "intelgraph-server: AT_RISK → BLOCKED" in ran.lines
    assert not (shell.folder / "artifacts").exists()


def test_a_plan_or_an_option_that_cannot_be_used_exits_2_and_writes_nothing(shell: Shell) -> None:
    setup(shell)
    run(shell).ok()
    before = results(shell.folder / OUT)
    shell.write("plans/release_plan.json", {**SUMMIT, "releaseDate": 7, "status": "FINE"})
    bad = run(shell)
    assert (bad.code, bad.out) == (2, "")
    assert [line.split(": ")[0] for line in bad.err.splitlines()] == [
        "plans/release_plan.json:3",
        "plans/release_plan.json:4",
    ]
    shell.write("plans/release_plan.json", SUMMIT)
    for words, sentence in (
        (("missing.json",), "missing.json:1: there is no such file"),
        (("plans",), "plans:1: is a folder, not a file"),
        (("plans/release_plan.json", "--reports", "nowhere"), "--reports nowhere: there is no such directory"),
        (("plans/release_plan.json", "--now", "soon"), "is not an ISO 8601 moment"),
        ((), "Missing argument"),
    ):
        ran = shell.portfolio(*words)
        assert (ran.code, ran.out) == (2, ""), ran
        assert sentence in ran.err
    assert results(shell.folder / OUT) == before


def test_results_that_cannot_be_written_exit_1_in_a_sentence(shell: Shell) -> None:
    setup(shell)
    shell.write("taken", b"a file")
    ran = run(shell, "--out", "taken/below")
    assert ran.code == 1
    assert ran.err.startswith("portfolio-release-plan: cannot write to taken/below: ")
    assert "Traceback" not in ran.err


def test_it_takes_sources_from_beside_the_plan_and_writes_nothing_there(shell: Shell) -> None:
    plan = copy.deepcopy(dict(SUMMIT))
    plan["releaseGroups"][0]["repositories"][0]["source"] = "beside/app.json"
    setup(shell, plan)
    shell.write("plans/beside/app.json", ga_status("summit-app", "READY"))
    here = shell.folder / "plans"
    before = results(here)
    for path in (*here.rglob("*"), here):
        path.chmod(path.stat().st_mode & ~0o222)
    try:
        shell.portfolio("plans/release_plan.json", "--now", NOW).ok()
        assert results(here) == before
    finally:
        here.chmod(0o755)
        (here / "beside").chmod(0o755)
    assert statuses(shell.folder / OUT)["summit-app"] == "READY"


def test_the_results_may_be_the_plan_itself(shell: Shell) -> None:
    setup(shell)
    run(shell, "--out", "plans").ok()
    plans = shell.folder / "plans"
    assert statuses(plans)["intelgraph-server"] == "BLOCKED"
    before = results(plans)
    run(shell, "--out", "plans").ok()
    assert results(plans) == before


def test_results_that_people_broke_are_made_anew(shell: Shell) -> None:
    setup(shell)
    run(shell).ok()
    good = results(shell.folder / OUT)
    shell.write(f"{OUT}/tracking.json", b"<<<<<<< HEAD\n")
    shell.write(f"{OUT}/ga_status/summit-app.json", b"")
    run(shell).ok()
    assert results(shell.folder / OUT) == good


def test_a_merge_conflict_in_the_results_costs_no_last_good_document(shell: Shell) -> None:
    setup(shell)
    run(shell).ok()
    kept = (shell.folder / OUT / "ga_status/intelgraph-server.json").read_bytes()
    with (shell.folder / OUT / "release_plan.json").open("ab") as file:
        file.write(b"<<<<<<< HEAD\n")
    (shell.folder / "status/intelgraph-server/ga_status.json").unlink()
    (shell.folder / OUT / ".convoy-left-over").write_bytes(b"of a run that was killed")
    ran = run(shell).ok()
    assert "release_plan.json:" in ran.err
    assert "made anew" in ran.err
    assert (shell.folder / OUT / "ga_status/intelgraph-server.json").read_bytes() == kept
    assert statuses(shell.folder / OUT)["intelgraph-server"] == "BLOCKED"
    assert not list((shell.folder / OUT).glob(".convoy-*"))


def test_a_run_that_is_killed_leaves_every_file_whole(shell: Shell) -> None:
    """Killed at many moments of its writing; whatever lies there afterwards can be read, and the next run mends it."""
    plan = copy.deepcopy(dict(SUMMIT))
    names = [f"repo-{n}" for n in range(150)]
    plan["releaseGroups"] = [
        {"name": "G", "lead": "L", "repositories": [{"name": n, "version": "v1", "status": "READY"} for n in names]}
    ]
    setup(shell, plan)
    shell.publish(*(ga_status(n, "ON_TRACK", summary="s" * 2000) for n in names))
    words = ["plans/release_plan.json", "--reports", "status", "--now", NOW, "--out"]
    for after in (0, 60):
        out = shell.folder / f"out-{after}"
        with subprocess.Popen(
            [BIN / "portfolio-release-plan", *words, out], cwd=shell.folder, env=shell.env,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        ) as process:  # fmt: skip
            while process.poll() is None and len(list((out / "ga_status").glob("repo-*.json"))) <= after:
                pass
            process.kill()
            process.wait(60)
        there = [path for path in out.rglob("*.json") if not path.name.startswith(".")]
        assert len(there) > after
        for path in there:
            json.loads(path.read_text("utf-8"))
        shell.portfolio(*words, out).ok()
        assert statuses(out) == dict.fromkeys(names, "ON_TRACK")
        assert {f"ga_status/{n}.json" for n in names} <= set(results(out))


def test_what_a_terminal_cannot_show_stops_nothing(shell: Shell) -> None:
    setup(shell, {**SUMMIT, "releaseName": "Süd 🚢"})
    words = ("plans/release_plan.json", "--reports", "status", "--now", NOW)
    ran = shell.cold("portfolio-release-plan", *words, env={"PYTHONIOENCODING": "latin-1"})
    assert (ran.code, ran.err) == (0, "")
    assert "\\U0001f6a2" in ran.out
    assert "# Süd 🚢" in (shell.folder / OUT / "RELEASE_PLAN.md").read_text("utf-8")
