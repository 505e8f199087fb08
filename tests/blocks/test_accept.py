"""The form of accepting a risk: within Slack's limits whatever things are called, and read back as it was sent."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from bot.blocks import accept
from bot.blocks.accept import Form
from bot.sandbox.limits import check_view

UNTIL = date(2026, 3, 12)
FORM = Form("summit", "Captain A", "ab" * 20, "https://hooks.example/x")
NASTY = ["a", "x" * 60, "<!channel> *b* `c`", "line\nbreak", "\u202eright to left", "ö" * 60, '"quoted" \\ & <b>', " "]


def checked(view: dict[str, Any] | None) -> dict[str, Any]:
    assert view is not None
    check_view(view, "modal", files=())
    return view


@pytest.mark.parametrize("name", NASTY)
def test_names_of_any_kind_fit_and_come_back_as_they_were(name: str) -> None:
    risk = ("app", name)
    view = checked(accept.form(FORM, [risk, (name, "app")], risk, until=UNTIL))
    element = view["blocks"][1]["element"]
    assert [accept.risk_of(option["value"]) for option in element["options"]] == [risk, (name, "app")]
    assert accept.risk_of(element["initial_option"]["value"]) == risk
    assert accept.form_of(view["private_metadata"]) == FORM


def test_a_hundred_are_offered_and_the_one_of_the_button_is_among_them() -> None:
    risks = [(f"app-{n}", "server") for n in range(150)]
    view = checked(accept.form(FORM, risks, risks[140], until=UNTIL))
    element = view["blocks"][1]["element"]
    assert len(element["options"]) == 100
    assert accept.risk_of(element["initial_option"]["value"]) == risks[140]
    view = checked(accept.form(FORM, risks, ("app", "that is over"), until=UNTIL))
    assert "initial_option" not in view["blocks"][1]["element"], "what somebody did not choose is not chosen for them"


def test_names_that_fit_into_no_option_get_no_form_and_a_way_to_answer_that_is_too_long_is_left_out() -> None:
    assert accept.form(FORM, [("x" * 200, "server")], ("x" * 200, "server"), until=UNTIL) is None
    long = Form("summit", "Captain A", "ab" * 20, "https://hooks.example/" + "x" * 3000)
    view = checked(accept.form(long, [("app", "server")], ("app", "server"), until=UNTIL))
    carried = accept.form_of(view["private_metadata"])
    assert carried is not None
    assert (carried.plan, carried.response_url) == ("summit", "")


def test_what_takes_the_place_of_the_form_is_a_view_and_says_what_to_do() -> None:
    risk, now = ("app", "<!here>"), datetime(2026, 3, 3, 9, 12, tzinfo=UTC)
    answers = [
        accept.done(risk, UNTIL, slug="summit", commit="ab" * 20),
        accept.done(risk, UNTIL, slug="summit", commit=None),
        accept.waits(risk, UNTIL, reason="the store is away", head_at=now, now=now, zone="Europe/Berlin"),
        accept.refused("x" * 5000),
        accept.nothing_to_accept("Captain A", "summit"),
        accept.too_long("summit"),
    ]
    for message in answers:
        view = checked(accept.said(message))
        assert "submit" not in view
        assert "<!here>" not in str(view)
    checked(accept.saving())
