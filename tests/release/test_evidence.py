"""What tags and releases prove: that a dependency is ready, and that somebody who says RELEASED is wrong."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.release.assessment import DependencyVerdict
from bot.release.folder import FeedState, Tracked
from bot.release.published import Published, PublishedKind, PublishedVersion
from bot.release.readiness import evaluate
from bot.release.status import Status, Verdict
from tests.release.test_readiness import NOW, Repo, folder, health, only, repo

DAY = "as of 2026-03-03"
HOUR = timedelta(hours=1)


def tags(*names: str, as_of: datetime = NOW, **more: object) -> Published:
    return replace(Published(tuple(map(PublishedVersion, names)), as_of), **more)


def judge(
    provider: Repo | None, listed: Published, need: str | None = "1.5.0", document: Repo | None = None
) -> DependencyVerdict:
    rows = [repo("app", needs={"lib": need}), *([provider] if provider else [])]
    given = folder(*rows, reports={"lib": document} if document else None)
    return only(evaluate(replace(given, published={"lib": listed}), NOW))


RELEASE = PublishedVersion("v1.5.0", PublishedKind.RELEASE, datetime(2026, 3, 1, tzinfo=UTC))
PACKAGE = PublishedVersion("1.5.0", PublishedKind.PACKAGE)


@pytest.mark.parametrize(
    ("provider", "listed", "need", "evidence"),
    [
        (repo("lib", "1.5.0", "AT_RISK"), tags("v1.5.0"), "1.5.0", f"tag v1.5.0, {DAY}"),
        (repo("lib", "1.5.0"), tags("v2.0.0", "v1.5.0"), ">=1.5,<3", f"tag v1.5.0, {DAY}"),
        (repo("lib", "1.4.0"), tags("v2.0.0", "v1.5.0"), "1.5.0", f"tag v2.0.0, {DAY}"),
        (repo("lib", "1.5.0"), Published((RELEASE,), NOW), "1.5.0", f"release v1.5.0 of 2026-03-01, {DAY}"),
        (repo("lib", "1.5.0"), Published((PACKAGE,), NOW), "~=1.5.0", f"package 1.5.0, {DAY}"),
        (None, tags("v1.5.0"), "1.5.0", f"tag v1.5.0, {DAY}"),
        (None, tags("nightly", "2.0.0-rc1", "v1.0.0"), None, f"tag v1.0.0, {DAY}"),
        (repo("lib", "1.5.0", tagPrefix="lib-"), tags("1.5.0", tag_prefix="lib-"), "1.5.0", f"tag lib-1.5.0, {DAY}"),
        (repo("lib", "2023.1-last"), tags("2023.1-last"), "2023.1-last", f"tag 2023.1-last, {DAY}"),
    ],
)
def test_what_is_published_is_ready_and_the_verdict_says_what_it_rests_on(
    provider: Repo | None, listed: Published, need: str | None, evidence: str
) -> None:
    found = judge(provider, listed, need)
    assert (found.verdict, found.evidence) == (Verdict.READY, evidence)


@pytest.mark.parametrize(
    ("listed", "need"),
    [
        (tags("v1.4.0"), "1.5.0"),
        (tags("v1.5.0-rc.1"), "1.5.0"),
        (tags("docs/v9.0.0"), "1.5.0"),
        (tags("docs@9.0.0"), None),
        (tags("nightly", "1.0.0-rc1", "abcdef0"), None),
        (tags("2026.3.1"), "1.5.0"),
        (tags("1.5.0", tag_prefix="other-"), "1.5.0"),
    ],
)
def test_what_is_no_version_of_it_is_no_evidence(listed: Published, need: str | None) -> None:
    assert judge(repo("lib", "1.5.0"), listed, need).verdict is Verdict.WAITING
    assert judge(None, listed, need).verdict is Verdict.UNKNOWN


def test_what_is_not_out_yet_says_how_far_it_is() -> None:
    waiting = judge(repo("lib", "1.5.0"), tags("v1.4.0"), document={"status": "ON_TRACK"})
    assert (
        waiting.evidence
        == f"its status document of 2026-03-03; of its published versions the newest is tag v1.4.0, {DAY}"
    )
    outside = judge(None, tags("v1.4.0"))
    assert outside.reason == (
        "lib is not in this plan and publishes no status; 1.5.0 is not among its published versions (the newest is "
        "tag v1.4.0), and nobody knows when it comes"
    )


def contradictions(
    provider: Repo, listed: Published, document: Repo | None = None, tracking: Mapping[str, Tracked] | None = None
) -> tuple[str, ...]:
    given = folder(provider, reports={"lib": document} if document else None, tracking=dict(tracking or {}))
    return health(evaluate(replace(given, published={"lib": listed}), NOW), "lib").contradictions


OUT = {"status": "RELEASED", "version": "v1.5.0"}


NO_TAG = "the feed of lib says RELEASED of v1.5.0, and there is no tag v1.5.0"


@pytest.mark.parametrize(
    ("listed", "document", "said"),
    [
        (tags("v1.4.0"), OUT, f"{NO_TAG}: the newest is tag v1.4.0 ({DAY})"),
        (tags(), OUT, f"{NO_TAG}: there is none at all ({DAY})"),
        (tags("docs/v9.0.0"), OUT, f"{NO_TAG}: there is none at all ({DAY})"),
        (tags("docs/v9.0.0", "v1.4.0", "nightly"), OUT, f"{NO_TAG}: the newest is tag v1.4.0 ({DAY})"),
        (tags("1.5"), OUT, None),
        (tags("v1.4.0", complete=False), OUT, None),
        (tags("v1.4.0", as_of=NOW - 2 * HOUR), OUT, None),
        (tags("v1.4.0"), {"status": "ON_TRACK", "version": "v1.5.0"}, None),
        (
            tags("v1.4.0"),
            {"status": "ON_TRACK", "latestVersion": "v1.4.9"},
            f"the feed of lib names v1.4.9 as published, and there is no tag v1.4.9: the newest is tag v1.4.0 ({DAY})",
        ),
        (
            Published((PublishedVersion("v1.4.0", PublishedKind.RELEASE), PublishedVersion("v1.3.0")), NOW),
            OUT,
            f"{NO_TAG.replace('tag', 'tag or release')}: the newest is release v1.4.0 ({DAY})",
        ),
    ],
)
def test_released_without_a_tag_is_said_only_where_it_can_be_known(
    listed: Published, document: Repo, said: str | None
) -> None:
    assert contradictions(repo("lib", "v1.5.0"), listed, document) == (() if said is None else (said,))


NO_PACKAGE = "the feed of lib says RELEASED of v1.5.0, and there is no package v1.5.0 of pypi:lib"
TAKEN_BACK = "what was yanked or deprecated does not count"


def packages(*names: str, of: tuple[str, ...] = ("pypi:lib",)) -> Published:
    return Published(tuple(PublishedVersion(name, PublishedKind.PACKAGE) for name in names), NOW, packages=of)


def test_ready_by_a_word_that_the_tags_deny_says_so_and_gives_way_to_a_better_proof() -> None:
    row = repo("lib", "v1.5.0")
    doubted = judge(row, tags("v1.4.0"), document=OUT)
    assert doubted.verdict is Verdict.READY
    assert doubted.evidence == (
        "its feed says RELEASED (updated 2026-03-03), though nothing of that version is to be seen: a contradiction"
    )
    unseen = judge(row, tags("v1.4.0", complete=False), document=OUT)
    assert unseen.evidence == "its feed says RELEASED (updated 2026-03-03)"
    seen = judge(row, tags("v1.5.1", "v1.4.0"), document=OUT)
    assert seen.evidence == f"tag v1.5.1, {DAY}"


def test_a_list_from_the_future_proves_nothing_and_is_said() -> None:
    said = "the list of published versions of lib is dated 3 days in the future, so it proves nothing"
    ahead = {"as_of": NOW + timedelta(days=3, hours=1)}
    assert contradictions(repo("lib", "v1.5.0"), tags("v1.4.0", **ahead), OUT) == (said,)
    assert judge(repo("lib", "v1.5.0"), tags("v1.5.0", **ahead)).verdict is Verdict.WAITING
    assert judge(None, tags("v1.5.0", **ahead)).verdict is Verdict.UNKNOWN
    assert judge(None, tags("v1.5.0", as_of=NOW + 24 * HOUR)).verdict is Verdict.READY, "clocks differ"


@pytest.mark.parametrize(
    ("listed", "said"),
    [
        (tags("nightly", "latest-build", "v1.4.0", "v1.3.0"), "v1.4.0"),
        (tags("v1.4.0-rc.1", "v1.3.0"), "v1.3.0"),
        (tags("v1.5.0-rc.1", "nightly"), "v1.5.0-rc.1"),
        (tags("nightly"), "nightly"),
        (tags("2026.03.1", "v1.4.0"), "v1.4.0"),
        (tags("2026.03.1"), "2026.03.1"),
    ],
)
def test_the_newest_is_a_release_where_there_is_one(listed: Published, said: str) -> None:
    (told,) = contradictions(repo("lib", "v1.5.0"), listed, OUT)
    assert told.endswith(f": the newest is tag {said} ({DAY})")


def test_in_a_repository_of_many_packages_the_newest_is_one_of_the_plans_own() -> None:
    listed = tags("v3.0.0", "docs/v9.0.0", "app/v1.4.0", "app/v1.3.0")
    claimed = {"status": "RELEASED", "version": "app/v1.5.0"}
    (told,) = contradictions(repo("lib", "app/v1.5.0"), listed, claimed)
    assert told.endswith(f"there is no tag app/v1.5.0: the newest is tag app/v1.4.0 ({DAY})")


@pytest.mark.parametrize(
    ("listed", "said"),
    [
        (packages("1.5.0"), None),
        (packages("1.4.0"), f"{NO_PACKAGE}: the newest is package 1.4.0 ({DAY}; {TAKEN_BACK})"),
        (packages(), f"{NO_PACKAGE}: there is none at all ({DAY}; {TAKEN_BACK})"),
        (tags("v1.4.0"), None),  # read before the plan named packages
        (packages("1.4.0", of=("pypi:other",)), None),
    ],
)
def test_released_without_a_package_is_said_where_the_plan_names_packages(listed: Published, said: str | None) -> None:
    row = repo("lib", "v1.5.0", packages=["pypi:lib"])
    assert contradictions(row, listed, OUT) == (() if said is None else (said,))


def test_of_several_packages_each_must_have_it() -> None:
    names = ("pypi:lib", "npm:@acme/lib")
    (said,) = contradictions(repo("lib", "v1.5.0", packages=[*names]), packages("1.4.0", of=names), OUT)
    assert "there is no package v1.5.0 of pypi:lib and npm:@acme/lib each: the newest is package 1.4.0" in said


def test_a_tag_makes_nothing_ready_that_is_to_be_a_package() -> None:
    row = repo("lib", "1.5.0", packages=["pypi:lib"])
    assert judge(row, tags("v1.5.0")).verdict is not Verdict.READY
    assert judge(row, packages("1.5.0")).verdict is Verdict.READY


def test_a_release_set_by_hand_is_held_against_the_tags_too() -> None:
    since = {"lib": Tracked(Status.RELEASED, NOW - HOUR, FeedState.NONE)}
    row = repo("lib", "v1.5.0", "RELEASED")
    (said,) = contradictions(row, tags("v1.4.0"), tracking=since)
    assert said.startswith("lib v1.5.0 is RELEASED, as people set by hand, and there is no tag v1.5.0: ")
    assert contradictions(row, tags("v1.4.0", as_of=NOW - 2 * HOUR), tracking=since) == ()
    assert contradictions(row, tags("v1.5.0"), tracking=since) == ()
    assert contradictions(row, tags("v1.4.0")) == (), "nobody knows since when"


@pytest.mark.parametrize(
    ("need", "said"),
    [
        ("==1.4.0", ("app asks for lib ==1.4.0, and the plan ships lib 1.5.0",)),
        ("2.0.0", ("app asks for lib 2.0.0, and the plan ships lib 1.5.0",)),
        ("1.4.0", ()),
        ("==1.5.0", ()),
        (None, ()),
    ],
)
def test_a_pin_on_another_version_than_the_plan_ships_is_shown_though_nothing_waits(
    need: str | None, said: tuple[str, ...]
) -> None:
    given = folder(repo("app", needs={"lib": need}), repo("lib", "1.5.0"))
    listed = replace(given, published={"lib": tags("v2.0.0", "v1.5.0", "v1.4.0")})
    assessment = evaluate(listed, NOW)
    assert only(assessment).verdict is Verdict.READY
    assert health(assessment, "app").contradictions == said
    if said:
        assert only(evaluate(given, NOW)).verdict is Verdict.MISMATCH
        assert health(evaluate(given, NOW), "app").contradictions == (), "the mismatch says it"


FEEDS = {
    "latest": lambda version: {"status": "ON_TRACK", "latestVersion": version},
    "released": lambda version: {"status": "RELEASED", "version": version},
}


@pytest.mark.parametrize("feed", FEEDS)
@pytest.mark.parametrize(
    ("version", "need", "ready"),
    [
        ("2.0.0-rc.1", None, False),
        ("nightly", None, False),
        ("nightly", "*", False),
        ("2.0.0", None, True),
        ("2.0.0-rc.1", "2.0.0-rc.1", True),
        ("nightly", "nightly", True),
    ],
)
def test_a_feed_proves_no_more_than_a_tag_of_the_same_name(
    feed: str, version: str, need: str | None, ready: bool
) -> None:
    for listed, document in ((tags(version), None), (tags(), FEEDS[feed](version))):
        for provider in (None, repo("lib", "1.5.0")):
            found = judge(provider, listed, need, document)
            assert (found.verdict is Verdict.READY) is ready, (found, provider)


def test_who_names_no_version_gets_what_the_plan_ships_be_it_a_pre_release() -> None:
    rc = repo("lib", "v2.0.0-rc.1")
    assert judge(rc, tags(), None).verdict is Verdict.WAITING, "nothing contradicts the plan"
    assert judge(rc, tags(), None, {"status": "RELEASED"}).verdict is Verdict.READY
    assert judge(rc, tags("v2.0.0-rc.2"), None).verdict is Verdict.READY
    assert judge(rc, tags("v2.1.0-rc.1"), None).verdict is Verdict.WAITING
    assert judge(rc, tags("v1.9.0"), None).verdict is Verdict.READY, "a release is what they asked for"
    assert judge(rc, tags("v2.0.0-rc.1"), "*").verdict is Verdict.MISMATCH, "a release was asked for by name"
    assert judge(None, tags(), None, {"status": "RELEASED", "version": "v2.0.0-rc.1"}).verdict is Verdict.UNKNOWN
