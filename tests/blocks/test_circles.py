"""A circle that merely waits would wait for ever: whoever asks, wherever they look, hears what is to be done."""

from datetime import date

import pytest

from bot.blocks.digest import digest
from bot.blocks.risks import risks
from bot.blocks.status import status
from bot.blocks.why import why
from bot.markdown.dashboard import dashboard
from bot.release.assessment import Assessment
from tests.blocks import golden
from tests.blocks.trains import COMMIT, PEOPLE, SLUG
from tests.drawing import NOW, assess

ALONE = "Apps (ana): x v1 ON_TRACK > y v1\nPlatform (bo): y v1 ON_TRACK > x v1\nOps (cy): ops v1 ON_TRACK"
NEEDED = ALONE + " > x v1"
TODO = "Break the circle, one of them has to go first"
WHO = f"{TODO}: ana and bo have to agree which."


def _everywhere(train: Assessment) -> dict[str, str]:
    about = {"slug": SLUG, "commit": COMMIT, "people": PEOPLE}
    return {
        "risks": golden.render(risks(train, as_of=NOW, **about)),  # type: ignore[arg-type]
        "mine": golden.render(risks(train, as_of=NOW, mine="bo", **about)),  # type: ignore[arg-type]
        "why": golden.render(why(train, "y", slug=SLUG, people=PEOPLE)),
        "digest": golden.render(digest(train, previous=None, local_date=date(2026, 3, 3), **about)),  # type: ignore[arg-type]
        "plan": dashboard(train, SLUG),
        "status": golden.render(status(train, as_of=NOW, **about)),  # type: ignore[arg-type]
    }


@pytest.mark.parametrize("drawn", [ALONE, NEEDED], ids=["alone", "needed"])
def test_it_is_told_wherever_people_look(drawn: str) -> None:
    told = _everywhere(assess(drawn))
    assert {where for where, text in told.items() if TODO in text} == {"risks", "mine", "why", "digest", "plan"}
    for where in ("risks", "mine", "digest", "plan", "status"):
        assert "2 repositories need each other in a circle, so none can be first" in told[where], where
    assert not [where for where, text in told.items() if "no action now" in text]
    assert ", at risk" in told["status"].splitlines()[0]


def test_who_has_to_agree_is_named() -> None:
    told = _everywhere(assess(ALONE))
    assert all(WHO in told[where] for where in ("risks", "mine", "digest"))
    assert "| ana and bo |" in told["plan"]
    alone = _everywhere(assess(ALONE.replace("(bo)", "(ana)")))["risks"]
    assert f"{TODO}." in alone
    assert "have to agree" not in alone


def test_who_waits_on_it_besides_is_told_apart_from_its_members() -> None:
    assert "ops needs it. Breaking the circle frees 3 captains." in _everywhere(assess(NEEDED))["risks"]
    assert "Breaking the circle frees 2 captains." in _everywhere(assess(ALONE))["status"]
