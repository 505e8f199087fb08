"""The Web API's `chat.*` and `reactions.*`."""

from collections.abc import Mapping
from dataclasses import replace

from bot.sandbox.arguments import Arguments
from bot.sandbox.block_ids import with_ids
from bot.sandbox.core import Core, Method
from bot.sandbox.limits import check_message, check_metadata
from bot.sandbox.model import Message, Room
from bot.sandbox.posting import compose, message_json, room_to_post, room_to_read, thread_of
from bot.sandbox.refusal import Json, Refused


def _content(core: Core, args: Arguments) -> tuple[str, list[Mapping[str, Json]]]:
    if args.values.get("attachments"):
        raise Refused("invalid_attachments", ["attachments are the old way; the sandbox takes blocks only"])
    return check_message(args.text("text"), args.nested("blocks", "invalid_blocks_format"), core.file_ids())


def _paced(core: Core, room: Room) -> None:
    wait = core.rates.wait(room.id)
    if wait:
        raise Refused("ratelimited", status=429, retry_after=wait)


def post_message(core: Core, args: Arguments) -> dict[str, Json]:
    """chat.postMessage."""
    channel = args.need("channel")
    text, blocks = _content(core, args)
    metadata = check_metadata(args.nested("metadata", "invalid_metadata_format"))
    room = room_to_post(core, channel)
    thread_ts = thread_of(core, room, args.text("thread_ts"))
    _paced(core, room)
    message = compose(
        core, room, text, blocks, thread_ts=thread_ts, metadata=metadata, broadcast=args.flag("reply_broadcast")
    )
    return {"channel": room.id, "ts": message.ts, "message": message_json(core, message, with_metadata=True)}


def post_ephemeral(core: Core, args: Arguments) -> dict[str, Json]:
    """chat.postEphemeral."""
    channel, user = args.need("channel"), args.need("user")
    text, blocks = _content(core, args)
    room = room_to_post(core, channel)
    if core.known_user(user).id not in room.members:
        raise Refused("user_not_in_channel")
    thread_ts = thread_of(core, room, args.text("thread_ts"))
    _paced(core, room)
    message = compose(core, room, text, blocks, thread_ts=thread_ts, ephemeral_to=user)
    return {"message_ts": message.ts}


def _own(core: Core, args: Arguments, refusal: str) -> Message:
    room = room_to_read(core, args.need("channel"), member=False)
    message = core.workspace.find(room.id, args.need("ts"))
    if message is None or message.ephemeral_to:
        raise Refused("message_not_found")
    if not message.by_bot:
        raise Refused(refusal)
    return message


def update(core: Core, args: Arguments) -> dict[str, Json]:
    """chat.update. A text without blocks takes the blocks away; metadata stays unless other metadata is given."""
    message = _own(core, args, "cant_update_message")
    text, blocks = _content(core, args)
    metadata = check_metadata(args.nested("metadata", "invalid_metadata_format"))
    kept = message.blocks if args.text("text") is None and args.values.get("blocks") is None else ()
    now = core.workspace.next_ts()
    changed = replace(
        message,
        text=text,
        blocks=with_ids(blocks, f"b{now[-6:]}.") if blocks else kept,
        metadata=message.metadata if metadata is None else metadata,
        edited=now,
    )
    core.workspace.put(changed)
    shown = message_json(core, changed, with_metadata=True)
    return {"channel": message.channel, "ts": message.ts, "text": text, "message": shown}


def delete(core: Core, args: Arguments) -> dict[str, Json]:
    """chat.delete."""
    message = _own(core, args, "cant_delete_message")
    core.workspace.remove(message)
    return {"channel": message.channel, "ts": message.ts}


def get_permalink(core: Core, args: Arguments) -> dict[str, Json]:
    """chat.getPermalink."""
    room = room_to_read(core, args.need("channel"), member=False)
    message = core.workspace.find(room.id, args.need("message_ts"))
    if message is None or message.ephemeral_to:
        raise Refused("message_not_found")
    link = f"https://{core.workspace.identity.team_domain}.slack.com/archives/{room.id}/p{message.ts.replace('.', '')}"
    return {"channel": room.id, "permalink": link}


def react(core: Core, args: Arguments) -> dict[str, Json]:
    """reactions.add."""
    name = args.need("name").strip(":")
    room = room_to_read(core, args.need("channel"))
    message = core.workspace.find(room.id, args.need("timestamp"))
    if message is None or message.ephemeral_to:
        raise Refused("message_not_found")
    bot = core.workspace.identity.bot_user
    users = message.reactions.get(name, ())
    if bot in users:
        raise Refused("already_reacted")
    core.workspace.put(replace(message, reactions={**message.reactions, name: (*users, bot)}))
    return {}


METHODS = {
    "chat.postMessage": Method(post_message, ("chat:write",)),
    "chat.postEphemeral": Method(post_ephemeral, ("chat:write",)),
    "chat.update": Method(update, ("chat:write",)),
    "chat.delete": Method(delete, ("chat:write",)),
    "chat.getPermalink": Method(get_permalink, form_only=True),
    "reactions.add": Method(react, ("reactions:write",)),
}
