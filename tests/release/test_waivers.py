"""Accepted risks: silent while they hold, told again when they end or get worse, and in the plan all the while."""

import sys
from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest

from bot.release.edits import AcceptRisk, Conflict
from bot.release.folder import PlanFolder
from bot.release.readiness import evaluate
from bot.release.status import Status, Verdict
from tests.release.test_alerts import FAR, after, tell
from tests.release.test_readiness import NOW, Repo, folder, health, only, repo

UNTIL = date(2026, 3, 10)


def plan(status: str = "AT_RISK", **more: Any) -> PlanFolder:
    return folder(repo("app", needs={"lib": "1.0.0"}), repo("lib", status=status, **more), **FAR)


def accept(what: PlanFolder, until: date = UNTIL, reason: str = "we ship without it", cause: str = "lib") -> PlanFolder:
    done = AcceptRisk("id", NOW, "app", cause, until, reason, "Ana").apply(what)
    assert isinstance(done, PlanFolder), done
    return done


def waivers(accepted: PlanFolder) -> list[dict[str, Any]]:
    return list(accepted.document.raw["releaseGroups"][0]["repositories"][0]["waivers"])


def later(accepted: PlanFolder, *others: Repo, needs: Any = "1.0.0", **changes: Any) -> PlanFolder:
    """The same waiver in a plan that stands otherwise now: `others` beside the app, which needs the library."""
    app = repo("app", needs={"lib": needs}, waivers=waivers(accepted))
    return folder(app, *others, **{**FAR, **changes})


def why(now: PlanFolder) -> str:
    """Why the waiver holds no more; empty while it does."""
    dependency = only(evaluate(now, NOW))
    if dependency.accepted:
        assert dependency.lapsed == ()
        return ""
    (lapse,) = dependency.lapsed
    assert lapse.because
    return lapse.because


def test_it_is_written_into_the_plan_with_how_things_stood_and_for_whom() -> None:
    (waiver,) = waivers(accept(plan(eta="2026-12-30")))
    assert waiver == {
        "cause": "lib", "captain": "lead-0", "until": "2026-03-10", "reason": "we ship without it", "acceptedBy": "Ana",
        "status": "AT_RISK", "verdict": "AT_RISK", "eta": "2026-12-30", "wantedBy": "2026-12-24",
    }  # fmt: skip


def test_the_verdict_stays_and_says_that_it_is_accepted() -> None:
    (dependency,) = health(evaluate(accept(plan()), NOW), "app").dependencies
    assert dependency.verdict is Verdict.AT_RISK
    assert [w.reason for w in dependency.accepted] == ["we ship without it"]
    assert dependency.lapsed == ()


def test_it_silences_what_was_told_without_calling_it_recovered() -> None:
    ledger = after(tell(plan()))
    decision = tell(accept(plan()), ledger)
    assert decision.alerts == ()
    assert [(i.cause, i.open) for i in decision.incidents] == [("lib", False)]
    assert tell(accept(plan()), after(decision, ledger)).incidents == ()


def test_it_holds_to_the_end_of_its_last_day_and_is_told_anew_after() -> None:
    accepted = accept(plan())
    ledger = after(tell(accepted, after(tell(plan()))))
    assert tell(accepted, ledger, NOW.replace(day=10, hour=23)).alerts == ()
    (alert,) = tell(accepted, ledger, NOW.replace(day=11, hour=1)).alerts
    assert [c.change for c in alert.concerns] == ["new"]
    (lapse,) = only(evaluate(accepted, NOW.replace(day=11))).lapsed
    assert (lapse.waiver.accepted_by, lapse.because) == ("Ana", "the acceptance ended yesterday")
    (lapse,) = only(evaluate(accepted, NOW.replace(day=13))).lapsed
    assert lapse.because == "the acceptance ended on Tue 10 Mar"


def test_its_last_day_is_a_day_of_the_plan_s_own_zone() -> None:
    rows = (repo("app", needs={"lib": "1.0.0"}), repo("lib", status="AT_RISK"))
    here = folder(*rows, timezone="Pacific/Auckland", **FAR)
    evening = NOW.replace(hour=23)  # there it is the 4th
    over = AcceptRisk("i", evening, "app", "lib", date(2026, 3, 3), "why", "Ana").apply(here)
    assert isinstance(over, Conflict)
    assert "has passed" in over.reason
    assert isinstance(AcceptRisk("i", evening, "app", "lib", date(2026, 3, 4), "why", "Ana").apply(here), PlanFolder)


