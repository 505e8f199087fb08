"""What holds for every plan and every feed, whatever stands in them: the laws of readiness."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.release import outline
from bot.release.assessment import Assessment, RootCause
from bot.release.dates import dates
from bot.release.documents import plan_from_raw
from bot.release.folder import FeedState, PlanFolder, Tracked
from bot.release.ga_status import GaStatus, StatusDocument
from bot.release.plan import PlanDocument, Repository
from bot.release.readiness import evaluate
from bot.release.status import Status, Verdict
from bot.release.trend import counts

NOW = datetime(2026, 3, 3, 9, 12, tzinfo=UTC)
WORSE = (Verdict.READY, Verdict.WAITING, Verdict.UNKNOWN, Verdict.MISMATCH, Verdict.AT_RISK)
"""From fine to bad. UNKNOWN may hide anything, so that knowing is not worse than not knowing."""

names = st.sampled_from(["a", "b", "c", "d", "e"])
anybody = names | st.sampled_from(["outside", "far-away", "a b", "<@U1>"])
shipped = st.sampled_from(["1.0.0", "v1.5.0", "2.0.0rc1", "r4.3", "2026.04.1"])
wanted = st.none() | st.sampled_from(["1.0.0", ">=1.2,<2", "^1.5", "r4.2", "!=1.0.0", "2026.1", "2.0.0rc1", "~=1", "*"])
printed = st.characters(exclude_categories=("C", "Z"))  # what does not show is refused at the door
nonsense = st.text(printed, min_size=1, max_size=20) | st.sampled_from(
    ["main", ">=", "🚂", "1..2", "=1", "0" * 128, "1e9", "-"]
)
day = st.none() | st.integers(1, 28).map(lambda number: f"2026-03-{number:02d}")
moment = st.integers(-400, 100).map(lambda hours: (NOW + timedelta(hours=hours)).isoformat())
status = st.sampled_from([word.value for word in Status])


def _row(name: str, version: st.SearchStrategy[Any], needed: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    need = st.fixed_dictionaries({"name": anybody, "version": needed}, optional={"needBy": day})
    waiver = st.fixed_dictionaries({"cause": anybody, "until": day.filter(bool)}, optional={"captain": anybody})
    return st.fixed_dictionaries(
        {
            "name": st.just(name),
            "version": version,
            "status": status,
            "dependencies": st.lists(need, max_size=4, unique_by=lambda n: n["name"]),
        },
        optional={"eta": day, "waivers": st.lists(waiver, max_size=2)},
    )


def _document(version: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(
        {"schemaVersion": st.just("1.0"), "status": status | st.just("no idea"), "updatedAt": moment},
        optional={
            "version": version,
            "latestVersion": version,
            "etaDate": day,
            "ttlHours": st.integers(1, 500),
            "blockers": st.just([{"title": "the build is red"}]),
        },
    )


tracked = st.builds(
    Tracked,
    st.sampled_from(list(Status)),
    moment.map(datetime.fromisoformat),
    st.sampled_from(list(FeedState)),
    by_hand_at=st.none() | moment.map(datetime.fromisoformat),
)


@st.composite
def folders(draw: st.DrawFn, wild: bool = False) -> PlanFolder:
    """A small train with cycles, outsiders and feeds of every kind; `wild`: nonsense versions and doubles, too."""
    version = st.none() | (shipped | nonsense if wild else shipped)
    chosen = draw(st.lists(names, max_size=6, unique=not wild))
    rows = [draw(_row(name, version, wanted | nonsense if wild else wanted)) for name in chosen]
    groups = [{"name": f"G{n}", "lead": draw(st.sampled_from(["", "lea", "max"])), "repositories": [row]}
              for n, row in enumerate(rows)]  # fmt: skip
    raw = {"releaseName": "R", "releaseDate": "2026-03-15", "status": "PLANNING", "releaseGroups": groups}
    said = draw(st.dictionaries(anybody, _document(version), max_size=6))
    return _folder(raw, said, draw(st.dictionaries(names, tracked, max_size=3)))


def _folder(raw: Any, said: Any, tracking: Any) -> PlanFolder:
    document = plan_from_raw(raw)
    assert isinstance(document, PlanDocument), document
    reports = {name: _report(name, fields) for name, fields in said.items()}
    return PlanFolder(document, reports, tracking)


def _report(name: str, fields: Any) -> StatusDocument:
    raw = {**fields, "repository": name}
    typed = raw | {"updatedAt": datetime.fromisoformat(raw["updatedAt"])}
    return StatusDocument(raw, GaStatus.model_validate(typed))


def _verdicts(assessment: Assessment) -> dict[tuple[str, str], Verdict]:
    return {(r.name, d.name): d.verdict for r in assessment.repositories for d in r.dependencies}


def _roots(assessment: Assessment) -> dict[str, RootCause]:
    return {root.name: root for root in assessment.root_causes}


@given(folders(wild=True), moment)
def test_no_plan_and_no_feed_makes_it_raise(folder: PlanFolder, at: str) -> None:
    now = datetime.fromisoformat(at)
    found = evaluate(folder, now)
    assert [r.name for r in found.repositories] == [row.name for _, row in folder.document.plan.repositories()]
    for dependency in (d for r in found.repositories for d in r.dependencies):
        assert dependency.reason
        assert bool(dependency.advice) is (dependency.verdict is not Verdict.READY)
        assert dependency.evidence
    assert counts(found).ready + counts(found).at_risk <= counts(found).scope
    assert len(outline.causes(found)) == len(found.root_causes)
    dates(folder, now)


@given(folders(wild=True))
def test_a_root_cause_blocks_exactly_those_whose_dependencies_name_it(folder: PlanFolder) -> None:
    found = evaluate(folder, NOW)
    waiting: dict[str, set[str]] = {}
    for repository in found.repositories:
        for cause in {cause for d in repository.dependencies for cause in d.root_causes}:
            assert not repository.settled
            waiting.setdefault(cause, set()).add(repository.name)
    roots = _roots(found)
    for name, blocked in waiting.items():
        itself = set() if name in roots and roots[name].members else {name}  # a circle holds up its own members
        assert set(roots[name].blocks if name in roots else ()) == blocked - itself
    assert roots.keys() <= waiting.keys()
    assert all(root.blocks for root in roots.values())


@given(folders(), st.randoms(use_true_random=False))
def test_the_order_in_which_things_are_written_changes_nothing(folder: PlanFolder, luck: Random) -> None:
    def shuffled(items: Iterable[Any]) -> tuple[Any, ...]:
        found = list(items)
        return tuple(luck.sample(found, len(found)))

    mixed = _mapped(folder, lambda row: {"dependencies": shuffled(row.dependencies)})
    plan = mixed.document.plan
    document = replace(folder.document, plan=plan.model_copy(update={"release_groups": shuffled(plan.release_groups)}))
    reports, tracking = (dict(shuffled(d.items())) for d in (folder.reports, folder.tracking))
    before, after = evaluate(folder, NOW), evaluate(PlanFolder(document, reports, tracking), NOW)
    assert _verdicts(before) == _verdicts(after)
    assert _plain(before) == _plain(after)
    # A circle lists its own in plan order, and a path leads to the first of several causes.
    assert [replace(c, reason="") for c in before.root_causes] == [replace(c, reason="") for c in after.root_causes]


def _plain(assessment: Assessment) -> dict[str, Any]:
    return {
        r.name: (
            replace(r, dependencies=(), contradictions=()),
            sorted(said.partition("; it needs ")[0] for said in r.contradictions),  # and there to the first cause
            {(d.name, d.requirement, d.verdict, d.evidence, frozenset(d.root_causes)) for d in r.dependencies},
        )
        for r in assessment.repositories
    }


@given(folders(), st.data(), shipped)
def test_one_more_that_is_released_never_makes_a_verdict_worse(
    folder: PlanFolder, data: st.DataObject, version: str
) -> None:
    """A repository that was neither planned nor published comes out, or one of the plan does, at what it ships."""
    rows = {row.name: row for _, row in folder.document.plan.repositories()}
    name = data.draw(anybody.filter(lambda n: n not in folder.reports or (n in rows and rows[n].version is not None)))
    row = rows.get(name)
    if row is not None and row.version is None:
        return  # RELEASED of nothing in particular: nobody can tell whether it is what they need
    known = folder.reports[name].raw if name in folder.reports else {"schemaVersion": "1.0"}
    out = {**known, "status": "RELEASED", "version": row.version if row else version, "updatedAt": NOW.isoformat()}
    _nobody_is_worse(folder, replace(folder, reports={**folder.reports, name: _report(name, out)}))


@given(folders(), st.data())
def test_a_release_by_hand_never_makes_a_verdict_worse(folder: PlanFolder, data: st.DataObject) -> None:
    rows = [row for _, row in folder.document.plan.repositories()]
    by_hand = [row.name for row in rows if row.version is not None and row.name not in folder.reports]
    if by_hand:
        chosen = data.draw(st.sampled_from(by_hand))
        _nobody_is_worse(folder, _mapped(folder, lambda row: {"status": Status.RELEASED} if row.name == chosen else {}))


def _mapped(folder: PlanFolder, change: Callable[[Repository], dict[str, Any]]) -> PlanFolder:
    """The same folder with those fields of every repository changed."""
    plan = folder.document.plan
    groups = tuple(
        group.model_copy(update={"repositories": tuple(r.model_copy(update=change(r)) for r in group.repositories)})
        for group in plan.release_groups
    )
    document = replace(folder.document, plan=plan.model_copy(update={"release_groups": groups}))
    return replace(folder, document=document)


def _nobody_is_worse(before: PlanFolder, after: PlanFolder) -> None:
    was, now = _verdicts(evaluate(before, NOW)), _verdicts(evaluate(after, NOW))
    worse = {edge: (was[edge], now[edge]) for edge in was if WORSE.index(now[edge]) > WORSE.index(was[edge])}
    assert worse == {}


@given(folders(), st.integers(1, 2_000))
def test_time_alone_makes_nothing_ready_and_takes_no_release_back(folder: PlanFolder, hours: int) -> None:
    was, now = _verdicts(evaluate(folder, NOW)), _verdicts(evaluate(folder, NOW + timedelta(hours=hours)))
    assert {e for e, v in was.items() if v is Verdict.READY} == {e for e, v in now.items() if v is Verdict.READY}


@given(folders())
def test_one_who_needs_nothing_and_is_needed_by_nobody_changes_nothing(folder: PlanFolder) -> None:
    raw: Any = folder.document.raw
    alone = {"name": "alone", "version": "1.0.0", "status": "BLOCKED", "dependencies": []}
    more = {**raw, "releaseGroups": [*raw["releaseGroups"], {"name": "X", "lead": "x", "repositories": [alone]}]}
    document = plan_from_raw(more)
    assert isinstance(document, PlanDocument)
    before, after = evaluate(folder, NOW), evaluate(replace(folder, document=document), NOW)
    assert after.repositories[:-1] == before.repositories
    assert after.root_causes == before.root_causes
