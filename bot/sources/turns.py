"""Whose turn it is: what the end of a pass cut off comes first in the next one, so that nobody is always last."""

from collections.abc import Collection, Sequence

from bot.services.ports import Wanted


class Turns:
    """Remembers what the last passes did not get to, whichever plan it was for."""

    def __init__(self) -> None:
        self._missed: dict[Wanted, None] = {}

    def ordered(self, wanted: Sequence[Wanted]) -> list[Wanted]:
        """The same, those first that the last pass did not get to, in the order in which they waited then."""
        here = dict.fromkeys(wanted)
        return [one for one in self._missed if one in here] + [one for one in here if one not in self._missed]

    def note(self, ordered: Sequence[Wanted], missed: Collection[str]) -> None:
        """A pass over these, in this order, did not get to the repositories of those names."""
        for one in ordered:
            self._missed.pop(one, None)
        self._missed |= dict.fromkeys(one for one in ordered if one.repository in missed)
