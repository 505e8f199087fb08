"""`/release risks`: everything that is at risk, folded by root cause, and only what is one's own for `mine`."""

from bot.blocks.message import Message
from bot.blocks.risks import risks
from bot.release.assessment import Assessment
from tests.blocks import golden
from tests.blocks.trains import COMMIT, EXAMPLE, PEOPLE, QUIET, SLUG, flamingo
from tests.drawing import NOW, assess


def _risks(assessment: Assessment, **more: object) -> Message:
    return risks(assessment, slug=SLUG, commit=COMMIT, as_of=NOW, people=PEOPLE, **more)  # type: ignore[arg-type]


def test_the_example() -> None:
    golden.check("risks", _risks(assess(EXAMPLE)))


def test_mine() -> None:
    golden.check("risks-mine", _risks(assess(EXAMPLE), mine="Product Release Captain A"))


def test_nothing_at_risk() -> None:
    golden.check("risks-quiet", _risks(assess(QUIET)))


def test_a_big_train() -> None:
    train = flamingo()
    golden.check("risks-big", risks(train, slug="flamingo", commit=COMMIT, as_of=train.now, people={}))


def test_mine_takes_one_lead_or_several_and_leaves_out_the_rest() -> None:
    train = assess(EXAMPLE)
    one = golden.render(_risks(train, mine="Insights Release Captain"))
    assert "intelgraph-server" in one
    assert "policy-engine" not in one
    assert "Of yours it holds up reports." in one
    assert _risks(train, mine=["Insights Release Captain"]) == _risks(train, mine="Insights Release Captain")
    both = golden.render(_risks(train, mine={"Insights Release Captain", "Platform Ops Captain"}))
    assert "policy-engine" in both
    assert "It is yours." in both


def test_mine_counts_only_ones_own_repositories() -> None:
    said = _risks(assess(EXAMPLE), mine="Insights Release Captain").text
    assert said.startswith("What concerns you in Summit 2026 Q1 Launch, 12 days to go: 1 root cause holds up 1 repo")


def test_nothing_of_mine_is_nothing_to_do() -> None:
    train = assess(f"{EXAMPLE}\nQuiet (quinn): calm v1 ON_TRACK")
    assert _risks(train, mine="quinn").text.endswith("nothing is at risk, nothing to do.")


def test_nothing_at_risk_is_not_nothing_to_do_where_feeds_are_stale() -> None:
    train = assess("A (ana): x v1 ON_TRACK fed=9d\nB (bo): y v1 ON_TRACK fed=9d\n z v1 ON_TRACK fed=9d")
    said = golden.render(_risks(train))
    assert "nothing is at risk, but not every feed is fresh" in said
    assert "3 feeds are stale: ask bo and ana." in said
    assert "1 feed is stale: ask ana." in golden.render(_risks(train, mine="ana"))
    assert "nothing to do" not in said


def test_trouble_that_holds_nobody_up_comes_with_since_and_why() -> None:
    text = 'A (ana): lonely v1 BLOCKED fed=1h since=2026-03-02T08:00 blocker="no signing key" eta=2026-03-17'
    said = golden.render(_risks(assess(text)))
    assert "*In trouble, but holding nobody up (1)*" in said
    assert '✖ *lonely v1* is blocked since yesterday. "no signing key" ana expects it on Tue 17 Mar, 2 days' in said


def test_what_finishing_frees_is_not_promised_to_those_who_wait_on_more() -> None:
    train = assess("A (ana): a v1 ON_TRACK > x v1, y v1\n b v1 ON_TRACK > x v1\nB (bo): x v1 AT_RISK\n y v1 BLOCKED")
    said = golden.render(_risks(train))
    assert "Finish it: a and b wait on it, 1 of them on nothing else." in said
    assert "Finish it: a waits on it (and on more)." in said


def test_finishing_frees_the_captains_who_wait_on_nothing_else() -> None:
    own = "A (ana): a v1 ON_TRACK > x v1\n b v1 ON_TRACK > y v1"
    others = "C (cy): c v1 ON_TRACK > x v1\nD (dee): d v1 ON_TRACK > x v1"
    said = golden.render(_risks(assess(f"{own}\n{others}\nB (bo): x v1 AT_RISK\n y v1 BLOCKED")))
    assert "Finish it and 3 repositories are free: a, c and d; that frees 2 captains." in said
    assert "Finish it and 1 repository is free: b." in said  # ana waits on x too


def test_a_mismatch_says_which_of_the_two_to_change() -> None:
    said = golden.render(_risks(assess(EXAMPLE)))
    assert "Change the plan to ship policy-engine v2.0.0, or lower what is required to v1.8.0." in said


def test_more_than_there_is_room_for_is_counted() -> None:
    many = "\n".join(f"Group {n} (lead {n}): lib-{n} v1 AT_RISK\n app-{n} v1 ON_TRACK > lib-{n} v1" for n in range(60))
    said = golden.render(_risks(assess(many)))
    assert said.count("Finish it and") == 8
    assert "and 32 more, each of which holds up no more than these" in said


def test_contradictions_are_told_and_with_mine_only_those_of_ones_own() -> None:
    train = assess(
        "A (ana): x v2 ON_TRACK fed=1h says=RELEASED of=v1\nB (bo): z v2 ON_TRACK fed=1h says=RELEASED of=v1"
    )
    every, mine = golden.render(_risks(train)), golden.render(_risks(train, mine="ana"))
    assert ("feed of x speaks" in every, "feed of z speaks" in every) == (True, True)
    assert ("feed of x speaks" in mine, "feed of z speaks" in mine) == (True, False)
