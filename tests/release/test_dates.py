"""How dates travel: the rules of docs/forecast.md one by one, and against a slow walk on small random graphs."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.release.dates import DatedRepository, dates
from bot.release.folder import PlanFolder
from bot.release.net import Promise, net_of, promise_of
from bot.release.plan import Repository
from bot.release.published import Published, PublishedVersion
from bot.release.status import Status, Verdict
from bot.release.verdicts import own_verdict
from tests.release.trains import NOW, RELEASE, TODAY, mar, needs, repo, train


def one(folder: PlanFolder, name: str = "app", now: datetime = NOW) -> DatedRepository:
    found = dates(folder, now).find(name)
    assert found is not None
    return found


def test_nobody_can_be_ready_before_what_they_need() -> None:
    found = one(train(repo("app", "mid", eta=mar(5)), repo("mid", "lib", eta=mar(4)), repo("lib", eta=mar(18))))
    assert (found.earliest, found.deadline, found.late_days) == (mar(18), RELEASE, 3)
    assert found.because == ("app", "mid", "lib")
    assert found.unknown == ()


def test_its_own_date_decides_when_it_is_the_latest_or_as_late() -> None:
    assert one(train(repo("app", "lib", eta=mar(20)), repo("lib", eta=mar(18)))).because == ("app",)
    assert one(train(repo("app", "lib", eta=mar(18)), repo("lib", eta=mar(18)))).because == ("app",)


def test_of_two_that_are_equally_late_the_first_is_named() -> None:
    rows = (repo("app", "a", "b"), repo("a", eta=mar(18)), repo("b", eta=mar(18)))
    assert one(train(*rows)).because == ("app", "a")


def test_without_a_date_it_is_today_at_the_earliest_and_said_to_be_unknown() -> None:
    found = one(train(repo("app", "lib", eta=mar(10)), repo("lib")))
    assert (found.earliest, found.unknown, found.because) == (mar(10), ("lib",), ("app",))
    lib = one(train(repo("app", "lib", eta=mar(10)), repo("lib")), "lib")
    assert (lib.earliest, lib.unknown, lib.late_days) == (TODAY, ("lib",), 0)


def test_a_date_that_has_passed_is_no_date_any_more() -> None:
    found = one(train(repo("app", eta=mar(2))))
    assert (found.earliest, found.unknown, found.eta) == (TODAY, ("app",), mar(2))
    assert one(train(repo("app", eta=TODAY))).unknown == ()


def test_what_is_ready_can_go_today() -> None:
    found = one(train(repo("app", status="READY")))
    assert (found.earliest, found.unknown) == (TODAY, ())
    assert one(train(repo("app", status="READY", eta=mar(9)))).earliest == mar(9)


def test_today_is_a_day_of_the_plans_own_zone() -> None:
    late_evening = datetime(2026, 3, 3, 23, 30, tzinfo=UTC)
    assert one(train(repo("app"), timezone="Europe/Berlin"), now=late_evening).earliest == mar(4)


def test_what_is_out_or_dropped_has_no_date_and_holds_nobody_up() -> None:
    rows = (
        repo("app", "lib", eta=mar(5)),
        repo("lib", "slow", status="RELEASED", eta=mar(30)),
        repo("slow", eta=mar(40)),
    )
    assert one(train(*rows)).earliest == mar(5)
    lib = one(train(*rows), "lib")
    assert (lib.earliest, lib.late_days, lib.because, lib.unknown) == (None, 0, (), ())
    assert one(train(repo("app", status="DROPPED", eta=mar(30)))).earliest is None


def test_what_the_plan_cannot_deliver_is_unknown_and_gives_no_date() -> None:
    dropped = one(train(repo("app", "lib", eta=mar(5)), repo("lib", status="DROPPED", eta=mar(30))))
    assert (dropped.earliest, dropped.unknown) == (mar(5), ("lib",))
    older = one(train(repo("app", needs("lib", "2.0.0"), eta=mar(5)), repo("lib", eta=mar(30))))
    assert (older.earliest, older.unknown) == (mar(5), ("lib",))


def test_versions_that_cannot_be_compared_carry_the_date_and_are_unknown() -> None:
    found = one(train(repo("app", needs("lib", "r4.3"), eta=mar(5)), repo("lib", eta=mar(18))))
    assert (found.earliest, found.unknown) == (mar(18), ("lib",))


def test_something_outside_the_plan_counts_with_its_own_feed() -> None:
    rows = (repo("app", "far", eta=mar(5)),)
    found = dates(train(*rows, reports={"far": {"eta_date": mar(18)}}), NOW)
    assert [(d.name, d.earliest, d.group, d.late_days) for d in found.outside] == [("far", mar(18), None, 3)]
    assert (found.repositories[0].earliest, found.repositories[0].because) == (mar(18), ("app", "far"))
    assert one(train(*rows)).unknown == ("far",)


def test_the_feeds_date_goes_before_the_plans_unless_it_expired() -> None:
    said = {"eta_date": mar(10), "ttl_hours": 24.0}
    fresh = train(repo("app", eta=mar(7)), reports={"app": said})
    assert (one(fresh).earliest, one(fresh).unknown) == (mar(10), ())
    old = train(repo("app", eta=mar(7)), reports={"app": said | {"updated_at": NOW - timedelta(hours=25)}})
    assert (one(old).earliest, one(old).unknown) == (mar(7), ("app",))


def test_need_by_is_the_deadline_and_travels_on_to_what_that_needs() -> None:
    rows = (repo("app", needs("mid", by=mar(10))), repo("mid", "lib"), repo("lib", eta=mar(12)))
    found = {d.name: d for d in dates(train(*rows), NOW).repositories}
    assert {n: (d.deadline, d.late_days, d.asked_by) for n, d in found.items()} == {
        "app": (RELEASE, 0, ""),
        "mid": (mar(10), 2, "app"),
        "lib": (mar(10), 2, "app"),
    }


def test_the_earliest_need_by_wins_and_a_later_one_is_taken_at_its_word() -> None:
    two = train(repo("a", needs("lib", by=mar(12))), repo("b", needs("lib", by=mar(9))), repo("lib"))
    assert (one(two, "lib").deadline, one(two, "lib").asked_by) == (mar(9), "b")
    later = train(repo("a", needs("lib", by=mar(20))), repo("lib", eta=mar(18)))
    assert (one(later, "lib").deadline, one(later, "lib").late_days) == (mar(20), 0)
    also = train(repo("a", needs("lib", by=mar(20))), repo("b", "lib"), repo("lib", eta=mar(18)))
    assert (one(also, "lib").deadline, one(also, "lib").late_days) == (RELEASE, 3)


def test_those_that_are_out_ask_for_nothing() -> None:
    rows = (repo("app", needs("lib", by=mar(9)), status="RELEASED"), repo("lib", eta=mar(12)))
    assert one(train(*rows), "lib").deadline == RELEASE


@pytest.mark.parametrize("name", ["lib", "LIB: API freeze", "G-lib", "g-lib : done"])
def test_a_milestone_that_carries_its_name_or_its_groups_is_its_deadline(name: str) -> None:
    found = one(train(repo("app"), repo("lib", eta=mar(12)), milestones=[(name, mar(10))]), "lib")
    assert (found.deadline, found.late_days, found.milestone, found.past_milestones) == (mar(10), 2, name, ())
    assert one(train(repo("app"), repo("lib"), milestones=[(name, mar(10))])).deadline == RELEASE


def test_its_own_milestone_goes_before_its_groups_and_the_last_of_several_counts() -> None:
    marks = [("G-lib", mar(8)), ("lib: tag", mar(11)), ("lib: freeze", mar(5))]
    assert one(train(repo("lib"), milestones=marks), "lib").deadline == mar(11)


def test_what_waits_may_ask_for_sooner_than_the_milestone() -> None:
    rows = (repo("app", needs("lib", by=mar(7))), repo("lib"))
    assert one(train(*rows, milestones=[("lib", mar(10))]), "lib").asked_by == "app"
    assert one(train(*rows, milestones=[("lib", mar(6))]), "lib").milestone == "lib"


def test_a_milestone_of_the_whole_train_is_no_deadline_but_is_told() -> None:
    marks = [("Code freeze", mar(10)), ("Kick-off", mar(1)), ("Launch party", mar(14))]
    found = one(train(repo("app", eta=mar(12)), milestones=marks))
    assert (found.deadline, found.late_days, found.past_milestones) == (RELEASE, 0, ("Code freeze",))


def test_after_the_release_date_everything_open_is_late() -> None:
    found = one(train(repo("app"), repo("out", status="RELEASED")), now=NOW + timedelta(days=14))
    assert (found.late_days, found.unknown) == (2, ("app",))


def test_a_circle_shares_the_latest_date_and_names_who_decides() -> None:
    rows = (repo("a", "b", eta=mar(5)), repo("b", "c"), repo("c", "a", "lib"), repo("lib", eta=mar(20)))
    found = {d.name: d for d in dates(train(*rows), NOW).repositories}
    assert {d.earliest for d in found.values()} == {mar(20)}
    assert found["a"].because == ("a", "b", "c", "lib")
    assert found["c"].because == ("c", "lib")
    inside = {d.name: d for d in dates(train(*rows[:2], repo("c", "a", eta=mar(30))), NOW).repositories}
    assert {n: d.because for n, d in inside.items()} == {"a": ("a", "b", "c"), "b": ("b", "c"), "c": ("c",)}
    assert {d.unknown for d in inside.values()} == {("b",)}


def test_a_circle_shares_the_earliest_deadline() -> None:
    rows = (repo("a", needs("b", by=mar(9))), repo("b", "a"), repo("x", needs("a", by=mar(12))))
    assert {d.deadline for d in dates(train(*rows), NOW).repositories[:2]} == {mar(9)}
    rows = (repo("a", needs("b", by=mar(20))), repo("b", "a"))
    assert {d.deadline for d in dates(train(*rows), NOW).repositories} == {RELEASE}


def test_one_that_needs_itself_harms_nothing() -> None:
    found = one(train(repo("app", needs("app", by=mar(9)), eta=mar(5))))
    assert (found.earliest, found.because, found.unknown) == (mar(5), ("app",), ())


def test_a_long_chain_keeps_its_ends() -> None:
    size = 3000
    rows = [repo(f"r{i}", f"r{i + 1}") for i in range(size)] + [repo(f"r{size}", eta=mar(20))]
    found = dates(train(*rows), NOW)
    assert {d.earliest for d in found.repositories} == {mar(20)}
    assert found.repositories[0].because == (*(f"r{i}" for i in range(10)), "…", f"r{size}")
    assert found.repositories[size - 11].because == (*(f"r{i}" for i in range(size - 11, size - 1)), "…", f"r{size}")
    assert found.repositories[size - 10].because == tuple(f"r{i}" for i in range(size - 10, size + 1))
    assert found.repositories[0].unknown == ("r0", "r1", "r2", "…")
    assert found.repositories[size - 3].unknown == (f"r{size - 3}", f"r{size - 2}", f"r{size - 1}")


def test_late_ones_come_latest_first_and_a_name_is_found_where_it_stands_first() -> None:
    found = dates(train(repo("a", eta=mar(16)), repo("b", eta=mar(19)), repo("c"), repo("a", eta=mar(25))), NOW)
    assert [(d.name, d.late_days) for d in found.late] == [("a", 10), ("b", 4), ("a", 1)]
    first = found.find("a")
    assert first is not None
    assert first.late_days == 1
    assert found.find("nobody") is None


def test_a_supposed_date_is_taken_instead_but_not_for_what_is_out() -> None:
    folder = train(repo("app", "lib", "old"), repo("lib", eta=mar(5)), repo("old", status="RELEASED"))
    found = dates(folder, NOW, {"lib": mar(18), "old": mar(30)})
    assert [d.earliest for d in found.repositories] == [mar(18), mar(18), None]


# --- against a slow walk ---

STATUSES = ["ON_TRACK", "AT_RISK", "BLOCKED", "NOT_STARTED", "READY", "RELEASED", "DROPPED", "UNKNOWN"]
days = st.none() | st.integers(1, 40).map(mar)


@st.composite
def trains(draw: st.DrawFn, acyclic: bool = False) -> PlanFolder:
    size = draw(st.integers(1, 7))
    rows = []
    for i in range(size):
        known = [f"r{j}" for j in range(i + 1 if acyclic else 0, size)] + ["far"]
        wanted = draw(st.lists(st.sampled_from(known), max_size=4, unique=True))
        edges = [
            needs(name, draw(st.sampled_from(["1.0.0", "1.0.0", "1.0.0", "2.0.0", "r4.3", None])), draw(days))
            for name in wanted
        ]
        rows.append(repo(f"r{i}", *edges, status=draw(st.sampled_from(STATUSES)), eta=draw(days)))
    milestones = draw(
        st.lists(st.tuples(st.sampled_from(["r0", "G-r1", "freeze"]), st.integers(1, 30).map(mar)), max_size=2)
    )
    return train(*rows, milestones=milestones)


def rows_of(folder: PlanFolder) -> dict[str, Repository]:
    return {row.name: row for _, row in folder.document.plan.repositories()}


def open_needs(folder: PlanFolder, name: str) -> Iterator[tuple[str, date | None]]:
    """The needs along which a date travels, told apart by plain rules of this data."""
    rows = rows_of(folder)
    row = rows.get(name)
    if row is None or row.status in (Status.RELEASED, Status.DROPPED):
        return
    for d in row.dependencies:
        other = rows.get(d.name)
        if other is None or (other.status not in (Status.RELEASED, Status.DROPPED) and d.version != "2.0.0"):
            yield d.name, d.need_by


def reachable(folder: PlanFolder, name: str) -> set[str]:
    seen, todo = {name}, [name]
    while todo:
        for other, _ in open_needs(folder, todo.pop()):
            if other not in seen:
                seen.add(other)
                todo.append(other)
    return seen


def longest(folder: PlanFolder, name: str) -> date:
    """The latest date on any way down: tried one by one, without memory. For trains without circles."""
    row = rows_of(folder).get(name)
    own = max(row.eta or TODAY, TODAY) if row is not None else TODAY
    return max([own, *(longest(folder, other) for other, _ in open_needs(folder, name))])


def wanted_by(folder: PlanFolder, name: str) -> date:
    """By when it is wanted: for trains without circles."""
    own = [m.date for m in folder.document.plan.milestones if m.name == name]
    own = own or [m.date for m in folder.document.plan.milestones if m.name == f"G-{name}"]
    asked = [max(own)] if own else []
    for by in rows_of(folder):
        for other, need_by in open_needs(folder, by):
            if other == name:
                asked.append(need_by or wanted_by(folder, by))
    return min(asked, default=RELEASE)


@settings(max_examples=60)
@given(trains(acyclic=True))
def test_it_agrees_with_trying_every_way(folder: PlanFolder) -> None:
    found = dates(folder, NOW)
    for dated in (*found.repositories, *found.outside):
        if dated.earliest is not None:
            assert dated.earliest == longest(folder, dated.name)
        assert dated.deadline == wanted_by(folder, dated.name)
        assert dated.late_days == (max(0, (dated.earliest - dated.deadline).days) if dated.earliest else 0)


@settings(max_examples=60)
@given(trains())
def test_in_circles_too_it_is_the_latest_date_within_reach(folder: PlanFolder) -> None:
    rows = rows_of(folder)
    found = dates(folder, NOW)
    for dated in found.repositories:
        if rows[dated.name].status in (Status.RELEASED, Status.DROPPED):
            assert dated.earliest is None
            continue
        within = reachable(folder, dated.name)
        assert dated.earliest == max(max(rows[n].eta or TODAY, TODAY) if n in rows else TODAY for n in within)
        alike = [found.find(n) for n in within if dated.name in reachable(folder, n)]
        assert {d.deadline for d in alike if d} == {dated.deadline}


@settings(max_examples=60)
@given(trains())
def test_the_path_is_a_real_one_and_ends_at_who_decides(folder: PlanFolder) -> None:
    rows = rows_of(folder)
    for dated in dates(folder, NOW).repositories:
        if dated.earliest is None:
            continue
        assert dated.because[0] == dated.name
        assert len(set(dated.because)) == len(dated.because)
        for step, following in zip(dated.because, dated.because[1:], strict=False):
            assert following in [name for name, _ in open_needs(folder, step)]
        last = rows.get(dated.because[-1])
        assert dated.earliest == max(last.eta or TODAY if last else TODAY, TODAY)


@settings(max_examples=60)
@given(trains())
def test_whose_date_is_unknown_is_named_and_nobody_else(folder: PlanFolder) -> None:
    rows = rows_of(folder)
    for dated in dates(folder, NOW).repositories:
        if dated.earliest is None:
            continue
        within = reachable(folder, dated.name)
        expected = set()
        for name in within:
            row = rows.get(name)
            stated = row is not None and row.status is not Status.UNKNOWN and row.eta is not None and row.eta >= TODAY
            if not stated and not (row is not None and row.status is Status.READY):
                expected.add(name)
            for d in row.dependencies if row is not None else ():
                other = rows.get(d.name)
                if d.version == "r4.3" and not (other and other.status is Status.RELEASED):
                    expected.add(d.name)
                if d.version == "2.0.0" and other is not None:
                    expected.add(d.name)
                if other is not None and (
                    other.status is Status.DROPPED or (other.status is Status.RELEASED and d.version == "r4.3")
                ):
                    expected.add(d.name)
        told = [name for name in dated.unknown if name != "…"]
        assert set(told) <= expected
        assert len(told) == min(3, len(expected))
        assert ("…" in dated.unknown) == (len(expected) > 3)


@settings(max_examples=60)
@given(trains(), st.data())
def test_one_more_dependency_never_makes_anybody_earlier(folder: PlanFolder, data: st.DataObject) -> None:
    rows = list(rows_of(folder).values())
    number = data.draw(st.integers(0, len(rows) - 1))
    more = (*rows[number].dependencies, needs(data.draw(st.sampled_from([r.name for r in rows])), by=data.draw(days)))
    changed = [r.model_copy(update={"dependencies": more}) if i == number else r for i, r in enumerate(rows)]
    after = dates(train(*changed), NOW)
    for was, then in zip(dates(train(*rows), NOW).repositories, after.repositories, strict=True):
        assert was.earliest is None or (then.earliest is not None and then.earliest >= was.earliest)


@settings(max_examples=60)
@given(trains(), st.data())
def test_a_release_never_makes_anybody_else_later(folder: PlanFolder, data: st.DataObject) -> None:
    rows = list(rows_of(folder).values())
    number = data.draw(st.integers(0, len(rows) - 1))
    out = [r.model_copy(update={"status": Status.RELEASED}) if i == number else r for i, r in enumerate(rows)]
    after = dates(train(*out), NOW)
    for was, then in zip(dates(train(*rows), NOW).repositories, after.repositories, strict=True):
        if was.earliest is not None and then.earliest is not None:
            assert then.earliest <= was.earliest


_PROMISED = {
    Promise.KEPT: {Verdict.READY},
    Promise.COMING: {Verdict.WAITING, Verdict.AT_RISK, Verdict.UNKNOWN},
    Promise.UNCLEAR: {Verdict.UNKNOWN, Verdict.AT_RISK},
    Promise.NONE: {Verdict.MISMATCH, Verdict.UNKNOWN},
}


@given(
    status=st.sampled_from(STATUSES),
    said=st.none() | st.sampled_from(STATUSES),
    version=st.sampled_from(["1.0.0", "1.5.0", "1.6.0-rc.1", "r4.3", None]),
    of=st.sampled_from(["1.0.0", "1.5.0", "1.6.0-rc.1", None]),
    latest=st.sampled_from(["1.0.0", "1.5.0", "nightly", None]),
    wanted=st.sampled_from(["1.0.0", "1.5.0", "==1.0.0", "r4.3", None]),
    inside=st.booleans(),
    tags=st.lists(st.sampled_from(["1.0.0", "1.5.0", "1.6.0-rc.1"]), max_size=2),
)
def test_a_promise_is_the_same_judgement_as_the_verdict(
    status: str, said: str | None, version: str | None, of: Any, latest: Any, wanted: str | None, inside: bool,
    tags: list[str],
) -> None:  # fmt: skip
    reports = {"lib": {"status": said, "version": of, "latest_version": latest}} if said else None
    lib = [repo("lib", status=status, version=version)] if inside else []
    folder = train(repo("app", needs("lib", wanted)), *lib, reports=reports)
    if tags:
        folder = replace(folder, published={"lib": Published(tuple(map(PublishedVersion, tags)), NOW)})
    net = net_of(folder, NOW)
    standing = net.standings[net.index["lib"]]
    promise = promise_of(standing, wanted)
    (dependency,) = rows_of(folder)["app"].dependencies
    calm = replace(standing, eta=None)
    verdict = own_verdict(folder.document.plan, dependency, calm, None).verdict
    assert verdict in _PROMISED[promise], (promise, standing)
    if verdict is Verdict.READY:
        assert promise is Promise.KEPT
    if verdict is Verdict.MISMATCH:
        assert promise is Promise.NONE
    if promise is Promise.COMING and verdict is Verdict.UNKNOWN:
        assert one(folder).unknown[-1] == "lib"  # it has no date either
