"""The CI examples: linted for mistakes and holes, and their commands run against a real remote that asks for a token.

What no test here can show is that a hosted forge takes them: docs/taking-part.md says so.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.convoy import as_json, ga_status
from tests.store.http_backend import serving
from tests.store.kit import git
from tests.taking_part.kit import bare, guard, log, work_tree

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
GITHUB, GITLAB = ROOT / "docs/examples/ci/github-actions.yml", ROOT / "docs/examples/ci/gitlab-ci.yml"


def zizmor(file: Path) -> subprocess.CompletedProcess[str]:
    """Everything that zizmor finds without a network, down to what only auditors want to see."""
    command = [BIN / "zizmor", "--offline", "--no-config", "--no-progress", "--persona=auditor", file]
    return subprocess.run(command, capture_output=True, text=True, env={"PATH": os.environ["PATH"], "HOME": "/nowhere"})


def schema(name: str, file: Path) -> subprocess.CompletedProcess[str]:
    """The forge's own schema of such files, as it came with the checker."""
    transform = ["--data-transform", "gitlab-ci"] if name == "gitlab-ci" else []
    command = [BIN / "check-jsonschema", "--builtin-schema", f"vendor.{name}", *transform, file]
    return subprocess.run(command, capture_output=True, text=True, env={"PATH": os.environ["PATH"], "HOME": "/nowhere"})


def planted(tmp_path: Path, file: Path, good: str, bad: str) -> Path:
    """The example with a fault in it."""
    text = file.read_text("utf-8")
    assert good in text, good
    copy = tmp_path / file.name
    copy.write_text(text.replace(good, bad), "utf-8")
    return copy


def test_nothing_is_found_in_the_examples() -> None:
    for ran in (zizmor(GITHUB), schema("github-workflows", GITHUB), schema("gitlab-ci", GITLAB)):
        assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "No findings" in zizmor(GITHUB).stdout + zizmor(GITHUB).stderr


@pytest.mark.parametrize(
    ("good", "bad", "found"),
    [
        ("08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0", "v5", "unpinned-uses"),
        ("          persist-credentials: false\n", "          fetch-depth: 1\n", "artipacked"),
        ("permissions: {}", "permissions: write-all", "excessive-permissions"),
        ('"$GITHUB_ACTOR <', '"${{ github.head_ref }} <', "template-injection"),
        ("  pull_request:", "  pull_request_target:", "dangerous-triggers"),
    ],
)
def test_the_auditor_sees_planted_holes(tmp_path: Path, good: str, bad: str, found: str) -> None:
    ran = zizmor(planted(tmp_path, GITHUB, good, bad))
    assert ran.returncode != 0
    assert found in ran.stdout


@pytest.mark.parametrize(
    ("name", "file", "good", "bad"),
    [
        ("github-workflows", GITHUB, "runs-on:", "run-on:"),
        ("github-workflows", GITHUB, "contents: write", "contents: push"),
        ("gitlab-ci", GITLAB, "  resource_group: ga-status", "  resource_group: [ga-status]"),
        ("gitlab-ci", GITLAB, "  script:\n", "  scripts:\n"),
    ],
)
def test_the_schemas_see_planted_mistakes(tmp_path: Path, name: str, file: Path, good: str, bad: str) -> None:
    assert schema(name, planted(tmp_path, file, good, bad)).returncode != 0


def jobs(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The jobs of an example, by name."""
    read = yaml.safe_load(file.read_text("utf-8"))
    jobs = read["jobs"] if "jobs" in read else {k: v for k, v in read.items() if not k.startswith(".")}
    yield from jobs.items()


def commands(job: dict[str, Any]) -> list[str]:
    """What a job has the shell run, without the installation."""
    lines = [step.get("run", "") for step in job.get("steps", [])] + job.get("script", [])
    return [line for line in lines if line and "pip install" not in line]


def test_only_publishing_may_write_and_only_it_sees_the_token() -> None:
    found = dict(jobs(GITHUB))
    assert {name: job["permissions"] for name, job in found.items()} == {
        "validate": {"contents": "read"},
        "publish": {"contents": "write"},
    }
    assert "token" not in str(found["validate"])
    with_token = [step["name"] for step in found["publish"]["steps"] if "token" in str(step)]
    assert with_token == ["Publish ga_status.json to the branch ga-status"]
    for file in (GITHUB, GITLAB):
        assert not re.search(
            r"(echo|printenv|set -x|\benv\b$)", "\n".join(c for _, j in jobs(file) for c in commands(j))
        )


@pytest.mark.parametrize("file", [GITHUB, GITLAB], ids=["github", "gitlab"])
def test_the_commands_of_an_example_publish_to_a_remote_that_asks_for_a_token(tmp_path: Path, file: Path) -> None:
    remote = bare(tmp_path / "summit-app.git")
    with serving(tmp_path) as server:
        guard(server, "x-access-token", "t0ken")
        # GitLab's checkout has a user and password in the URL of its remote; they are not what lets us in.
        folder = work_tree(tmp_path / "work", server.url("summit-app.git").replace("://", "://gitlab-ci-token:s3cret@"))
        (folder / "ga_status.json").write_bytes(as_json(ga_status("summit-app")))
        git(folder, "checkout", "--quiet", "--detach")
        environment = {
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "HOME": str(tmp_path), "CONVOY_PUBLISH_TOKEN": "t0ken",
            "GITHUB_ACTOR": "dependabot[bot]", "GITLAB_USER_NAME": "Bo Ek", "GITLAB_USER_EMAIL": "bo@example.org",
        }  # fmt: skip
        told = ""
        for _, job in jobs(file):
            assert commands(job)
            for command in commands(job):
                done = subprocess.run(
                    ["sh", "-c", command], cwd=folder, env=environment, capture_output=True, text=True
                )
                assert done.returncode == 0, (command, done.stderr)
                told += done.stdout + done.stderr
    author = (
        "dependabot[bot] <dependabot[bot]@users.noreply.github.com>" if file == GITHUB else "Bo Ek <bo@example.org>"
    )
    assert log(remote, "%an <%ae> %s") == [f"{author} summit-app: ON_TRACK"]
    assert "t0ken" not in told
    assert "s3cret" not in told


def test_the_page_leads_to_what_is_there_and_names_what_the_commands_take() -> None:
    page = (ROOT / "docs/taking-part.md").read_text("utf-8")
    for link in re.findall(r"\]\((?!https?:|#)([^)#]+)", page):
        assert (ROOT / "docs" / link).exists(), link
    help_text = "".join(
        subprocess.run([BIN / "convoy", "ga-status", name, "--help"], capture_output=True, text=True).stdout
        for name in ("init", "validate", "publish")
    )
    for option in set(re.findall(r"--[a-z]+(?:-[a-z]+)*", page)):
        assert option in help_text, option
    for variable in set(re.findall(r"CONVOY_[A-Z_]+", page)):
        assert variable in (ROOT / "bot/cli/ga_status.py").read_text("utf-8"), variable
