"""Where a change goes when `main` takes no pushes: on a branch beside it, for somebody to review and merge.

Only what a person decided is kept this way. What a pass found is no decision, and the next pass finds it again.
"""

import hashlib
from collections.abc import Callable

from bot.services.ports import Author
from bot.store.line import Wish
from bot.store.trunk import Lost, Refused, Trunk

Propose = Callable[[str, str, str], str | None]
"""Ask the forge to take in a branch: its name, a title, who asks. What came of it as a sentence, None: no forge."""
_ASK = "Nothing was written; ask whoever keeps the repository to let Convoy push to main"


class SideBranches:
    """Puts refused changes aside. `bot`: who makes the commits of passes. `propose`: opens a pull request."""

    def __init__(self, bot: Author, propose: Propose | None) -> None:
        self._bot = bot
        self._propose = propose

    def put(self, trunk: Trunk, wish: Wish, outcome: Refused) -> str:
        """What became of a refused change, and what to do next: a sentence or two. The same one is put aside once."""
        if not outcome.protected or wish.tip is None or wish.author == self._bot:
            return _ASK
        branch = side_branch(wish.slug, wish.edit.id)
        aside = trunk.set_aside(branch, wish.tip, wish.deadline)
        if isinstance(aside, Refused | Lost):
            return f"It could not be put on a branch {branch} either: {aside.reason}. {_ASK}"
        said = self._propose(branch, wish.edit.subject(), wish.author.name) if self._propose is not None else None
        return (
            f"It is on the branch {branch} instead, and holds once that is merged into main. "
            f"{said or 'Open a pull request from it'}"
        )


def side_branch(slug: str, edit_id: str) -> str:
    """The branch for one edit, the same however often it is tried: `convoy/summit-2026-q1-launch-1a2b3c4d5e6f`."""
    return f"convoy/{slug}-{hashlib.sha256(edit_id.encode()).hexdigest()[:12]}"
