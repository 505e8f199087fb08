"""What a first document is guessed from, and that no guess makes it invalid."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bot.release.documents import check
from bot.release.status import Status
from bot.taking_part import draft, find_checkout
from bot.taking_part.checkout import name_in
from tests.store.kit import git
from tests.taking_part.kit import AT, work_tree


def drafted(folder: Path) -> tuple[dict[str, Any], str]:
    """The document for a folder, checked, and what was said about it."""
    made = draft(folder, find_checkout(folder), "origin", Status.NOT_STARTED, AT)
    assert check(made.data, "ga_status.json") == ()
    return json.loads(made.data), "\n".join(made.notes)


def tag(folder: Path, *names: str) -> None:
    for name in names:
        git(folder, "tag", name)


def test_everything_that_can_be_found(tmp_path: Path) -> None:
    folder = work_tree(tmp_path / "x", "https://forge.example/team/summit-app.git")
    tag(folder, "v1.9.0", "v1.10.0", "v2.0.0-rc.1", "nightly", "docs/v9.0")
    (folder / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "2.0.0"\n')
    (folder / "package.json").write_text('{"version": "7.0.0"}')
    found, notes = drafted(folder)
    assert found == {
        "schemaVersion": "1.0", "repository": "summit-app", "version": "2.0.0", "latestVersion": "v1.10.0",
        "status": "NOT_STARTED", "updatedAt": "2026-03-03T09:00:00Z", "summary": None, "captain": None, "etaDate": None,
    }  # fmt: skip
    assert "repository is 'summit-app', from the remote origin" in notes
    assert "version is '2.0.0', from pyproject.toml" in notes


@pytest.mark.parametrize(
    ("files", "version", "said"),
    [
        ({"package.json": '{"version": "7.0.0"}'}, "7.0.0", "from package.json"),
        ({"pyproject.toml": '[tool.poetry]\nversion = "3.1"'}, "3.1", "from pyproject.toml"),
        ({"pyproject.toml": '[project]\ndynamic = ["version"]'}, "v1.0.0", "from the newest tag"),
        ({"pyproject.toml": "[project"}, "v1.0.0", "pyproject.toml gave no version: "),
        ({"package.json": "[" * 100_000}, "v1.0.0", "package.json gave no version: "),
        ({"package.json": b"\xff"}, "v1.0.0", "package.json gave no version: "),
        ({"pyproject.toml": "tool = 5"}, "v1.0.0", "from the newest tag"),
        ({"package.json": '{"version": "\\u001b[31m1.0"}'}, "v1.0.0", "from the newest tag"),
        ({"package.json": '{"version": "\\ud800"}'}, "v1.0.0", "from the newest tag"),
        ({"package.json": '{"version": 7}'}, "v1.0.0", "from the newest tag"),
        ({}, "v1.0.0", "from the newest tag"),
    ],
)
def test_where_the_version_comes_from(tmp_path: Path, files: dict[str, str | bytes], version: str, said: str) -> None:
    folder = work_tree(tmp_path / "app")
    tag(folder, "v1.0.0")
    for name, text in files.items():
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    found, notes = drafted(folder)
    assert found["version"] == version
    assert said in notes


def test_no_git_and_nothing_to_guess_from(tmp_path: Path) -> None:
    folder = tmp_path / "some-app"
    folder.mkdir()
    found, notes = drafted(folder)
    assert (found["repository"], found["version"], found["latestVersion"]) == ("some-app", None, None)
    assert "from the folder" in notes
    assert "version is left open" in notes


def test_a_name_that_no_document_may_have_is_not_written(tmp_path: Path) -> None:
    folder = tmp_path / "\u200b\n"
    folder.mkdir()
    assert drafted(folder)[0]["repository"] == "my-repository"


def test_only_prereleases_count_when_there_is_nothing_else(tmp_path: Path) -> None:
    folder = work_tree(tmp_path / "app")
    tag(folder, "v1.0.0-alpha", "v1.0.0-beta")
    assert drafted(folder)[0]["latestVersion"] == "v1.0.0-beta"


def test_the_moment_is_written_in_utc(tmp_path: Path) -> None:
    made = draft(tmp_path, None, "origin", Status.READY, datetime.fromisoformat("2026-03-03T10:00:00.9+05:30"))
    assert json.loads(made.data)["updatedAt"] == "2026-03-03T04:30:00Z"


def test_a_checkout_is_found_from_below_and_in_a_linked_work_tree(tmp_path: Path) -> None:
    folder = work_tree(tmp_path / "app", "git@forge.example:team/app.git")
    (folder / "a/b").mkdir(parents=True)
    git(folder, "worktree", "add", "--quiet", str(tmp_path / "second"), "-b", "second")
    for place, top in ((folder / "a/b", folder), (tmp_path / "second", tmp_path / "second")):
        found = find_checkout(place)
        assert found is not None
        assert found.top == top
        assert found.remote_url("origin") == "git@forge.example:team/app.git"
        assert found.remote_url("--all") is None
    assert find_checkout(tmp_path) is None


def test_somebody_elses_checkout_is_read_too(tmp_path: Path) -> None:
    """CI checks out as one user and runs as another; git alone would refuse."""
    import os

    if os.getuid() != 0:
        pytest.skip("only root can give a folder away")
    folder = work_tree(tmp_path / "app", "git@forge.example:team/app.git")
    for path in (folder, folder / ".git"):
        os.chown(path, 12345, 12345)
    found = find_checkout(folder)
    assert found is not None
    assert found.remote_url("origin") == "git@forge.example:team/app.git"


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://forge.example/team/summit-app.git", "summit-app"),
        ("https://forge.example/team/summit-app/", "summit-app"),
        ("git@forge.example:summit-app.git", "summit-app"),
        ("ssh://git@forge.example:22/team/sub/summit-app", "summit-app"),
        ("/srv/git/summit-app.git", "summit-app"),
        ("https://forge.example/", None),
        ("", None),
    ],
)
def test_the_name_in_a_url(url: str, name: str | None) -> None:
    assert name_in(url) == name
