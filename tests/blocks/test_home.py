"""App Home: what I wait on, who waits on me, my groups; nothing of others, and always within Slack's limits."""

from typing import Any

from bot.blocks import home
from bot.blocks.limits import view_problems
from bot.release.status import PlanStatus
from tests.blocks import golden
from tests.blocks.trains import COMMIT, EXAMPLE, PEOPLE, QUIET, SLUG, Seen, crowd, flamingo, home_of
from tests.drawing import NOW, assess

EXAMPLES = [
    Seen(SLUG, COMMIT, NOW, assess(EXAMPLE), PEOPLE),
    Seen("quiet", COMMIT, NOW, assess(QUIET.replace("Product Release Captain A", "zoe"), release_name="Quiet"), PEOPLE),
]


def _said(view: dict[str, Any]) -> str:
    return str([b.get("text", b.get("elements")) for b in view["blocks"]])


def test_a_captain() -> None:
    golden.check_view("home-captain", home.view(EXAMPLES, user="UANA0000A"))


def test_the_captain_on_whom_others_wait() -> None:
    golden.check_view("home-owner", home.view(EXAMPLES, user="UBO00000B"))


def test_somebody_who_answers_for_nothing() -> None:
    golden.check_view("home-reader", home.view(EXAMPLES, user="UNOBODY00"))


def test_the_lead_captain_reads_how_the_plan_stands_and_what_needs_them() -> None:
    people = {**PEOPLE, "Lea": PEOPLE["Platform Ops Captain"]}
    said = _said(home.view([Seen(SLUG, COMMIT, NOW, assess(EXAMPLE, lead="Lea"), people)], user="UBO00000B"))
    assert "You are its lead captain. 2 of 9 ready or released" in said
    assert "intelgraph-server v1.5.0* is at risk and holds up 3 repositories" in said
    assert "Slack does not know Insights Release Captain, so no alert reaches them" in said
    assert "1 feed is stale: ask Insights Release Captain." in said
    quiet = Seen("q", COMMIT, NOW, assess(QUIET, lead="Zed"), {"Zed": PEOPLE["Product Release Captain A"]})
    alone = _said(home.view([quiet], user="UANA0000A"))
    assert "No group names you" not in alone
    assert "Nobody answers" not in alone


def test_nothing_at_all() -> None:
    view = home.view([], user="UNOBODY00")
    assert view_problems(view) == []
    assert "/release help" in _said(view)


def test_plans_that_are_over_are_gone() -> None:
    over = Seen("over", COMMIT, NOW, assess(EXAMPLE, status=PlanStatus.RELEASED, release_name="Over"), PEOPLE)
    assert "Over" not in _said(home.view([over], user="UANA0000A"))


def test_a_lead_that_is_a_slack_id_is_that_person() -> None:
    seen = Seen("x", COMMIT, NOW, assess("A (U012AB3CD): x v1 ON_TRACK"), {})
    assert "My groups" in _said(home.view([seen], user="U012AB3CD"))


def test_big_trains_fit() -> None:
    for size in (1, 60, 500):
        assert view_problems(home_of(crowd(size))) == []
    train = flamingo()
    lead = next(r.lead for r in train.repositories if r.lead)
    seen = [Seen(f"p{n}", COMMIT, train.now, train, {lead: PEOPLE["Platform Ops Captain"]}) for n in range(30)]
    assert view_problems(home.view(seen, user="UBO00000B")) == []
