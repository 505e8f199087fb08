"""Every kind of news has its line."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.cli.news import in_words, not_read
from bot.release.folder import PlanFolder
from bot.release.history import Change, Kind
from tests.store.kit import plan, report

SAID = {
    Change(Kind.DATE, before="2026-03-15", after="2026-03-20"): "release date: 2026-03-15 → 2026-03-20",
    Change(Kind.DATE, "server", None, "2026-03-20"): "server: expected on 2026-03-20 (no date before)",
    Change(Kind.DATE, "server", "2026-03-18", "2026-03-20"): "server: expected on 2026-03-20 (2026-03-18 before)",
    Change(Kind.DATE, "server", "2026-03-18", None): "server: no date expected any more (2026-03-18 before)",
    Change(Kind.RELEASED, "server", "READY", "RELEASED", "v1.5.0"): "server v1.5.0: released",
    Change(Kind.STATUS, "server", "ON_TRACK", "AT_RISK", "v1.5.0"): "server: ON_TRACK → AT_RISK",
    Change(Kind.STATUS, before="PLANNING", after="IN_PROGRESS"): "plan: PLANNING → IN_PROGRESS",
    Change(Kind.VERSION, "server", None, "v1.5.0", "v1.5.0"): "server: version not decided → v1.5.0",
    Change(Kind.SCOPE_ADDED, "server", version="v1.5.0", group="Platform"): "server v1.5.0: added to Platform",
    Change(Kind.SCOPE_DROPPED, "server", version=None, group="Platform"): "server: dropped from Platform",
    Change(Kind.DEPENDENCY, "app", "v1", None, dependency="server"): "app: needs server: v1 → none",
    Change(Kind.RISK, "app", None, "2026-03-20", dependency="server", said="fine"): (
        "app: risk of server accepted until 2026-03-20: fine"
    ),
    Change(Kind.RISK, "app", "2026-03-10", "2026-03-20", dependency="server"): (
        "app: risk of server accepted until 2026-03-20 (2026-03-10 before)"
    ),
    Change(Kind.RISK, "app", "2026-03-20", "2026-03-20", dependency="server", said="still"): (
        "app: risk of server accepted until 2026-03-20: still"
    ),
    Change(Kind.RISK, "app", "2026-03-20", None, dependency="server"): (
        "app: risk of server accepted no more (until 2026-03-20 before)"
    ),
    Change(Kind.MILESTONE, before="2026-03-05", after="2026-03-09", milestone="Freeze"): (
        "milestone Freeze: 2026-03-05 → 2026-03-09"
    ),
    Change(Kind.MILESTONE, after="2026-03-09", milestone="Freeze"): "milestone Freeze: not there → 2026-03-09",
    Change(Kind.MILESTONE, before="2026-03-05", milestone="Freeze"): "milestone Freeze: 2026-03-05 → dropped",
    Change(Kind.LEAD, before="Ana", after="Bo"): "plan: captain Ana → Bo",
    Change(Kind.LEAD, before="Ana", after=None, group="Platform"): "Platform: captain Ana → none",
    Change(Kind.LEAD, "server", "Ana", "Bo"): "server: captain Ana → Bo",
    Change(Kind.NEED_BY, "app", None, "2026-03-12", dependency="x"): "app: needs x by: no day → 2026-03-12",
    Change(Kind.GROUP, "app", "A", "B"): "app: moved from A to B",
    Change(Kind.GROUP, before="A", after="B", group="B"): "A: the group is called B now",
}


@pytest.mark.parametrize("change", SAID, ids=SAID.values())
def test_a_change_is_one_line(change: Change) -> None:
    assert in_words(change) == SAID[change]


def test_no_kind_of_news_is_without_a_line() -> None:
    assert {change.kind for change in SAID} == set(Kind)


def test_what_could_not_be_read_says_what_stays_in_force() -> None:
    folder = PlanFolder(plan(), {"server": report("server", updatedAt="2026-03-01T00:00:00Z")})
    at = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(hours=30)
    assert list(not_read({"summit-app": "s.json:1: no", "server": "it has gone"}, folder, at)) == [
        "server: it has gone; the last good document, 30 hours old, stays in force",
        "summit-app: s.json:1: no; there is no earlier document, so its status stays as people gave it",
    ]
