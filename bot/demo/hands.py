"""The people of the demo who push to the plan store with git itself, beside the bot."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from bot.services.ports import Clock


class Hands:
    """A person's clone of the store. Their changes arrive by an ordinary push, as people's do.

    `clock` dates them: a commit of today in a demo of last March would be one from the future.
    """

    def __init__(self, clone: Path, store: Path, name: str, mail: str, clock: Clock) -> None:
        self._clone = clone
        self._clock = clock
        self._git(None, "clone", "--quiet", str(store), str(clone))
        for key, value in (("user.name", name), ("user.email", mail), ("commit.gpgsign", "false")):
            self._git(clone, "config", key, value)

    def push(self, path: str, data: bytes, subject: str) -> None:
        """Change one file and push it; nothing when it is that already."""
        self._git(self._clone, "pull", "--quiet", "--rebase", "origin", "main")
        target = self._clone / path
        if target.exists() and target.read_bytes() == data:
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        self._git(self._clone, "add", path)
        moment = self._clock.now().isoformat()
        dated = {"GIT_AUTHOR_DATE": moment, "GIT_COMMITTER_DATE": moment}
        self._git(self._clone, "commit", "--quiet", "-m", subject, dated=dated)
        self._git(self._clone, "push", "--quiet", "origin", "HEAD:main")

    @staticmethod
    def _git(where: Path | None, *arguments: str, dated: Mapping[str, str] | None = None) -> None:
        command = ["git", *(["-C", str(where)] if where is not None else []), *arguments]
        environment = {**os.environ, **(dated or {})}
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=environment)
        if done.returncode:
            raise RuntimeError(f"git {arguments[0]} failed in the demo: {done.stderr.strip()}")
