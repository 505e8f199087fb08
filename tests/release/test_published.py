"""Which published versions are kept, in which order, and what can be said of one that is not among them."""

import dataclasses
import time
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.release import documents
from bot.release import shelves as places
from bot.release import version as versions
from bot.release.folder import PlanFolder
from bot.release.passes import RecordPass
from bot.release.published import KEPT, Published, PublishedKind, PublishedVersion, counts_for, cut, lacks
from bot.release.published_file import dump_published
from bot.release.shelves import newest, shelves
from bot.release.version import Outcome, satisfies
from bot.release.version_text import read
from tests.store.kit import plan, report

SATISFIED = Outcome.SATISFIED
AT = datetime(2026, 3, 3, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def tags(*names: str, complete: bool = True, at: datetime = AT) -> Published:
    return Published(tuple(map(PublishedVersion, names)), at, complete)


def told(published: Published) -> list[str]:
    return [one.version for one in published.versions]


MANY = tags(*(f"v1.{minor}.0" for minor in range(200)))


def test_the_newest_come_first_and_only_so_many_are_kept() -> None:
    kept = cut(MANY, None, ())
    assert told(kept) == [f"v1.{minor}.0" for minor in range(199, 199 - KEPT, -1)]
    assert (kept.as_of, kept.complete) == (AT, True)


def test_older_ones_that_the_plan_needs_are_kept_too() -> None:
    kept = cut(MANY, "1.20", ["~=1.30.0", "==1.40", ">=1.10", "^9"])
    assert told(kept)[KEPT:] == ["v1.40.0", "v1.30.0", "v1.20.0"]


def test_pre_releases_come_before_their_release_and_a_release_page_counts_more_than_its_tag() -> None:
    page = PublishedVersion("v1.5.0", PublishedKind.RELEASE, AT)
    found = Published((PublishedVersion("v1.5.0"), page, *tags("v1.5.0-rc.1", "v1.10.0").versions), AT)
    kept = cut(found, None, ())
    assert told(kept) == ["v1.10.0", "v1.5.0", "v1.5.0-rc.1"]
    assert kept.versions[1] is page
    assert cut(Published(tuple(reversed(found.versions)), AT), None, ()) == kept


def test_when_a_version_came_out_is_kept_in_utc_wherever_the_machine_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    kolkata = timezone(timedelta(hours=5, minutes=30))
    page = PublishedVersion("v1.5.0", PublishedKind.RELEASE, datetime(2026, 3, 1, 2, tzinfo=kolkata))
    listed = Published((page, PublishedVersion("v1.4.0")), AT.astimezone(kolkata), tag_prefix="app/")
    with monkeypatch.context() as there:
        there.setenv("TZ", "Asia/Kolkata")
        time.tzset()
        data = dump_published("app", listed)
    time.tzset()
    assert b'"asOf": "2026-03-03T12:00:00Z"' in data
    assert b'"version": "v1.5.0", "kind": "release", "when": "2026-02-28T20:30:00Z"' in data
    assert documents.parse_published(data) == ("app", listed)


def test_tags_of_the_plans_own_thing_come_before_those_of_other_things() -> None:
    found = tags("docs/v9.0.0", "docs/v8.0.0", "v1.0.0", "app/v2.0.0")
    assert told(cut(found, "v1.0.0", ()))[0] == "v1.0.0"
    assert told(cut(found, "app/v2.0.0", ()))[0] == "app/v2.0.0"
    assert [counts_for(one, "v1.0.0") for one in found.versions] == [False, False, True, False]
    assert [counts_for(one, "app/v1") for one in found.versions] == [False, False, False, True]


MIXED = cut(tags(*(f"docs/v{n}.0.0" for n in range(100)), *(f"v1.{n}.0" for n in range(20))), "docs/v1.0.0", ())
"""Cut where the newest fifty are all of one kind."""


@pytest.mark.parametrize(
    ("published", "version", "missing"),
    [
        (tags("v1.4.0"), "v1.5.0", True),
        (tags(), "v1.5.0", True),
        (tags("v1.5.0"), "1.5", False),
        (tags("v1.4.0", complete=False), "v1.5.0", False),
        (cut(MANY, None, ()), "v2.0.0", True),
        (cut(MANY, None, ()), "v1.170.5", True),
        (cut(MANY, None, ()), "v1.20.5", False),
        (cut(MANY, None, ()), "v1.20.0", False),
        (cut(MANY, None, ()), "r4.3", False),
        (MIXED, "v1.5.0", False),
        (MIXED, "v100.5.0", False),
        (MIXED, "docs/v200.0.0", True),
        (MIXED, "docs/v5.0.0", False),
        (tags("nightly"), "nightly", False),
        (tags("nightly"), "r4.3", True),
    ],
)
def test_what_is_not_there_is_only_said_where_it_can_be_known(
    published: Published, version: str, missing: bool
) -> None:
    assert lacks(published, version) is missing


@given(st.lists(st.text(max_size=8) | st.from_regex(r"\Av[0-9]\.[0-9]{1,2}(-rc[0-9])?\Z"), max_size=120), st.data())
def test_what_is_kept_can_be_written_and_read_again_and_nothing_that_is_out_is_said_to_lack(
    names: list[str], data: Any
) -> None:
    found = tags(*names)
    version = data.draw(st.sampled_from(names) if names else st.none())
    kept = cut(found, version, ["v1.2"])
    assert documents.parse_published(dump_published("org/app", kept)) == ("org/app", kept)
    named = dataclasses.replace(kept, packages=("pypi:app", "npm:@org/app"))
    assert documents.parse_published(dump_published("org/app", named)) == ("org/app", named)
    assert cut(kept, version, ["v1.2"]) == kept
    assert not any(lacks(kept, name) for name in names if name.isprintable() and name.strip() == name and name)
    ours = [one.version for one in kept.versions[:KEPT]]
    for newer, older in pairwise(ours):
        if read(newer).kin == read(older).kin:
            assert versions.compare(newer, older) in (0, 1)


_some = st.lists(st.sampled_from(["0", "1", "2", "3", "10", "2026"]), min_size=1, max_size=3).map(".".join)
_tag = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "v", "app/v", "lib/", "r", "2!"]),
    _some,
    st.sampled_from(["", "", "-rc.1", "-rc.2", "-1", ".dev1", "-last", "+b"]),
) | st.sampled_from(["main", "nightly", "2023.1-last", "3f2a1bc", "2025.2 Flamingo"])
_bound = st.builds(
    "{}{}".format, st.sampled_from(["", "==", "!=", "===", ">=", ">", "<=", "<", "^", "~", "~="]), _tag
) | st.builds("{}{}.*".format, st.sampled_from(["", "!=", ">=", "^"]), _some)
_requirement = _bound | st.builds("{},{}".format, _bound, _bound) | st.sampled_from(["*", ">=*", "what is this", ""])


