"""Accepted risks as captains read them: shown with who, until when and why, not counted as open, and back with why."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from bot.blocks import alert, digest, home, risks, status, why
from bot.blocks.message import Message
from bot.release import alerts, outline
from bot.release.assessment import Assessment
from bot.release.edits import AcceptRisk
from bot.release.folder import PlanFolder
from bot.release.readiness import evaluate
from tests.blocks import golden
from tests.blocks.trains import COMMIT, EXAMPLE, PEOPLE, SLUG, Seen
from tests.drawing import NOW, assess, draw

ANA, CY = "Product Release Captain A", "Insights Release Captain"
SERVER = (("summit-app", "intelgraph-server"),)
ALL = (*SERVER, ("summit-app", "common-utils"))
EVERYBODY = (*SERVER, ("reports", "intelgraph-server"))
SAID = 'risk accepted by Ana Lee until Fri 20 Mar: "we ship our own copy"'
PART = 'risk accepted for summit-app and web-portal by Ana Lee until Fri 20 Mar: "we ship our own copy"'


def accepted(*what: tuple[str, str], by: str = "Ana Lee", text: str = EXAMPLE) -> PlanFolder:
    """The example after each of these risks was accepted until 20 March."""
    folder = draw(text)
    for repository, cause in what:
        edit = AcceptRisk("id", NOW, repository, cause, date(2026, 3, 20), "we ship our own copy", by)
        after = edit.apply(folder)
        assert isinstance(after, PlanFolder), after
        folder = after
    return folder


def now_in(folder: PlanFolder, text: str = EXAMPLE, at: datetime = NOW) -> Assessment:
    """The same plan with feeds as the drawing has them now."""
    return evaluate(replace(folder, reports=draw(text, at).reports), at)


def shown(build: Callable[..., Message], assessment: Assessment, **more: Any) -> str:
    message = build(assessment, slug=SLUG, people=PEOPLE, **more)
    return golden.render(message)


def of_status(assessment: Assessment) -> str:
    return shown(status.status, assessment, commit=COMMIT, as_of=NOW)


def of_risks(assessment: Assessment, mine: str | None = None) -> str:
    return shown(risks.risks, assessment, commit=COMMIT, as_of=NOW, mine=mine)


def home_of(assessment: Assessment, user: str = "UANA0000A") -> str:
    view = home.view([Seen(SLUG, COMMIT, NOW, assessment, PEOPLE)], user=user)
    return "\n".join(b["text"]["text"] for b in view["blocks"] if "text" in b)


def test_every_list_of_causes_says_who_accepted_until_when_and_why() -> None:
    now = now_in(accepted(*ALL))
    before = assess(EXAMPLE, NOW - timedelta(days=1))
    for said in (
        of_status(now),
        shown(digest.digest, now, previous=before, local_date=date(2026, 3, 3), commit=COMMIT),
    ):
        assert f"({PART})" in said
        assert f"Who owns it? ({SAID})" in said
    listed = of_risks(now)
    assert f"\nR{PART[1:]}." in listed
    assert f"\nR{SAID[1:]}." in listed


def test_the_digest_tells_that_a_risk_was_accepted() -> None:
    before = assess(EXAMPLE, NOW - timedelta(days=1))
    said = shown(digest.digest, now_in(accepted(*SERVER)), previous=before, local_date=date(2026, 3, 3), commit=COMMIT)
    assert 'summit-app: risk of intelgraph-server accepted until Fri 20 Mar: "we ship our own copy"' in said


def test_whoever_still_has_to_decide_is_told_that_they_may_accept_and_nobody_else() -> None:
    part, everybody = now_in(accepted(*SERVER)), now_in(accepted(*EVERYBODY))
    assert "Talk to <@UBO00000B> today, or accept the risk." in of_risks(part)
    assert "Talk to <@UBO00000B> today, or accept the risk." in of_risks(part, CY)
    assert "or accept the risk" not in of_risks(everybody)
    assert "Talk to <@UBO00000B> today." in of_risks(everybody)
    assert f"\nR{SAID[1:]}." in of_risks(everybody)
    assert "or accept the risk" not in of_risks(part, ANA)
    assert "or accept the risk" not in shown(why.why, part, repository="summit-app")
    assert "or accept the risk" in shown(why.why, part, repository="reports")


def test_what_is_accepted_for_me_is_listed_apart_and_does_not_count() -> None:
    golden.check("risks-mine-accepted", risks.risks(
        now_in(accepted(*SERVER)), slug=SLUG, commit=COMMIT, as_of=NOW, people=PEOPLE, mine=ANA))  # fmt: skip
    said = of_risks(now_in(accepted(*ALL)), ANA)
    assert "12 days to go: 2 risks accepted; beside that nothing is at risk, nothing to do" in said
    assert "root cause holds up" not in said


def test_my_own_trouble_is_mine_whatever_others_accepted() -> None:
    said = of_risks(now_in(accepted(*EVERYBODY)), "Platform Ops Captain")
    assert "2 root causes hold up 4 repositories" in said
    assert "It is yours." in said
    own = "A (Ana): app v1 ON_TRACK > lib v1\nlib v1 AT_RISK"
    assert "It is yours." in of_risks(evaluate(accepted(("app", "lib"), text=own), NOW), "Ana")


def test_what_none_of_mine_wait_on_is_not_accepted_for_me() -> None:
    (server,) = [c for c in outline.causes(now_in(accepted(*EVERYBODY))) if c.root.name == "intelgraph-server"]
    assert server.accepted_for()
    assert server.accepted_for({"summit-app", "audit-log"})
    assert not server.accepted_for({"audit-log"})


def test_home_lists_what_is_accepted_and_does_not_count_it() -> None:
    some = home_of(now_in(accepted(*SERVER)))
    assert "*What I wait on (1)*\n? *common-utils v2.1.0*" in some
    assert "*Risks accepted for mine (1)*\n⚠ *intelgraph-server v1.5.0* is at risk" in some
    assert f"({SAID})" in some
    everything = home_of(now_in(accepted(*ALL)))
    assert "*What I wait on*\nNothing else that others must do.\n*Risks accepted for mine (2)*" in everything
    assert "Risks accepted" not in home_of(now_in(accepted()))
    owner = home_of(now_in(accepted(*EVERYBODY)), "UBO00000B")
    assert f"<@UANA0000A> wait on it ({SAID})" in owner


def test_why_names_the_cause_where_there_are_several() -> None:
    two = "A (a): app v1 ON_TRACK > lib v1\nlib v1 ON_TRACK > x v1, y v1\nB (b): x v1 AT_RISK\ny v1 AT_RISK"
    said = shown(why.why, evaluate(accepted(("app", "x"), text=two), NOW), repository="app")
    assert f"x: {SAID}. No alert until then, unless it gets worse." in said
    assert "y: risk" not in said
    assert f"Risk{SAID[4:]}. No alert until then, unless it gets worse." in shown(
        why.why, now_in(accepted(*SERVER)), repository="summit-app"
    )


def alert_of(assessment: Assessment, captain: str = ANA, ledger: tuple[alerts.Incident, ...] = ()) -> Message:
    due = alerts.due(SLUG, assessment, ledger, assessment.now).alerts
    return alert.alert(next(a for a in due if a.captain == captain), assessment, slug=SLUG, people=PEOPLE)


def test_a_risk_that_is_back_says_so_first_and_then_why() -> None:
    later = now_in(accepted(*ALL, by=ANA), EXAMPLE.replace("eta=2026-03-18", "eta=2026-03-25"))
    message = alert_of(later)
    golden.check("alert-back", message)
    assert message.text.startswith(
        "Back: your summit-app v3.0.0 and web-portal v3.0.0 wait on intelgraph-server v1.5.0"
    )
    assert (
        'You accepted this risk until Fri 20 Mar ("we ship our own copy"); it is back because its date moved from '
        "Wed 18 Mar to Wed 25 Mar." in golden.render(message)
    )


def test_one_that_has_ended_names_whoever_accepted_it() -> None:
    over = NOW.replace(day=21)
    said = golden.render(alert_of(now_in(accepted(*SERVER), at=over)))
    assert (
        'Ana Lee accepted this risk for you until Fri 20 Mar ("we ship our own copy"); it is back because the '
        "acceptance ended yesterday." in said
    )


def test_risks_says_which_decisions_hold_no_more_and_why() -> None:
    over = of_risks(now_in(accepted(*ALL), at=NOW.replace(day=21)))
    back = (
        'Ana Lee accepted this risk for summit-app and web-portal until Fri 20 Mar ("we ship our own copy"); it is '
        "back because the acceptance ended yesterday."
    )
    assert over.count(back) == 1  # what nobody publishes shares one line, and has no room for it
    assert SAID not in over
    assert "it is back" not in of_risks(now_in(accepted(*ALL)))


def test_a_new_captain_reads_for_whom_it_was_accepted() -> None:
    folder = accepted(*SERVER)
    renamed = [g.model_copy(update={"lead": "Dee"} if g.name == "Product A" else {})
               for g in folder.document.plan.release_groups]  # fmt: skip
    plan = folder.document.plan.model_copy(update={"release_groups": tuple(renamed)})
    now = now_in(replace(folder, document=replace(folder.document, plan=plan)))
    assert (
        'Ana Lee accepted this risk until Fri 20 Mar ("we ship our own copy"); it is back because it was accepted for '
        "<@UANA0000A>, who is not the captain any more." in golden.render(alert_of(now, "Dee"))
    )


def test_several_that_nobody_publishes_and_that_are_back_are_named() -> None:
    text = "A (Ana): app v1 ON_TRACK > x v1, y v1, z v1"
    folder = accepted(("app", "x"), ("app", "y"), by="", text=text)
    said = golden.render(alert_of(evaluate(folder, NOW.replace(day=21)), "Ana"))
    for name in ("x", "y"):
        assert f"Somebody accepted the risk of {name} for you until Fri 20 Mar" in said
    assert "the risk of z" not in said


def test_it_is_told_as_back_once_and_what_follows_is_an_update() -> None:
    folder = accepted(*SERVER)
    over = now_in(folder, at=NOW.replace(day=21))
    ledger = alerts.due(SLUG, over, (), over.now).incidents
    blocked = now_in(folder, EXAMPLE.replace("AT_RISK", "BLOCKED"), NOW.replace(day=22))
    said = golden.render(alert_of(blocked, ledger=ledger))
    assert "Update: your summit-app" in said
    assert "accepted this risk" not in said