LATE, SOON = "2026-12-30", "2026-12-20"
CHANGES = {
    "nothing": ({"status": "AT_RISK"}, {}, {"status": "AT_RISK"}, {}, ""),
    "a better status": ({"status": "AT_RISK", "eta": LATE}, {}, {"status": "ON_TRACK", "eta": LATE}, {}, ""),
    "a sooner date": ({"status": "AT_RISK", "eta": LATE}, {}, {"status": "AT_RISK", "eta": "2026-12-29"}, {}, ""),
    "no date any more": ({"status": "AT_RISK", "eta": LATE}, {}, {"status": "AT_RISK"}, {}, ""),
    "a first date in time": ({"status": "AT_RISK"}, {}, {"status": "AT_RISK", "eta": SOON}, {}, ""),
    "a first date in time for whoever waits": ({}, {}, {"eta": "2026-12-24"}, {}, ""),
    "a worse status": (
        {"status": "AT_RISK", "eta": LATE}, {}, {"status": "BLOCKED", "eta": LATE}, {},
        "it is blocked now, and was at risk then",
    ),
    "a later date": (
        {"status": "AT_RISK", "eta": LATE}, {}, {"status": "AT_RISK", "eta": "2026-12-31"}, {},
        "its date moved from Wed 30 Dec to Thu 31 Dec",
    ),
    "a first date too late, where it waited": (
        {}, {}, {"eta": LATE}, {}, "it has a date now, Wed 30 Dec, and it is wanted by Thu 24 Dec",
    ),
    "a first date too late, where it was at risk": (
        {"status": "AT_RISK"}, {}, {"status": "AT_RISK", "eta": LATE}, {},
        "it has a date now, Wed 30 Dec, and it is wanted by Thu 24 Dec",
    ),
    "a release sooner than its date": (
        {"eta": SOON}, {}, {"eta": SOON}, {"releaseDate": "2026-12-10"},
        "it is wanted by Thu 10 Dec now instead of Thu 24 Dec, and expected on Sun 20 Dec",
    ),
    "a release sooner, and later than its date still": ({"eta": SOON}, {}, {"eta": SOON}, {"releaseDate": SOON}, ""),
    "a later release": ({"status": "AT_RISK", "eta": LATE}, {}, {"status": "AT_RISK", "eta": LATE},
                        {"releaseDate": "2026-12-29"}, ""),
    "needed sooner than its date": (
        {"eta": SOON}, {}, {"eta": SOON}, {"needs": {"version": "1.0.0", "needBy": "2026-12-01"}},
        "it is wanted by Tue 1 Dec now instead of Thu 24 Dec, and expected on Sun 20 Dec",
    ),
    "a version that fits no more": ({}, {}, {}, {"needs": "2.0.0"}, "the plan ships a version now that does not fit"),
    "at risk, and a version that fits no more": (
        {"status": "AT_RISK"}, {}, {"status": "AT_RISK"}, {"needs": "2.0.0"},
        "the plan ships a version now that does not fit",
    ),
    "a version that fits again": ({"status": "AT_RISK"}, {"needs": "2.0.0"}, {"status": "AT_RISK"}, {}, ""),
    "a status unknown": ({}, {}, {"status": "UNKNOWN"}, {}, "it is unknown now, and was on track then"),
    "at risk, then unknown": ({"status": "AT_RISK"}, {}, {"status": "UNKNOWN"}, {}, "nobody knows now where it stands"),
    "a version not decided any more": ({}, {}, {"version": None}, {}, "nobody knows now where it stands"),
}  # fmt: skip


@pytest.mark.parametrize("case", CHANGES)
def test_it_is_back_when_things_are_worse_and_only_then(case: str) -> None:
    lib, changed, lib_now, changed_now, because = CHANGES[case]
    app = repo("app", needs={"lib": changed.get("needs", "1.0.0")})
    accepted = accept(folder(app, repo("lib", **lib), **FAR))
    now = later(accepted, repo("lib", **lib_now), **changed_now)
    assert why(now) == because
    at_once = only(evaluate(now, NOW)).verdict in (Verdict.AT_RISK, Verdict.MISMATCH)
    assert len(tell(now).alerts) == (1 if because and at_once else 0)


