"""The repository that somebody works in, as far as its status document needs it: its top, its remote, its tags.

Nothing is written here. git runs in the store's clean room, with the repository's own configuration and no other.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pygit2

from bot.store.git import Git

FILE_NAME = "ga_status.json"
_SECONDS = 20.0


@dataclass(frozen=True)
class Checkout:
    """A work tree: `top` is its folder, `git_dir` where its git data lies."""

    top: Path
    git_dir: Path

    def remote_url(self, remote: str) -> str | None:
        """Where pushes to the remote of that name go, as its configuration says; None when there is none.

        Raises StoreError when git cannot be started.
        """
        found = Git(self.git_dir).run("remote", "get-url", "--push", "--end-of-options", remote, timeout=_SECONDS)
        return found.out.strip() or None if found.code == 0 else None

    def tags(self) -> tuple[str, ...]:
        """The names of all tags, newest first. Raises StoreError when git cannot be started."""
        form = "--format=%(refname:strip=2)"
        found = Git(self.git_dir).run("for-each-ref", "--sort=-creatordate", form, "refs/tags", timeout=_SECONDS)
        return tuple(line for line in found.out.splitlines() if line)


def find_checkout(folder: Path) -> Checkout | None:
    """The work tree that `folder` lies in, or None. Whose files they are does not matter: CI often works as root."""
    for top in (folder, *folder.parents):
        if (top / ".git").exists():
            found = pygit2.discover_repository(str(top))
            return Checkout(top, Path(found)) if found else None
    return None


def name_in(url: str) -> str | None:
    """The repository's name, the last step of its remote's URL: `summit-app` of `git@host:team/summit-app.git`."""
    path = urlsplit(url).path if "://" in url else url.rpartition(":")[2]
    name = path.rstrip("/").rpartition("/")[2].removesuffix(".git")
    return name if re.search(r"\w", name) else None