@given(st.lists(_tag, max_size=30, unique=True), _requirement)
@example(["v1.0.0-rc.2", "v0.9.0", "v1.0.0-rc.1"], "v1.0.0-rc.1")
@example(["v0.0.0", "v1.0.0"], "<0.1")
@example(["2!1.0", "2026.1"], ">=2026.2")
@example(["2026.1", "1!2026.2"], "<1!1.0")
@example(["2025.2 Flamingo", "2025.1 Epoxy"], " 2025.2 Flamingo ")
@example(["v1.0", "app/v1.0", "r1.0", "2026.1"], "===r1.0")
@example(["v1.0", "app/v1.0", "main"], "===main,===main")
def test_the_newest_that_satisfies_is_found_as_if_each_had_been_looked_at(names: list[str], requirement: str) -> None:
    among = shelves(names)
    each = [version.text for shelf in among for version in reversed(shelf.every)]
    assert sorted(each) == sorted(names)
    assert newest(requirement, among) == next((t for t in each if satisfies(requirement, t).outcome is SATISFIED), None)


def test_few_of_thousands_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted, not timed: half a million comparisons would be one for each pair."""
    looked: list[str] = []

    def counted(requirement: str, version: str) -> versions.Match:
        looked.append(version)
        return satisfies(requirement, version)

    monkeypatch.setattr(places, "satisfies", counted)
    many = tags(*(f"v{n // 100}.{n % 100}.0" for n in range(5000)), *(f"v1.{n}.0-rc.1" for n in range(1000)))
    asked = [f"{operator}{n}.{n}.5" for n in range(70) for operator in ("==", "~=", ">=", "^", "<", "~", "r")]
    kept = cut(many, "v1.5.0", asked)
    assert len(kept.versions) > 100
    assert len(looked) < 4 * len(asked)


def run(folder: PlanFolder, at: datetime = AT, **seen: Published | None) -> PlanFolder:
    after = RecordPass({}, "pass", at, seen).apply(folder)
    assert isinstance(after, PlanFolder), after
    return after


def test_a_pass_keeps_the_list_and_the_same_again_is_the_very_same_folder() -> None:
    first = run(PlanFolder(plan()), server=tags("v1.4.0", "v1.5.0"), nobody=tags("v1"))
    assert told(first.published["server"]) == ["v1.5.0", "v1.4.0"]
    assert set(first.published) == {"server"}
    assert run(first, AT + HOUR, server=tags("v1.5.0", "v1.4.0", at=AT + HOUR)) is first
    assert run(first, AT + HOUR) is first
    assert told(run(first, server=tags("v1.6.0", "v1.5.0")).published["server"]) == ["v1.6.0", "v1.5.0"]


def test_a_list_that_has_gone_is_no_evidence_any_more() -> None:
    first = run(PlanFolder(plan()), server=tags("v1.4.0"))
    assert run(first, server=None).published == {}
    assert run(PlanFolder(plan()), server=None).published == {}


def test_a_list_is_dated_anew_when_it_is_to_be_checked_against_something_newer() -> None:
    claimed = report("server", "RELEASED", updatedAt="2026-03-03T12:30:00Z")
    first = run(PlanFolder(plan(), {"server": claimed}), server=tags("v1.4.0"))
    assert run(first, AT + HOUR / 4, server=tags("v1.4.0", at=AT + HOUR / 4)) is first, "it was not claimed then"
    later = run(first, AT + HOUR, server=tags("v1.4.0", at=AT + HOUR))
    assert later.published["server"].as_of == AT + HOUR
    assert run(later, AT + 2 * HOUR, server=tags("v1.4.0", at=AT + 2 * HOUR)) is later


def test_a_list_from_the_future_is_dated_anew_though_it_says_the_same() -> None:
    ahead = run(PlanFolder(plan()), server=tags("v1.4.0", at=AT + 25 * HOUR))
    assert run(ahead, AT, server=tags("v1.4.0")).published["server"].as_of == AT
    slightly = run(PlanFolder(plan()), server=tags("v1.4.0", at=AT + 24 * HOUR))
    assert run(slightly, AT, server=tags("v1.4.0")) is slightly


def test_what_the_plan_needs_decides_which_older_ones_are_kept() -> None:
    after = run(PlanFolder(plan()), server=tags(*told(MANY), *(f"v2.{n}.0" for n in range(60))))
    assert told(after.published["server"])[KEPT:] == ["v1.5.0"], "what the plan ships"
    pinned = plan()
    raw = {**pinned.raw, "releaseGroups": [*pinned.raw["releaseGroups"]]}
    raw["releaseGroups"][0]["repositories"][0]["dependencies"] = [{"name": "server", "version": "~=1.7.0"}]
    changed = documents.plan_from_raw(raw)
    assert not isinstance(changed, tuple)
    assert told(run(PlanFolder(changed), server=MANY).published["server"])[KEPT:] == ["v1.7.0", "v1.5.0"]
