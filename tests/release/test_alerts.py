"""The alert policy: who hears, when, and above all when not."""

from datetime import UTC, datetime, timedelta

from bot.release.alerts import Decision, Incident, due, unmapped
from bot.release.folder import PlanFolder
from bot.release.readiness import evaluate
from bot.release.status import Verdict
from tests.release.test_readiness import NOW, Repo, folder, repo

FAR = {"releaseDate": "2026-12-24"}


def tell(what: PlanFolder, ledger: tuple[Incident, ...] = (), now: datetime = NOW) -> Decision:
    return due("plan", evaluate(what, now), ledger, now)


def after(decision: Decision, ledger: tuple[Incident, ...] = ()) -> tuple[Incident, ...]:
    """The ledger once the decision is recorded: one row for each captain and cause."""
    rows = {(i.captain, i.cause): i for i in ledger}
    rows.update({(i.captain, i.cause): i for i in decision.incidents})
    return tuple(rows.values())


def at_risk(status: str = "AT_RISK") -> PlanFolder:
    return folder(repo("app", needs={"lib": "1.0.0"}), repo("lib", status=status), **FAR)


def test_a_captain_hears_at_once_of_risk_and_of_a_mismatch_far_from_the_date() -> None:
    (alert,) = tell(at_risk()).alerts
    assert (alert.captain, [c.cause for c in alert.concerns], alert.concerns[0].verdict) == (
        "lead-0",
        ["lib"],
        Verdict.AT_RISK,
    )
    mismatch = folder(repo("app", needs={"lib": "2.0.0"}), repo("lib"), **FAR)
    assert tell(mismatch).alerts[0].concerns[0].verdict is Verdict.MISMATCH


def test_waiting_and_unknown_are_told_only_inside_the_window() -> None:
    for needs in ({"lib": "1.0.0"}, {"nobody": None}):
        rows = (repo("app", needs=needs), repo("lib"))
        assert tell(folder(*rows, **FAR)).alerts == ()
        assert len(tell(folder(*rows)).alerts) == 1  # 12 days to go, the window is 14
        assert tell(folder(*rows, alertWindowDays=11)).alerts == ()
        assert len(tell(folder(*rows, alertWindowDays=12)).alerts) == 1


def test_the_same_state_is_not_told_twice_and_time_passing_is_no_news() -> None:
    first = tell(at_risk())
    ledger = after(first)
    later = tell(at_risk(), ledger, NOW + timedelta(days=3))
    assert (later.alerts, later.incidents) == ((), ())


def test_a_worse_state_is_news_and_names_what_goes_on() -> None:
    rows = [
        repo("app", needs={"lib": "1.0.0", "db": "1.0.0"}),
        repo("lib", status="AT_RISK"),
        repo("db", status="AT_RISK"),
    ]
    ledger = after(tell(folder(*rows, **FAR)))
    rows[1] = repo("lib", status="BLOCKED")
    (alert,) = tell(folder(*rows, **FAR), ledger).alerts
    assert [(c.cause, c.change) for c in alert.concerns] == [("lib", "changed")]
    assert [c.cause for c in alert.ongoing] == ["db"]


def test_recovery_is_told_once_and_a_relapse_is_new() -> None:
    ledger = after(tell(at_risk()))
    better = tell(at_risk("RELEASED"), ledger)
    assert [i.cause for i in better.alerts[0].recovered] == ["lib"]
    assert not better.incidents[0].open
    ledger = after(better, ledger)
    assert tell(at_risk("RELEASED"), ledger).alerts == ()
    relapse, elsewhere = (tell(at_risk(), ledger, NOW + timedelta(hours=h)) for h in (1, 2))
    assert relapse.alerts[0].key == elsewhere.alerts[0].key
    assert [c.change for c in relapse.alerts[0].concerns] == ["new"]
    assert relapse.alerts[0].key != tell(at_risk()).alerts[0].key


def test_one_late_library_is_one_message_for_each_captain_folded_into_one_concern() -> None:
    rows = [repo(f"app-{i}", needs={"lib": "1.0.0"}) for i in range(500)]
    plan = folder(repo("lib", status="AT_RISK"), **FAR).document.raw
    groups = [{"name": f"G{g}", "lead": f"captain-{g}", "repositories": rows[g::50]} for g in range(50)]
    raw = {**plan, "releaseGroups": [*plan["releaseGroups"], *groups]}
    from bot.release import documents
    from bot.release.plan import PlanDocument

    document = documents.parse_plan(documents.dump_json(raw))
    assert isinstance(document, PlanDocument)
    decision = tell(PlanFolder(document))
    assert len(decision.alerts) == 50
    assert all(len(a.concerns) == 1 and len(a.concerns[0].waiting) == 10 for a in decision.alerts)


def test_the_deepest_cause_is_what_one_hears_of() -> None:
    rows = [repo("app", needs={"api": None}), repo("api", needs={"db": None}), repo("db", status="BLOCKED")]
    heard = {a.captain: [c.cause for c in a.concerns] for a in tell(folder(*rows, **FAR)).alerts}
    assert heard == {"lead-0": ["db"], "lead-1": ["db"]}


def test_what_is_out_already_alerts_nobody_and_a_group_without_captain_cannot_be_told() -> None:
    rows = [repo("app", status="RELEASED", needs={"lib": "1.0.0"}), repo("lib", status="AT_RISK")]
    assert tell(folder(*rows, **FAR)).alerts == ()
    headless = {
        "releaseGroups": [
            {"name": "G", "lead": "", "repositories": [repo("app", needs={"lib": None}), repo("lib", status="BLOCKED")]}
        ]
    }
    assert tell(folder(**headless, **FAR)).alerts == ()


