"""What counts as news between two assessments, and in which order it is told."""

from dataclasses import replace
from datetime import date, timedelta

from bot.release.assessment import Assessment
from bot.release.history import Change, Kind, changes
from bot.release.plan import Milestone, Plan
from bot.release.status import PlanStatus
from tests.drawing import NOW, assess

BEFORE = """
Product A (ana):
    summit-app v3.0.0 ON_TRACK > common-utils v2.1.0, intelgraph-server v1.5.0
    mobile-app v2.2.0 READY
    old-gateway v1.0.0 ON_TRACK
Platform (bo):
    intelgraph-server v1.5.0 ON_TRACK fed=1h eta=2026-03-13
"""


def test_nothing_is_new_without_a_before_or_without_a_change() -> None:
    assert changes(None, assess(BEFORE)) == ()
    assert changes(assess(BEFORE), assess(BEFORE)) == ()


def test_time_passing_is_no_news() -> None:
    assert changes(assess(BEFORE), assess(BEFORE, NOW + timedelta(days=3))) == ()


def test_what_the_plan_needs_from_outside_is_news_too() -> None:
    def news(before: str, after: str) -> list[tuple[object, ...]]:
        plan = "A (ana): app v1 ON_TRACK > lib v2\n old v1 RELEASED > gone v1\n{}"
        found = changes(assess(plan.format(before)), assess(plan.format(after)))
        assert all(c.outside and c.repository == "lib" for c in found)
        return [(c.kind, c.before, c.after) for c in found]

    on_track, out = "* lib v2 ON_TRACK fed=1h", "* lib v2 RELEASED of=v2 fed=1h"
    assert news("", on_track) == [(Kind.STATUS, None, "ON_TRACK")]
    assert news(on_track, "") == [(Kind.STATUS, "ON_TRACK", None)]
    assert news(on_track, "* lib v2 BLOCKED fed=1h") == [(Kind.STATUS, "ON_TRACK", "BLOCKED")]
    assert news(on_track, out) == [(Kind.RELEASED, "ON_TRACK", "RELEASED")]
    assert news(on_track, f"{on_track} eta=2026-03-20") == [(Kind.DATE, None, "2026-03-20")]
    assert news(f"{on_track} of=v2", f"{on_track} of=v3") == [(Kind.VERSION, "v2", "v3")]
    assert news(out, out) == news("", "* gone v1 BLOCKED fed=1h") == []


def test_the_days_of_the_train_and_who_leads_it_are_news() -> None:
    def led(lead: str | None, **days: str) -> Assessment:
        found = assess(BEFORE)
        given = [Milestone(name=name, date=date.fromisoformat(day)) for name, day in days.items()]
        return replace(found, plan=found.plan.model_copy(update={"lead": lead, "milestones": tuple(given)}))

    before = led("Dee", Freeze="2026-03-05", Docs="2026-03-10", Party="2026-03-16")
    after = led("Eve", Freeze="2026-03-09", Party="2026-03-16", Audit="2026-03-12")
    assert [(c.kind, c.milestone, c.before, c.after) for c in changes(before, after)] == [
        (Kind.MILESTONE, "Freeze", "2026-03-05", "2026-03-09"),
        (Kind.MILESTONE, "Audit", None, "2026-03-12"),
        (Kind.MILESTONE, "Docs", "2026-03-10", None),
        (Kind.LEAD, "", "Dee", "Eve"),
    ]
    assert changes(led(None), led("")) == ()
    assert [(c.before, c.after) for c in changes(led("Dee"), led(None))] == [("Dee", None)]


def test_a_verdict_that_changed_without_other_news_is_news() -> None:
    plan = "A (ana): app v1 ON_TRACK > lib v1\nB (bo): lib v1 ON_TRACK fed=1h"
    found = changes(assess(plan), assess(f"{plan} latest=v1"))
    assert [(c.kind, c.repository, c.dependency, c.before, c.after, c.verdict) for c in found] == [
        (Kind.DEPENDENCY, "app", "lib", "WAITING", "READY", True)
    ]


def test_what_is_released() -> None:
    after = assess(BEFORE.replace("mobile-app v2.2.0 READY", "mobile-app v2.2.0 RELEASED"))
    assert changes(assess(BEFORE), after) == (
        Change(Kind.RELEASED, "mobile-app", "READY", "RELEASED", "v2.2.0", "Product A"),
    )


def test_worse_statuses_come_first() -> None:
    after = assess(
        BEFORE.replace("mobile-app v2.2.0 READY", "mobile-app v2.2.0 ON_TRACK")
        .replace("old-gateway v1.0.0 ON_TRACK", "old-gateway v1.0.0 AT_RISK")
        .replace("intelgraph-server v1.5.0 ON_TRACK", "intelgraph-server v1.5.0 BLOCKED")
    )
    told = [(c.kind, c.repository, c.after) for c in changes(assess(BEFORE), after)]
    assert told == [
        (Kind.STATUS, "intelgraph-server", "BLOCKED"),
        (Kind.STATUS, "old-gateway", "AT_RISK"),
        (Kind.STATUS, "mobile-app", "ON_TRACK"),
    ]


def test_what_is_equally_bad_comes_in_plan_order() -> None:
    before = assess("A (ana): c v1 ON_TRACK\n a v1 ON_TRACK\n b v1 ON_TRACK")
    after = assess("A (ana): c v1 AT_RISK\n a v1 AT_RISK\n b v1 AT_RISK\n z v1\n y v1")
    assert [c.repository for c in changes(before, after)] == ["c", "a", "b", "z", "y"]


