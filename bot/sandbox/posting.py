"""Where an app may write, and how a message looks in an answer. Shared by chat methods, files and response URLs."""

from collections.abc import Mapping, Sequence

from bot.sandbox.block_ids import with_ids
from bot.sandbox.core import Core
from bot.sandbox.model import Block, Message, Room
from bot.sandbox.refusal import Json, Refused


def room_to_post(core: Core, channel: str) -> Room:
    """The room that an app may post to, named by channel id, channel name, DM id or user id.

    Raises Refused: channel_not_found, is_archived, not_in_channel, user_disabled.
    """
    if channel in core.workspace.people:
        return open_direct(core, [channel])
    room = core.workspace.room(channel)
    bot = core.workspace.identity.bot_user
    if room is None or (room.kind != "channel" and bot not in room.members):
        raise Refused("channel_not_found")
    if room.is_archived:
        raise Refused("is_archived")
    if bot not in room.members and "chat:write.public" not in core.scopes:
        raise Refused("not_in_channel")
    return room


def open_direct(core: Core, users: Sequence[str]) -> Room:
    """The direct message with these user ids. Raises Refused: user_not_found, user_disabled, cannot_dm_bot."""
    for user in users:
        if user == core.workspace.identity.bot_user:
            raise Refused("cannot_dm_bot")
        if core.known_user(user).is_deactivated:
            raise Refused("user_disabled")
    return core.workspace.direct(*users)


def room_to_read(core: Core, channel: str, *, member: bool = True) -> Room:
    """The room of that id that the app may read. Raises Refused: channel_not_found, not_in_channel."""
    room = core.workspace.rooms.get(channel)
    inside = room is not None and core.workspace.identity.bot_user in room.members
    if room is None or (not inside and room.kind != "channel"):
        raise Refused("channel_not_found")
    if member and not inside:
        raise Refused("not_in_channel")
    return room


def thread_of(core: Core, room: Room, thread_ts: str | None) -> str | None:
    """The `ts` of the thread's first message. Raises Refused: invalid_thread_ts, thread_not_found."""
    if not thread_ts:
        return None
    seconds, dot, micros = thread_ts.partition(".")
    if not (dot and seconds.isdigit() and micros.isdigit()):
        raise Refused("invalid_thread_ts")
    parent = core.workspace.find(room.id, thread_ts)
    if parent is None or parent.ephemeral_to:
        raise Refused("thread_not_found")
    return parent.thread_ts or parent.ts


def compose(
    core: Core,
    room: Room,
    text: str,
    blocks: Sequence[Block],
    *,
    thread_ts: str | None = None,
    ephemeral_to: str | None = None,
    metadata: Mapping[str, Json] | None = None,
    broadcast: bool = False,
    files: Sequence[Mapping[str, Json]] = (),
) -> Message:
    """A message of the app with fresh ids, posted."""
    ts = core.workspace.next_ts()
    message = Message(
        channel=room.id,
        ts=ts,
        user=core.workspace.identity.bot_user,
        text=text,
        blocks=with_ids(blocks, f"b{ts[-6:]}."),
        by_bot=True,
        thread_ts=thread_ts,
        broadcast=broadcast,
        ephemeral_to=ephemeral_to,
        metadata=metadata,
        files=tuple(files),
    )
    return core.workspace.post(message)


def message_json(core: Core, message: Message, *, with_metadata: bool = False) -> dict[str, Json]:
    """A message as the API shows it."""
    identity = core.workspace.identity
    shown: dict[str, Json] = {
        "type": "message",
        "user": message.user,
        "text": message.text,
        "ts": message.ts,
        "team": identity.team_id,
    }
    if message.by_bot:
        shown |= {"bot_id": identity.bot_id, "app_id": identity.app_id}
    if message.blocks:
        shown["blocks"] = list(message.blocks)
    if message.files:
        shown["files"] = list(message.files)
    if message.edited:
        shown["edited"] = {"user": message.user, "ts": message.edited}
    if message.reactions:
        shown["reactions"] = [
            {"name": name, "users": list(users), "count": len(users)} for name, users in message.reactions.items()
        ]
    if with_metadata and message.metadata is not None:
        shown["metadata"] = dict(message.metadata)
    shown |= _thread_json(core, message)
    return shown


def _thread_json(core: Core, message: Message) -> dict[str, Json]:
    if message.is_reply:
        return {"thread_ts": message.thread_ts}
    replies = [one for one in core.workspace.messages(message.channel) if one.is_reply and one.thread_ts == message.ts]
    replies = [one for one in replies if one.ephemeral_to is None]
    if not replies:
        return {}
    users = list(dict.fromkeys(one.user for one in replies))
    return {
        "thread_ts": message.ts,
        "reply_count": len(replies),
        "reply_users": users,
        "reply_users_count": len(users),
        "latest_reply": replies[-1].ts,
    }
