"""`convoy status`: the JSON that the README promises, and a table for people."""

import copy
import json
from datetime import date, timedelta

from tests.cli.convoy import ANA, NOW, SUMMIT, Shell, ga_status, row
from tests.store.kit import git

REPOSITORY = {"name", "group", "lead", "version", "status", "stale", "dependencies"}
DEPENDENCY = {"name", "requirement", "verdict", "reason", "rootCauses"}
CAUSE = {"name", "version", "status", "blocks", "captains"}


def test_of_two_causes_that_block_as_many_the_worse_one_comes_first(shell: Shell) -> None:
    plan = copy.deepcopy(dict(SUMMIT))
    rows = [
        {"name": name, "version": "v1", "status": status, "dependencies": [{"name": n, "version": "v1"} for n in needs]}
        for name, status, needs in (("app", "ON_TRACK", ["b", "c"]), ("b", "ON_TRACK", []), ("c", "AT_RISK", []))
    ]
    plan["releaseGroups"] = [{"name": "G", "lead": "Ana", "repositories": rows}]
    shell.open_plan(plan)
    assert [cause["name"] for cause in shell.status()["rootCauses"]] == ["c", "b"]
    told = [line for line in shell.convoy("status", "summit", "--now", NOW).ok().lines if "needed by" in line]
    assert [line.split(":")[0] for line in told] == ["AT_RISK", "WAITING"]


def test_the_json_has_the_shape_that_is_promised(shell: Shell) -> None:
    shell.open_plan()
    data = shell.status()
    assert list(data) == ["plan", "commit", "asOf", "releaseDate", "repositories", "rootCauses"]
    assert (data["plan"], data["asOf"], data["releaseDate"]) == ("summit", NOW, "2026-03-15")
    assert data["commit"] == git(shell.store, "rev-parse", "main").strip()
    for repository in data["repositories"]:
        assert set(repository) >= REPOSITORY
        assert isinstance(repository["stale"], bool)
        for dependency in repository["dependencies"]:
            assert set(dependency) >= DEPENDENCY
            assert all(isinstance(name, str) for name in dependency["rootCauses"])
    for cause in data["rootCauses"]:
        assert set(cause) >= CAUSE
        assert isinstance(cause["blocks"], int)
        assert isinstance(cause["captains"], list)
    app = row(data, "summit-app")
    assert (app["group"], app["lead"], app["version"], app["status"]) == (
        "Product A",
        "Product Release Captain A",
        "v3.0.0",
        "ON_TRACK",
    )
    assert [(d["name"], d["requirement"], d["verdict"], d["rootCauses"]) for d in app["dependencies"]] == [
        ("common-utils", "v2.1.0", "UNKNOWN", ["common-utils"]),
        ("intelgraph-server", "v1.5.0", "AT_RISK", ["intelgraph-server"]),
    ]
    server = next(c for c in data["rootCauses"] if c["name"] == "intelgraph-server")
    assert (server["version"], server["status"], server["blocks"], server["captains"]) == (
        "v1.5.0",
        "AT_RISK",
        1,
        ["Product Release Captain A"],
    )


def test_what_is_not_decided_or_not_named_is_null(shell: Shell) -> None:
    plan = copy.deepcopy(dict(SUMMIT))
    plan["releaseGroups"][0]["lead"] = None
    plan["releaseGroups"][0]["repositories"][0]["version"] = None
    plan["releaseGroups"][0]["repositories"][0]["dependencies"][0]["version"] = None
    shell.open_plan(plan)
    app = row(shell.status(), "summit-app")
    assert (app["lead"], app["version"], app["dependencies"][0]["requirement"]) == (None, None, None)
    out = shell.convoy("status", "summit", "--now", NOW).ok().out
    assert "not decided" in out
    assert "no captain" in out


