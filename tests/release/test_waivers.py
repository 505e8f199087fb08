"""Accepted risks: silent while they hold, told again when they end or get worse, and in the plan all the while."""

from datetime import date, timedelta
from typing import Any

from bot.release.edits import AcceptRisk, Conflict
from bot.release.folder import PlanFolder
from bot.release.readiness import evaluate
from bot.release.status import Status, Verdict
from tests.release.test_alerts import FAR, after, tell
from tests.release.test_readiness import NOW, folder, health, repo

UNTIL = date(2026, 3, 10)


def plan(status: str = "AT_RISK", **more: Any) -> PlanFolder:
    return folder(repo("app", needs={"lib": "1.0.0"}), repo("lib", status=status, **more), **FAR)


def accept(what: PlanFolder, until: date = UNTIL, reason: str = "we ship without it", cause: str = "lib") -> PlanFolder:
    done = AcceptRisk("id", NOW, "app", cause, until, reason, "Ana").apply(what)
    assert isinstance(done, PlanFolder), done
    return done


def with_status(accepted: PlanFolder, **lib: Any) -> PlanFolder:
    """The same plan and waiver, with the library in another state."""
    waivers = accepted.document.raw["releaseGroups"][0]["repositories"][0]["waivers"]
    return folder(repo("app", needs={"lib": "1.0.0"}, waivers=waivers), repo("lib", **lib), **FAR)


def test_it_is_written_into_the_plan_with_how_things_stood() -> None:
    accepted = accept(plan(eta="2026-12-30"))
    (waiver,) = accepted.document.raw["releaseGroups"][0]["repositories"][0]["waivers"]
    assert waiver == {
        "cause": "lib", "until": "2026-03-10", "reason": "we ship without it", "acceptedBy": "Ana", "status": "AT_RISK",
        "eta": "2026-12-30",
    }  # fmt: skip


def test_the_verdict_stays_and_says_that_it_is_accepted() -> None:
    (dependency,) = health(evaluate(accept(plan()), NOW), "app").dependencies
    assert dependency.verdict is Verdict.AT_RISK
    assert [w.reason for w in dependency.accepted] == ["we ship without it"]


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


def test_it_ends_when_things_get_worse_but_not_when_they_get_better() -> None:
    accepted = accept(plan(eta="2026-12-30"))
    assert tell(with_status(accepted, status="ON_TRACK", eta="2026-12-30")).alerts == ()
    assert len(tell(with_status(accepted, status="BLOCKED", eta="2026-12-30")).alerts) == 1
    assert len(tell(with_status(accepted, status="AT_RISK", eta="2026-12-31")).alerts) == 1
    assert tell(with_status(accepted, status="AT_RISK", eta="2026-12-29")).alerts == ()


def test_it_covers_its_own_cause_and_captain_only() -> None:
    rows = [repo("app", needs={"lib": None, "db": None}), repo("lib", status="AT_RISK"), repo("db", status="BLOCKED")]
    (alert,) = tell(accept(folder(*rows, **FAR))).alerts
    assert [c.cause for c in alert.concerns] == ["db"]
    waiver = {"cause": "lib", "captain": "somebody else", "until": "2026-12-01"}
    other = folder(repo("app", needs={"lib": None}, waivers=[waiver]), repo("lib", status="AT_RISK"), **FAR)
    assert len(tell(other).alerts) == 1


def test_a_waiver_without_a_state_covers_whatever_happens() -> None:
    waiver = {"cause": "lib", "until": "2026-12-01", "reason": "known"}
    blocked = folder(repo("app", needs={"lib": None}, waivers=[waiver]), repo("lib", status="BLOCKED"), **FAR)
    assert tell(blocked).alerts == ()


def test_a_second_one_replaces_the_first_and_an_outsider_can_be_accepted() -> None:
    again = accept(accept(plan()), until=UNTIL + timedelta(days=5), reason="still")
    (waiver,) = again.document.raw["releaseGroups"][0]["repositories"][0]["waivers"]
    assert (waiver["until"], waiver["reason"]) == ("2026-03-15", "still")
    outside = accept(folder(repo("app", needs={"nobody": None})), cause="nobody")
    assert tell(outside).alerts == ()
    assert outside.document.plan.find("app")[1].waivers[0].status is Status.UNKNOWN  # type: ignore[index]


def test_what_cannot_be_accepted_says_why() -> None:
    for edit, word in (
        (AcceptRisk("i", NOW, "app", "lib", date(2026, 3, 2), "why", "Ana"), "passed"),
        (AcceptRisk("i", NOW, "app", "lib", UNTIL, "  ", "Ana"), "why"),
        (AcceptRisk("i", NOW, "ap", "lib", UNTIL, "why", "Ana"), "did you mean app"),
    ):
        outcome = edit.apply(plan())
        assert isinstance(outcome, Conflict)
        assert word in outcome.reason
