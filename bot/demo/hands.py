"""The people of the demo who push to the plan store with git itself, beside the bot."""

import subprocess
from pathlib import Path


class Hands:
    """A person's clone of the store. Their changes arrive by an ordinary push, as people's do."""

    def __init__(self, clone: Path, store: Path, name: str, mail: str) -> None:
        self._clone = clone
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
        self._git(self._clone, "commit", "--quiet", "-m", subject)
        self._git(self._clone, "push", "--quiet", "origin", "HEAD:main")

    @staticmethod
    def _git(where: Path | None, *arguments: str) -> None:
        place = ["-C", str(where)] if where is not None else []
        done = subprocess.run(["git", *place, *arguments], capture_output=True, text=True, check=False, timeout=60)
        if done.returncode:
            raise RuntimeError(f"git {arguments[0]} failed in the demo: {done.stderr.strip()}")
