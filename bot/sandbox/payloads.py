"""What Slack tells an app: the payloads of slash commands, interactions and events, byte for byte the same fields."""

import secrets
from collections.abc import Mapping, Sequence

from bot.sandbox.core import Core
from bot.sandbox.methods_views import view_json
from bot.sandbox.model import Message, Person, Room, View
from bot.sandbox.posting import message_json
from bot.sandbox.refusal import Json
from bot.sandbox.tickets import ResponseUrl

VERIFICATION_TOKEN = "sandbox-verification"  # noqa: S105 - Slack's deprecated one; nothing may rely on it


def room_label(room: Room) -> str:
    """The name of a room as payloads give it; Slack hides those of private ones and of direct messages."""
    return {"channel": room.name, "private": "privategroup", "im": "directmessage", "mpim": "mpdm"}[room.kind]


def _app(core: Core) -> dict[str, Json]:
    return {"token": VERIFICATION_TOKEN, "api_app_id": core.workspace.identity.app_id}


def address(core: Core, url: ResponseUrl, kind: str) -> str:
    """The full address of a response URL; `kind` is `commands` or `actions`."""
    return f"{core.base_url}/{kind}/{core.workspace.identity.team_id}/{url.token}"


def slash_command(core: Core, person: Person, room: Room, command: str, text: str) -> dict[str, Json]:
    """A slash command."""
    return {
        **_app(core),
        "team_id": person.team,
        "team_domain": core.workspace.identity.team_domain,
        "channel_id": room.id,
        "channel_name": room_label(room),
        "user_id": person.id,
        "user_name": person.name,
        "command": command,
        "text": text,
        "is_enterprise_install": "false",
        "response_url": address(core, core.tickets.response_url(person.id, room.id), "commands"),
        "trigger_id": core.tickets.trigger(person.id),
    }