def test_a_day_in_the_past_is_shown_as_it_stood_at_its_end(shell: Shell) -> None:
    """The days are Berlin's, the plan's own zone: 22:30 UTC is half past eleven there, 23:30 UTC is tomorrow."""
    shell.open_plan()
    for now, version in (("2026-03-02T22:30:00Z", "v1.5.1"), ("2026-03-02T23:30:00Z", "v1.5.2")):
        words = ("set-version", "intelgraph-server", version, "--now", now, "--author", ANA)
        shell.convoy("edit", "summit", *words).ok()
    commits = shell.log("%H")
    seen = {day: shell.status("summit", "--at", day) for day in ("2026-03-01", "2026-03-02", "2026-03-03")}
    versions = [row(data, "intelgraph-server")["version"] for data in seen.values()]
    assert versions == ["v1.5.0", "v1.5.1", "v1.5.2"]
    assert [data["commit"] for data in seen.values()] == list(reversed(commits))
    assert seen["2026-03-02"]["asOf"] == "2026-03-02T22:59:59Z"
    for at, now, asof in (
        ("2026-03-02", "2026-03-10T08:00:00Z", "2026-03-02T22:59:59Z"),
        ("last monday", "2026-03-06T08:00:00Z", "2026-03-02T22:59:59Z"),
        ("yesterday", "2026-03-03T08:00:00Z", "2026-03-02T22:59:59Z"),
        ("12h", "2026-03-03T11:00:00Z", "2026-03-02T23:00:00Z"),
        ("2026-03-03T00:10+01:00", "2026-03-10T08:00:00Z", "2026-03-02T23:10:00Z"),
        ("today", "2026-03-02T23:00:00Z", "2026-03-02T23:00:00Z"),
    ):
        judged = shell.status("summit", "--at", at, "--now", now)
        assert (judged["commit"], judged["asOf"]) == (commits[1], asof), at
    for words, code, sentence in (
        (
            ("--at", "2026-02-20"),
            1,
            "yet at 2026-02-20 22:59 UTC: the store's history begins 2026-03-01 09:00 UTC. Ask for that day or a later",
        ),
        (("--at", "soon"), 2, "--at 'soon' is no time that can be read: write 2026-03-01, 3d, 2w, 12h, yesterday"),
        (("--at", "9999-12-31"), 2, "not between the years 1970 and 2999"),
        (("--at", "2026-03-04", "--now", "2026-03-03"), 1, "Wed 4 Mar has not come yet: ask for today or an earlier"),
        (("--now", "9999-12-31T23:59:59-12:00"), 2, "is not an ISO 8601 moment"),
    ):
        ran = shell.convoy("status", "summit", *words, "--json")
        assert (ran.code, ran.out) == (code, ""), ran
        assert sentence in ran.err


def test_the_end_of_what_a_plan_may_say_is_shown_all_the_same(shell: Shell) -> None:
    shell.open_plan({**SUMMIT, "releaseDate": "2999-12-31", "timezone": "Pacific/Kiritimati"})
    for now in ("1970-01-01", "2999-12-31T23:59:59Z"):
        assert shell.status("summit", "--now", now)["releaseDate"] == "2999-12-31"
    assert shell.status("summit", "--at", "2999-12-31", "--now", "2999-12-31T12:00:00Z")["releaseDate"] == "2999-12-31"


def test_staleness_comes_with_time_and_without_a_pass(shell: Shell) -> None:
    shell.open_plan({**SUMMIT, "staleAfterHours": 24})
    reports = shell.publish(ga_status("intelgraph-server", "ON_TRACK", ttlHours=48))
    shell.convoy("track", "summit", "--reports", reports, "--now", NOW).ok()
    start = date(2026, 3, 3)
    seen = []
    for days in range(4):
        day = (start + timedelta(days=days)).isoformat()
        found = row(shell.status("summit", "--now", f"{day}T08:00:00Z"), "intelgraph-server")
        seen.append((found["status"], found["stale"]))
    assert seen == [("ON_TRACK", False), ("ON_TRACK", True), ("UNKNOWN", True), ("UNKNOWN", True)]


def test_a_feed_from_the_future_has_no_age(shell: Shell) -> None:
    shell.open_plan()
    reports = shell.publish(ga_status("intelgraph-server", updatedAt="2026-03-09T08:00:00Z"))
    shell.convoy("track", "summit", "--reports", reports, "--now", NOW).ok()
    out = shell.convoy("status", "summit", "--now", NOW).ok().out
    assert "(stale)" in out
    assert "minutes old" not in out
    assert "The feed of intelgraph-server is dated 5 days in the future" in out