@pytest.mark.parametrize(
    ("state", "now", "because"),
    [
        ({}, {"status": "BLOCKED", "eta": LATE}, ""),
        ({"status": "AT_RISK"}, {"status": "AT_RISK"}, ""),
        ({"status": "AT_RISK"}, {"status": "BLOCKED"}, "it is blocked now, and was at risk then"),
        ({"status": "ON_TRACK"}, {"eta": LATE}, "it has a date now, Wed 30 Dec, and it is wanted by Thu 24 Dec"),
        ({"status": "AT_RISK"}, {"status": "AT_RISK", "version": "0.9.0"}, ""),
        ({"verdict": "AT_RISK"}, {"status": "BLOCKED"}, ""),
        ({"verdict": "WAITING"}, {"status": "BLOCKED"}, "what waits on it is at risk now, and was waiting then"),
    ],
)
def test_an_older_waiver_is_held_against_what_it_says_and_no_more(state: Repo, now: Repo, because: str) -> None:
    waiver = {"cause": "lib", "until": "2026-12-01", "reason": "known", **state}
    assert why(folder(repo("app", needs={"lib": "1.0.0"}, waivers=[waiver]), repo("lib", **now), **FAR)) == because


def test_it_covers_its_own_cause_and_captain_only() -> None:
    rows = [repo("app", needs={"lib": None, "db": None}), repo("lib", status="AT_RISK"), repo("db", status="BLOCKED")]
    (alert,) = tell(accept(folder(*rows, **FAR))).alerts
    assert [c.cause for c in alert.concerns] == ["db"]


def groups_of(*leads: tuple[str, list[Repo]]) -> list[dict[str, Any]]:
    return [{"name": f"G{at}", "lead": lead, "repositories": rows} for at, (lead, rows) in enumerate(leads)]


def test_it_covers_everything_of_its_captain_and_nothing_of_others() -> None:
    rows = ("Ana", [repo("app", needs={"lib": None}), repo("web", needs={"app": None})])
    others = [("Bo", [repo("lib", status="AT_RISK")]), ("Ana", [repo("cli", needs={"lib": None})]),
              ("Cy", [repo("hub", needs={"lib": None})])]  # fmt: skip
    accepted = accept(folder(releaseGroups=groups_of(rows, *others), **FAR))
    assert [a.captain for a in tell(accepted).alerts] == ["Cy"]
    now = evaluate(accepted, NOW)
    assert [len(only(now, name).accepted) for name in ("app", "web", "cli", "hub")] == [1, 1, 1, 0]


def test_it_is_back_for_all_when_one_of_the_captain_s_is_worse_off() -> None:
    rows = [repo("app", needs={"lib": None}), repo("web", needs={"lib": "1.0.0"})]
    accepted = accept(folder(releaseGroups=groups_of(("Ana", rows), ("Bo", [repo("lib", eta="2026-12-01")])), **FAR))
    assert waivers(accepted)[0]["verdict"] == "WAITING"
    sooner = {"version": "1.0.0", "needBy": "2026-11-20"}
    rows = [repo("app", needs={"lib": None}, waivers=waivers(accepted)), repo("web", needs={"lib": sooner})]
    now = folder(releaseGroups=groups_of(("Ana", rows), ("Bo", [repo("lib", eta="2026-12-01")])), **FAR)
    said = "it is wanted by Fri 20 Nov now instead of Thu 24 Dec, and expected on Tue 1 Dec"
    assert [only(evaluate(now, NOW), name).lapsed[0].because for name in ("app", "web")] == [said, said]
    other_way_round = folder(
        releaseGroups=groups_of(("Ana", rows[::-1]), ("Bo", [repo("lib", eta="2026-12-01")])), **FAR
    )
    assert only(evaluate(other_way_round, NOW), "app").lapsed[0].because == said
    assert [c.cause for a in tell(now).alerts for c in a.concerns] == ["lib"]