def _interaction(core: Core, person: Person, kind: str) -> dict[str, Json]:
    identity = core.workspace.identity
    return {
        "type": kind,
        **_app(core),
        "user": {"id": person.id, "username": person.name, "name": person.name, "team_id": person.team},
        "team": {"id": identity.team_id, "domain": identity.team_domain},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def _on_message(core: Core, room: Room, message: Message) -> dict[str, Json]:
    container: dict[str, Json] = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": room.id,
        "is_ephemeral": message.ephemeral_to is not None,
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    shown: dict[str, Json] = {"container": container, "channel": {"id": room.id, "name": room_label(room)}}
    if message.ephemeral_to is None:
        shown["message"] = message_json(core, message)
    return shown


def message_action(
    core: Core, person: Person, message: Message, action: Mapping[str, Json], state: Mapping[str, Json]
) -> dict[str, Json]:
    """`block_actions` on a message."""
    room = core.workspace.rooms[message.channel]
    url = core.tickets.response_url(person.id, room.id, message.ts, message.thread_ts if message.is_reply else None)
    return {
        **_interaction(core, person, "block_actions"),
        **_on_message(core, room, message),
        "trigger_id": core.tickets.trigger(person.id),
        "state": {"values": dict(state)},
        "response_url": address(core, url, "actions"),
        "actions": [{**action, "action_ts": core.workspace.next_ts()}],
    }


def view_action(core: Core, person: Person, view: View, action: Mapping[str, Json]) -> dict[str, Json]:
    """`block_actions` in a modal or in a Home tab."""
    modal = view.id if view.type == "modal" else None
    return {
        **_interaction(core, person, "block_actions"),
        "container": {"type": "view", "view_id": view.id},
        "trigger_id": core.tickets.trigger(person.id, modal),
        "view": view_json(core, view),
        "actions": [{**action, "action_ts": core.workspace.next_ts()}],
    }


def suggestion(
    core: Core, person: Person, where: Message | View, block_id: str, action_id: str, typed: str
) -> dict[str, Json]:
    """`block_suggestion`: a person types into an external menu."""
    shown: dict[str, Json]
    if isinstance(where, View):
        shown = {"container": {"type": "view", "view_id": where.id}, "view": view_json(core, where)}
    else:
        shown = _on_message(core, core.workspace.rooms[where.channel], where)
    asked = {"action_id": action_id, "block_id": block_id, "value": typed}
    return {**_interaction(core, person, "block_suggestion"), **shown, **asked}


def view_submission(core: Core, person: Person, view: View) -> dict[str, Json]:
    """`view_submission`, with one response URL for every conversation list that asks for it."""
    return {
        **_interaction(core, person, "view_submission"),
        "trigger_id": core.tickets.trigger(person.id, view.id),
        "view": view_json(core, view),
        "response_urls": _response_urls(core, person, view),
    }


def _response_urls(core: Core, person: Person, view: View) -> list[dict[str, Json]]:
    urls = []
    for block in view.blocks:
        element = block.get("element") or {}
        value = view.state.get(block["block_id"], {}).get(element.get("action_id", ""), {})
        channel = value.get("selected_conversation") or value.get("selected_channel")
        if element.get("response_url_enabled") and channel:
            url = core.tickets.response_url(person.id, channel)
            ids = {"block_id": block["block_id"], "action_id": element["action_id"], "channel_id": channel}
            urls.append({**ids, "response_url": address(core, url, "actions")})
    return urls


def view_closed(core: Core, person: Person, view: View, *, is_cleared: bool) -> dict[str, Json]:
    """`view_closed`, for views that asked to be told."""
    return {**_interaction(core, person, "view_closed"), "view": view_json(core, view), "is_cleared": is_cleared}


def event(core: Core, person: Person, content: Mapping[str, Json]) -> dict[str, Json]:
    """An Events API callback around one event."""
    identity = core.workspace.identity
    authorization = {"enterprise_id": None, "team_id": identity.team_id, "user_id": identity.bot_user}
    return {
        **_app(core),
        "team_id": person.team,
        "type": "event_callback",
        "event_id": f"Ev{secrets.token_hex(5).upper()}",
        "event_time": int(core.workspace.clock.now().timestamp()),
        "authorizations": [{**authorization, "is_bot": True, "is_enterprise_install": False}],
        "is_ext_shared_channel": False,
        "event_context": f"4-{secrets.token_hex(16)}",
        "event": dict(content),
    }


def home_opened(core: Core, person: Person, tab: str) -> dict[str, Json]:
    """The event `app_home_opened`."""
    content: dict[str, Json] = {
        "type": "app_home_opened",
        "user": person.id,
        "channel": core.workspace.direct(person.id).id,
        "tab": tab,
        "event_ts": core.workspace.next_ts(),
    }
    view = core.workspace.home(person.id)
    return event(core, person, {**content, "view": view_json(core, view)} if view else content)


def said(core: Core, person: Person, message: Message, kind: str) -> dict[str, Json]:
    """The events `message` and `app_mention`."""
    room = core.workspace.rooms[message.channel]
    content: dict[str, Json] = {
        "type": kind,
        "user": person.id,
        "text": message.text,
        "ts": message.ts,
        "team": person.team,
        "channel": room.id,
        "event_ts": message.ts,
    }
    if kind == "message":
        content["channel_type"] = {"channel": "channel", "private": "group", "im": "im", "mpim": "mpim"}[room.kind]
    if message.is_reply:
        content["thread_ts"] = message.thread_ts
    return event(core, person, content)


def action_of(element: Mapping[str, Json], block_id: str, value: Mapping[str, Json]) -> dict[str, Json]:
    """One entry of `actions`: which element, and what was chosen."""
    common = {"action_id": element["action_id"], "block_id": block_id, "type": element["type"]}
    if element["type"] == "button":
        fields: Sequence[str] = ("text", "value", "style", "url")
        return {**common, **{name: element[name] for name in fields if name in element}}
    return {**common, **{name: content for name, content in value.items() if name != "type"}}