def test_the_key_is_the_same_for_the_same_step_so_that_a_repetition_is_dropped() -> None:
    ledger = after(tell(at_risk()))
    once, again = (tell(at_risk("BLOCKED"), ledger, NOW + timedelta(minutes=m)) for m in (5, 6))
    assert once.alerts[0].key == again.alerts[0].key


def test_incidents_of_another_plan_do_not_count() -> None:
    foreign = Incident("other", "lead-0", "lib", "x", datetime(2026, 1, 1, tzinfo=UTC))
    assert len(tell(at_risk(), (foreign,)).alerts) == 1
    assert tell(at_risk("RELEASED"), (foreign,)).alerts == ()


def test_what_was_told_is_over_only_when_it_is_ready() -> None:
    """Unknown never reads as ready, and on track is not out: far from the date neither would be told of anew."""
    ledger = after(tell(at_risk()))
    for status, verdict in (("UNKNOWN", Verdict.UNKNOWN), ("ON_TRACK", Verdict.WAITING)):
        decision = tell(at_risk(status), ledger)
        (alert,) = decision.alerts
        assert alert.recovered == ()
        assert [(c.cause, c.change, c.verdict) for c in alert.concerns] == [("lib", "changed", verdict)]
        later = after(decision, ledger)
        assert tell(at_risk(status), later).alerts == ()
        (over,) = tell(at_risk("RELEASED"), later).alerts
        assert [i.cause for i in over.recovered] == ["lib"]


def test_a_cause_that_moves_deeper_is_not_called_over() -> None:
    rows = [repo("app", needs={"api": None}), repo("api", status="AT_RISK", needs={"db": None}), repo("db")]
    ledger = after(tell(folder(*rows, **FAR)))
    assert [i.cause for i in ledger] == ["api"]
    rows[1] = repo("api", needs={"db": None})
    (alert,) = tell(folder(*rows, **FAR), ledger).alerts
    assert (alert.recovered, [c.cause for c in alert.concerns]) == ((), ["api"])


def test_what_is_over_is_closed_in_the_ledger_as_it_was_told() -> None:
    first = tell(at_risk())
    (closed,) = tell(at_risk("RELEASED"), after(first)).incidents
    assert closed == Incident("plan", "lead-0", "lib", first.incidents[0].fingerprint, NOW, open=False)


def test_what_changed_or_goes_on_is_told_with_all_that_was_known_of_it() -> None:
    rows = [
        repo("app", needs={"lib": "1.0.0", "db": "1.0.0"}),
        repo("lib", status="AT_RISK"),
        repo("db", status="AT_RISK"),
    ]
    ledger = after(tell(folder(*rows, **FAR)))
    rows[1] = repo("lib", status="BLOCKED")
    (alert,) = tell(folder(*rows, **FAR), ledger).alerts
    for concern, status in ((alert.concerns[0], "BLOCKED"), (alert.ongoing[0], "AT_RISK")):
        assert concern.captain == "lead-0"
        assert concern.root is not None
        assert (concern.root.name, concern.root.status.value) == (concern.cause, status)
        assert [(w.repository.name, w.dependency.name) for w in concern.waiting] == [("app", concern.cause)]


def test_a_captain_is_not_told_of_their_own_cause_unless_more_of_theirs_waits_on_it() -> None:
    def heard(*mine: Repo) -> dict[str, list[str]]:
        groups = [
            {
                "name": "G",
                "lead": "lea",
                "repositories": [repo("hub", status="AT_RISK", needs={"hub": "1.0.0"}), *mine],
            },
            {"name": "H", "lead": "max", "repositories": [repo("app", needs={"hub": "1.0.0"})]},
        ]
        found = tell(folder(releaseGroups=groups, **FAR)).alerts
        return {a.captain: [c.cause for c in a.concerns] for a in found}

    assert heard() == {"max": ["hub"]}
    assert heard(repo("web", needs={"hub": "1.0.0"})) == {"lea": ["hub"], "max": ["hub"]}


def test_those_who_map_to_nobody_are_named_once() -> None:
    rows = [repo("app", needs={"lib": "1.0.0"}), repo("web", needs={"lib": "1.0.0"}), repo("lib", status="AT_RISK")]
    alerts = tell(folder(*rows, **FAR)).alerts
    assert unmapped(alerts, {"lead-0": "U1"}) == ("lead-1",)
    assert unmapped((*alerts, *alerts), {}) == ("lead-0", "lead-1")


def test_whoever_hears_of_a_cause_hears_of_all_that_waits_on_it_and_not_of_the_rest_a_pass_later() -> None:
    """Far from the date one need is missed and another one is not: both wait on the same."""
    soon = repo("soon", needs={"lib": {"version": "1.0.0", "needBy": "2026-03-10"}})
    rows = [soon, repo("later", needs={"lib": "1.0.0"}), repo("lib", eta="2026-03-20")]
    what = folder(**FAR, releaseGroups=[{"name": "G", "lead": "Ana", "repositories": rows}])
    first = tell(what)
    (alert,) = first.alerts
    assert [(w.repository.name, w.dependency.verdict) for w in alert.concerns[0].waiting] == [
        ("soon", Verdict.AT_RISK),
        ("later", Verdict.WAITING),
    ]
    again = tell(what, after(first))
    assert (again.alerts, again.incidents) == ((), ())
