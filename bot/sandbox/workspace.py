"""Everything that a workspace remembers, in memory: who is there, what was said, what each person sees.

It enforces what is true of any Slack workspace (unique, rising `ts`; an ephemeral belongs to one person; a direct
message to its members) and asks no tokens: that is the business of `api.py`.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from bot.sandbox.clock import Clock
from bot.sandbox.model import Change, ChangeKind, Channel, Message, Person, Room, RoomKind, View
from bot.sandbox.refusal import Json

Observer = Callable[[Change], None]


@dataclass(frozen=True)
class Identity:
    """Who the workspace and the app are. Ids are constant, so that a run can be compared with another."""

    team_id: str = "T0SANDBOX"
    team_domain: str = "sandbox"
    app_id: str = "A0APP"
    bot_id: str = "B0BOT"
    bot_user: str = "U0BOT"
    bot_name: str = "bot"


class Workspace:
    """People, rooms, messages and views. Lookups that fail return None; the callers know which words to use."""

    def __init__(self, identity: Identity, people: Iterable[Person], channels: Iterable[Channel], clock: Clock) -> None:
        self.identity = identity
        self.clock = clock
        self.people: dict[str, Person] = {}
        self.rooms: dict[str, Room] = {}
        self.changes: list[Change] = []
        self._messages: dict[str, list[Message]] = {}
        self._modals: dict[str, list[View]] = {}
        self._homes: dict[str, View] = {}
        self._observers: list[Observer] = []
        self._last_ts = 0
        self._views = 0
        for person in people:
            self._add_person(person)
        for channel in channels:
            self._add_channel(channel)

    # who and where

    def _add_person(self, person: Person) -> None:
        known = [*self.people.values(), Person(self.identity.bot_user, self.identity.bot_name)]
        if any(person.id == other.id or person.name == other.name for other in known):
            raise ValueError(f"two members share the id {person.id} or the name {person.name!r}; give each its own")
        if person.id[:1] not in {"U", "W"}:
            raise ValueError(f"{person.id!r} is not a user id: Slack's begin with U or W")
        person.offset(self.clock.now())  # an unknown time zone shows now, not in the middle of a test
        self.people[person.id] = person if person.team else replace(person, team=self.identity.team_id)

    def _add_channel(self, channel: Channel) -> None:
        if channel.id in self.rooms or any(room.name == channel.name for room in self.rooms.values()):
            raise ValueError(f"two channels share the id {channel.id} or the name {channel.name!r}; give each its own")
        if channel.id[:1] not in {"C", "G"}:
            raise ValueError(f"{channel.id!r} is not a channel id: Slack's begin with C")
        if channel.members is None:
            members = {person.id for person in self.people.values() if self.is_full_member(person)}
        else:
            members = {self._must_know(name).id for name in channel.members}
        if channel.bot_is_member:
            members.add(self.identity.bot_user)
        kind: RoomKind = "private" if channel.is_private else "channel"
        room = Room(channel.id, channel.name, kind, members, channel.is_archived, channel.topic)
        self.rooms[channel.id] = room

    def _must_know(self, name: str) -> Person:
        person = self.person(name)
        if person is None:
            raise ValueError(f"channel member {name!r} is nobody in this workspace")
        return person

    def is_full_member(self, person: Person) -> bool:
        """Whether a person is an active, non-guest member of the home team."""
        return not (person.is_guest or person.is_deactivated) and person.team == self.identity.team_id

    def person(self, who: str) -> Person | None:
        """A person by id or by name (`ana`, `@ana`)."""
        bare = who.removeprefix("@")
        return self.people.get(who) or next((one for one in self.people.values() if one.name == bare), None)

    def room(self, where: str) -> Room | None:
        """A room by id or by channel name (`release`, `#release`)."""
        bare = where.removeprefix("#")
        return self.rooms.get(where) or next(
            (one for one in self.rooms.values() if one.name == bare and one.name), None
        )

    def direct(self, *users: str) -> Room:
        """The direct message of the bot with these users, opened when there is none yet."""
        members = {*users, self.identity.bot_user}
        for room in self.rooms.values():
            if room.kind in {"im", "mpim"} and room.members == members:
                return room
        kind: RoomKind = "im" if len(users) == 1 else "mpim"
        letter = "D" if kind == "im" else "G"
        room = Room(f"{letter}0{'0'.join(sorted(users))}", "", kind, members)
        self.rooms[room.id] = room
        return room

    def user_name(self, user: str) -> str:
        """The handle of a user id, the bot's included; the id itself for a stranger."""
        if user == self.identity.bot_user:
            return self.identity.bot_name
        return self.people[user].name if user in self.people else user

    # what was said

    def next_ts(self) -> str:
        """A new message `ts`: seconds and microseconds of the clock, unique and rising even while the clock stands."""
        micro = max(round(self.clock.now().timestamp() * 1_000_000), self._last_ts + 1)
        self._last_ts = micro
        return f"{micro // 1_000_000}.{micro % 1_000_000:06d}"

    def post(self, message: Message) -> Message:
        """Put a message into its room and tell the observers."""
        self._messages.setdefault(message.channel, []).append(message)
        self._tell("ephemeral" if message.ephemeral_to else "posted", message=message)
        return message

    def put(self, message: Message) -> None:
        """Replace the message of the same channel and `ts`."""
        line = self._messages[message.channel]
        line[next(index for index, one in enumerate(line) if one.ts == message.ts)] = message
        self._tell("updated", message=message)

    def remove(self, message: Message) -> None:
        """Take a message away."""
        self._messages[message.channel] = [one for one in self._messages[message.channel] if one.ts != message.ts]
        self._tell("deleted", message=message)

    def find(self, channel: str, ts: str) -> Message | None:
        """The message of that channel and `ts`, ephemerals included."""
        return next((one for one in self._messages.get(channel, ()) if one.ts == ts), None)

    def messages(self, channel: str) -> tuple[Message, ...]:
        """All messages of a room, oldest first: replies and everybody's ephemerals included."""
        return tuple(self._messages.get(channel, ()))

    def visible(self, message: Message, viewer: str) -> bool:
        """Whether that user can see that message."""
        room = self.rooms[message.channel]
        return viewer in room.members and message.ephemeral_to in {None, viewer}

    # views

    def new_view(self, user: str, body: Mapping[str, Json], *, below: View | None = None) -> View:
        """A view with fresh ids, not shown yet."""
        self._views += 1
        view_id = f"V{self._views:08d}"
        root = below.root_id if below else view_id
        return View(view_id, user, body, self._hash(), root, below.id if below else None)

    def _hash(self) -> str:
        ts = self.next_ts()
        return f"{ts.split('.')[0]}.{hashlib.sha256(ts.encode()).hexdigest()[:8]}"

    def show_modal(self, view: View) -> None:
        """Put a modal on top of the user's stack."""
        self._modals.setdefault(view.user, []).append(view)
        self._tell("modal_opened", viewer=view.user, view=view)

    def change_view(self, view: View, body: Mapping[str, Json], state: Mapping[str, Mapping[str, Json]]) -> View:
        """Give a shown view another body; it gets a new hash."""
        changed = replace(view, body=body, hash=self._hash(), state=state)
        if view.type == "home":
            self._homes[view.user] = changed
            self._tell("home", viewer=view.user, view=changed)
            return changed
        self._swap_modal(changed)
        self._tell("modal_updated", viewer=view.user, view=changed)
        return changed

    def enter(self, view: View, state: Mapping[str, Mapping[str, Json]]) -> View:
        """Keep what a user entered. Nobody is told: it is on their own screen only."""
        changed = replace(view, state=state)
        if view.type == "home":
            self._homes[view.user] = changed
        else:
            self._swap_modal(changed)
        return changed

    def _swap_modal(self, view: View) -> None:
        stack = self._modals[view.user]
        stack[next(index for index, one in enumerate(stack) if one.id == view.id)] = view

    def close_modal(self, user: str, *, whole_stack: bool = False) -> None:
        """Close the topmost modal, or all of them."""
        stack = self._modals.get(user, [])
        while stack:
            self._tell("modal_closed", viewer=user, view=stack.pop())
            if not whole_stack:
                return

    def modals(self, user: str) -> tuple[View, ...]:
        """The user's stack of modals, topmost last."""
        return tuple(self._modals.get(user, ()))

    def publish_home(self, user: str, body: Mapping[str, Json]) -> View:
        """Show a Home tab, the first one or another."""
        old = self._homes.get(user)
        if old is not None:
            return self.change_view(old, body, {})
        view = self.new_view(user, body)
        self._homes[user] = view
        self._tell("home", viewer=user, view=view)
        return view

    def home(self, user: str) -> View | None:
        """The Home tab of a user, None before the app has published one."""
        return self._homes.get(user)

    def views(self) -> tuple[View, ...]:
        """Every view that somebody sees now."""
        return (*(view for stack in self._modals.values() for view in stack), *self._homes.values())

    # who watches

    def observe(self, observer: Observer) -> Callable[[], None]:
        """Call `observer` at every change, in order; the answer stops it."""
        self._observers.append(observer)
        return lambda: self._observers.remove(observer)

    def _tell(
        self, kind: ChangeKind, *, message: Message | None = None, view: View | None = None, viewer: str | None = None
    ) -> None:
        if message is not None:
            viewer = message.ephemeral_to
        channel = message.channel if message else ""
        change = Change(len(self.changes) + 1, kind, channel, viewer, message, view)
        self.changes.append(change)
        for observer in tuple(self._observers):
            observer(change)
