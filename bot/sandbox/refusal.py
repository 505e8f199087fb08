"""How the sandbox says no: one exception that becomes Slack's `{"ok": false, "error": …}`."""

from collections.abc import Sequence
from typing import Any

Json = Any  # whatever JSON can hold; the shapes are checked at run time, that is what the sandbox is for


class Refused(Exception):  # noqa: N818 - it is an answer, not a fault of the sandbox
    """A call that Slack refuses. `error` is Slack's code; `messages` go into `response_metadata.messages`."""

    def __init__(self, error: str, messages: Sequence[str] = (), *, status: int = 200, **extra: Json) -> None:
        super().__init__(error)
        self.error = error
        self.messages = tuple(messages)
        self.status = status
        self.extra = extra

    def body(self) -> dict[str, Json]:
        """The JSON answer."""
        answer: dict[str, Json] = {"ok": False, "error": self.error, **self.extra}
        if self.messages:
            answer["errors"] = list(self.messages)
            answer["response_metadata"] = {"messages": [f"[ERROR] {message}" for message in self.messages]}
        return answer


def missing(field: str) -> Refused:
    """A required argument is not there."""
    return Refused("invalid_arguments", [f"missing required field: {field}"])
