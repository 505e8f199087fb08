"""The nouns of a workspace: people, channels, messages, views, and a change to any of them. Plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from bot.sandbox.refusal import Json

Block = Mapping[str, Json]
RoomKind = Literal["channel", "private", "im", "mpim"]
ChangeKind = Literal[
    "posted", "updated", "deleted", "ephemeral", "modal_opened", "modal_updated", "modal_closed", "home"
]


@dataclass(frozen=True)
class Person:
    """One member of the workspace. `team` empty means the sandbox's own; another id makes them a Slack Connect guest.

    `id` is as Slack makes them (`U0ANA`); `tz` is an IANA name; without `email` lookups by e-mail do not find them.
    """

    id: str
    name: str
    real_name: str = ""
    tz: str = "UTC"
    email: str | None = None
    is_guest: bool = False
    is_deactivated: bool = False
    team: str = ""

    def offset(self, now: datetime) -> int:
        """Seconds east of UTC at that moment."""
        shift = now.astimezone(ZoneInfo(self.tz)).utcoffset()
        return int(shift.total_seconds()) if shift else 0


@dataclass(frozen=True)
class Channel:
    """One channel. `members` are user ids or names; None means every full, active member of the home team."""

    id: str
    name: str
    members: Sequence[str] | None = None
    is_private: bool = False
    is_archived: bool = False
    bot_is_member: bool = True
    topic: str = ""


@dataclass
class Room:
    """A place to write in, as the workspace keeps it: a channel, or a direct message of `members`."""

    id: str
    name: str
    kind: RoomKind
    members: set[str]
    is_archived: bool = False
    topic: str = ""


@dataclass(frozen=True)
class Message:
    """One message as it stands. `ephemeral_to` is the only user who sees it, None for everybody in the room.

    `text` and `blocks` are as the app sent them (blocks have got their ids); `edited` and `thread_ts` are Slack's `ts`.
    """

    channel: str
    ts: str
    user: str
    text: str
    blocks: tuple[Block, ...] = ()
    by_bot: bool = False
    thread_ts: str | None = None
    broadcast: bool = False
    ephemeral_to: str | None = None
    metadata: Mapping[str, Json] | None = None
    files: tuple[Mapping[str, Json], ...] = ()
    reactions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    edited: str | None = None

    @property
    def at(self) -> datetime:
        """When it was sent, in UTC."""
        return datetime.fromtimestamp(float(self.ts), UTC)

    @property
    def is_reply(self) -> bool:
        """Whether it stands in a thread below another message."""
        return self.thread_ts is not None and self.thread_ts != self.ts


@dataclass(frozen=True)
class View:
    """A modal or a Home tab as one user sees it. `body` is the view as the app sent it (blocks have got their ids).

    `state` holds what the user has entered: block_id -> action_id -> Slack's value object.
    """

    id: str
    user: str
    body: Mapping[str, Json]
    hash: str
    root_id: str
    previous_id: str | None = None
    state: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)

    @property
    def type(self) -> str:
        """`modal` or `home`."""
        return str(self.body["type"])

    @property
    def blocks(self) -> tuple[Block, ...]:
        """Its blocks."""
        return tuple(self.body["blocks"])

    @property
    def callback_id(self) -> str:
        """The app's name for it, empty when it gave none."""
        return str(self.body.get("callback_id") or "")

    @property
    def title(self) -> str:
        """What stands at the top of a modal, empty for a Home tab."""
        return str(self.body["title"]["text"]) if self.body.get("title") else ""


@dataclass(frozen=True)
class Change:
    """Something appeared, changed or went. `number` counts all changes of one sandbox from 1.

    `viewer` is the only user who can see it (ephemeral, modal, home), None when everybody in `channel` can.
    """

    number: int
    kind: ChangeKind
    channel: str = ""
    viewer: str | None = None
    message: Message | None = None
    view: View | None = None
