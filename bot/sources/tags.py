"""Lists of tags as versions: what `git ls-remote` prints, or the `tags.txt` that a job wrote beside a document."""

import re
from collections.abc import Iterable

from bot.release.published import PublishedVersion
from bot.services.ports import Listed

TAGS_FILE = "tags.txt"
_REF = re.compile(r"[0-9a-f]{40,64}\s+refs/tags/(.+)")
_PEELED = "^{}"  # the commit behind an annotated tag, which is no tag of its own


def versions_of(tags: Iterable[str], tag_prefix: str | None, *, complete: bool = True) -> Listed:
    """The versions that tags name: those with the prefix, without it."""
    prefix = tag_prefix or ""
    found = dict.fromkeys(tag.removeprefix(prefix) for tag in tags if tag.startswith(prefix) and tag != prefix)
    return Listed(tuple(map(PublishedVersion, found)), complete)


def tags_in(text: str) -> list[str]:
    """A tag a line: its name, or as `git ls-remote --tags` prints it."""
    # Not `splitlines`: a name may hold U+2028 or U+0085, and what follows it must not count as a tag of its own.
    lines = (line.strip() for line in text.removeprefix("\ufeff").split("\n"))
    named = (found[1] if (found := _REF.fullmatch(line)) else line for line in lines if line)
    return [tag.removeprefix("refs/tags/") for tag in named if not tag.endswith(_PEELED)]