def test_a_captain_who_gave_a_repository_away_still_lives_with_what_they_accepted() -> None:
    waiver = {"cause": "lib", "captain": "Ana", "until": "2026-12-01", "reason": "known"}
    app, web = repo("app", needs={"lib": None}, waivers=[waiver]), repo("web", needs={"lib": None})
    groups = groups_of(("Dee", [app, repo("api", needs={"lib": None})]), ("Ana", [web]),
                       ("Bo", [repo("lib", status="AT_RISK")]))  # fmt: skip
    now = evaluate(folder(releaseGroups=groups, **FAR), NOW)
    assert [(len(only(now, n).accepted), len(only(now, n).lapsed)) for n in ("app", "api", "web")] == [
        (0, 1), (0, 0), (1, 0),
    ]  # fmt: skip


def test_a_new_captain_is_not_silenced_by_what_the_old_one_accepted() -> None:
    accepted = accept(plan())
    groups = [{**g} for g in accepted.document.raw["releaseGroups"]]
    groups[0]["lead"] = "Bo"
    now = folder(releaseGroups=groups, **FAR)
    (alert,) = tell(now).alerts
    assert (alert.captain, [c.cause for c in alert.concerns]) == ("Bo", ["lib"])
    assert why(now) == "it was accepted for lead-0, who is not the captain any more"


def test_what_nobody_leads_is_accepted_for_whoever_does() -> None:
    groups = [{"name": "A", "repositories": [repo("app", needs={"lib": "1.0.0"})]},
              {"name": "B", "lead": "Bo", "repositories": [repo("lib", status="AT_RISK")]}]  # fmt: skip
    accepted = accept(folder(releaseGroups=groups, **FAR))
    assert "captain" not in waivers(accepted)[0]
    assert tell(accepted).alerts == ()


def test_of_several_for_one_cause_any_that_holds_is_enough_and_else_the_last_one_says_why() -> None:
    over, held = {"cause": "lib", "until": "2026-03-01"}, {"cause": "lib", "until": "2026-12-01", "reason": "known"}
    for given, because in (
        ([over, held], ""),
        ([held, over], ""),
        ([over, {**over, "until": "2026-03-02"}], "the acceptance ended yesterday"),
    ):
        app = repo("app", needs={"lib": "1.0.0"}, waivers=given)
        assert why(folder(app, repo("lib", status="AT_RISK"), **FAR)) == because


def test_a_second_one_replaces_the_first_and_an_outsider_can_be_accepted() -> None:
    again = accept(accept(plan()), until=UNTIL + timedelta(days=5), reason="still")
    (waiver,) = waivers(again)
    assert (waiver["until"], waiver["reason"]) == ("2026-03-15", "still")
    outside = accept(folder(repo("app", needs={"nobody": None})), cause="nobody")
    assert tell(outside).alerts == ()
    assert outside.document.plan.find("app")[1].waivers[0].status is Status.UNKNOWN  # type: ignore[index]


def circle(*members: str, status: str = "ON_TRACK", **more: Any) -> list[Repo]:
    """Repositories of which each needs the next, and the last the first; the first is called lib."""
    names = ("lib", *members)
    return [
        repo(name, needs={names[(at + 1) % len(names)]: None}, status=status, **more) for at, name in enumerate(names)
    ]


def test_the_name_of_a_member_means_the_circle_as_it_stood() -> None:
    rows = circle("db", "net")
    rows[2]["status"] = "AT_RISK"
    accepted = accept(folder(repo("app", needs={"lib": "1.0.0"}), *rows, **FAR), cause="db")
    (waiver,) = waivers(accepted)
    assert waiver["cause"] == evaluate(accepted, NOW).root_causes[0].name
    assert (waiver["members"], waiver["status"]) == (["db", "lib", "net"], "AT_RISK")
    assert why(accepted) == ""
    again = accept(accepted, cause="net", reason="still")
    assert [w["reason"] for w in waivers(again)] == ["still"]


@pytest.mark.parametrize(
    ("now", "because"),
    [
        (circle("db", "net", "log", "os"), ""),
        (circle("db"), ""),
        ([repo("lib")], ""),
        ([repo("lib", eta=LATE)], "it has a date now, Wed 30 Dec, and it is wanted by Thu 24 Dec"),
        (circle("db", "net", "log", status="BLOCKED"), "it is blocked now, and was on track then"),
    ],
    ids=("grown", "smaller", "dissolved", "late", "worse"),
)
def test_a_circle_may_grow_and_shrink_but_not_get_worse(now: list[Repo], because: str) -> None:
    accepted = accept(folder(repo("app", needs={"lib": "1.0.0"}), *circle("db", "net"), **FAR))
    assert why(later(accepted, *now)) == because
    grown = accept(later(accepted, *circle("db", "net", "log", "os")), reason="still")
    assert [w["reason"] for w in waivers(grown)] == ["still"]


