"""A log of every request and answer, in both directions, with secrets masked before they are kept."""

import re
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.sandbox.clock import Clock
from bot.sandbox.refusal import Json

KEPT = 10_000
_TOKEN = re.compile(r"\b(x(?:ox[a-z]|app))-[A-Za-z0-9-]+")
_SECRET_PATHS = re.compile(r"(/(?:commands|actions)/|[?&]ticket=)[^\s\"'/&]+(/[^\s\"'&]+)*")
Direction = Literal["from app", "to app"]


@dataclass(frozen=True)
class Exchange:
    """One request and its answer. `name` is the Web API method, `slash_commands`, `interactive`, `events_api`, …

    `status` is the HTTP status (200 for a socket's ack; 0 when there was no answer).
    """

    at: datetime
    direction: Direction
    name: str
    request: Json
    answer: Json
    status: int


class Journal:
    """The newest exchanges (up to 10,000), oldest first."""

    def __init__(self, clock: Clock, secrets: Iterable[str]) -> None:
        self._clock = clock
        self._secrets = tuple(secrets)
        self.entries: deque[Exchange] = deque(maxlen=KEPT)

    def add(self, direction: Direction, name: str, request: Json, answer: Json, status: int) -> None:
        """Keep one exchange, masked."""
        entry = Exchange(self._clock.now(), direction, name, self.mask(request), self.mask(answer), status)
        self.entries.append(entry)

    def calls(self, name: str) -> list[Exchange]:
        """The exchanges of that name, oldest first."""
        return [entry for entry in self.entries if entry.name == name]

    def mask(self, value: Json) -> Json:
        """The same JSON without tokens, the signing secret, response URLs and socket tickets."""
        if isinstance(value, str):
            for secret in self._secrets:
                value = value.replace(secret, "***")
            return _SECRET_PATHS.sub(r"\1***", _TOKEN.sub(r"\1-***", value))
        if isinstance(value, Mapping):
            return {key: "***" if key == "token" else self.mask(content) for key, content in value.items()}
        if isinstance(value, list | tuple):
            return [self.mask(one) for one in value]
        return value
