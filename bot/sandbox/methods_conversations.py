"""The Web API's `conversations.*` and `users.conversations`: only what the app is in, or what is public, shows."""

from bot.sandbox.arguments import Arguments
from bot.sandbox.core import Core, Method
from bot.sandbox.model import Message, Room
from bot.sandbox.paging import page
from bot.sandbox.posting import message_json, open_direct, room_to_read
from bot.sandbox.refusal import Json, Refused

_TYPES = {"channel": "public_channel", "private": "private_channel", "im": "im", "mpim": "mpim"}
_FAMILY = {"channel": "channels", "private": "groups", "im": "im", "mpim": "mpim"}


def _need(core: Core, room: Room, right: str) -> None:
    core.need_scope(f"{_FAMILY[room.kind]}:{right}")


def room_json(core: Core, room: Room) -> dict[str, Json]:
    """A conversation as the API shows it."""
    bot = core.workspace.identity.bot_user
    shown: dict[str, Json] = {
        "id": room.id,
        "created": 0,
        "is_archived": room.is_archived,
        "is_im": room.kind == "im",
        "is_mpim": room.kind == "mpim",
        "is_private": room.kind != "channel",
    }
    if room.kind == "im":
        other = next(iter(room.members - {bot}))
        person = core.workspace.people[other]
        return shown | {"user": other, "is_user_deleted": person.is_deactivated, "is_open": True}
    teams = {core.workspace.people[user].team for user in room.members if user in core.workspace.people}
    return shown | {
        "name": room.name,
        "name_normalized": room.name,
        "is_channel": room.kind == "channel",
        "is_group": room.kind == "private",
        "is_member": bot in room.members,
        "is_general": False,
        "is_ext_shared": bool(teams - {core.workspace.identity.team_id}),
        "topic": {"value": room.topic, "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
        "num_members": len(room.members),
    }


def _of_types(core: Core, args: Arguments) -> list[Room]:
    wanted = args.words("types") or ["public_channel"]
    if not set(wanted) <= set(_TYPES.values()):
        raise Refused("invalid_types")
    for kind, name in _TYPES.items():
        if name in wanted:
            core.need_scope(f"{_FAMILY[kind]}:read")
    rooms = [room for room in core.workspace.rooms.values() if _TYPES[room.kind] in wanted]
    return [room for room in rooms if not (args.flag("exclude_archived") and room.is_archived)]


def list_all(core: Core, args: Arguments) -> dict[str, Json]:
    """conversations.list."""
    bot = core.workspace.identity.bot_user
    rooms = [room for room in _of_types(core, args) if room.kind == "channel" or bot in room.members]
    shown, cursor = page(args, rooms)
    return {"channels": [room_json(core, room) for room in shown], "response_metadata": cursor}


def list_of_user(core: Core, args: Arguments) -> dict[str, Json]:
    """users.conversations: of the app itself, or those that it shares with `user`."""
    bot = core.workspace.identity.bot_user
    user = args.text("user") or bot
    if user != bot:
        core.known_user(user)
    rooms = [room for room in _of_types(core, args) if user in room.members]
    rooms = [room for room in rooms if room.kind == "channel" or bot in room.members]
    shown, cursor = page(args, rooms)
    return {"channels": [room_json(core, room) for room in shown], "response_metadata": cursor}


def info(core: Core, args: Arguments) -> dict[str, Json]:
    """conversations.info."""
    room = room_to_read(core, args.need("channel"), member=False)
    _need(core, room, "read")
    return {"channel": room_json(core, room)}


def join(core: Core, args: Arguments) -> dict[str, Json]:
    """conversations.join: public channels only."""
    room = room_to_read(core, args.need("channel"), member=False)
    if room.kind != "channel":
        raise Refused("method_not_supported_for_channel_type")
    if room.is_archived:
        raise Refused("is_archived")
    room.members.add(core.workspace.identity.bot_user)
    return {"channel": room_json(core, room)}


def members(core: Core, args: Arguments) -> dict[str, Json]:
    """conversations.members."""
    room = room_to_read(core, args.need("channel"), member=False)
    _need(core, room, "read")
    shown, cursor = page(args, sorted(room.members))
    return {"members": shown, "response_metadata": cursor}


def open_conversation(core: Core, args: Arguments) -> dict[str, Json]:
    """conversations.open: by `users`, or again by `channel`."""
    users = args.words("users")
    if not users:
        if not args.text("channel"):
            raise Refused("users_list_not_supplied")
        room = room_to_read(core, args.need("channel"))
    elif len(users) > 8:
        raise Refused("too_many_users")
    else:
        core.need_scope("im:write" if len(users) == 1 else "mpim:write")
        room = open_direct(core, users)
    return {"channel": room_json(core, room) if args.flag("return_im") else {"id": room.id}}


def _within(args: Arguments, messages: list[Message]) -> list[Message]:
    oldest, latest, inclusive = args.text("oldest") or "0", args.text("latest"), args.flag("inclusive")
    try:
        low, high = float(oldest), float(latest) if latest else float("inf")
    except ValueError as problem:
        raise Refused("invalid_ts_oldest" if latest is None else "invalid_ts_latest") from problem
    if inclusive:
        return [one for one in messages if low <= float(one.ts) <= high]
    return [one for one in messages if low < float(one.ts) < high]


def _history_room(core: Core, args: Arguments) -> Room:
    room = room_to_read(core, args.need("channel"))
    _need(core, room, "history")
    return room


def history(core: Core, args: Arguments) -> dict[str, Json]:
    """conversations.history: newest first, without replies and without anybody's ephemerals."""
    room = _history_room(core, args)
    everything = [one for one in core.workspace.messages(room.id) if one.ephemeral_to is None]
    found = _within(args, [one for one in everything if not one.is_reply or one.broadcast])
    shown, cursor = page(args, found[::-1])
    return _messages(core, args, shown, cursor)


def replies(core: Core, args: Arguments) -> dict[str, Json]:
    """conversations.replies: the thread's first message and its replies, oldest first."""
    room = _history_room(core, args)
    ts = args.need("ts")
    parent = core.workspace.find(room.id, ts)
    if parent is None or parent.ephemeral_to:
        raise Refused("thread_not_found")
    thread = [one for one in core.workspace.messages(room.id) if ts in {one.ts, one.thread_ts} and not one.ephemeral_to]
    shown, cursor = page(args, _within(args, thread))
    return _messages(core, args, shown, cursor)


def _messages(core: Core, args: Arguments, shown: list[Message], cursor: dict[str, Json]) -> dict[str, Json]:
    with_metadata = args.flag("include_all_metadata")
    answer: dict[str, Json] = {
        "messages": [message_json(core, one, with_metadata=with_metadata) for one in shown],
        "has_more": bool(cursor["next_cursor"]),
    }
    return {**answer, "response_metadata": cursor} if cursor["next_cursor"] else answer


METHODS = {
    "conversations.list": Method(list_all, form_only=True),
    "users.conversations": Method(list_of_user, form_only=True),
    "conversations.info": Method(info, form_only=True),
    "conversations.join": Method(join, ("channels:join",)),
    "conversations.members": Method(members, form_only=True),
    "conversations.open": Method(open_conversation),
    "conversations.history": Method(history),
    "conversations.replies": Method(replies, form_only=True),
}
