"""`convoy track`: good documents get through whatever lies beside them, and nothing new is no commit."""

import copy
import json
import os
import shutil

from tests.cli.convoy import NOW, SUMMIT, Shell, ga_status, row
from tests.store.kit import git

LATER = "2026-03-05T09:00:00Z"


def test_a_pass_says_what_changed_and_writes_one_commit(shell: Shell) -> None:
    shell.open_plan()
    reports = shell.publish(
        ga_status("intelgraph-server", "BLOCKED", etaDate="2026-03-18"), ga_status("summit-app", "READY")
    )
    ran = shell.convoy("track", "summit", "--reports", reports, "--now", NOW).ok()
    assert ran.err == ""
    assert ran.lines[:3] == [
        "intelgraph-server: expected on 2026-03-18 (no date before)",
        "intelgraph-server: AT_RISK → BLOCKED",
        "summit-app: ON_TRACK → READY",
    ]
    assert ran.lines[3].startswith(f"commit {shell.log('%H')[0][:9]} in ")
    assert shell.log("%an|%cn|%aI|%s")[0] == (
        "Convoy|Convoy|2026-03-03T08:12:00+00:00|Track the status of the repositories"
    )
    assert json.loads(git(shell.store, "show", "main:plans/summit/ga_status/summit-app.json")) == ga_status(
        "summit-app", "READY"
    )
    assert "✖ blocked" in git(shell.store, "show", "main:plans/summit/RELEASE_PLAN.md")


def test_nothing_new_is_no_commit_also_days_later(shell: Shell) -> None:
    shell.open_plan()
    reports = shell.publish(ga_status("intelgraph-server", "AT_RISK"))
    shell.convoy("track", "summit", "--reports", reports, "--now", NOW).ok()
    for now in (NOW, LATER, "2026-03-14T09:00:00Z"):
        ran = shell.convoy("track", "summit", "--reports", reports, "--now", now).ok()
        assert (ran.out, ran.err) == ("nothing changed, no commit\n", "")
    # The same document, laid out in another way, says nothing new either.
    shell.write(
        "status/intelgraph-server/ga_status.json",
        json.dumps(dict(reversed(ga_status("intelgraph-server", "AT_RISK").items()))).encode(),
    )
    assert shell.convoy("track", "summit", "--reports", reports, "--now", NOW).ok().lines[-1].startswith("nothing")
    assert len(shell.log()) == 2


BAD = {
    "a-utf8": b'{"repository": "\xff"}',
    "b-bom": b"\xef\xbb\xbf{}",
    "c-nan": b'{"ttlHours": NaN}',
    "d-twice": b'{"repository": "d-twice", "repository": "d-twice"}',
    "e-deep": b"[" * 100_000,
    "f-types": json.dumps(ga_status("f-types", ttlHours="soon")).encode(),
    "g-major": json.dumps({**ga_status("g-major"), "schemaVersion": "2.0"}).encode(),
    "h-other": json.dumps(ga_status("somebody-else")).encode(),
    "i-empty": b"",
}
ODD = ("j-huge", "k-folder", "l-fifo", "m-zero", "n-loop", "o-gone")


