"""What a pass remembers of earlier ones, so that nothing is asked twice that has not changed: oids, ETags and texts."""

import logging
from collections.abc import Mapping, Sequence

from bot.services.ports import Remembered, SourceMemory, SourceMemoryError

_log = logging.getLogger(__name__)


_LONGEST_MARK = 256


def is_mark(etag: str) -> bool:
    """Whether an ETag is one that can be kept and sent back."""
    return 0 < len(etag) <= _LONGEST_MARK and etag.isascii() and etag.isprintable()


class MemoryOfProcess:
    """A `ports.SourceMemory` that lasts as long as the process."""

    def __init__(self) -> None:
        self._notes: dict[str, Remembered] = {}

    async def get(self, keys: Sequence[str]) -> Mapping[str, Remembered]:
        """What is known under these keys."""
        return {key: self._notes[key] for key in keys if key in self._notes}

    async def put(self, notes: Mapping[str, Remembered]) -> None:
        """Remember these instead of what was known."""
        self._notes |= notes


class Notes:
    """The memory as one pass uses it: read once, written once. A memory that fails costs requests and nothing else."""

    def __init__(self, memory: SourceMemory) -> None:
        self._memory = memory
        self._known: dict[str, Remembered] = {}
        self._loaded: set[str] = set()
        self._new: dict[str, Remembered] = {}

    async def load(self, keys: Sequence[str]) -> None:
        """Look up what may be needed, once."""
        new = [key for key in keys if key not in self._loaded]
        if not new:
            return
        self._loaded |= set(new)
        try:
            self._known |= await self._memory.get(new)
        except SourceMemoryError as error:
            _log.warning("what sources said before cannot be looked up, so everything is asked again: %s", error)

    def get(self, key: str) -> Remembered | None:
        """What was answered last under that key."""
        return self._known.get(key)

    def put(self, key: str, mark: str, text: str) -> None:
        """Remember for the next pass."""
        note = Remembered(mark, text)
        if mark and self._known.get(key) != note:
            self._known[key] = self._new[key] = note

    async def save(self) -> None:
        """Write down what is new."""
        if not self._new:
            return
        try:
            await self._memory.put(self._new)
        except SourceMemoryError as error:
            _log.warning("what sources said cannot be remembered, so the next pass asks again: %s", error)
