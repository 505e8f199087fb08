"""File names for any repository name, and which files a change writes."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.release import documents
from bot.release.fields import quoted
from bot.release.folder import FeedState, PlanFolder, Tracked
from bot.release.plan import Problem
from bot.release.published import Published, PublishedKind, PublishedVersion
from bot.release.published_file import dump_published
from bot.release.status import Status
from bot.store.layout import changes, dump_report, in_file, is_of, is_report_file, misnamed, report_file
from tests.store.kit import NOON, later, plan, report

TAGS = Published((PublishedVersion("v1.5.0", PublishedKind.RELEASE, NOON), PublishedVersion("v1.4.0")), NOON)
FOLDER = PlanFolder(plan(), {"server": report("server")}, {"server": Tracked(Status.READY, NOON, FeedState.FRESH)})


@pytest.mark.parametrize(
    ("repository", "file"),
    [
        ("summit-app", "summit-app.json"),
        ("org/name", "org%2Fname.json"),
        ("x.y_z-1", "x.y_z-1.json"),
        (".git", "%2Egit.json"),
        ("..", "%2E..json"),
        ("../../x", "%2E.%2F..%2Fx.json"),
        ("a b", "a%20b.json"),
        ("100%", "100%25.json"),
        ("ü", "%C3%BC.json"),
        ("a\nb\x00", "a%0Ab%00.json"),
        ("x.json", "x.json.json"),
    ],
)
def test_a_name_becomes_a_safe_file_name(repository: str, file: str) -> None:
    assert report_file(repository) == file
    assert is_of(file, repository)
    assert not is_of(file, "someone-else")
    said = f"this document speaks of {quoted('else')}, and that of {quoted(repository)} was expected"
    assert problem(file) == (1, said)


def problem(file: str, named: str = "else") -> tuple[int, str]:
    (found,) = misnamed(file, dump_published(named, TAGS).replace(b"{\n", b"{", 1), documents.parse_published)
    return found.line, found.reason.removeprefix("repository: ")


@given(st.text(st.characters(), min_size=1, max_size=400))
def test_any_name_is_safe_short_and_reversible(name: str) -> None:
    file = report_file(name)

    assert len(file) <= 200
    assert set(file) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-%~")
    assert not file.startswith(".")
    assert is_report_file(file)
    assert is_of(file, name)


@given(st.text(min_size=1, max_size=300), st.text(min_size=1, max_size=300))
def test_two_names_never_share_a_file(one: str, two: str) -> None:
    assert (report_file(one) == report_file(two)) is (one == two)


def test_a_long_name_is_told_by_its_document() -> None:
    long = "名" * 100
    file = report_file(long)

    assert len(file) < 170
    assert file != report_file("名" * 101)
    assert is_of(file, long)
    assert not is_of(file, "名" * 101)
    assert "…" in problem(file)[1]


@pytest.mark.parametrize(
    "file", ["README.md", ".json", "a b.json", "a%2.json", "a%2f.json", "%2Egit", "a~x.json", ".x.json"]
)
def test_other_files_are_not_convoys(file: str) -> None:
    assert not is_report_file(file)


@pytest.mark.parametrize("file", ["%41.json", "%FF.json", "a%2Eb.json"])
def test_a_name_that_convoy_would_spell_otherwise_is_nobodys(file: str) -> None:
    assert not is_of(file, "A")
    assert problem(file) == (0, "is not the name of a repository's snapshot")


def test_a_new_plan_writes_all_and_removes_what_was_left_there() -> None:
    present = {"tracking.json", "ga_status/old.json", "ga_status/server.json", "ga_status/README.md", "notes.md"}

    files = changes(None, FOLDER, present, ())

    assert set(files) == {"release_plan.json", "tracking.json", "ga_status/server.json", "ga_status/old.json"}
    assert files["ga_status/old.json"] is None
    assert set(changes(None, replace(FOLDER, tracking={}), present, ())) == set(files)
    assert changes(None, replace(FOLDER, tracking={}), present, ())["tracking.json"] is None


def test_only_what_differs_is_written() -> None:
    assert changes(FOLDER, FOLDER, (), ()) == {}
    assert changes(FOLDER, replace(FOLDER, document=plan(), reports={"server": report("server")}), (), ()) == {}
    assert set(changes(FOLDER, replace(FOLDER, document=plan(status="RELEASED")), (), ())) == {"release_plan.json"}
    news = replace(FOLDER, reports={"server": report("server", "READY")})
    assert set(changes(FOLDER, news, {"ga_status/server.json"}, ())) == {"ga_status/server.json"}
    tracked = replace(FOLDER, tracking={"server": Tracked(Status.READY, later(days=1))})
    assert set(changes(FOLDER, tracked, (), ())) == {"tracking.json"}


def test_values_that_python_takes_for_equal_are_told_apart() -> None:
    one, other = report("server", **{"x-level": 1}), report("server", **{"x-level": True})
    assert one.raw == other.raw

    files = changes(replace(FOLDER, reports={"server": one}), replace(FOLDER, reports={"server": other}), (), ())

    assert set(files) == {"ga_status/server.json"}


def test_broken_files_are_written_anew_whatever_changed() -> None:
    broken = {"tracking.json", "ga_status/server.json", "ga_status/other.json"}

    files = changes(FOLDER, FOLDER, broken, broken)

    assert set(files) == broken
    assert files["ga_status/other.json"] is None
    assert files["ga_status/server.json"] == dump_report(FOLDER.reports["server"])


def test_a_snapshot_is_never_written_too_large_to_be_read_again() -> None:
    big = report("server", blockers=[{"id": str(n)} for n in range(9000)])
    assert len(documents.dump_json(big.raw)) > documents.STATUS_LIMIT

    assert documents.parse_status(dump_report(big)) == big


def test_lists_of_versions_are_files_of_their_own() -> None:
    listed = replace(FOLDER, published={"server": TAGS})

    assert changes(FOLDER, listed, (), ()) == {"published/server.json": dump_published("server", TAGS)}
    assert changes(listed, replace(listed, published={"server": replace(TAGS)}), (), ()) == {}
    assert changes(listed, FOLDER, {"published/server.json", "published/x.md"}, ()) == {"published/server.json": None}
    assert set(changes(listed, listed, {"published/server.json"}, {"published/server.json"})) == {
        "published/server.json"
    }
    assert dump_published("server", TAGS).decode() == (
        '{\n  "repository": "server",\n  "asOf": "2026-03-03T12:00:00Z",\n  "complete": true,\n  "versions": [\n'
        '    {"version": "v1.5.0", "kind": "release", "when": "2026-03-03T12:00:00Z"},\n'
        '    {"version": "v1.4.0", "kind": "tag"}\n  ]\n}\n'
    )


def test_a_problem_names_its_file() -> None:
    assert in_file("tracking.json", [Problem(3, "is odd", "a.b")]) == (Problem(3, "is odd", "a.b", "tracking.json"),)
