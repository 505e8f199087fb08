"""Documents in files: found where they should be, and nothing read that leads out, hangs or swells."""

import json
import os
import time
from pathlib import Path

import pytest

from bot.release.documents import STATUS_LIMIT
from bot.release.plan import Problem
from bot.release.published import PublishedVersion
from bot.services.ports import Collected, Found, Listed, Listing, NotFound, Refused, Unreachable
from bot.sources.files import FILE_NAME, read_path, read_report, read_tags
from tests.sources.server import document

ROOT = Path(__file__).parents[2]


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    folder = tmp_path / "reports"
    put(folder, "app")
    return folder


def put(reports: Path, repository: str, data: bytes | None = None) -> Path:
    file = reports / repository / FILE_NAME
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(document(repository) if data is None else data)
    return file


def why(answer: Collected | Listing) -> str:
    assert isinstance(answer, Refused), answer
    (problem,) = answer.problems
    return problem.reason


def test_a_report_is_found(reports):
    answer = read_report(reports, "app")
    assert isinstance(answer, Found)
    assert answer.document.status.repository == "app"
    assert answer.document.raw["updatedAt"] == "2026-03-03T06:08:49Z"


def test_what_is_not_there_is_not_found(reports, tmp_path):
    (reports / "empty").mkdir()
    (reports / "file").write_text("x")
    assert read_report(reports, "nobody") == NotFound(f"there is no file {reports}/nobody/ga_status.json")
    for folder, name in ((reports, "empty"), (reports, "file"), (reports, "x" * 300), (tmp_path / "none", "app")):
        assert isinstance(read_report(folder, name), NotFound), name


def test_what_is_no_document_is_refused_with_file_and_line(reports):
    put(reports, "bad", b'{\n"schemaVersion": "1.0",,')
    answer = read_report(reports, "bad")
    assert isinstance(answer, Refused)
    assert [problem.at(answer.file) for problem in answer.problems] == [
        f'{reports}/bad/ga_status.json:2: expected a name in double quotes, not ","'
    ]


def test_the_document_of_another_repository_is_refused(reports):
    put(reports, "copy", document("app"))
    assert "speaks of" in why(read_report(reports, "copy"))


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../app", "a//b", "app/../app", "/etc", "a\\b", "a\x00b", "app/", "./app"]
)
def test_names_that_lead_elsewhere_are_refused(reports, name):
    put(reports / "a", "b")
    put(reports.parent, "..", document(".."))
    assert "cannot be a folder of reports" in why(read_report(reports, name))


def test_an_organisation_and_a_name_are_folders_in_one_another(reports):
    put(reports / "org", "app", document("org/app"))
    found = read_report(reports, "org/app")
    assert isinstance(found, Found)
    (reports / "out").symlink_to(reports.parent)
    put(reports.parent, "secret", document("out/secret"))
    assert "leads out" in why(read_report(reports, "out/secret"))


@pytest.mark.parametrize("name", ["\ud800", "a\udcff"])
def test_names_that_no_file_can_have(reports, name):
    assert isinstance(read_report(reports, name), (Refused, NotFound))


# --- links, and files that are none --------------------------------------------------------------------------------


def test_links_that_stay_inside_are_followed(reports):
    (reports / "linked").symlink_to("app")
    answer = read_report(reports, "linked")
    assert "speaks of" in why(answer)  # it was read: it is app's document
    (reports / "app" / "current.json").write_bytes(document("two"))
    (reports / "two").mkdir()
    (reports / "two" / FILE_NAME).symlink_to(reports / "app" / "current.json")
    assert isinstance(read_report(reports, "two"), Found)


def test_a_folder_of_reports_may_be_a_link_itself(reports, tmp_path):
    (tmp_path / "link").symlink_to(reports)
    (reports / "two").mkdir()
    (reports / "two" / FILE_NAME).symlink_to("../app/" + FILE_NAME)
    assert isinstance(read_report(tmp_path / "link", "app"), Found)
    assert "speaks of" in why(read_report(tmp_path / "link", "two"))


@pytest.mark.parametrize("target", ["outside", "../outside", "/etc"])
def test_folders_that_link_out_are_refused(reports, tmp_path, target):
    put(tmp_path, "outside", document("bad"))
    (reports / "bad").symlink_to(tmp_path / target if target == "outside" else target)
    answer = read_report(reports, "bad")
    if target == "/etc":
        assert isinstance(answer, NotFound)
    else:
        assert why(answer) == "it is a link that leads out of the folder of reports"


def test_files_that_link_out_are_refused(reports, tmp_path):
    secret = put(tmp_path, "outside", document("bad"))
    (reports / "bad").mkdir()
    (reports / "bad" / FILE_NAME).symlink_to(secret)
    assert why(read_report(reports, "bad")) == "it is a link that leads out of the folder of reports"
    (reports / "sibling").symlink_to(tmp_path / "reports-of-others")
    put(tmp_path, "reports-of-others", document("sibling"))
    assert why(read_report(reports, "sibling")) == "it is a link that leads out of the folder of reports"


def test_links_in_circles_and_links_to_nothing(reports):
    (reports / "circle").symlink_to("circle")
    answer = read_report(reports, "circle")
    assert isinstance(answer, Unreachable)
    assert answer.reason.startswith(f"{reports}/circle/ga_status.json cannot be read: ")
    (reports / "dead").symlink_to("nothing")
    assert isinstance(read_report(reports, "dead"), NotFound)


