"""What a person sees after they did something, and the error for what a person cannot do."""

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.sandbox.model import Message, View

_EDGES = re.compile(r"^[^\w/]+|[^\w]+$")
_EMOJI = re.compile(r":[a-z0-9_+-]+:")


class CannotError(Exception):
    """A person cannot do that: nothing with that label is on their screen, they are not in that channel, …

    The text names what there is instead.
    """


def suggest(wanted: str, known: Iterable[str]) -> str:
    """` (did you mean …?)`, or nothing."""
    by_fold = {one.casefold(): one for one in known}
    close = difflib.get_close_matches(wanted.casefold(), list(by_fold), n=1, cutoff=0.6)
    return f" (did you mean {by_fold[close[0]]!r}?)" if close else ""


def same_label(wanted: str, label: str) -> bool:
    """Whether a label on the screen is the one that was meant: not its case, emoji or dots."""
    return _bare(wanted) == _bare(label)


def _bare(label: str) -> str:
    words = " ".join(_EMOJI.sub(" ", label.casefold()).split())
    return _EDGES.sub("", words) or words


@dataclass(frozen=True)
class Outcome:
    """What came of one action. `error` is empty, or Slack's word for what went wrong (`operation_timeout`, …).

    `messages`, `text` and `view` are read anew each time: they show all that this user got to see since the action, an
    answer by response_url seconds later included.
    """

    user: str
    error: str
    seen: Callable[[], Sequence[Message]] = field(repr=False)
    draw: Callable[[Message], str] = field(repr=False)
    top: Callable[[], View | None] = field(repr=False)

    @property
    def ok(self) -> bool:
        """Whether the app took it in time and said nothing that Slack refuses."""
        return not self.error

    @property
    def messages(self) -> tuple[Message, ...]:
        """Messages that appeared or changed for this user since, as they stand now, oldest first."""
        return tuple(self.seen())

    @property
    def text(self) -> str:
        """The same, drawn as a terminal shows them."""
        return "\n".join(self.draw(message) for message in self.messages)

    @property
    def view(self) -> View | None:
        """The topmost modal of this user now, if any is open."""
        return self.top()


@dataclass(frozen=True)
class Submitted(Outcome):
    """What came of submitting a modal. `errors`: block_id -> the words beside that field (the app's or the client's).

    `closed`: this modal has gone from the screen.
    """

    closed: bool = False
    errors: Mapping[str, str] = field(default_factory=dict)
