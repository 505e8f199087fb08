"""The counts and the order that messages and the dashboard share."""

from bot.release import outline
from bot.release.status import PlanStatus, Status, Verdict
from tests.drawing import assess

TRAIN = """
Product A (ana):
    summit-app v3.0.0 ON_TRACK > common-utils v2.1.0, intelgraph-server v1.5.0
    web-portal v3.0.0 ON_TRACK > intelgraph-server v1.5.0
    old-gateway v1.0.0 DROPPED
Insights (cy):
    charts-kit v1.2.0 RELEASED fed=1h > intelgraph-server v1.5.0
Platform (bo):
    intelgraph-server v1.5.0 AT_RISK fed=9d
    audit-log v0.9.0 ON_TRACK fed=1h > policy-engine v2.0.0
    policy-engine v1.8.0 ON_TRACK
    lonely v1 BLOCKED
"""


def test_what_was_dropped_is_not_in_the_scope() -> None:
    t = outline.tally(assess(TRAIN).repositories)
    assert (t.total, t.done, t.of(Status.DROPPED)) == (7, 1, 1)
    assert (t.fresh, t.stale, t.held_up) == (2, 1, 3)


def test_groups_worst_first_and_empty_ones_too() -> None:
    found = outline.groups(assess(f"{TRAIN}\nEmpty ():\n"))
    assert [g.name for g in found] == ["Product A", "Insights", "Platform", "Empty"]
    assert [g.name for g in outline.worst_first(found)] == ["Platform", "Product A", "Insights", "Empty"]
    assert [g.symbol for g in found] == ["⚠", "✔", "✖", "○"]


def test_a_mismatch_is_told_as_one_even_where_it_is_met_as_risk() -> None:
    kinds = {
        c.root.name: c.kind for c in outline.causes(assess(f"{TRAIN}\nTop (dee): top v1 ON_TRACK > audit-log v0.9"))
    }
    assert kinds == {
        "common-utils": Verdict.UNKNOWN,
        "intelgraph-server": Verdict.AT_RISK,
        "policy-engine": Verdict.MISMATCH,
    }


def test_freed_is_what_waits_on_nothing_else() -> None:
    cause = next(c for c in outline.causes(assess(TRAIN)) if c.root.name == "intelgraph-server")
    assert cause.root.blocks == ("summit-app", "web-portal")
    assert cause.freed == ("web-portal",)
    assert cause.owner == "bo"


def test_a_captain_is_freed_when_none_of_theirs_waits_on_anything_else() -> None:
    more = "\nApps (dee): app v1 ON_TRACK > intelgraph-server v1.5.0\n done v1 RELEASED > common-utils v2.1.0"
    cause = next(c for c in outline.causes(assess(TRAIN + more)) if c.root.name == "intelgraph-server")
    assert cause.root.captains == ("ana", "dee")  # ana's summit-app waits on common-utils too
    assert cause.freed_captains == ("dee",)  # what is released waits on nothing, whatever it once needed
    circle = "A (ana): a v1 ON_TRACK > x v1\nX (bo): x v1 ON_TRACK > y v1\n y v1 ON_TRACK > x v1"
    (cause,) = outline.causes(assess(circle))
    assert (cause.root.name, cause.root.blocks, cause.freed_captains) == ("x ↔ y", ("a", "x", "y"), ("ana", "bo"))


def test_the_label_of_something_outside_carries_what_is_needed_of_it() -> None:
    labels = {c.root.name: c.label for c in outline.causes(assess(TRAIN))}
    assert labels["common-utils"] == "common-utils v2.1.0"
    assert labels["intelgraph-server"] == "intelgraph-server v1.5.0"


def test_trouble_that_is_no_root_cause_holds_nobody_up_or_is_behind_one() -> None:
    behind = "\nMore (dee): middle v1 AT_RISK > intelgraph-server v1.5.0\n end v1 ON_TRACK > middle v1"
    alone, waiting = outline.in_trouble(assess(TRAIN + behind))
    assert [r.name for r in alone] == ["lonely"]
    assert [r.name for r in waiting] == ["middle"]