def test_the_table_names_everything_whole_also_in_a_file(shell: Shell) -> None:
    plan = copy.deepcopy(dict(SUMMIT))
    long = "IdentityAndConsentManagement-" + "and-more-" * 3
    plan["releaseGroups"][0]["repositories"][0]["name"] = long
    plan["releaseGroups"][0]["repositories"][0]["dependencies"].append({"name": "[red]markup[/red] and more"})
    shell.open_plan(plan)
    env = {key: value for key, value in shell.env.items() if key != "COLUMNS"}
    ran = shell.forks.run("convoy", ("--store", shell.store, "status", "summit", "--now", NOW), shell.folder, env, 60)
    assert ran.ok().err == ""
    assert ran.lines[0].startswith("Summit 2026 Q1 Launch: 12 days to go (2026-03-15), plan summit, commit ")
    assert long in ran.out
    assert "[red]markup[/red] and more UNKNOWN" in ran.out
    assert "ON_TRACK (by hand)" in ran.out


def test_in_detail_each_verdict_says_what_it_rests_on(shell: Shell) -> None:
    shell.open_plan()
    reports = shell.publish(
        ga_status("intelgraph-server", "AT_RISK", version="v1.5.0"),
        ga_status("common-utils", "RELEASED", version="v2.1.0"),
    )
    shell.convoy("track", "summit", "--reports", reports, "--now", NOW).ok()
    plain = shell.convoy("status", "summit", "--now", NOW).ok().out
    assert "common-utils v2.1.0 READY" not in plain
    table = plain[: plain.index("AT_RISK: ")]
    assert "its status document of" not in table
    full = " ".join(shell.convoy("status", "summit", "--now", NOW, "-v", env={"COLUMNS": "400"}).ok().out.split())
    assert "intelgraph-server v1.5.0 AT_RISK (its status document of 2026-03-03)" in full
    assert "common-utils v2.1.0 READY (its feed says RELEASED (updated 2026-03-03))" in full


def test_below_the_table_stands_what_to_do_about_each_cause(shell: Shell) -> None:
    plan = copy.deepcopy(dict(SUMMIT))
    server = plan["releaseGroups"][1]["repositories"][0]
    plan["releaseGroups"][1]["repositories"].append(
        {"name": "gate", "version": "v1", "status": "ON_TRACK", "dependencies": [{"name": "auth", "version": "v2"}]}
    )
    plan["releaseGroups"][1]["repositories"].append({"name": "auth", "version": "v1.9", "status": "ON_TRACK"})
    shell.open_plan(plan)
    reports = shell.publish(ga_status("intelgraph-server", "AT_RISK", version=server["version"], etaDate="2026-03-18"))
    shell.convoy("track", "summit", "--reports", reports, "--now", NOW).ok()
    lines = shell.convoy("status", "summit", "--now", NOW, env={"COLUMNS": "60"}).ok().lines
    below = lines[next(at for at, line in enumerate(lines) if line.startswith(("└", "╰"))) + 1 :]
    assert not any("finish" in line for line in below)
    told = dict(zip(below[::2], below[1::2], strict=True))
    captain = "captains Product Release Captain A"
    risky = told.pop(
        "AT_RISK: intelgraph-server v1.5.0 (Platform Ops Captain), expected on 2026-03-18, 3 days late; "
        f"needed by summit-app, {captain}"
    )
    assert "Talk to Platform Ops Captain" in risky
    assert risky.endswith(" Evidence: its status document of 2026-03-03.")
    unknown = told.pop(f"UNKNOWN: common-utils v2.1.0; needed by summit-app, {captain}")
    assert "Find out who owns common-utils: have it publish a ga_status.json" in unknown
    ops = "Platform Ops Captain"
    mismatch = told.pop(f"MISMATCH: auth v1.9 ({ops}); needed by gate, captains {ops}; frees {ops}")
    assert "Change the plan to ship auth v2, or lower what is required to v1.9." in mismatch
    assert told == {}


