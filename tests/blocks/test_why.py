"""`/release why`: path, verdict, reason and advice for one repository; help for a name that is not there."""

from dataclasses import replace

import pytest

from bot.blocks.message import Message
from bot.blocks.why import why
from bot.release.assessment import Assessment
from bot.release.published import Published, PublishedVersion
from bot.release.readiness import evaluate
from tests.blocks import golden
from tests.blocks.trains import EXAMPLE, PEOPLE, SLUG, flamingo
from tests.drawing import NOW, assess, draw


def _why(repository: str, train: Assessment | None = None) -> Message:
    return why(train or assess(EXAMPLE), repository, slug=SLUG, people=PEOPLE)


@pytest.mark.parametrize(
    "repository", ["summit-app", "web-portal", "audit-log", "mobile-app", "common-utils", "sumit-app"]
)
def test_the_example(repository: str) -> None:
    golden.check(f"why-{repository}", _why(repository))


def test_a_big_train() -> None:
    golden.check("why-big", why(flamingo(), "nova", slug="flamingo"))


def test_case_does_not_matter_where_only_one_name_fits() -> None:
    assert _why("Summit-App") == _why("summit-app")
    two = assess("A (ana): App v1 ON_TRACK\n app v1 BLOCKED")
    assert "blocked itself" in golden.render(_why("app", two))
    assert 'There is no repository "APP"' in _why("APP", two).text


def test_a_name_that_nobody_knows_leads_on() -> None:
    assert f"What is in it: `/release status {SLUG}`" in _why("zzz").text
    quoted = assess('A (ana): "my app" v1 ON_TRACK')
    assert f'`/release why "my app" {SLUG}`' in _why("my ap", quoted).text


def test_the_root_cause_at_the_end_of_the_path_is_told() -> None:
    said = golden.render(_why("web-portal"))
    assert "Path: web-portal → summit-app → intelgraph-server" in said
    assert "*Root cause*\n⚠ *intelgraph-server v1.5.0* is at risk" in said


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("x v1 ON_TRACK fed=2h", "Its feed is fresh: 2 hours old."),
        ("x v1 ON_TRACK fed=9d", "Its feed is stale: 9 days old. Ask ana to mend it."),
        ("x v1 ON_TRACK fed=3h ttl=1", "Its feed is stale: 3 hours old. Ask ana to mend it."),
        ("x v1 ON_TRACK", "It publishes no status of its own: people set it by hand."),
        (
            'x v1 ON_TRACK fed=2h feed=refused reason="x/ga_status.json:3: status is missing"',
            "refused: x/ga_status.json:3: status is missing. The last good one, 2 hours old, stays in force. Ask ana",
        ),
        ("x v1 ON_TRACK fed=2h feed=missing", "Its ga_status.json has gone. The last good one, 2 hours old"),
        ("x v1 ON_TRACK fed=2h feed=unreachable", "Its ga_status.json could not be reached."),
    ],
)
def test_what_its_status_rests_on(line: str, said: str) -> None:
    assert said in golden.render(_why("x", assess(f"A (ana): {line}")))


def test_nobody_is_sent_to_themselves() -> None:
    train = assess("A (Product Release Captain A): x v1 ON_TRACK fed=9d")
    own = golden.render(why(train, "x", slug=SLUG, people=PEOPLE, asker="UANA0000A"))
    assert "Its feed is stale: 9 days old. It is yours: update its ga_status.json." in own
    other = golden.render(why(train, "x", slug=SLUG, people=PEOPLE, asker="UBO00000B"))
    assert "Ask <@UANA0000A> to mend it." in other


def test_contradictions_are_told() -> None:
    said = golden.render(_why("x", assess("A (ana): x v2 ON_TRACK fed=1h says=RELEASED of=v1")))
    assert "‼ The plan ships v2, but the feed of x speaks of v1 (RELEASED), so it moves no status." in said


def test_what_nobody_publishes_is_named_of_what_is_released_and_is_no_contradiction() -> None:
    said = golden.render(_why("x", assess("A (ana): x v1 RELEASED > pbr 7.0, zlib, y v1\n y v1 ON_TRACK")))
    assert "It needs pbr 7.0 and zlib: they are outside the plan, and nobody publishes whether they are there." in said
    assert "‼ x is released, but it needs y: y v1 is on track and not out yet." in said
    assert said.count("‼") == 1
    assert "outside the plan" not in golden.render(_why("x", assess("A (ana): x v1 DROPPED > pbr 7.0, zlib")))


@pytest.mark.parametrize(
    ("needs", "said"),
    [
        ("", "x v1 needs nothing from others"),
        (" > a v1", "x v1 has all that it needs: 1 dependency ready"),
        (" > a v1, b v1", "x v1 waits on b v1: at risk, its 1 other dependency ready"),
        (" > b v1, c v1", "x v1 waits on both of its dependencies: 2 at risk"),
        (" > a v1, b v1, c v1", "x v1 waits on 2 of its 3 dependencies: 2 at risk"),
        (" > b v1, c v1, d v1", "x v1 waits on all 3 of its dependencies: 2 at risk, 1 waiting"),
    ],
)
def test_the_first_line_says_what_it_waits_on(needs: str, said: str) -> None:
    others = "B (bo): a v1 RELEASED\n b v1 AT_RISK\n c v1 BLOCKED\n d v1 ON_TRACK"
    assert _why("x", assess(f"A (ana): x v1 ON_TRACK{needs}\n{others}")).text == f"{said}."


def test_what_is_ready_says_what_that_rests_on() -> None:
    train = draw("A (ana): x v1 > a v1\na v1 AT_RISK")
    tag = Published((PublishedVersion("v1.0.0"),), NOW)
    said = golden.render(_why("x", evaluate(replace(train, published={"a": tag}), NOW)))
    assert "✓ ready · *a*, needs v1: tag v1.0.0, as of 2026-03-03" in said
