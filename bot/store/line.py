"""The line in which threads wait to write: whoever stands first writes for all that wait, so they share one push.

Nobody waits to be joined: a lone edit goes at once, and what arrives while it is under way goes together after it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from threading import Condition

from bot.release.edits import Conflict, Edit
from bot.release.folder import PlanFolder
from bot.services.ports import Author, StoreUnavailableError, Updated
from bot.store.git import Deadline

FATE_UNKNOWN = "Whether the change arrived is not known; try the same again later, it is never made twice"
MOST_TOGETHER = 50


@dataclass(eq=False)
class Wish:
    """One edit that somebody waits for, and how far it came.

    `seen`: the plan as its author knew it, None when that is not known. `tip`: the commit last sent for it, which may
    have landed whatever the answer was. `before`: the folder that this commit changed. `lost`: how many answers to a
    push never came. `look`: it is decided only at the newest head. `alone`: the remote refused it in company, so it
    goes by itself. `outcome`: set once, by whoever wrote for it.
    """

    slug: str
    edit: Edit
    author: Author
    deadline: Deadline
    seen: PlanFolder | None = None
    tip: str | None = None
    before: PlanFolder | None = None
    lost: int = 0
    look: bool = False
    alone: bool = False
    outcome: Updated | Conflict | Exception | None = None


class Line:
    """First come, first served, for the threads of one process.

    `before` is called with the deadline of whoever is next, and may wait: what comes meanwhile goes together with it.
    `write` is given those that go together, the first of the line among them, and sets the outcome of each, or leaves
    it open: then that wish keeps its place and is given again, beside those that came meanwhile.
    """

    def __init__(self, before: Callable[[Deadline], None], write: Callable[[Sequence[Wish]], None]) -> None:
        self._before = before
        self._write = write
        self._waiting: list[Wish] = []
        self._changed = Condition()
        self._busy = False

    def join(self, wish: Wish) -> Updated | Conflict:
        """Wait until somebody wrote for this wish, or be the one who writes. Raises what became of it otherwise."""
        with self._changed:
            self._waiting.append(wish)
        try:
            while wish.outcome is None:
                if self._turn(wish):
                    self._lead(wish)
        finally:
            with self._changed:
                self._waiting = [other for other in self._waiting if other is not wish]
                self._changed.notify_all()
        if isinstance(wish.outcome, Exception):
            raise wish.outcome
        return wish.outcome

    def _turn(self, wish: Wish) -> bool:
        """Wait; whether it is this thread's turn to write, or another wrote for this wish."""
        with self._changed:
            self._changed.wait_for(
                lambda: wish.outcome is not None or (not self._busy and self._waiting[0] is wish), wish.deadline.left()
            )
            if wish.outcome is not None:
                return False
            if wish.deadline.left() == 0:
                raise StoreUnavailableError(_too_long(wish))
            self._busy = True
            return True

    def _lead(self, wish: Wish) -> None:
        try:
            self._before(wish.deadline)
            self._write(self._together(wish))
        finally:
            with self._changed:
                self._busy = False
                self._waiting = [wish for wish in self._waiting if wish.outcome is None]
                self._changed.notify_all()

    def _together(self, first: Wish) -> Sequence[Wish]:
        with self._changed:
            if first.alone:
                return (first,)
            return tuple(takewhile(lambda wish: not wish.alone, self._waiting[:MOST_TOGETHER]))


def _too_long(wish: Wish) -> str:
    said = f"other changes have been waiting for the store for {wish.deadline.seconds:.0f} s"
    return f"{said}. {FATE_UNKNOWN}" if wish.tip is not None else f"{said}; nothing was changed, try again"
