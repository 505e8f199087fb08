"""The git command as the store uses it: where there is no git, that is the store's own error."""

from bot.gitcli import TIMED_OUT, Deadline, Finished, words
from bot.gitcli import Git as CleanGit
from bot.services.ports import StoreError

__all__ = ["TIMED_OUT", "Deadline", "Finished", "Git", "words"]


class Git(CleanGit):
    """Runs git on one repository directory. Raises StoreError where there is no git."""

    missing = StoreError
