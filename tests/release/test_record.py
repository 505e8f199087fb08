"""History from versions: what it tells is what a comparison of the whole plans tells, and names the right commit."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.release import facts, history, record
from bot.release.facts import Facts
from bot.release.folder import PlanFolder
from bot.release.history import Change, Kind
from bot.release.plan import Plan, PlanDocument
from bot.release.readiness import evaluate
from bot.release.record import Difference, Mark, NeverThere, Version, Way
from bot.release.status import Status
from bot.release.stays import Staying
from bot.release.trend import Counts, Point, counts

MORNING = datetime(2026, 3, 3, 9, tzinfo=UTC)
NAMES = ("app", "lib", "hub")


def folder(raw: dict[str, Any]) -> PlanFolder:
    return PlanFolder(PlanDocument(raw, Plan.model_validate_json(json.dumps(raw))))


def plan(*rows: tuple[str, dict[str, Any]], day: str = "2026-03-15", leads: tuple[str, ...] = ("Ana", "Bo")) -> Facts:
    """A plan of two groups, `A` and `B`; a row is a group and a repository."""
    return facts.facts_of(folder(raw_plan(rows, day, leads)), MORNING)


def raw_plan(rows: Sequence[tuple[str, dict[str, Any]]], day: str, leads: tuple[str, ...]) -> dict[str, Any]:
    groups = [
        {"name": name, "lead": lead, "repositories": [r for group, r in rows if group == name]}
        for name, lead in zip(("A", "B"), leads, strict=False)
    ]
    return {"releaseName": "R", "releaseDate": day, "status": "PLANNING", "releaseGroups": groups}


def repo(name: str, status: str = "ON_TRACK", version: str | None = "1.0", *needs: str, **more: Any) -> dict[str, Any]:
    wanted = [{"name": n, "version": "1.0"} for n in needs]
    return {"name": name, "version": version, "status": status, "dependencies": wanted, **more}


def mark(number: int, hours: float | None = None) -> Mark:
    at = MORNING + timedelta(hours=number if hours is None else hours)
    return Mark(f"{number:040x}", f"author {number}", "x@example.org", at, at, f"change {number}")


def versions(*states: Facts, at: Callable[[int], Mark] = mark) -> list[Version]:
    """One version for each state; an empty one is a plan that is gone."""
    found, before = [], Facts()
    for number, after in enumerate(states):
        found.append(Version(at(number), json.loads(json.dumps(facts.delta(before, after)))))
        before = after
    return found


def told(found: Difference | Way | NeverThere | None) -> list[tuple[Kind, str, str | None, str | None, str]]:
    assert found is not None
    assert not isinstance(found, NeverThere)
    return [(t.change.kind, t.change.repository, t.change.before, t.change.after, t.mark.subject) for t in found.told]


def test_a_difference_names_who_brought_each_thing_to_what_it_is() -> None:
    line = versions(
        plan(("A", repo("app")), ("B", repo("lib"))),
        plan(("A", repo("app")), ("B", repo("lib", "AT_RISK"))),
        plan(("A", repo("app", "ON_TRACK", "2.0")), ("B", repo("lib", "AT_RISK")), day="2026-03-20"),
        plan(("A", repo("app", "ON_TRACK", "2.0")), ("B", repo("lib", "BLOCKED")), day="2026-03-20"),
    )
    found = record.difference(line, 1, 4)
    assert told(found) == [
        (Kind.DATE, "", "2026-03-15", "2026-03-20", "change 2"),
        (Kind.STATUS, "lib", "ON_TRACK", "BLOCKED", "change 3"),
        (Kind.VERSION, "app", "1.0", "2.0", "change 2"),
    ]
    assert found is not None
    assert [t.times for t in found.told] == [1, 2, 1]
    assert (found.start.subject, found.end.subject, found.opened) == ("change 0", "change 3", False)


def test_what_went_back_to_what_it_was_is_no_change() -> None:
    quiet = plan(("A", repo("app")))
    line = versions(quiet, plan(("A", repo("app", "BLOCKED"))), quiet)
    assert told(record.difference(line, 1, 3)) == []
    assert [t[3] for t in told(record.way(line, "app"))] == ["ON_TRACK", "BLOCKED", None]


def test_from_before_the_plan_on_means_from_its_first_version_on() -> None:
    line = versions(plan(("A", repo("app"))), plan(("A", repo("app", "RELEASED"))))
    found = record.difference(line, 0, 2)
    assert told(found) == [(Kind.RELEASED, "app", "ON_TRACK", "RELEASED", "change 1")]
    assert found is not None
    assert found.opened
    assert found.start.subject == "change 0"


def test_an_accepted_risk_is_news_of_whoever_accepted_it() -> None:
    def accepting(*given: tuple[str, str, str], status: str = "ON_TRACK") -> Facts:
        waivers = [{"cause": c, "captain": "Ana", "until": u, "reason": r, "acceptedBy": "Ana"} for c, u, r in given]
        return plan(("A", repo("app", status, "1.0", "lib", "hub", waivers=waivers)))

    lib, hub = ("lib", "2026-03-10", "known"), ("hub", "2026-03-12", "old")
    line = versions(
        accepting(),
        accepting(lib),
        accepting(lib, hub),
        accepting(("lib", "2026-03-20", "longer"), hub),
        accepting(("lib", "2026-03-20", "longer"), hub, status="READY"),
        accepting(("lib", "2026-03-20", "longer"), status="READY"),
    )
    found = record.difference(line, 1, 5)
    assert found is not None
    risks = [t for t in found.told if t.change.kind is Kind.RISK]
    assert [(t.change.dependency, t.change.after, t.change.said, t.mark.subject, t.times) for t in risks] == [
        ("lib", "2026-03-20", "longer", "change 3", 2),
        ("hub", "2026-03-12", "old", "change 2", 1),
    ]
    assert told(record.difference(line, 5, 6)) == [(Kind.RISK, "app", "2026-03-12", None, "change 5")]
    steps = [t for t in told(record.way(line, "app")) if t[0] is Kind.RISK]
    assert [(before, after, by) for _, _, before, after, by in steps] == [
        ("2026-03-12", None, "change 5"),
        ("2026-03-10", "2026-03-20", "change 3"),
        (None, "2026-03-12", "change 2"),
        (None, "2026-03-10", "change 1"),
    ]


def test_a_risk_that_is_accepted_for_another_captain_is_another_decision() -> None:
    def accepted(captain: str) -> Facts:
        waiver = {"cause": "lib", "captain": captain, "until": "2026-03-10", "reason": "known", "acceptedBy": "Ana"}
        return plan(("A", repo("app", "ON_TRACK", "1.0", "lib", waivers=[waiver])))

    line = versions(accepted("Ana"), accepted("Bo"))
    assert told(record.difference(line, 1, 2)) == [(Kind.RISK, "app", "2026-03-10", "2026-03-10", "change 1")]


def test_who_moved_a_milestone_and_who_gave_the_plan_to_another_captain() -> None:
    def led(lead: str, *milestones: tuple[str, str]) -> Facts:
        raw = raw_plan([("A", repo("app"))], "2026-03-15", ("Ana",))
        days = [{"name": name, "date": day} for name, day in milestones]
        return facts.facts_of(folder({**raw, "lead": lead, "milestones": days}), MORNING)

    freeze, later, docs = ("Freeze", "2026-03-05"), ("Freeze", "2026-03-09"), ("Docs", "2026-03-10")
    line = versions(
        led("Dee", freeze, docs), led("Dee", later, docs), led("Eve", later, docs), Facts(), led("Eve", later),
    )  # fmt: skip
    assert told(record.difference(line, 1, 3)) == [
        (Kind.MILESTONE, "", "2026-03-05", "2026-03-09", "change 1"),
        (Kind.LEAD, "", "Dee", "Eve", "change 2"),
    ]
    assert (Kind.MILESTONE, "", "2026-03-10", None, "change 3") in told(record.difference(line, 3, 5))
    assert {t[0] for t in told(record.way(line, "app"))} == {Kind.SCOPE_ADDED, Kind.SCOPE_DROPPED}


def test_who_renamed_a_group_and_who_said_by_when_something_is_needed() -> None:
    def state(groups: tuple[str, str], lead: str = "Bo", day: str | None = None, wanted: str = "1.0") -> Facts:
        needs = [{"name": "lib", "version": wanted, **({"needBy": day} if day else {})}]
        raw = raw_plan([("A", {**repo("app"), "dependencies": needs}), ("B", repo("lib"))], "2026-03-15", ("Ana", lead))
        for group, name in zip(raw["releaseGroups"], groups, strict=True):
            group["name"] = name
        return facts.facts_of(folder(raw), MORNING)

    line = versions(
        state(("A", "B")), state(("A", "B"), day="2026-03-10"), state(("A", "C"), day="2026-03-10"),
        state(("A", "C"), "Cy", "2026-03-12"), state(("A", "C"), "Cy", "2026-03-12", "2.0"),
        state(("A", "D"), "Dee", "2026-03-12", "2.0"),
    )  # fmt: skip
    assert told(record.difference(line, 1, 5)) == [
        (Kind.DEPENDENCY, "app", "1.0", "2.0", "change 4"),
        (Kind.NEED_BY, "app", None, "2026-03-12", "change 3"),
        (Kind.LEAD, "", "Bo", "Cy", "change 3"),
        (Kind.GROUP, "", "B", "C", "change 2"),
    ]
    assert [(kind, after, by) for kind, _, _, after, by in told(record.way(line, "lib"))] == [
        (Kind.LEAD, "Dee", "change 5"), (Kind.GROUP, "D", "change 5"),
        (Kind.LEAD, "Cy", "change 3"), (Kind.GROUP, "C", "change 2"), (Kind.SCOPE_ADDED, None, "change 0"),
    ]  # fmt: skip


def test_a_move_into_other_hands_is_news_of_whoever_moved_it_or_gave_that_group_away() -> None:
    line = versions(
        plan(("A", repo("app"))), plan(("A", repo("app")), ("B", repo("lib"))), plan(("B", repo("app"))),
        plan(("B", repo("app", "READY"))), plan(("B", repo("app", "READY")), leads=("Ana", "Cy")),
    )  # fmt: skip
    for end, (lead, by, times) in ((4, ("Bo", "change 2", 1)), (5, ("Cy", "change 4", 2))):
        found = record.difference(line, 1, end)
        assert found is not None
        moved = {t.change.kind: t for t in found.told if t.change.repository == "app"}
        assert (moved[Kind.GROUP].change.after, moved[Kind.GROUP].mark.subject) == ("B", "change 2")
        told_lead = moved[Kind.LEAD]
        assert (told_lead.change.after, told_lead.mark.subject, told_lead.times) == (lead, by, times)


def test_what_a_plan_lost_while_it_was_gone_is_news_of_whoever_took_it_away() -> None:
    rows = (("A", repo("app")), ("B", repo("lib")))
    raw = raw_plan(rows, "2026-03-15", ("Ana", "Bo"))
    raw["releaseGroups"][1]["name"] = "C"
    found = record.difference(versions(plan(*rows), Facts(), facts.facts_of(folder(raw), MORNING)), 1, 3)
    assert told(found) == [(Kind.GROUP, "", "B", "C", "change 1")]


def test_each_day_by_which_something_is_needed_is_news_of_whoever_named_that_day() -> None:
    def wanting(lib: str | None, hub: str | None) -> Facts:
        days = {"lib": lib, "hub": hub}
        needs = [{"name": n, "version": "1.0", **({"needBy": day} if day else {})} for n, day in days.items()]
        return plan(("A", {**repo("app", "ON_TRACK", "2.0"), "dependencies": needs}))

    line = versions(
        wanting("2026-03-05", None), wanting("2026-03-08", "2026-03-06"), wanting("2026-03-08", "2026-03-09"),
        wanting("2026-03-08", None),
    )  # fmt: skip
    for end, hub in ((2, ("2026-03-06", 1)), (3, ("2026-03-09", 2))):
        found = record.difference(line, 1, end)
        assert found is not None
        assert [
            (t.change.kind, t.change.dependency, t.change.before, t.change.after, t.mark.subject, t.times)
            for t in found.told
        ] == [
            (Kind.NEED_BY, "lib", "2026-03-05", "2026-03-08", "change 1", 1),
            (Kind.NEED_BY, "hub", None, hub[0], f"change {end - 1}", hub[1]),
        ]
        assert {t.change.version for t in found.told} == {"2.0"}, "what ships now is told with it"
    assert told(record.difference(line, 3, 4)) == [(Kind.NEED_BY, "app", "2026-03-09", None, "change 3")]


def test_a_plan_that_is_gone_has_no_difference_and_one_that_came_back_has() -> None:
    one, other = plan(("A", repo("app"))), plan(("A", repo("app")), ("B", repo("lib")))
    line = versions(one, Facts(), other, plan(("A", repo("app"))))
    assert record.difference(line, 1, 2) is None
    back = record.difference(line, 2, 4)
    assert told(back) == [(Kind.SCOPE_DROPPED, "lib", None, None, "change 3")]
    assert back is not None
    assert back.opened
    over = record.difference(line, 1, 3)
    assert told(over) == [(Kind.SCOPE_ADDED, "lib", None, None, "change 2")]
    assert over is not None
    assert [t.times for t in over.told] == [1]
    assert record.difference([], 0, 0) is None


def test_the_way_of_a_repository_has_every_step_newest_first() -> None:
    line = versions(
        plan(("A", repo("lib"))),
        plan(("A", repo("lib")), ("B", repo("app"))),
        plan(("A", repo("lib")), ("B", repo("app", "ON_TRACK", "1.0", "lib")), leads=("Ana", "Cy")),
        plan(("A", repo("lib", "AT_RISK")), ("B", repo("app", "ON_TRACK", "1.0", "lib")), leads=("Ana", "Cy")),
        plan(("A", repo("lib", "AT_RISK")), ("A", repo("app", "READY", "1.0", "lib")), leads=("Ana", "Cy")),
        plan(("A", repo("lib", "AT_RISK")), leads=("Ana", "Cy")),
    )
    found = record.way(line, "app")
    assert [(kind, after, by) for kind, _, _, after, by in told(found)] == [
        (Kind.SCOPE_DROPPED, None, "change 5"),
        (Kind.STATUS, "READY", "change 4"),
        (Kind.LEAD, "Ana", "change 4"),
        (Kind.GROUP, "A", "change 4"),
        (Kind.DEPENDENCY, "1.0", "change 2"),
        (Kind.LEAD, "Cy", "change 2"),
        (Kind.SCOPE_ADDED, None, "change 1"),
    ]
    moved = [(kind, of, before) for kind, of, before, _, by in told(found) if by == "change 4"]
    assert moved == [(Kind.STATUS, "app", "ON_TRACK"), (Kind.LEAD, "app", "Cy"), (Kind.GROUP, "app", "B")]
    assert isinstance(found, Way)
    assert not found.there
    assert record.way(line, "apq") == NeverThere("apq", ("app", "lib"))


def test_the_way_goes_over_a_plan_that_was_gone_for_a_while() -> None:
    line = versions(plan(("A", repo("app"))), Facts(), plan(("A", repo("app"))))
    assert [kind for kind, *_ in told(record.way(line, "app"))] == [
        Kind.SCOPE_ADDED, Kind.SCOPE_DROPPED, Kind.SCOPE_ADDED,
    ]  # fmt: skip


def test_days_are_those_of_the_zone() -> None:
    late = datetime(2026, 3, 3, 23, 30, tzinfo=UTC)
    line = versions(
        plan(("A", repo("app"))), plan(("A", repo("app", "READY"))),
        at=lambda n: Mark("0" * 40, "x", "x", late, late + timedelta(hours=n), ""),
    )  # fmt: skip
    assert record.daily(line, "UTC") == (
        Point(date(2026, 3, 3), Counts(0, 1)), Point(date(2026, 3, 4), Counts(1, 1)),
    )  # fmt: skip
    assert record.daily(line, "Europe/Berlin") == (Point(date(2026, 3, 4), Counts(1, 1)),)


def test_a_commit_whose_clock_was_wrong_holds_only_where_the_store_reads_it_too() -> None:
    hours = (0, 24, 5, 48)  # the third commit says that it is older than the second
    line = versions(
        *(plan(("A", repo("app", s))) for s in ("ON_TRACK", "AT_RISK", "READY", "RELEASED")),
        at=lambda n: mark(n, hours[n]),
    )
    assert [record.in_force(line, MORNING + timedelta(hours=h)) for h in (-1, 0, 4, 5, 24, 47, 48)] == [
        0, 1, 1, 3, 3, 3, 4,
    ]  # fmt: skip
    assert [(p.day.day, p.counts.ready) for p in record.daily(line, "UTC")] == [(3, 1), (5, 1)]


_STATUSES = st.sampled_from([s.value for s in Status])
_ROWS = st.fixed_dictionaries(
    {},
    optional={
        name: st.tuples(
            st.sampled_from(("A", "B")),
            _STATUSES,
            st.sampled_from((None, "1.0", "2.0")),
            st.lists(st.sampled_from(NAMES), unique=True, max_size=2),
            st.sampled_from((None, "2026-03-10", "2026-03-20")),
        )
        for name in NAMES
    },
)
_RAW = st.builds(
    lambda rows, day, leads, lead, milestones: {
        **raw_plan(
            [
                (group, repo(name, status, version, *needs, **({"eta": eta} if eta else {})))
                for name, (group, status, version, needs, eta) in rows.items()
            ],
            day,
            leads,
        ),
        "lead": lead,
        "milestones": [{"name": name, "date": when} for name, when in milestones],
    },
    _ROWS,
    st.sampled_from(("2026-03-15", "2026-03-20")),
    st.tuples(st.sampled_from(("Ana", "Bo", None)), st.sampled_from(("Cy", "Bo"))),
    st.sampled_from((None, "", "Dee", "Eve")),
    st.lists(st.tuples(st.sampled_from(("Freeze", "A")), st.sampled_from(("2026-03-05", "2026-03-09"))), max_size=2),
)
_HISTORIES = st.lists(st.one_of(_RAW, _RAW, _RAW, st.none()), min_size=1, max_size=8)


def _states(raws: Sequence[dict[str, Any] | None]) -> list[Facts]:
    return [Facts() if raw is None else facts.facts_of(folder(raw), MORNING) for raw in raws]


def _value(state: Facts, change: Change) -> object:
    """What a change is about, in one version: found here by looking, not by following differences."""
    if change.milestone:
        return state.milestones.get(change.milestone)
    found = state.repositories.get(change.repository)
    match change.kind:
        case Kind.DATE if not change.repository:
            return state.plan.get("date")
        case Kind.STATUS if not change.repository:
            return state.plan.get("status")
        case Kind.LEAD if not change.repository:
            return state.groups.get(change.group, "nothing") if change.group else state.plan.get("lead")
        case Kind.SCOPE_ADDED | Kind.SCOPE_DROPPED:
            return found is not None and found.status != "DROPPED"
        case _ if found is None:
            return "gone"
        case Kind.DATE:
            return found.eta
        case Kind.STATUS | Kind.RELEASED:
            return found.status
        case Kind.VERSION:
            return found.version
        case Kind.DEPENDENCY:
            return found.needs.get(change.dependency, "nothing")
        case Kind.LEAD:
            return found.group, state.groups.get(found.group)
        case _:
            return found.group


@given(_HISTORIES, st.data())
def test_a_difference_is_that_of_the_whole_plans_and_names_a_commit_that_moved_it(
    raws: list[dict[str, Any] | None], data: st.DataObject
) -> None:
    states = _states(raws)
    start = data.draw(st.integers(0, len(raws)))
    end = data.draw(st.integers(start, len(raws)))
    found = record.difference(versions(*states), start, end)
    there = [n for n in range(max(start - 1, 0), end) if raws[n] is not None]
    if not end or raws[end - 1] is None:
        assert found is None
        return
    first = there[0]
    before, after = raws[first], raws[end - 1]
    assert before is not None
    assert after is not None
    whole = history.changes(evaluate(folder(before), MORNING), evaluate(folder(after), MORNING))
    assert found is not None
    assert sorted(map(repr, (t.change for t in found.told))) == sorted(map(repr, whole))
    for one in found.told:
        values = [_value(state, one.change) for state in states]
        moved = [n for n in range(first + 1, end) if values[n] != values[n - 1]]
        assert one.mark.subject == f"change {moved[-1]}", (one, values)


@given(_HISTORIES)
def test_applying_differences_gives_back_every_version(raws: list[dict[str, Any] | None]) -> None:
    states = _states(raws)
    line = versions(*states)
    for number, state in enumerate(states, 1):
        assert record.facts_after(line, number) == state


@given(_HISTORIES)
def test_the_counts_of_a_day_are_those_of_its_last_assessment(raws: list[dict[str, Any] | None]) -> None:
    line = versions(*_states(raws), at=lambda n: mark(n, 24 * n))
    days = record.daily(line, "UTC")
    assert [p.counts for p in days] == [
        counts(evaluate(folder(raw), MORNING)) if raw is not None else Counts(0, 0) for raw in raws
    ]


@given(_HISTORIES)
def test_every_step_of_every_repository_leads_to_where_it_is(raws: list[dict[str, Any] | None]) -> None:
    states = _states(raws)
    for name in NAMES:
        found = record.way(versions(*states), name)
        if isinstance(found, NeverThere):
            assert all(name not in state.repositories for state in states)
            continue
        assert found.there == (name in states[-1].repositories)
        moves = [t.change for t in found.told if t.change.kind in (Kind.STATUS, Kind.RELEASED)]
        for change in moves:
            assert change.before != change.after
        if found.there and moves and Kind.SCOPE_ADDED not in {t.change.kind for t in found.told[: len(found.told) - 1]}:
            assert states[-1].repositories[name].status in {moves[0].after, "DROPPED"}


def test_a_forecast_can_learn_from_the_statuses() -> None:
    line = versions(
        plan(("A", repo("app"))), plan(("A", repo("app", "ON_TRACK", "2.0"))), plan(("A", repo("app", "RELEASED"))),
        at=lambda n: mark(n, (0, 30, 24)[n]),
    )  # fmt: skip
    seen = record.moves(line)
    assert [moved["app"] for _, moved in seen.found if moved] == [Status.ON_TRACK, Status.RELEASED]
    staying = Staying()
    for moment, moved in seen.found:
        staying.follow(moment, moved)
    (stay,) = staying.stays()
    assert stay.ended
    assert stay.days == pytest.approx(30 / 24)  # never backwards, whatever a clock said


def test_only_what_moved_after_a_commit_is_told_where_the_history_has_it() -> None:
    shipped = repo("app", "ON_TRACK", "2.0")
    line = versions(
        plan(("A", repo("app")), ("A", repo("lib"))), plan(("A", shipped), ("A", repo("lib"))),
        plan(("A", repo("app", "RELEASED"))), Facts(), plan(("A", repo("app"))),
        at=lambda n: mark(n, (0, 30, 24, 25, 26)[n]),
    )  # fmt: skip
    whole = record.moves(line)
    assert (whole.whole, whole.last) == (True, line[-1].mark.commit)
    assert [moved for _, moved in whole.found] == [
        {"app": Status.ON_TRACK, "lib": Status.ON_TRACK}, {"lib": None, "app": Status.RELEASED}, None,
        {"app": Status.ON_TRACK},
    ]  # fmt: skip
    for number in range(1, len(line) + 1):
        more = record.moves(line, line[number - 1].mark.commit)
        assert not more.whole
        assert more.found == whole.found[len(record.moves(line[:number]).found) :], "as late as the clocks before it"
    assert record.moves(line, "f" * 40) == whole
    assert record.moves([]) == record.Moves((), "", whole=True)


def test_what_stands_twice_in_a_plan_counts_where_it_stands_first() -> None:
    rows = [("A", repo("app", "ON_TRACK", "1.0")), ("B", repo("app", "BLOCKED", "2.0")), ("B", repo("lib"))]
    raw = raw_plan(rows, "2026-03-15", ("Ana", "Bo"))
    raw["releaseGroups"].append({"name": "A", "lead": "Cy", "repositories": [repo("hub")]})
    state = facts.facts_of(folder(raw), MORNING)
    assert state.groups == {"A": "Ana", "B": "Bo"}
    assert {n: (f.group, f.version, f.status) for n, f in state.repositories.items()} == {
        "app": ("A", "1.0", "ON_TRACK"), "lib": ("B", "1.0", "ON_TRACK"), "hub": ("A", "1.0", "ON_TRACK"),
    }  # fmt: skip


def test_a_difference_holds_what_changed_and_nothing_else() -> None:
    both = [{"name": "lib", "version": "1.0"}, {"name": "hub", "version": None}]
    other = [{"name": "lib", "version": "2.0"}, {"name": "hub", "version": None}]
    before = plan(("A", repo("app") | {"dependencies": both}))
    after = plan(("A", repo("app", eta="2026-03-20") | {"dependencies": other}))
    changed = {"repositories": {"app": {"eta": "2026-03-20", "needs": {"lib": ["2.0"]}}}}
    assert facts.delta(before, after) == changed
    assert facts.delta(after, after) == facts.delta(Facts(), Facts()) == {}
    assert facts.delta(after, Facts()) == {"dropped": True}
    told = {(change.kind, change.repository) for change in facts.changes(before, after)}
    assert {repository for _, repository in told} == {"app"}
    assert len(told) == 2
