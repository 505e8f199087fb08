"""`/release plans`: those under way by date, then those that are over."""

from datetime import date

from bot.blocks.limits import problems
from bot.blocks.plans import plans
from bot.release.status import PlanStatus
from tests.blocks import golden
from tests.blocks.trains import COMMIT, EXAMPLE, PEOPLE, QUIET, SLUG, Seen
from tests.drawing import NOW, assess


def _seen(slug: str, text: str = QUIET, **plan: object) -> Seen:
    return Seen(slug, COMMIT, NOW, assess(text, release_name=slug.title(), **plan), PEOPLE)


def test_the_next_date_comes_first_and_what_is_over_last() -> None:
    found = [
        _seen("done-long-ago", release_date=date(2025, 3, 1), status=PlanStatus.RELEASED),
        _seen("later", release_date=date(2026, 9, 1)),
        _seen("stopped", release_date=date(2026, 1, 1), status=PlanStatus.CANCELLED),
        _seen(SLUG, EXAMPLE),
    ]
    message = plans(found)
    golden.check("plans", message)
    said = golden.render(message)
    order = [said.index(f"`{slug}`\n") for slug in (SLUG, "later", "stopped", "done-long-ago")]
    assert order == sorted(order)


def test_no_plan_says_how_to_start_one() -> None:
    assert "convoy plan add FILE" in plans([]).text


def test_very_many_plans_fit() -> None:
    message = plans([_seen(f"plan-{n}") for n in range(300)])
    assert problems(message) == []
    assert "and 240 more" in golden.render(message)
