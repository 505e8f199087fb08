"""Group commit: one commit for each edit that waits, one after the other, and one compare-and-swap for all of them.

An answer that was found on top of a neighbour's commit holds only if that commit lands; so nothing is said before the
head has moved, or has been seen to be the newest.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import SystemRandom

from bot.release.edits import Conflict
from bot.services.ports import StoreRefusedError, StoreUnavailableError, Updated
from bot.store.drafting import Drafted, Drafter, Unchanged
from bot.store.git import Deadline
from bot.store.line import FATE_UNKNOWN, Wish
from bot.store.manners import Manners
from bot.store.objects import Pool
from bot.store.reading import Reader
from bot.store.side import SideBranches
from bot.store.trunk import Landed, Lost, Outcome, Raced, Refused, Trunk

_LOST_ANSWERS = 3
_FOLDERS_GONE = 4
_RANDOM = SystemRandom()
Answer = Updated | Conflict | Drafted


@dataclass(frozen=True)
class _Draft:
    """What a round came to before anything was sent: commits from `base` to `tip`, and an answer for each wish."""

    base: str | None
    tip: str | None
    answers: tuple[tuple[Wish, Answer], ...]

    def sent(self) -> tuple[Wish, ...]:
        """Those that have a commit in it."""
        return tuple(wish for wish, answer in self.answers if isinstance(answer, Drafted))


class Writer:
    """Writes for a line of wishes, one round at a time. `pause`: sleeps between rounds (replaced in tests)."""

    def __init__(
        self, trunk: Trunk, pool: Pool, reader: Reader, drafter: Drafter, *, durable: bool,
        pause: Callable[[float], None], aside: SideBranches,
    ) -> None:  # fmt: skip
        self._trunk = trunk
        self._pool = pool
        self._reader = reader
        self._drafter = drafter
        self._durable = durable
        self._pause = pause
        self._aside = aside
        self._manners = Manners()

    def before(self, deadline: Deadline) -> None:
        """Leave others the room that is theirs; a local head needs none, there everybody takes the same way."""
        wait = 0.0 if self._trunk.local else min(self._manners.wait(time.monotonic()), deadline.left() / 4)
        if wait > 0:
            self._pause(wait)

    def met_others(self) -> None:
        """Somebody else writes this store, too."""
        self._manners.met(time.monotonic())

    def write(self, wishes: Sequence[Wish]) -> None:
        """One round: draft, publish once, answer. A wish that must be tried again is left without an outcome."""
        started = time.monotonic()
        deadline = wishes[0].deadline  # the first came first, so nobody's time is over before
        newest = self._trunk.local or any(wish.look for wish in wishes)
        try:
            head = self._trunk.refresh(deadline) if newest and not self._trunk.local else self._trunk.head()
        except StoreUnavailableError as error:
            _unseen(wishes, error)
            return
        draft = self._draft(head, wishes)
        if draft.tip == head or draft.tip is None:
            self._settle(draft, final=newest)
            return
        outcome = self._trunk.publish(head, draft.tip, deadline)
        now = time.monotonic()
        if isinstance(outcome, Landed):
            self._manners.landed(now, now - started)
            self._settle(draft, final=True)
        elif isinstance(outcome, Refused):
            self._refuse(draft.sent(), outcome)
        else:
            if isinstance(outcome, Raced):
                self.met_others()
            self._again(draft, outcome, now - started)

    def _draft(self, head: str | None, wishes: Sequence[Wish]) -> _Draft:
        tip = head
        answers: list[tuple[Wish, Answer]] = []
        for wish in wishes:
            try:
                answer = self._beside_gc(head, tip, wish)
            except Exception as error:  # noqa: BLE001 - raised again in the thread whose edit it is; the others go on
                wish.outcome = error
                continue
            if isinstance(answer, Drafted):
                tip = wish.tip = answer.tip
                wish.before = answer.before
            answers.append((wish, answer))
        return _Draft(head, tip, tuple(answers))

    def _beside_gc(self, head: str | None, tip: str | None, wish: Wish) -> Answer:
        """Attempt; once more where `git gc` took an emptied folder of objects away from under a file being written."""
        for _ in range(_FOLDERS_GONE):
            try:
                return self._attempt(head, tip, wish)
            except OSError as error:  # libgit2 gives words, and no number
                if "No such file or directory" not in str(error):
                    raise
        return self._attempt(head, tip, wish)

    def _attempt(self, head: str | None, tip: str | None, wish: Wish) -> Answer:
        with self._pool.borrow() as objects:
            if tip is not None:
                if wish.tip and head and objects.descends(head, wish.tip):  # it landed, and only the answer was lost
                    return Updated(wish.tip, wish.before, self._reader.read(objects, wish.tip, wish.slug).state)
                made = self._drafter.made(objects, tip, wish.slug, wish.edit)
                if made is not None:
                    return Updated(made.commit, made.before, self._reader.read(objects, tip, wish.slug).state)
            answer = self._drafter.draft(objects, tip, wish.slug, wish.edit, wish.author, wish.seen)
            if isinstance(answer, Unchanged):
                return Updated(None, answer.state.folder, answer.state)
            if isinstance(answer, Drafted) and self._durable:
                objects.settle()
            return answer

    def _settle(self, draft: _Draft, *, final: bool) -> None:
        """Tell each its answer. A push shows that its base was the newest; without one, look before saying no."""
        for wish, answer in draft.answers:
            if not final:
                wish.look = True
            elif isinstance(answer, Drafted):
                with self._pool.borrow() as objects:
                    state = self._reader.read(objects, answer.tip, wish.slug).state
                wish.outcome = Updated(answer.tip, answer.before, state)
            else:
                wish.outcome = answer

    def _refuse(self, sent: Sequence[Wish], outcome: Refused) -> None:
        """Whose commit it was that the remote did not want shows when each goes alone; a closed door is closed for
        all.
        """
        for wish in sent:
            if outcome.commits and len(sent) > 1:
                wish.alone = True
            else:
                said = f"the remote did not take the change: {outcome.reason}."
                wish.outcome = StoreRefusedError(f"{said} {self._aside.put(self._trunk, wish, outcome)}")

    def _again(self, draft: _Draft, outcome: Raced | Lost, took: float) -> None:
        for wish, _ in draft.answers:
            wish.look = True
        for wish in draft.sent():
            wish.lost += isinstance(outcome, Lost)
            # One more attempt must fit in: one that is killed half way leaves nobody knowing whether it arrived.
            wish.outcome = _given_up(wish, outcome, wish.deadline, late=wish.deadline.left() < 2 * took)
        if any(wish.outcome is None for wish, _ in draft.answers):
            # A short random wait: growing waits starve whoever lost a few times.
            self._pause(_RANDOM.uniform(0.005, 0.06))


def _unseen(wishes: Sequence[Wish], error: StoreUnavailableError) -> None:
    """The newest head could not be had; whoever has time left when the first has none may look once more."""
    hung = wishes[0].deadline.left() == 0
    for wish in wishes:
        if not hung or wish.deadline.left() == 0:
            wish.outcome = StoreUnavailableError(f"{error}. {FATE_UNKNOWN}" if wish.lost else str(error))


def _given_up(wish: Wish, outcome: Outcome, deadline: Deadline, *, late: bool) -> StoreUnavailableError | None:
    if isinstance(outcome, Lost) and (late or wish.lost >= _LOST_ANSWERS):
        return StoreUnavailableError(f"the remote does not answer: {outcome.reason}. {FATE_UNKNOWN}")
    if isinstance(outcome, Raced) and late:
        return StoreUnavailableError(
            f"nothing was written for {deadline.seconds:.0f} s because others were faster or held a lock; "
            f"last: {outcome.reason}. Try again"
        )
    return None