def test_a_repository_listed_twice_counts_where_it_is_first() -> None:
    twice = "A (ana): x v1 {}\nB (bo): x v1 BLOCKED"
    found = changes(assess(twice.format("ON_TRACK")), assess(twice.format("READY")))
    assert [(c.repository, c.group, c.after) for c in found] == [("x", "A", "READY")]


def test_scope_grows_and_shrinks_and_dropping_is_leaving() -> None:
    after = assess(
        BEFORE.replace("mobile-app v2.2.0 READY", "billing v1.0.0 ON_TRACK").replace(
            "old-gateway v1.0.0 ON_TRACK", "old-gateway v1.0.0 DROPPED"
        )
    )
    told = {(c.kind, c.repository, c.version) for c in changes(assess(BEFORE), after)}
    assert told == {
        (Kind.SCOPE_ADDED, "billing", "v1.0.0"),
        (Kind.SCOPE_DROPPED, "mobile-app", "v2.2.0"),
        (Kind.SCOPE_DROPPED, "old-gateway", "v1.0.0"),
    }


def test_what_was_dropped_before_neither_leaves_again_nor_arrives() -> None:
    dropped = BEFORE.replace("old-gateway v1.0.0 ON_TRACK", "old-gateway v1.0.0 DROPPED")
    gone = BEFORE.replace("    old-gateway v1.0.0 ON_TRACK\n", "")
    assert changes(assess(dropped), assess(gone)) == ()
    assert changes(assess(gone), assess(dropped)) == ()
    assert [c.kind for c in changes(assess(dropped), assess(BEFORE))] == [Kind.SCOPE_ADDED]


def test_versions_and_dates() -> None:
    after = assess(
        BEFORE.replace("mobile-app v2.2.0", "mobile-app -").replace("eta=2026-03-13", "eta=2026-03-18"),
        release_date=date(2026, 3, 22),
    )
    assert [(c.kind, c.repository, c.before, c.after) for c in changes(assess(BEFORE), after)] == [
        (Kind.DATE, "", "2026-03-15", "2026-03-22"),
        (Kind.DATE, "intelgraph-server", "2026-03-13", "2026-03-18"),
        (Kind.VERSION, "mobile-app", "v2.2.0", None),
    ]


def test_a_date_that_no_longer_matters_is_no_news() -> None:
    after = assess(BEFORE.replace("v1.5.0 ON_TRACK fed=1h eta=2026-03-13", "v1.5.0 RELEASED fed=1h"))
    assert [c.kind for c in changes(assess(BEFORE), after)] == [Kind.RELEASED]


def test_dependencies_come_go_and_change() -> None:
    after = assess(BEFORE.replace("common-utils v2.1.0, intelgraph-server v1.5.0", "common-utils, policy-engine ^2"))
    told = {(c.dependency, c.before, c.after) for c in changes(assess(BEFORE), after)}
    assert told == {
        ("common-utils", "v2.1.0", "any version"),
        ("policy-engine", None, "^2"),
        ("intelgraph-server", "v1.5.0", None),
    }


def test_leads_of_groups_and_of_repositories_that_moved() -> None:
    led = assess(BEFORE.replace("Platform (bo)", "Platform ()"))
    assert changes(assess(BEFORE), led) == (Change(Kind.LEAD, before="bo", after=None, group="Platform"),)
    moved = BEFORE.replace("    old-gateway v1.0.0 ON_TRACK\n", "") + "    old-gateway v1.0.0 ON_TRACK\n"
    assert [(c.kind, c.repository, c.after) for c in changes(assess(BEFORE), assess(moved))] == [
        (Kind.LEAD, "old-gateway", "bo"), (Kind.GROUP, "old-gateway", "Platform"),
    ]  # fmt: skip


def test_a_group_that_got_another_name_is_one_piece_of_news_and_its_repositories_are_none() -> None:
    renamed = BEFORE.replace("Platform (bo)", "Base (bo)")
    assert changes(assess(BEFORE), assess(renamed)) == (
        Change(Kind.GROUP, before="Platform", after="Base", group="Base"),
    )


def test_a_day_by_which_something_is_needed() -> None:
    def needing(day: str | None) -> Assessment:
        found = assess(BEFORE)
        wanted = date.fromisoformat(day) if day else None
        groups = [
            g.model_copy(update={"repositories": tuple(
                r.model_copy(update={"dependencies": tuple(
                    d.model_copy(update={"need_by": wanted}) for d in r.dependencies[:1]
                ) + r.dependencies[1:]}) for r in g.repositories
            )}) for g in found.plan.release_groups[:1]
        ]  # fmt: skip
        groups += found.plan.release_groups[1:]
        return replace(found, plan=found.plan.model_copy(update={"release_groups": tuple(groups)}))

    (first,) = {(c.repository, c.dependency) for c in changes(needing(None), needing("2026-03-12"))}
    for before, after in ((None, "2026-03-12"), ("2026-03-12", "2026-03-14"), ("2026-03-14", None)):
        (change,) = changes(needing(before), needing(after))
        assert (change.kind, change.repository, change.dependency) == (Kind.NEED_BY, *first)
        assert (change.before, change.after) == (before, after)


def test_the_status_of_the_plan_itself() -> None:
    after = assess(BEFORE, status=PlanStatus.IN_PROGRESS)
    assert changes(assess(BEFORE), after) == (Change(Kind.STATUS, before="PLANNING", after="IN_PROGRESS"),)
    assert isinstance(after.plan, Plan)