def test_pipes_devices_and_folders_do_not_hang(reports, tmp_path):
    start = time.monotonic()
    (reports / "pipe").mkdir()
    os.mkfifo(reports / "pipe" / FILE_NAME)
    (reports / "folder" / FILE_NAME).mkdir(parents=True)
    assert why(read_report(reports, "pipe")) == "it is not a regular file"
    assert why(read_report(reports, "folder")) == "it is a folder, not a file"
    for device in ("/dev/zero", "/dev/random", "/dev/tty"):
        if Path(device).exists():
            assert why(read_path(device, None, "app")) == "it is not a regular file"
    (reports / "zero").mkdir()
    (reports / "zero" / FILE_NAME).symlink_to("/dev/zero")
    assert "leads out" in why(read_report(reports, "zero"))
    assert why(read_path(str(tmp_path), None, "app")) == "it is a folder, not a file"
    assert time.monotonic() - start < 2


def test_large_files_are_not_read(reports):
    huge = reports / "huge" / FILE_NAME
    huge.parent.mkdir()
    with huge.open("wb") as file:
        file.truncate(300 * 1024 * 1024)
    start = time.monotonic()
    assert why(read_report(reports, "huge")) == (
        "the file is too large: 314,572,800 bytes, and at most 256 KiB are read"
    )
    assert time.monotonic() - start < 1
    body = document("app")
    put(reports, "app", body + b" " * (STATUS_LIMIT - len(body)))
    assert isinstance(read_report(reports, "app"), Found)
    put(reports, "app", body + b" " * (STATUS_LIMIT - len(body) + 1))
    assert "262,145 bytes" in why(read_report(reports, "app"))


def test_what_may_not_be_read_is_unreachable(reports, monkeypatch):
    def denied(*_arguments: object, **_options: object) -> int:
        raise PermissionError(13, "Permission denied")  # root, who may run these tests, is denied nothing

    monkeypatch.setattr(os, "open", denied)
    answer = read_report(reports, "app")
    assert answer == Unreachable(f"{reports}/app/ga_status.json cannot be read: permission denied")


def opened() -> int:
    """How many descriptors this process has open."""
    return len(list(Path("/dev/fd").iterdir()))


def test_no_descriptor_stays_open(reports):
    (reports / "pipe").mkdir()
    os.mkfifo(reports / "pipe" / FILE_NAME)
    put(reports, "bad", b"{")
    before = opened()
    for _ in range(50):
        for name in ("app", "pipe", "bad", "nobody", "..", "a/b"):
            read_report(reports, name)
    assert opened() <= before


# --- paths that a plan names ---------------------------------------------------------------------------------------


def test_paths_absolute_and_relative_to_the_base(reports, tmp_path):
    file = put(reports, "app")
    for source, base in (
        (str(file), None),
        ("reports/app/ga_status.json", tmp_path),
        ("../app/ga_status.json", reports / "app"),
    ):
        assert isinstance(read_path(source, base, "app"), Found), source
    assert why(read_path("app/ga_status.json", None, "app")) == (
        "the source is a relative path, and there is no folder to take it from"
    )
    assert read_path("nothing.json", reports, "app") == NotFound("there is no file nothing.json")
    assert "NUL" in why(read_path("a\x00b", reports, "app"))


def test_naughty_names_are_values(reports):
    for naughty in json.loads((ROOT / "tests/data/naughty-strings/blns.json").read_text("utf-8")):
        assert isinstance(read_report(reports, naughty), (NotFound, Refused))
        assert isinstance(read_path(naughty, reports, "app"), (NotFound, Refused, Unreachable))


def test_what_a_plan_names_and_is_no_document_is_not_quoted(tmp_path):
    """Who writes a plan chooses the path, and reasons are kept in git: a token must not get there."""
    for number, secret in enumerate(("ghp_1234567890abcdef", '{"a": hunter2}', '{"hunter2": 1, "hunter2": 2}')):
        file = tmp_path / f"secret-{number}"
        file.write_text(f"\n{secret}\n")
        said = repr(read_path(str(file), None, "app"))
        assert "ghp_" not in said
        assert "hunter2" not in said
        assert "line=2" in said


def test_tags_beside_the_document_are_versions(reports):
    tags = reports / "app" / "tags.txt"
    assert read_tags(reports, "app", None) == NotFound(f"there is no file {tags}")
    tags.write_text(
        f"v1.4.0\n\n  v1.5.0  \n{'a' * 40}\trefs/tags/app/v1.6.0\n{'b' * 40}\trefs/tags/app/v1.6.0^{{}}\nv1.4.0\n"
    )
    listed = Listed(tuple(map(PublishedVersion, ("v1.4.0", "v1.5.0", "app/v1.6.0"))))
    assert read_tags(reports, "app", None) == listed
    assert read_tags(reports, "app", "app/") == Listed((PublishedVersion("v1.6.0"),))
    tags.write_text("")
    assert read_tags(reports, "app", None) == Listed(())


def test_a_list_of_tags_leads_nowhere_and_does_not_swell(reports, tmp_path):
    tags = reports / "app" / "tags.txt"
    tags.write_bytes(b"v1\n\xff\n")
    assert read_tags(reports, "app", None) == Refused(str(tags), (Problem(2, "it is not UTF-8"),))
    tags.write_bytes(b"v1\n" * STATUS_LIMIT)
    assert "too large" in why(read_tags(reports, "app", None))
    tags.unlink()
    (tmp_path / "secret").write_text("v9\n")
    tags.symlink_to(tmp_path / "secret")
    assert "leads out" in why(read_tags(reports, "app", None))
    assert "cannot be a folder" in why(read_tags(reports, "..", None))
