"""A circle that changes its shape is the same trouble to whoever was told of it: neither over nor told twice."""

from typing import Any

from bot.release.alerts import CaptainAlert
from bot.release.folder import PlanFolder
from tests.release.test_alerts import FAR, after, tell
from tests.release.test_readiness import Repo, folder, repo

ALONE, TWO, THREE = "c0", "c0 ↔ c1", "c0 ↔ c1 ↔ c2"


def circle(size: int, **app: Any) -> PlanFolder:
    """An app that needs the first of so many repositories in a circle; of one: a repository alone."""
    names = [f"c{i}" for i in range(size)]
    members: list[Repo] = [
        repo(name, status="AT_RISK", needs={names[(i + 1) % size]: None} if size > 1 else {})
        for i, name in enumerate(names)
    ]
    return folder(repo("app", needs={"c0": None}, **app), *members, **FAR)


def heard(before: int, now: int, **app: Any) -> CaptainAlert | None:
    """What the captain of the app hears, who was told of the circle when it had another size."""
    alerts = tell(circle(now, **app), after(tell(circle(before)))).alerts
    return next((a for a in alerts if a.captain == "lead-0"), None)


def changes(alert: CaptainAlert | None) -> list[tuple[str, str]]:
    assert alert is not None
    assert alert.recovered == alert.ongoing == ()
    return [(c.cause, c.change) for c in alert.concerns]


def test_a_circle_that_grows_or_shrinks_is_an_update_and_not_over() -> None:
    assert changes(heard(2, 3)) == [(THREE, "changed")]
    assert changes(heard(3, 2)) == [(TWO, "changed")]
    assert changes(heard(5, 6)) == [("c0 ↔ c1 ↔ … (6 repositories)", "changed")]


def test_what_was_told_alone_is_told_as_the_circle_that_it_is_part_of_and_the_other_way_round() -> None:
    assert changes(heard(1, 2)) == [(TWO, "changed")]
    assert changes(heard(2, 1)) == [(ALONE, "changed")]


def test_the_old_shape_is_closed_so_that_the_end_is_told_once() -> None:
    ledger = after(tell(circle(2)))
    ledger = after(tell(circle(3), ledger), ledger)
    assert tell(circle(3), ledger).alerts == ()
    (alert,) = (a for a in tell(folder(repo("app"), **FAR), ledger).alerts if a.captain == "lead-0")
    assert [i.cause for i in alert.recovered] == [THREE]


def test_nobody_may_go_on_because_a_circle_has_another_shape_since_it_was_accepted() -> None:
    given = {"cause": TWO, "captain": "lead-0", "until": "2026-12-01", "members": ["c0", "c1"]}
    assert heard(2, 3, waivers=[given]) is None
    assert heard(2, 1, waivers=[given]) is None
    assert heard(1, 2, waivers=[given]) is None