def test_bad_missing_and_unreadable_documents_stop_nothing_and_the_last_good_ones_stay(shell: Shell) -> None:
    """Each repository publishes a good document, then something else; the good ones beside them go through."""
    names = [*BAD, *ODD, "good", "late"]
    plan = copy.deepcopy(dict(SUMMIT))
    plan["releaseGroups"] = [
        {
            "name": "G",
            "lead": "L",
            "repositories": [
                {"name": n, "version": "v1.0.0", "status": "NOT_STARTED", "dependencies": []} for n in names
            ],
        }
    ]
    shell.open_plan(plan)
    reports = shell.publish(*(ga_status(n, "ON_TRACK") for n in names))
    shell.convoy("track", "summit", "--reports", reports, "--now", NOW).ok()
    for name, content in BAD.items():
        shell.write(f"status/{name}/ga_status.json", content)
    files = {name: reports / name / "ga_status.json" for name in ODD}
    for file in files.values():
        file.unlink()
    with files["j-huge"].open("wb") as huge:
        huge.truncate(300 * 1024 * 1024)
    files["k-folder"].mkdir()
    os.mkfifo(files["l-fifo"])
    files["m-zero"].symlink_to("/dev/zero")
    files["n-loop"].symlink_to("ga_status.json")
    shutil.rmtree(reports / "o-gone")
    shell.publish(ga_status("good", "AT_RISK"), ga_status("late", "BLOCKED", summary="late"))

    ran = shell.convoy("track", "summit", "--reports", reports, "--now", LATER)
    assert ran.code == 0
    told = {line.split(": ")[0]: line for line in ran.err.splitlines()}
    assert sorted(told) == sorted([*BAD, *ODD])
    for name, line in told.items():
        assert f"status/{name}" in line or "/dev/zero" in line or "speaks of" in line, line
        assert line.endswith("; the last good document, 2 days old, stays in force"), line
    for name in BAD:
        assert f"{name}/ga_status.json:" in told[name]
    assert ran.lines[0] == "late: ON_TRACK → BLOCKED"
    assert ran.lines[1] == "good: ON_TRACK → AT_RISK"

    shown = shell.status("summit", "--now", LATER)
    for name in [*BAD, *ODD]:
        found = row(shown, name)
        assert (found["status"], found["stale"]) == ("ON_TRACK", True), name
        assert found["updatedAt"] == "2026-03-03T07:00:00Z"
        kept = git(shell.store, "show", f"main:plans/summit/ga_status/{name}.json")
        assert json.loads(kept) == ga_status(name, "ON_TRACK")
    assert [row(shown, n)["stale"] for n in ("good", "late")] == [False, False]
    table = shell.convoy("status", "summit", "--now", LATER).ok().out
    assert "ON_TRACK (stale, 2 days old)" in table
    dashboard = git(shell.store, "show", "main:plans/summit/RELEASE_PLAN.md")
    assert "## Stale feeds" in dashboard
    assert "2 days old" in dashboard

    again = shell.convoy("track", "summit", "--reports", reports, "--now", "2026-03-05T10:00:00Z").ok()
    assert again.out == "nothing changed, no commit\n"
    assert sorted(line.split(": ")[0] for line in again.err.splitlines()) == sorted([*BAD, *ODD])


def test_a_document_that_was_never_good_leaves_the_status_to_people(shell: Shell) -> None:
    shell.open_plan()
    reports = shell.write("status/summit-app/ga_status.json", b"{").parents[1]
    ran = shell.convoy("track", "summit", "--reports", reports, "--now", NOW).ok()
    assert ran.err.endswith("; there is no earlier document, so its status stays as people gave it\n")
    found = row(shell.status(), "summit-app")
    assert (found["status"], found["byHand"]) == ("ON_TRACK", True)


def test_a_repository_may_name_its_own_source(shell: Shell) -> None:
    plan = copy.deepcopy(dict(SUMMIT))
    elsewhere = shell.write("elsewhere/app.json", ga_status("summit-app", "READY"))
    plan["releaseGroups"][0]["repositories"][0]["source"] = str(elsewhere)
    plan["releaseGroups"][1]["repositories"][0]["source"] = "beside/server.json"
    shell.write("status/beside/server.json", ga_status("intelgraph-server", "BLOCKED"))
    shell.open_plan(plan)
    # What lies in the folder of reports under its name is not what it named.
    reports = shell.publish(ga_status("summit-app", "AT_RISK"))
    shell.convoy("track", "summit", "--reports", reports, "--now", NOW).ok()
    shown = shell.status()
    assert [row(shown, n)["status"] for n in ("summit-app", "intelgraph-server")] == ["READY", "BLOCKED"]
    # Without a folder of reports a source still is one, and the others are left as they are.
    shell.write("elsewhere/app.json", ga_status("summit-app", "AT_RISK"))
    ran = shell.convoy("track", "summit", "--now", LATER).ok()
    assert "summit-app: READY → AT_RISK" in ran.lines


def test_a_source_with_a_password_in_it_is_never_told(shell: Shell) -> None:
    plan = copy.deepcopy(dict(SUMMIT))
    plan["releaseGroups"][0]["repositories"][0]["source"] = "https://ann:geheim@127.0.0.1:9/x.json?token=geheim2"
    shell.open_plan(plan)
    ran = shell.convoy("track", "summit", "--now", NOW).ok()
    assert "https://127.0.0.1:9/x.json" in ran.err
    assert "geheim" not in ran.err + ran.out
    assert "geheim" not in git(shell.store, "show", "main:plans/summit/tracking.json")


def test_what_is_needed_from_outside_the_plan_may_publish_too(shell: Shell) -> None:
    shell.open_plan()
    reports = shell.publish(ga_status("common-utils", "RELEASED", version="v2.1.0"))
    shell.convoy("track", "summit", "--reports", reports, "--now", NOW).ok()
    needs = {d["name"]: d["verdict"] for d in row(shell.status(), "summit-app")["dependencies"]}
    assert needs == {"common-utils": "READY", "intelgraph-server": "AT_RISK"}
    # An edit in between does not make Convoy forget it, and the next pass has nothing to say.
    shell.convoy("edit", "summit", "set-date", "2026-03-20", "--now", NOW).ok()
    again = shell.convoy("track", "summit", "--reports", reports, "--now", LATER).ok()
    assert again.out == "nothing changed, no commit\n"


