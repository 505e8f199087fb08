"""A participating repository for tests: a work tree with a remote, documents, and what the branch then holds."""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path

from bot.release.documents import parse_status
from bot.release.ga_status import StatusDocument
from bot.services.ports import Author
from tests.store.http_backend import HttpBackend, _Handler
from tests.store.kit import git

AT = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
ANN = Author("Ann Lee", "ann@example.org")


def work_tree(folder: Path, remote: str | Path | None = None) -> Path:
    """A work tree with one commit and, when a remote is given, an `origin`."""
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet")
    (folder / "code.txt").write_text("code\n")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "Begin")
    if remote is not None:
        git(folder, "remote", "add", "origin", str(remote))
    return folder


def bare(path: Path) -> Path:
    """An empty bare repository that takes pushes over HTTP."""
    path.mkdir(parents=True)
    git(path, "init", "--quiet", "--bare")
    git(path, "config", "http.receivepack", "true")
    return path


def document(**more: object) -> tuple[bytes, StatusDocument]:
    """A valid document of summit-app with its bytes."""
    raw = {
        "schemaVersion": "1.0",
        "repository": "summit-app",
        "status": "ON_TRACK",
        "updatedAt": "2026-03-03T09:00:00Z",
    }
    data = json.dumps({**raw, **more}).encode()
    found = parse_status(data)
    assert isinstance(found, StatusDocument), found
    return data, found


def on_branch(remote: Path, file: str = "ga_status.json") -> bytes:
    """What the branch holds."""
    return git(remote, "show", f"ga-status:{file}").encode()


def log(remote: Path, form: str = "%s") -> list[str]:
    """The branch's commits, newest first; there may be no branch."""
    shown = git(remote, "log", f"--format={form}", "ga-status", "--", check=False)
    return shown.splitlines()


def guard(server: HttpBackend, user: str, token: str) -> list[str | None]:
    """Let in only who shows the token, from now on; every Authorization that comes is put into the list."""
    seen: list[str | None] = []
    expected = f"Basic {base64.b64encode(f'{user}:{token}'.encode()).decode()}"

    class Guarded(_Handler):
        def _answer(self, body: bytes) -> None:
            seen.append(self.headers["Authorization"])
            if seen[-1] == expected:
                super()._answer(body)
                return
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="x"')
            self.send_header("Content-Length", "0")
            self.end_headers()

    server.RequestHandlerClass = Guarded
    return seen
