"""`/release impact` as people read it, and what lies ahead in `/release why`."""

from datetime import date, timedelta

import pytest

from bot.blocks.ahead import Ahead
from bot.blocks.impact import impact_message, no_impact
from bot.blocks.limits import problems
from bot.blocks.message import Message
from bot.blocks.why import why
from bot.release import readiness
from bot.release.dates import dates
from bot.release.forecast import Forecast, TooLittle
from bot.release.impact import NoImpact, impact
from bot.release.plan import Milestone
from tests.blocks import golden
from tests.blocks.trains import EXAMPLE, PAST, PEOPLE, SLUG
from tests.drawing import NOW, draw

SERVER = "intelgraph-server"


def asked(
    repository: str,
    slip: timedelta | date | None = None,
    drawing: str = EXAMPLE,
    forecast: Forecast | TooLittle | None = None,
    asker: str = "",
    **plan: object,
) -> Message:
    folder = draw(drawing, **plan)
    assessment = readiness.evaluate(folder, NOW)
    found = impact(folder, NOW, repository, slip)
    if isinstance(found, NoImpact):
        message = no_impact(found, assessment, repository, slug=SLUG, slip=slip)
    else:
        message = impact_message(found, assessment, slug=SLUG, people=PEOPLE, forecast=forecast, asker=asker)
    assert problems(message) == []
    return message


def read(message: Message) -> str:
    return golden.render(message)


@pytest.mark.parametrize(
    ("name", "repository", "slip", "past"),
    [
        ("waiting", SERVER, None, PAST[0]),
        ("later", SERVER, timedelta(days=5), PAST[0]),
        ("earlier", SERVER, date(2026, 3, 10), PAST[1]),
        ("outside", "common-utils", timedelta(days=5), None),
        ("nobody-late", "charts-kit", timedelta(days=2), PAST[2]),
        ("released", "mobile-app", timedelta(days=3), None),
        ("typo", "inteligraph-server", timedelta(days=5), None),
    ],
)
def test_the_example(
    name: str, repository: str, slip: timedelta | date | None, past: Forecast | TooLittle | None
) -> None:
    golden.check(f"impact-{name}", asked(repository, slip, forecast=past))


def test_milestones_that_would_be_missed() -> None:
    milestones = (Milestone(name="Code freeze", date=date(2026, 3, 12)), Milestone(name="Party", date=date(2026, 4, 1)))
    line = "A (ana): app v1 ON_TRACK fed=1h eta=2026-03-04 > lib v1\nB (bo): lib v1 ON_TRACK fed=1h eta=2026-03-10"
    said = read(asked("lib", timedelta(days=3), line, milestones=milestones))
    assert "All of these still make the release date (Sun 15 Mar)." in said
    assert "After the milestone Code freeze: app and lib." in said
    assert "Party" not in said


def test_what_lies_between_is_told() -> None:
    line = "A (ana): top v1 ON_TRACK > mid v1\n mid v1 ON_TRACK > lib v1\nB (bo): lib v1 ON_TRACK fed=1h eta=2026-03-14"
    said = read(asked("lib", timedelta(days=3), line))
    assert "top, ana: Sat 14 Mar → Tue 17 Mar or later, 2 days after the release date (Sun 15 Mar), through mid" in said


def test_nobody_is_sent_to_themselves() -> None:
    everybody = read(asked(SERVER, timedelta(days=5)))
    assert "Talk to Insights Release Captain, <@UBO00000B> and <@UANA0000A>." in everybody
    assert "Talk to Insights Release Captain and <@UANA0000A>." in read(
        asked(SERVER, timedelta(days=5), asker="UBO00000B")
    )


def test_many_are_named_and_none_is_left_out_in_silence() -> None:
    rows = "\n".join(f" app-{n:02} v1 ON_TRACK > lib v1" for n in range(60))
    drawing = f"A (ana): first v1 ON_TRACK\n{rows}\nB (bo): lib v1 ON_TRACK fed=1h eta=2026-03-14"
    said = read(asked("lib", timedelta(days=3), drawing))
    assert "Would be late (61)" in said
    assert "and 19 more" in said
    waiting = read(asked("lib", None, drawing))
    assert "60 repositories of 1 captain wait on lib." in waiting
    assert "and 18 more" in waiting


def test_a_slip_that_cannot_be_asked_for_leads_on() -> None:
    past = asked(SERVER, date(2026, 3, 1))
    assert past.text.startswith(f"Sun 1 Mar has passed, and {SERVER} is not out: name a day from today on.")
    assert f"`/release why {SERVER} {SLUG}`" in past.text or f"`/release why {SERVER} {SLUG}`" in read(past)


def ahead_of(repository: str, past: Forecast | TooLittle | None = None) -> str:
    folder = draw(EXAMPLE)
    ahead = Ahead(dates(folder, NOW).find(repository), past)
    return read(why(readiness.evaluate(folder, NOW), repository, slug=SLUG, people=PEOPLE, ahead=ahead))


def test_why_tells_the_earliest_day_and_because_of_whom() -> None:
    assert (
        "It can be ready on Wed 18 Mar at the earliest, 3 days after the release date (Sun 15 Mar), because of "
        f"{SERVER}; it may be later: no date is known for it and common-utils."
    ) in ahead_of("summit-app")
    assert "Nobody can say when it can be ready: no date is known for it and policy-engine" in ahead_of("audit-log")


def test_why_does_not_say_twice_what_a_captain_expects() -> None:
    assert "expects it on Wed 18 Mar, 3 days after the release date" in ahead_of(SERVER)
    assert "at the earliest" not in ahead_of(SERVER)
    assert "earliest" not in ahead_of("mobile-app")


def test_why_tells_what_the_past_says_and_when_that_is_too_little() -> None:
    golden.check_text("why-ahead.txt", "\n".join(f"{ahead_of('summit-app', past)}\n{'─' * 8}" for past in PAST) + "\n")
    assert "No forecast: only 3 releases" in ahead_of("summit-app", PAST[2])
    assert "orecast" not in ahead_of("mobile-app", TooLittle("it is released", coming=False))
