"""Where status documents and tags come from: files of a reports folder, paths, https URLs, git repositories.

Implements `ports.StatusSource`. What belongs here is how to reach a document safely: under a size cap and a deadline,
inside the folder where it should be, at an address that is not ours. What a document or a tag means is `bot/release`;
what to do about a missing one is `bot/services`. A failure of one repository is a value and never touches another.
"""

from bot.sources.collect import Sources

__all__ = ["Sources"]
