"""What every builder returns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Block = Mapping[str, Any]


@dataclass(frozen=True)
class Message:
    """One Slack message: `text` says it all in a sentence (notifications and screen readers read only that).

    `blocks` obey every limit of `limits.py`. `thread` are further messages for the thread below this one.
    """

    text: str
    blocks: Sequence[Block] = ()
    thread: Sequence["Message"] = ()