def test_what_is_silent_under_one_name_is_silent_under_the_next() -> None:
    before = folder(repo("app", needs={"lib": "1.0.0"}), *circle("db", "net", status="AT_RISK"), **FAR)
    grown = later(accept(before), *circle("db", "net", "log", "os", status="AT_RISK"))
    assert [i.cause for i in tell(before).incidents if i.captain == "lead-0"] != []
    assert [a for a in tell(grown, after(tell(before))).alerts if a.captain == "lead-0" and a.concerns] == []


def test_one_that_stood_alone_and_is_in_a_circle_now_is_back() -> None:
    now = later(accept(plan("ON_TRACK")), *circle("db", "net"))
    assert why(now) == "it is now part of a circle of 3 repositories, and stood alone then"
    app = repo("app", needs={"lib": "1.0.0"}, waivers=[{"cause": "lib", "until": "2026-12-01"}])
    assert why(folder(app, *circle("db", "net"), **FAR)) == ""


REFUSED = {
    ("app", "lib", date(2026, 3, 2), "why"): "2026-03-02 has passed: name the day until which the risk is accepted",
    ("app", "lib", UNTIL, "  "): "say why the risk is accepted: the reason is part of the plan",
    ("ap", "lib", UNTIL, "why"): "there is no repository 'ap' in this plan; did you mean app?",
    ("app", "libb", UNTIL, "why"): "app does not wait on 'libb'; did you mean lib? It waits on lib and db",
    ("app", "zzz", UNTIL, "why"): "app does not wait on 'zzz': it waits on lib and db",
    ("app", "mid", UNTIL, "why"): "app needs mid, which itself waits on db: accept the risk of that",
    ("app", "out", UNTIL, "why"): "app does not wait on out: that is there; it waits on lib and db",
    ("lib", "db", UNTIL, "why"): "lib waits on nothing (all that it needs is there), so there is no risk to accept",
    ("old", "db", UNTIL, "why"): "old waits on nothing (it is released), so there is no risk to accept",
}


@pytest.mark.parametrize(("words", "said"), REFUSED.items(), ids=lambda given: str(given)[:60])
def test_what_cannot_be_accepted_says_why_and_what_can(words: tuple[str, str, date, str], said: str) -> None:
    rows = [repo("app", needs={"lib": None, "mid": None, "out": None}), repo("lib", status="AT_RISK"),
            repo("mid", needs={"db": None}), repo("db", status="BLOCKED"), repo("out", status="RELEASED"),
            repo("old", needs={"db": None}, status="RELEASED")]  # fmt: skip
    outcome = AcceptRisk("i", NOW, *words, "Ana").apply(folder(*rows, **FAR))
    assert isinstance(outcome, Conflict)
    assert outcome.reason == said


def _steps(many: int) -> int:
    """How many calls it takes to judge a plan in which one captain has accepted something for every repository."""
    given = {"captain": "Ana", "until": "2026-12-01"}
    apps = [repo(f"app{i}", needs={f"lib{i}": None}, waivers=[{"cause": f"lib{i}", **given}]) for i in range(many)]
    libs = [repo(f"lib{i}", status="AT_RISK") for i in range(many)]
    what = folder(**FAR, releaseGroups=[{"name": "G", "lead": "Ana", "repositories": [*apps, *libs]}])
    calls = Counter[str]()
    sys.setprofile(lambda _frame, event, _argument: calls.update([event]))
    try:
        found = evaluate(what, NOW)
    finally:
        sys.setprofile(None)
    assert sum(len(d.accepted) for r in found.repositories for d in r.dependencies) == many
    return calls["call"]


def test_ten_times_the_waivers_of_one_captain_are_ten_times_the_work() -> None:
    _steps(30)  # what is only done once is done now
    assert _steps(300) < 12 * _steps(30)