def test_wrong_usage_and_unknown_plans_are_told(shell: Shell) -> None:
    shell.open_plan()
    for words, code, sentence in (
        (("sumit",), 1, f"there is no plan 'sumit' in {shell.store}; known plans: summit"),
        (("summit", "--reports", "nowhere"), 2, "--reports nowhere: there is no such directory"),
        (("summit", "--now", "0001-01-01T00:00:00+14:00"), 2, "is not an ISO 8601 moment"),
        (("summit", "--now", "0001-01-01"), 2, "not between the years"),
    ):
        ran = shell.convoy("track", *words)
        assert (ran.code, ran.out) == (code, ""), ran
        assert sentence in ran.err
        assert ran.err.count("\n") == 1


def test_a_pass_that_has_nothing_to_read_says_what_to_give(shell: Shell) -> None:
    shell.open_plan()
    told = "convoy: no status was read: give --reports DIR, or name sources in release_plan.json\n"
    assert shell.convoy("track", "summit", "--now", NOW).ok().err == told
    reports = shell.publish(ga_status("intelgraph-server", "AT_RISK"))
    assert shell.convoy("track", "summit", "--reports", reports, "--now", NOW).ok().err == ""


def test_the_clock_is_the_machines_unless_it_is_told(shell: Shell) -> None:
    shell.open_plan()
    reports = shell.publish(ga_status("intelgraph-server", "BLOCKED", ttlHours=1))
    shell.convoy("track", "summit", "--reports", reports, "--now", "2026-03-03T07:30:00").ok()
    assert row(shell.status("summit", "--now", "2026-03-03T09:00:00+01:00"), "intelgraph-server")["status"] == "BLOCKED"
    shell.convoy("track", "summit", "--reports", reports).ok()
    assert row(shell.status("summit"), "intelgraph-server")["status"] == "UNKNOWN"


def test_tags_beside_the_documents_make_a_dependency_ready(shell: Shell) -> None:
    shell.open_plan()
    shell.publish(ga_status("intelgraph-server", "RELEASED", version="v1.5.0"))
    (shell.folder / "status" / "common-utils").mkdir(parents=True)
    (shell.folder / "status" / "common-utils" / "tags.txt").write_text("v2.0.0\nv2.1.3\n")
    (shell.folder / "status" / "intelgraph-server" / "tags.txt").write_text("v1.4.0\n")
    track = ("track", "summit", "--reports", "status", "--now", NOW)
    shell.convoy(*track).ok()
    data = shell.status()
    needs = {d["name"]: d for r in data["repositories"] for d in r["dependencies"]}
    assert (needs["common-utils"]["verdict"], needs["common-utils"]["evidence"]) == (
        "READY",
        f"tag v2.1.3, as of {NOW[:10]}",
    )
    server = next(r for r in data["repositories"] if r["name"] == "intelgraph-server")
    (said,) = server["contradictions"]
    assert said == (
        "the feed of intelgraph-server says RELEASED of v1.5.0, and there is no tag v1.5.0: "
        f"the newest is tag v1.4.0 (as of {NOW[:10]})"
    )
    assert "nothing changed, no commit" in shell.convoy(*track).ok().out
    (shell.folder / "status" / "common-utils" / "tags.txt").write_bytes(b"\xff")
    again = shell.convoy(*track).ok()
    assert (
        "common-utils: its published versions could not be read: status/common-utils/tags.txt:1: it is not UTF-8"
        in again.err
    )
    assert "nothing changed, no commit" in again.out


def test_an_organisation_that_nobody_can_ask_is_said_and_a_report_still_counts(shell: Shell) -> None:
    plan = copy.deepcopy(dict(SUMMIT)) | {"organisation": "https://forge.example/acme"}
    shell.open_plan(plan)
    reports = shell.publish(ga_status("intelgraph-server", "BLOCKED"))
    ran = shell.convoy("track", "summit", "--reports", reports, "--now", NOW).ok()
    assert "intelgraph-server: AT_RISK → BLOCKED" in ran.lines
    alone = shell.convoy("track", "summit", "--now", NOW).ok()
    why = 'the organisation "https://forge.example/acme" is at no forge that is set up here'
    assert why in alone.err


def test_a_token_that_cannot_be_one_stops_the_pass_in_words_without_itself(shell: Shell) -> None:
    shell.open_plan()
    shell.env |= {"CONVOY_GITHUB_TOKEN": "ghp geheim", "PORT": "not asked for here"}
    ran = shell.convoy("track", "summit", "--now", NOW)
    sentence = "holds a space, a line end or another sign that is never given out; copy it again"
    assert (ran.code, ran.err) == (1, f"convoy: CONVOY_GITHUB_TOKEN: {sentence}\n")
