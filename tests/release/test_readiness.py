"""The rules of docs/readiness.md, one test a line: where a repository stands, its verdicts, and what travels."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.release.assessment import Assessment, DependencyVerdict, RepositoryHealth
from bot.release.causes import MOST
from bot.release.folder import FeedState, PlanFolder, Tracked
from bot.release.ga_status import GaStatus, StatusDocument
from bot.release.plan import Plan, PlanDocument
from bot.release.published import Published, PublishedVersion
from bot.release.readiness import evaluate
from bot.release.status import Status, Verdict

NOW = datetime(2026, 3, 3, 9, 12, tzinfo=UTC)
BY_THE_TENTH = {"version": "1.0.0", "needBy": "2026-03-10"}
Repo = dict[str, Any]


def repo(name: str, version: str | None = "1.0.0", status: str = "ON_TRACK", **more: Any) -> Repo:
    needs = [
        {"name": n, "version": v} if isinstance(v, str | None) else {"name": n, **v}
        for n, v in more.pop("needs", {}).items()
    ]
    return {"name": name, "version": version, "status": status, "dependencies": needs, **more}


def folder(
    *repositories: Repo, reports: dict[str, Repo] | None = None, tracking: dict[str, Tracked] | None = None, **plan: Any
) -> PlanFolder:
    raw = {
        "releaseName": "R",
        "releaseDate": "2026-03-15",
        "status": "PLANNING",
        "releaseGroups": [
            {"name": f"G{i}", "lead": f"lead-{i}", "repositories": [r]} for i, r in enumerate(repositories)
        ],
        **plan,
    }
    documents = {
        name: {"schemaVersion": "1.0", "repository": name, "updatedAt": (NOW - timedelta(hours=1)).isoformat(), **doc}
        for name, doc in (reports or {}).items()
    }
    import json

    return PlanFolder(
        PlanDocument(raw, Plan.model_validate_json(json.dumps(raw))),
        {n: StatusDocument(d, GaStatus.model_validate_json(json.dumps(d))) for n, d in documents.items()},
        tracking or {},
    )


def health(assessment: Assessment, name: str) -> RepositoryHealth:
    return next(r for r in assessment.repositories if r.name == name)


def only(assessment: Assessment, name: str = "app") -> DependencyVerdict:
    (verdict,) = health(assessment, name).dependencies
    return verdict


def judge(provider: Repo | None, document: Repo | None = None, need: Any = "1.0.0", **plan: Any) -> DependencyVerdict:
    rows = [repo("app", needs={"lib": need})] + ([provider] if provider else [])
    return only(evaluate(folder(*rows, reports={"lib": document} if document else None, **plan), NOW))


@pytest.mark.parametrize(
    ("provider", "document", "need", "verdict"),
    [
        (repo("lib"), {"status": "RELEASED", "version": "1.0.0"}, "1.0.0", Verdict.READY),
        (repo("lib"), {"status": "ON_TRACK", "version": "1.0.0", "latestVersion": "1.0.0"}, "1.0.0", Verdict.READY),
        (repo("lib", status="RELEASED"), None, "1.0.0", Verdict.READY),
        (None, {"status": "ON_TRACK", "latestVersion": "2.0.0"}, "1.0.0", Verdict.READY),
        (repo("lib", "1.5.0"), {"status": "RELEASED", "version": "1.4.0"}, "1.4.0", Verdict.READY),
        (repo("lib", "1.5.0"), {"status": "RELEASED", "version": "1.4.0"}, "1.5.0", Verdict.WAITING),
        (None, None, "1.0.0", Verdict.UNKNOWN),
        (repo("lib", "1.4.0", "AT_RISK"), None, "1.5.0", Verdict.MISMATCH),
        (repo("lib", status="DROPPED"), None, "1.0.0", Verdict.MISMATCH),
        (repo("lib", status="AT_RISK"), None, "1.0.0", Verdict.AT_RISK),
        (repo("lib", status="BLOCKED"), None, None, Verdict.AT_RISK),
        (repo("lib"), {"status": "ON_TRACK", "etaDate": "2026-03-16"}, "1.0.0", Verdict.AT_RISK),
        (repo("lib"), {"status": "ON_TRACK", "etaDate": "2026-03-15"}, "1.0.0", Verdict.WAITING),
        (repo("lib"), {"status": "ON_TRACK", "etaDate": "2026-03-11"}, BY_THE_TENTH, Verdict.AT_RISK),
        (repo("lib", eta="2026-03-20"), None, "1.0.0", Verdict.AT_RISK),
        (repo("lib", "1.0.0", "RELEASED", eta="2026-03-20"), None, "r4.2", Verdict.UNKNOWN),
        (repo("lib"), {"status": "what is this"}, "1.0.0", Verdict.UNKNOWN),
        (repo("lib", None), {"status": "ON_TRACK"}, "1.0.0", Verdict.UNKNOWN),
        (repo("lib", "r4.3"), {"status": "ON_TRACK"}, "1.0.0", Verdict.UNKNOWN),
        (repo("lib"), {"status": "READY"}, "1.0.0", Verdict.WAITING),
        (repo("lib"), {"status": "NOT_STARTED"}, "1.0.0", Verdict.WAITING),
        (repo("lib"), {"status": "ON_TRACK"}, None, Verdict.WAITING),
    ],
)  # fmt: skip
def test_one_dependency_by_itself(provider: Repo | None, document: Repo | None, need: Any, verdict: Verdict) -> None:
    judged = judge(provider, document, need)
    assert judged.verdict is verdict, judged
    assert judged.reason
    assert (judged.root_causes == ()) is (verdict is Verdict.READY)
    assert bool(judged.advice) is (verdict is not Verdict.READY)


def test_a_document_past_its_own_lifetime_is_unknown_and_stale() -> None:
    old = {"status": "ON_TRACK", "ttlHours": 24, "updatedAt": (NOW - timedelta(hours=25)).isoformat()}
    assessment = evaluate(folder(repo("app", needs={"lib": "1.0.0"}), repo("lib"), reports={"lib": old}), NOW)
    assert only(assessment).verdict is Verdict.UNKNOWN
    assert health(assessment, "lib").status is Status.UNKNOWN
    assert health(assessment, "lib").stale


def test_old_feeds_are_stale_but_what_is_released_does_not_age() -> None:
    ages = {"young": (167, "ON_TRACK"), "old": (169, "ON_TRACK"), "out": (9999, "RELEASED")}
    reports = {
        n: {"status": s, "updatedAt": (NOW - timedelta(hours=h)).isoformat(), "ttlHours": 10000}
        for n, (h, s) in ages.items()
    }
    assessment = evaluate(folder(*(repo(n) for n in ages), reports=reports), NOW)
    assert {n: health(assessment, n).stale for n in ages} == {"young": False, "old": True, "out": False}
    assert health(assessment, "old").status is Status.ON_TRACK


@pytest.mark.parametrize("feed", [FeedState.MISSING, FeedState.REFUSED, FeedState.UNREACHABLE])
def test_the_last_good_document_stays_in_force_and_is_stale(feed: FeedState) -> None:
    tracking = {"lib": Tracked(Status.AT_RISK, NOW, feed, NOW, "why")}
    assessment = evaluate(folder(repo("lib"), reports={"lib": {"status": "AT_RISK"}}, tracking=tracking), NOW)
    assert health(assessment, "lib").stale
    assert health(assessment, "lib").status is Status.AT_RISK
    assert health(assessment, "lib").feed_reason == "why"


def test_a_document_of_another_version_moves_no_status_and_is_a_contradiction() -> None:
    assessment = evaluate(
        folder(repo("lib", "1.5.0"), reports={"lib": {"status": "RELEASED", "version": "1.4.0"}}), NOW
    )
    found = health(assessment, "lib")
    assert found.status is Status.ON_TRACK
    assert "1.4.0" in found.contradictions[0]
    assert "1.5.0" in found.contradictions[0]


def test_the_same_version_spelt_differently_is_no_contradiction() -> None:
    assessment = evaluate(
        folder(repo("lib", "v1.5.0"), reports={"lib": {"status": "RELEASED", "version": "1.5.0"}}), NOW
    )
    assert health(assessment, "lib").status is Status.RELEASED
    assert health(assessment, "lib").contradictions == ()


def test_no_feed_is_by_hand_and_dropped_is_never_revived_by_a_feed() -> None:
    assessment = evaluate(
        folder(
            repo("hand", status="BLOCKED"), repo("gone", status="DROPPED"), reports={"gone": {"status": "ON_TRACK"}}
        ),
        NOW,
    )
    assert (health(assessment, "hand").by_hand, health(assessment, "hand").status) == (True, Status.BLOCKED)
    assert health(assessment, "gone").status is Status.DROPPED


def test_a_status_set_by_hand_holds_against_the_older_feed_and_says_so() -> None:
    tracking = {"lib": Tracked(Status.BLOCKED, NOW, FeedState.FRESH, NOW, by_hand_at=NOW)}
    found = health(
        evaluate(
            folder(repo("lib", status="BLOCKED"), reports={"lib": {"status": "ON_TRACK"}}, tracking=tracking), NOW
        ),
        "lib",
    )
    assert found.status is Status.BLOCKED
    assert found.by_hand
    assert "ON_TRACK" in found.contradictions[0]


def test_risk_travels_to_the_deepest_and_names_the_path() -> None:
    rows = [repo("app", needs={"api": None}), repo("api", needs={"db": None}), repo("db", status="BLOCKED")]
    assessment = evaluate(folder(*rows), NOW)
    assert only(assessment, "app").verdict is Verdict.AT_RISK
    assert only(assessment, "app").path == ("api", "db")
    assert only(assessment, "app").root_causes == ("db",)
    (cause,) = assessment.root_causes
    assert (cause.name, cause.blocks, cause.captains, cause.owner) == (
        "db",
        ("api", "app"),
        ("lead-0", "lead-1"),
        "lead-2",
    )


def test_what_is_released_is_not_blocked_but_says_so() -> None:
    rows = [repo("app", status="RELEASED", needs={"lib": "1.0.0"}), repo("lib")]
    assessment = evaluate(folder(*rows), NOW)
    assert assessment.root_causes == ()
    assert any("released" in c for c in health(assessment, "app").contradictions)
    assert only(assessment, "app").verdict is Verdict.WAITING


def test_that_nobody_knows_is_no_contradiction_of_what_is_released() -> None:
    """Nobody publishes pbr; that zlib 2 is not among its published versions is something that can be seen."""
    rows = [repo("app", status="RELEASED", needs={"pbr": "1.0", "zlib": "2.0.0", "lib": None}), repo("lib")]
    listed = Published((PublishedVersion("1.3.0"),), NOW)
    assessment = evaluate(replace(folder(*rows), published={"zlib": listed}), NOW)
    found = health(assessment, "app")
    assert [d.verdict for d in found.dependencies] == [Verdict.UNKNOWN, Verdict.UNKNOWN, Verdict.WAITING]
    assert [said.partition(":")[0] for said in found.contradictions] == [
        "app is released, but it needs zlib",
        "app is released, but it needs lib",
    ]


def test_a_ring_is_one_cause_and_is_named() -> None:
    rows = [repo("app", needs={"a": None}), repo("a", needs={"b": None}), repo("b", needs={"a": None})]
    assessment = evaluate(folder(*rows), NOW)
    (cause,) = assessment.root_causes
    assert (cause.name, cause.members, cause.blocks) == ("a ↔ b", ("a", "b"), ("a", "app", "b"))


def test_a_ring_that_nobody_else_needs_is_a_cause_as_well_and_waiting_is_no_advice() -> None:
    assessment = evaluate(folder(repo("a", needs={"b": None}), repo("b", needs={"a": None})), NOW)
    (cause,) = assessment.root_causes
    assert (cause.name, cause.verdict, cause.blocks) == ("a ↔ b", Verdict.WAITING, ("a", "b"))
    found = only(assessment, "a")
    assert found.verdict is Verdict.WAITING
    assert (
        found.reason == "b 1.0.0 is on track and not out yet; a ↔ b need each other in a circle, so none can be first"
    )
    assert found.advice == "Break the circle, one of them has to go first"


def test_a_ring_of_which_one_is_at_risk_says_that_first() -> None:
    rows = [
        repo("app", needs={"a": None}),
        repo("a", needs={"b": None}),
        repo("b", status="BLOCKED", needs={"a": None}),
    ]
    assessment = evaluate(folder(*rows), NOW)
    assert only(assessment, "a").advice.startswith("Talk to lead-2 today")
    assert only(assessment, "app").advice == "Break the circle, one of them has to go first"


def test_of_one_dependency_a_thousand_causes_are_spelt_out() -> None:
    """Each link of a chain adds a cause of its own: all of them would be a square of its length."""
    links = MOST + 200
    rows = [repo(f"r{n}", needs={f"r{n - 1}": None, f"outside{n}": None}) for n in range(1, links)]
    assessment = evaluate(folder(repo("r0"), *rows, repo("top", needs={f"r{links - 1}": None})), NOW)
    assert len(only(assessment, "top").root_causes) == MOST
    held = {root.name: root.blocks for root in assessment.root_causes}
    assert len(held["outside1"]) == links  # every link, and the top
    assert held[f"outside{links - 1}"] == (f"r{links - 1}",)  # a link tells of its own, whatever lies below
    assert {name for r in assessment.repositories for d in r.dependencies for name in d.root_causes} == held.keys()


def test_one_that_needs_itself_is_named_and_nothing_loops() -> None:
    assessment = evaluate(folder(repo("a", needs={"a": None})), NOW)
    assert only(assessment, "a").root_causes == ("a",)


def test_a_repository_in_two_groups_is_shown_as_a_contradiction() -> None:
    assessment = evaluate(folder(repo("lib"), repo("lib")), NOW)
    assert all("more than once" in r.contradictions[0] for r in assessment.repositories)


def test_one_that_is_listed_twice_and_needs_itself_holds_nobody_up() -> None:
    assert evaluate(folder(repo("a"), repo("a", needs={"a": None})), NOW).root_causes == ()
    (cause,) = evaluate(folder(repo("a"), repo("a", needs={"a": None}), repo("b", needs={"a": None})), NOW).root_causes
    assert (cause.name, cause.blocks, cause.captains) == ("a", ("b",), ("lead-2",))


def test_countdown_is_counted_in_the_plans_own_zone() -> None:
    late = datetime(2026, 3, 3, 23, 30, tzinfo=UTC)
    assert evaluate(folder(timezone="UTC"), late).days_left == 12
    assert evaluate(folder(timezone="Europe/Berlin"), late).days_left == 11


def test_a_document_from_the_future_is_stale_and_its_lifetime_is_not_believed() -> None:
    def judged(ahead: timedelta, **more: Any) -> RepositoryHealth:
        report = {"status": "ON_TRACK", "updatedAt": (NOW + ahead).isoformat(), **more}
        return health(evaluate(folder(repo("lib"), reports={"lib": report}), NOW), "lib")

    assert not judged(timedelta(hours=23)).stale
    far = judged(timedelta(days=3))
    assert far.stale
    assert far.status is Status.ON_TRACK
    assert "3 days in the future" in far.contradictions[0]
    assert judged(timedelta(days=3), ttlHours=1).status is Status.UNKNOWN


def test_what_is_released_does_not_expire_either() -> None:
    old = {"status": "RELEASED", "version": "1.0.0", "ttlHours": 1, "updatedAt": (NOW - timedelta(days=9)).isoformat()}
    assessment = evaluate(folder(repo("app", needs={"lib": "1.0.0"}), repo("lib"), reports={"lib": old}), NOW)
    assert health(assessment, "lib").status is Status.RELEASED
    assert only(assessment).verdict is Verdict.READY


def test_a_released_repository_has_no_root_causes_because_nothing_can_hold_it_up() -> None:
    assessment = evaluate(
        folder(repo("app", status="RELEASED", needs={"lib": "1.0.0"}), repo("lib", status="AT_RISK")), NOW
    )
    assert only(assessment).root_causes == ()
    assert assessment.root_causes == ()


def test_nobody_believes_the_date_of_a_feed_that_does_not_know_where_it_stands() -> None:
    judged = judge(repo("lib"), {"status": "no idea", "etaDate": "2026-04-30"})
    assert judged.verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("feed", [FeedState.MISSING, FeedState.REFUSED, FeedState.UNREACHABLE])
def test_a_feed_that_never_could_be_read_is_stale_until_the_repository_is_out(feed: FeedState) -> None:
    tracking = {n: Tracked(Status.ON_TRACK, NOW, feed, NOW, "why") for n in ("lib", "out")}
    assessment = evaluate(folder(repo("lib"), repo("out", status="RELEASED"), tracking=tracking), NOW)
    assert (health(assessment, "lib").stale, health(assessment, "lib").by_hand) == (True, True)
    assert not health(assessment, "out").stale


def test_a_document_may_be_dated_a_day_ahead_and_no_more() -> None:
    def stale(ahead: timedelta) -> bool:
        report = {"status": "ON_TRACK", "updatedAt": (NOW + ahead).isoformat()}
        return health(evaluate(folder(repo("lib"), reports={"lib": report}), NOW), "lib").stale

    assert not stale(timedelta(hours=24))
    assert stale(timedelta(hours=24, seconds=1))


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"blockers": [{"url": "x"}, {"title": "the build is red", "id": "B1"}]}, ": the build is red"),
        ({"blockers": [{"id": "B1"}], "summary": "no"}, ": B1"),
        ({"summary": "two weeks behind"}, ": two weeks behind"),
        ({}, ""),
    ],
)
def test_what_the_feed_says_of_its_trouble_is_passed_on(said: Repo, reason: str) -> None:
    judged = judge(repo("lib"), {"status": "AT_RISK", "etaDate": "2026-03-12", **said})
    assert judged.reason == f"lib 1.0.0 is at risk{reason}; expected on Thu 12 Mar"
    assert judge(repo("lib", status="AT_RISK")).reason == "lib 1.0.0 is at risk, as people set by hand"


LIB = repo("lib")
ON_TRACK = {"status": "ON_TRACK"}
BY_FEED, PLAN, HAND = "its status document of 2026-03-03", "the plan", "set by hand in the plan"


@pytest.mark.parametrize(
    ("provider", "document", "need", "reason", "advice", "evidence"),
    [
        (
            LIB, {"status": "RELEASED", "version": "1.2.0"}, "1.0.0",
            "lib 1.2.0 is out", "", "its feed says RELEASED (updated 2026-03-03)",
        ),
        (
            LIB, {"status": "ON_TRACK", "latestVersion": "1.1.0"}, "1.0.0",
            "lib 1.1.0 is out", "", "its feed names it as the newest published version (updated 2026-03-03)",
        ),
        (
            repo("lib", status="RELEASED"), None, "1.0.0",
            "lib 1.0.0 is out", "", "released, as people set by hand",
        ),
        (
            None, None, "1.0.0",
            "lib is not in this plan and nobody publishes its status, so nobody knows whether lib 1.0.0 is there",
            "Find out who owns lib: have it publish a ga_status.json, or take it into the plan", "no evidence",
        ),
        (
            repo("lib", status="DROPPED"), None, None,
            "lib was dropped from this release, and any version is needed",
            "Drop the dependency or bring lib back", PLAN,
        ),
        (
            LIB, None, "2.0.0",
            "the plan ships lib 1.0.0, which does not satisfy 2.0.0",
            "Change the plan to ship lib 2.0.0, or lower what is required to 1.0.0", PLAN,
        ),
        (
            LIB, {"status": "BLOCKED", "etaDate": "2026-03-12"}, "1.0.0",
            "lib 1.0.0 is blocked; expected on Thu 12 Mar", "Talk to lead-1 today, or accept the risk", BY_FEED,
        ),
        (
            LIB, {"status": "ON_TRACK", "etaDate": "2026-03-16"}, "1.0.0",
            "lib 1.0.0 is expected on Mon 16 Mar, 1 day after the release date (Sun 15 Mar)",
            "Talk to lead-1 about the date, or accept the risk", BY_FEED,
        ),
        (
            LIB, {"status": "ON_TRACK", "etaDate": "2026-03-12"}, BY_THE_TENTH,
            "lib 1.0.0 is expected on Thu 12 Mar, 2 days after it is needed (Tue 10 Mar)",
            "Talk to lead-1 about the date, or accept the risk", BY_FEED,
        ),
        (
            LIB, {"status": "ON_TRACK", "ttlHours": 0.5}, "1.0.0",
            "the feed of lib was good for 30 minutes and is 60 minutes old, so where it stands is unknown",
            "Talk to lead-1: its ga_status.json needs an update", BY_FEED,
        ),
        (
            LIB, {"status": "ON_TRACK", "ttlHours": 1, "updatedAt": "2026-02-28T09:00:00Z"}, "1.0.0",
            "the feed of lib was good for 1 hour and is 3 days old, so where it stands is unknown",
            "Talk to lead-1: its ga_status.json needs an update", "its status document of 2026-02-28",
        ),
        (
            LIB, {"status": "ON_TRACK", "ttlHours": 1, "updatedAt": "2026-03-05T09:00:00Z"}, "1.0.0",
            "the feed of lib is dated in the future, so where it stands is unknown",
            "Talk to lead-1: its ga_status.json needs an update", "its status document of 2026-03-05",
        ),
        (
            None, {"status": "ON_TRACK", "version": "r4.3"}, "1.0.0",
            "r4.3 and 1.0.0 are numbered in different ways, so neither can be called newer",
            "Change the plan: require lib in the scheme of its own versions (r4.3)", "the plan",
        ),
        (
            LIB, {"status": "no idea"}, "1.0.0",
            "lib 1.0.0 gives its status as unknown", "Talk to lead-1: its feed needs a fix", BY_FEED,
        ),
        (
            repo("lib", status="UNKNOWN"), None, "1.0.0",
            "lib 1.0.0 publishes no status that can be read", "Talk to lead-1: its feed needs a fix", HAND,
        ),
        (
            repo("lib", None), ON_TRACK, "1.0.0",
            "which version of lib ships is not decided yet, and 1.0.0 is needed",
            "Talk to lead-1: decide on its version", PLAN,
        ),
        (
            repo("lib", "r4.3"), ON_TRACK, "1.0.0",
            "r4.3 and 1.0.0 are numbered in different ways, so neither can be called newer",
            "Change the plan: write lib r4.3 and the 1.0.0 that is needed in one scheme", PLAN,
        ),
        (
            repo("lib", None), {"status": "RELEASED"}, None,
            "lib says RELEASED and names no version",
            "Talk to lead-1: its feed should name the published version", BY_FEED,
        ),
        (
            None, {"status": "RELEASED", "version": "1.0.0-rc.1"}, None,
            "lib says RELEASED and names 1.0.0-rc.1, which is not a release",
            "Find out who owns lib: when does a release come out?", BY_FEED,
        ),
        (
            None, {"status": "RELEASED", "version": "1.0.0"}, "1.5.0",
            "lib says RELEASED and names 1.0.0, which is not 1.5.0",
            "Find out who owns lib: when does 1.5.0 come out?", BY_FEED,
        ),
        (LIB, ON_TRACK, "1.0.0", "lib 1.0.0 is on track and not out yet", "No action now", BY_FEED),
        (LIB, None, "1.0.0", "lib 1.0.0 is on track and not out yet", "No action now", HAND),
    ],
)  # fmt: skip
def test_a_verdict_says_why_what_to_do_and_what_it_rests_on(
    provider: Repo | None, document: Repo | None, need: Any, reason: str, advice: str, evidence: str
) -> None:
    judged = judge(provider, document, need)
    assert (judged.reason, judged.advice, judged.evidence) == (reason, advice, evidence)


def test_what_is_known_of_a_repository_stands_in_its_row_and_in_the_cause_that_it_is() -> None:
    changed = NOW - timedelta(days=2)
    document = {"status": "BLOCKED", "etaDate": "2026-03-18", "captain": "kim", "summary": "red",
                "blockers": [{"title": "the build is red", "id": "B1"}, {"title": "more"}]}  # fmt: skip
    tracking = {"lib": Tracked(Status.BLOCKED, changed, FeedState.FRESH, NOW, "said")}
    rows = (repo("app", needs={"lib": "1.0.0"}), LIB)
    assessment = evaluate(folder(*rows, reports={"lib": document}, tracking=tracking), NOW)
    lib, app = health(assessment, "lib"), health(assessment, "app")
    hour = timedelta(hours=1)
    assert (lib.since, lib.updated_at, lib.age, lib.feed, lib.feed_reason) == (
        changed, NOW - hour, hour, FeedState.FRESH, "said",
    )  # fmt: skip
    assert (lib.summary, lib.blocker, lib.captain, str(lib.eta)) == ("red", "the build is red", "kim", "2026-03-18")
    assert (app.since, app.updated_at, app.age, app.feed, app.feed_reason) == (None, None, None, FeedState.NONE, "")
    assert (app.summary, app.blocker, app.captain) == ("", "", None)
    (cause,) = assessment.root_causes
    assert (cause.since, cause.eta, cause.late_days, cause.reason) == (changed, lib.eta, 3, "the build is red")
    assert (cause.status, cause.verdict, cause.version) == (Status.BLOCKED, Verdict.AT_RISK, "1.0.0")


@pytest.mark.parametrize(
    ("said", "reason"),
    [({"blockers": [{"id": "B1"}]}, "B1"), ({"blockers": [{"url": "x"}], "summary": "red"}, "red"), ({}, "")],
)
def test_a_cause_gives_its_first_blocker_or_else_its_summary(said: Repo, reason: str) -> None:
    rows = (repo("app", needs={"lib": "1.0.0"}), LIB)
    (cause,) = evaluate(folder(*rows, reports={"lib": {"status": "AT_RISK", **said}}), NOW).root_causes
    assert (cause.reason, cause.late_days, cause.since) == (reason, 0, NOW - timedelta(hours=1))


def test_a_circle_has_no_date_of_its_own_and_stands_as_its_worst() -> None:
    def ring(*names: str) -> Any:
        rows = [repo(n, needs={m: None}, eta="2026-03-20") for n, m in zip(names, (*names[1:], names[0]), strict=True)]
        rows[1]["status"], rows[2]["status"] = "BLOCKED", "AT_RISK"
        return next(
            c for c in evaluate(folder(repo("app", needs={names[0]: None}), *rows), NOW).root_causes if c.members
        )

    three, four = ring("a", "b", "c"), ring("a", "b", "c", "d")
    assert (three.name, four.name) == ("a ↔ b ↔ c", "a ↔ b ↔ … (4 repositories)")
    assert (three.eta, three.since, three.late_days, three.version, three.owner) == (None, None, 0, None, None)
    assert three.status is Status.BLOCKED


def test_only_what_comes_up_along_a_path_is_told_with_its_end() -> None:
    rows = [repo("app", needs={"api": None}), repo("api", needs={"db": None}), repo("db", status="AT_RISK")]
    judged = only(evaluate(folder(*rows), NOW))
    assert judged.reason == "api 1.0.0 is on track and not out yet; it needs db, which is not ready"
    assert judged.advice == "Look at db: it holds api up"


@pytest.mark.parametrize("feed", list(FeedState))
def test_a_document_that_no_pass_has_judged_yet_is_fresh(feed: FeedState) -> None:
    tracking = {"lib": Tracked(Status.ON_TRACK, NOW, feed)}
    found = health(evaluate(folder(LIB, reports={"lib": ON_TRACK}, tracking=tracking), NOW), "lib")
    assert found.feed is (FeedState.FRESH if feed is FeedState.NONE else feed)
    assert health(evaluate(folder(LIB, reports={"lib": ON_TRACK}), NOW), "lib").feed is FeedState.FRESH


def test_the_date_of_an_expired_feed_makes_nothing_late_that_people_set_by_hand() -> None:
    document = {"status": "ON_TRACK", "etaDate": "2026-04-20", "ttlHours": 1}
    by_hand = {"lib": Tracked(Status.ON_TRACK, NOW, by_hand_at=NOW)}
    what = folder(repo("app", needs={"lib": "1.0.0"}), repo("lib"), reports={"lib": document}, tracking=by_hand)
    assert only(evaluate(what, NOW)).verdict is Verdict.AT_RISK  # still good
    late = evaluate(what, NOW + timedelta(hours=2))
    assert (only(late).verdict, health(late, "lib").eta) == (Verdict.UNKNOWN, None)