def test_a_plan_that_is_not_there_exits_1_with_those_that_are(shell: Shell) -> None:
    git(shell.home, "init", "--quiet", "--bare", str(shell.store))
    empty = shell.convoy("status", "summit", "--json")
    assert (empty.code, empty.out) == (1, "")
    where = f"there is no plan 'summit' in {shell.store}"
    assert empty.err == f"convoy: {where}; there is no plan yet: convoy plan add FILE\n"
    shell.open_plan()
    ran = shell.convoy("status", "sumit", "--json")
    told = f"convoy: there is no plan 'sumit' in {shell.store}; known plans: summit\n"
    assert (ran.code, ran.out, ran.err) == (1, "", told)


def test_names_from_everywhere_come_out_as_they_went_in(shell: Shell) -> None:
    plan = copy.deepcopy(dict(SUMMIT))
    plan["releaseName"] = 'Süd "Nord" \\ 🚢'
    plan["releaseGroups"][0]["repositories"][0]["name"] = "naïve/ŝ 🛳"
    shell.open_plan(plan)
    ran = shell.convoy("status", "summit", "--json", "--now", NOW).ok()
    assert "naïve/ŝ 🛳" in ran.out
    assert json.loads(ran.out)["repositories"][0]["name"] == "naïve/ŝ 🛳"
    assert 'Süd "Nord" \\ 🚢' in shell.convoy("status", "summit", "--now", NOW).ok().out


def test_the_table_ends_with_what_contradicts(shell: Shell) -> None:
    shell.open_plan()
    shell.publish(ga_status("intelgraph-server", "RELEASED", version="v1.4.0"))
    shell.convoy("track", "summit", "--reports", "status", "--now", NOW).ok()
    lines = shell.convoy("status", "summit", "--now", NOW).ok().lines
    assert lines[-1] == (
        "contradiction: The plan ships v1.5.0, but the feed of intelgraph-server speaks of v1.4.0 (RELEASED), "
        "so it moves no status."
    )


def test_an_accepted_risk_is_shown_with_who_until_when_and_why(shell: Shell) -> None:
    shell.open_plan()
    words = ("accept-risk", "summit-app", "intelgraph-server", "2026-03-20", "we ship our own", "--author", ANA)
    shell.convoy("edit", "summit", *words, "--now", NOW).ok()
    out = shell.convoy("status", "summit", "--now", NOW).ok().out
    assert "intelgraph-server v1.5.0 AT_RISK (risk accepted by Ana Lee until 2026-03-20)" in out
    assert '\n  Risk accepted by Ana Lee until 2026-03-20: "we ship our own".\n' in out
    assert "or accept the risk" not in out
    waiver = {"cause": "intelgraph-server", "until": "2026-03-20", "reason": "we ship our own", "acceptedBy": "Ana Lee"}
    data = shell.status()
    (accepted,) = [d["accepted"] for d in row(data, "summit-app")["dependencies"] if d["accepted"]]
    assert accepted == [waiver]
    (cause,) = [c for c in data["rootCauses"] if c["accepted"]]
    assert cause["accepted"] == [{"repository": "summit-app", **waiver}]
    for command in (("diff", "summit", "--since", "2026-03-01", "--now", NOW), ("timeline", "summit", "summit-app")):
        told = shell.convoy(*command).ok().out
        assert "summit-app: risk of intelgraph-server accepted until 2026-03-20: we ship our own  (Ana Lee, " in told
    page = git(shell.store, "show", "main:plans/summit/RELEASE_PLAN.md")
    assert page.count('(risk accepted by Ana Lee until Fri 20 Mar: "we ship our own")') == 2
    assert "or accept the risk" not in page
    over = shell.convoy("status", "summit", "--now", "2026-03-21T08:00:00Z", "--json").data()
    (lapsed,) = [d["lapsed"] for d in row(over, "summit-app")["dependencies"] if d["lapsed"]]
    assert lapsed == [{**waiver, "because": "the acceptance ended yesterday"}]
    out = shell.convoy("status", "summit", "--now", "2026-03-21T08:00:00Z").ok().out
    assert "or accept the risk" in out
    assert (
        '\n  Ana Lee accepted this risk for summit-app until 2026-03-20 ("we ship our own"); '
        "it is back because the acceptance ended yesterday.\n"
    ) in out
