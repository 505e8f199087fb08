"""What the store's tests share: a plan, edits with ids of their own, a renderer, and people who use git by hand."""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

from bot.release import documents
from bot.release.edits import AddPlan, Conflict, SetVersion
from bot.release.folder import FeedState, PlanFolder, Tracked
from bot.release.ga_status import StatusDocument
from bot.release.plan import PlanDocument
from bot.services.ports import Author

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
ANN = Author("Ann Lee", "ann@example.org", "U0ANN", "T0TEAM")
PASS = Author("Convoy", "convoy@localhost")
PLAN = {
    "releaseName": "Summit 2026 Q1 Launch",
    "x-made-by": {"tool": "a wiki", "numbers": [1, 2.5]},
    "releaseDate": "2026-03-15",
    "status": "PLANNING",
    "releaseGroups": [
        {
            "name": "Product A",
            "lead": "Captain A",
            "colour": "teal",
            "repositories": [
                {
                    "version": "v3.0.0",
                    "name": "summit-app",
                    "status": "ON_TRACK",
                    "dependencies": [{"name": "server", "version": "v1.5.0", "why": "new API – ü"}],
                }
            ],
        },
        {
            "name": "Platform",
            "lead": "Captain B",
            "repositories": [{"name": "server", "version": "v1.5.0", "status": "AT_RISK", "dependencies": []}],
        },
    ],
}


def plan_bytes(**changes: object) -> bytes:
    """The plan as Convoy lays it out, with some top-level fields changed."""
    return documents.dump_json({**PLAN, **changes})


def plan(**changes: object) -> PlanDocument:
    """The same, parsed."""
    document = documents.parse_plan(plan_bytes(**changes))
    assert isinstance(document, PlanDocument), document
    return document


def report(repository: str, status: str = "ON_TRACK", **more: object) -> StatusDocument:
    """An accepted status document."""
    raw = {"schemaVersion": "1.0", "repository": repository, "status": status, "updatedAt": "2026-03-03T10:00:00Z"}
    document = documents.parse_status(json.dumps({**raw, **more}).encode())
    assert isinstance(document, StatusDocument), document
    return document


def add(edit_id: str = "add-1", at: datetime = NOON, **changes: object) -> AddPlan:
    """The edit that opens the plan."""
    return AddPlan(plan(**changes), edit_id, at)


def ship(version: str, edit_id: str, *, at: datetime = NOON, repository: str = "server") -> SetVersion:
    """The edit that most tests make."""
    return SetVersion(edit_id, at, repository, version)


@dataclass(frozen=True)
class Seen:
    """A tracking pass as the store sees one: documents and memory replaced as a whole."""

    operation: ClassVar[str] = "seen"
    reports: Mapping[str, StatusDocument]
    id: str
    at: datetime = NOON
    words: str = "Track the status of the repositories"

    def apply(self, folder: PlanFolder | None) -> PlanFolder | Conflict:
        if folder is None:
            return Conflict("there is no such plan")
        tracking = dict(folder.tracking)
        for name, document in self.reports.items():
            status = document.status.status
            if name not in tracking or tracking[name].status is not status or tracking[name].feed is FeedState.NONE:
                tracking[name] = Tracked(status, self.at, FeedState.FRESH, self.at)
        if self.reports == folder.reports and tracking == folder.tracking:
            return folder
        return replace(folder, reports=dict(self.reports), tracking=tracking)

    def subject(self) -> str:
        return self.words


@dataclass(frozen=True)
class Append:
    """Adds one repository to the first group: every edit of this kind leaves a trace that is easy to count."""

    operation: ClassVar[str] = "append"
    name: str
    id: str
    at: datetime = NOON

    def apply(self, folder: PlanFolder | None) -> PlanFolder | Conflict:
        if folder is None:
            return Conflict("there is no such plan")
        raw = json.loads(documents.dump_json(folder.document.raw))
        raw["releaseGroups"][0]["repositories"].append({"name": self.name, "version": None, "status": "NOT_STARTED"})
        document = documents.parse_plan(documents.dump_json(raw))
        assert isinstance(document, PlanDocument)
        return replace(folder, document=document)

    def subject(self) -> str:
        return f"Add {self.name}"


def render(slug: str, folder: PlanFolder, at: datetime) -> bytes:
    """A dashboard in which time passing shows, as in the real one."""
    versions = [f"- {r.name} {r.version}: {r.status.value}" for _, r in folder.document.plan.repositories()]
    return "\n".join(
        [f"# {folder.document.plan.release_name}", f"{slug} as of {at.isoformat()}", *versions, ""]
    ).encode()


def later(**delta: float) -> datetime:
    """Some time after NOON."""
    return NOON + timedelta(**delta)


class GitError(Exception):
    """Plain git said no."""


def git(directory: Path, *arguments: str, check: bool = True, stdin: bytes | None = None) -> str:
    """Plain git, as a person runs it, without this machine's configuration; its output."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(directory),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_AUTHOR_NAME": "Bo Hand",
        "GIT_AUTHOR_EMAIL": "bo@example.org",
        "GIT_COMMITTER_NAME": "Bo Hand",
        "GIT_COMMITTER_EMAIL": "bo@example.org",
        "GIT_TERMINAL_PROMPT": "0",
    }
    command = ["git", "-c", "init.defaultBranch=main", *arguments]
    done = subprocess.run(command, cwd=directory, env=environment, capture_output=True, input=stdin)
    if check and done.returncode != 0:
        raise GitError(f"{command}: {done.stderr.decode()}")
    return done.stdout.decode()


class Hand:
    """A person with a work tree of the repository, who edits files, commits and pushes."""

    def __init__(self, repository: Path, tree: Path) -> None:
        self.tree = tree
        git(repository, "clone", "--quiet", str(repository), str(tree))

    def push(self, files: Mapping[str, bytes | None], words: str = "By hand") -> str:
        """Commit files (None: delete) on top of what the remote has, push, and give the commit id."""
        git(self.tree, "fetch", "--quiet", "origin")
        if git(self.tree, "branch", "-r").strip():
            git(self.tree, "reset", "--quiet", "--hard", "origin/main")
        for name, data in files.items():
            path = self.tree / name
            if data is None:
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
        git(self.tree, "add", "--all")
        return self.commit_and_push(words)

    def commit_and_push(self, words: str = "By hand") -> str:
        """Commit what is staged and push."""
        git(self.tree, "commit", "--quiet", "--message", words)
        git(self.tree, "push", "--quiet", "origin", "HEAD:main")
        return git(self.tree, "rev-parse", "HEAD").strip()

    def stage_odd(self, mode: str, oid: str, path: str) -> None:
        """Stage an entry that no file system would give: a link, a submodule."""
        git(self.tree, "fetch", "--quiet", "origin")
        git(self.tree, "reset", "--quiet", "--hard", "origin/main")
        git(self.tree, "update-index", "--add", "--cacheinfo", f"{mode},{oid},{path}")


def history(repository: Path, form: str = "%H", *more: str) -> list[str]:
    """First-parent history of main, newest first."""
    return git(repository, "log", "--first-parent", f"--format={form}", *more, "main").strip().split("\n")


def names(commits: Path, commit: str) -> set[str]:
    """The files that a commit changed."""
    shown = git(commits, "diff-tree", "-r", "--root", "--no-commit-id", "--name-only", "-z", commit)
    return {name for name in shown.split("\0") if name}