def test_what_is_out_waits_on_nothing() -> None:
    released = next(r for r in assess(TRAIN).repositories if r.name == "charts-kit")
    assert outline.open_dependencies(released) == ()


def test_health_in_a_word() -> None:
    def one(state: str, needs: str = "", **plan: object) -> str:
        return outline.health(assess(f"A (ana): x v1 {state}{needs}", **plan))

    assert one("AT_RISK") == one("BLOCKED") == "at risk"
    assert one("ON_TRACK") == "on track"
    assert one("ON_TRACK", " > nobody v1") == one("UNKNOWN") == "not all is known"
    assert one("NOT_STARTED") == "not started"
    assert one("READY") == "all ready"
    assert one("RELEASED") == "all released"
    assert one("ON_TRACK", status=PlanStatus.CANCELLED) == "cancelled"
    assert outline.health(assess("A (ana):")) == one("DROPPED") == "empty"


def test_the_symbol_of_a_group_is_that_of_its_worst() -> None:
    def one(*rows: str) -> str:
        return outline.groups(assess(f"A (ana): {rows[0]}\n" + "\n".join(rows[1:])))[0].symbol

    assert one("x v1 BLOCKED", "y v1 AT_RISK") == "✖"
    assert one("x v1 AT_RISK", "y v1 UNKNOWN") == "⚠"
    assert one("x v1 UNKNOWN", "y v1 RELEASED") == "?"
    assert one("x v1 RELEASED", "y v1 READY") == "✔"
    assert one("x v1 RELEASED", "y v1 ON_TRACK") == "→"
    assert one("x v1 DROPPED") == "○"


def test_groups_of_one_name_and_captain_are_one_and_keep_their_captain() -> None:
    found = outline.groups(assess("A (ana): x v1 READY\nA (bo): y v1 READY\nA (ana): z v1 READY"))
    assert [(g.lead, [r.name for r in g.repositories]) for g in found] == [("ana", ["x", "z"]), ("bo", ["y"])]


def test_a_cause_is_told_as_those_say_who_need_it() -> None:
    told = {c.root.name: c for c in outline.causes(assess(TRAIN))}
    server, utils, policy = told["intelgraph-server"], told["common-utils"], told["policy-engine"]
    assert server.reason.startswith("intelgraph-server v1.5.0 is at risk")
    assert server.advice.startswith("Talk to bo today")
    assert server.health is not None
    assert server.health.name == "intelgraph-server"
    assert policy.reason.startswith("the plan ships policy-engine v1.8.0, which does not satisfy v2.0.0")
    assert policy.label == "policy-engine v1.8.0"
    assert (server.silent, policy.silent, utils.silent) == (False, False, True)
    assert utils.health is None


def test_an_unknown_that_publishes_something_is_not_silent() -> None:
    (cause,) = outline.causes(assess("A (ana): x v1 ON_TRACK > out v1\n* out v1 UNKNOWN fed=1h captain=kim"))
    assert (cause.kind, cause.silent) == (Verdict.UNKNOWN, False)


def test_no_version_is_named_where_those_outside_are_needed_in_several() -> None:
    (cause,) = outline.causes(assess("A (ana): x v1 ON_TRACK > out v1\n y v1 ON_TRACK > out v2"))
    assert cause.label == "out"


def test_a_circle_is_told_as_one() -> None:
    ring = "A (ana): a v1 ON_TRACK > b v1\n b v1 ON_TRACK > a v1\n top v1 ON_TRACK > a v1"
    (cause,) = outline.causes(assess(ring))
    assert (cause.label, cause.kind, cause.health, cause.freed) == ("a ↔ b", Verdict.MISMATCH, None, ("a", "b", "top"))
    assert cause.root.members == ("a", "b")
    assert cause.reason == cause.root.reason == "2 repositories need each other in a circle, so none can be first"
    assert cause.advice == "Break the circle, one of them has to go first"
