"""What the command line's tests share: commands run as processes, a store of one's own, files as people write them."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from tests.store.kit import git

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
SUMMIT: Mapping[str, Any] = json.loads((ROOT / "bot/demo/data/summit/release_plan.json").read_text("utf-8"))
NOW = "2026-03-03T08:12:00Z"
ANA = "Ana Lee <ana@example.org>"


@dataclass(frozen=True)
class Ran:
    """How a command ended: its exit code, and what it printed where."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """The lines of stdout."""
        return self.out.splitlines()

    def ok(self) -> Self:
        """Itself, when the command did what it was asked."""
        assert self.code == 0, f"exit {self.code}\n{self.out}\n{self.err}"
        return self

    def data(self) -> Any:
        """The JSON that it printed."""
        return json.loads(self.ok().out)


@dataclass
class Shell:
    """A person at a terminal: a home and a folder of their own, and the two commands."""

    home: Path
    forks: "Forks"
    env: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder = self.home / "work"
        self.folder.mkdir(parents=True)
        self.env = {
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "COLUMNS": "200",
            **self.env,
        }

    @property
    def store(self) -> Path:
        """The plan store of this person."""
        return self.home / "plans.git"

    def convoy(self, *arguments: str | Path, env: Mapping[str, str] | None = None, timeout: float = 60) -> Ran:
        """`convoy …` with CONVOY_STORE at the store."""
        return self.forks.run("convoy", arguments, self.folder, {**self._with_store(), **(env or {})}, timeout)

    def portfolio(self, *arguments: str | Path, timeout: float = 60) -> Ran:
        """`portfolio-release-plan …`, which knows no store."""
        return self.forks.run("portfolio-release-plan", arguments, self.folder, self.env, timeout)

    def cold(self, program: str, *arguments: str | Path, env: Mapping[str, str] | None = None) -> Ran:
        """The installed script itself, in an interpreter that has imported nothing yet."""
        done = subprocess.run(
            [BIN / program, *map(str, arguments)], cwd=self.folder, env={**self._with_store(), **(env or {})},
            capture_output=True, stdin=subprocess.DEVNULL, timeout=120,
        )  # fmt: skip
        return Ran(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))

    def _with_store(self) -> dict[str, str]:
        return {"CONVOY_STORE": str(self.store), **self.env}

    def write(self, name: str, data: Any) -> Path:
        """A file in the person's folder: JSON as people save it, or bytes as they are."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else as_json(data))
        return path

    def publish(self, *documents: Mapping[str, Any], reports: str = "status") -> Path:
        """Status documents, each in the folder of its repository; the folder of all."""
        for document in documents:
            self.write(f"{reports}/{document['repository']}/ga_status.json", document)
        return self.folder / reports

    def open_plan(self, plan: Mapping[str, Any] = SUMMIT, slug: str = "summit") -> str:
        """A plan in the store."""
        path = self.write(f"{slug}.json", plan)
        opened = self.convoy("plan", "add", path, "--slug", slug, "--now", "2026-03-01T09:00:00Z", "--author", ANA)
        return opened.ok().lines[-1]

    def status(self, slug: str = "summit", *more: str) -> Any:
        """`convoy status --json`."""
        return self.convoy("status", slug, "--json", *(more or ("--now", NOW))).data()

    def log(self, form: str = "%s") -> list[str]:
        """The store's commits, newest first."""
        shown = git(self.store, "log", "--first-parent", f"--format={form}%x00", "main")
        return [entry.strip("\n") for entry in shown.split("\0")][:-1]

    def plan(self, slug: str = "summit") -> Any:
        """The plan file as it lies in the store."""
        return json.loads(git(self.store, "show", f"main:plans/{slug}/release_plan.json"))


class Forks:
    """The warm interpreter of `forks.py`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("forks.py"))], cwd=ROOT,
            env={"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def run(
        self, program: str, arguments: tuple[str | Path, ...], cwd: Path, env: Mapping[str, str], timeout: float
    ) -> Ran:
        """One command in a child."""
        out, err = self._folder / "out", self._folder / "err"
        job = {"program": program, "arguments": [str(a) for a in arguments], "cwd": str(cwd), "env": dict(env)}
        assert self._process.poll() is None, "the warm interpreter has ended; its trace is above"
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({**job, "out": str(out), "err": str(err), "timeout": timeout}) + "\n")
        self._process.stdin.flush()
        return Ran(int(self._process.stdout.readline()), out.read_text("utf-8"), err.read_text("utf-8"))

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()


def as_json(data: Any) -> bytes:
    """JSON as people save it."""
    return (json.dumps(data, indent=2, ensure_ascii=False) + "\n").encode()


def ga_status(repository: str, status: str = "ON_TRACK", **more: Any) -> dict[str, Any]:
    """What a repository publishes."""
    return {
        "schemaVersion": "1.0", "repository": repository, "status": status, "updatedAt": "2026-03-03T07:00:00Z", **more
    }  # fmt: skip


def row(data: Any, name: str) -> Any:
    """One repository of `convoy status --json`."""
    return next(r for r in data["repositories"] if r["name"] == name)
