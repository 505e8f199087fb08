"""What an app answers to a person: the body of an ack, and posts to a `response_url`.

Both are one message for the one who acted, unless they say otherwise (`response_type`, `replace_original`, …).
"""

import json
from collections.abc import Mapping
from dataclasses import replace

from aiohttp import web

from bot.sandbox.block_ids import with_ids
from bot.sandbox.core import Core
from bot.sandbox.journal import Journal
from bot.sandbox.limits import check_message
from bot.sandbox.model import Message
from bot.sandbox.posting import compose, thread_of
from bot.sandbox.refusal import Json, Refused
from bot.sandbox.tickets import ResponseUrl

_KNOWN = {
    "text", "blocks", "response_type", "replace_original", "delete_original", "thread_ts", "metadata", "unfurl_links",
    "unfurl_media", "mrkdwn",
}  # fmt: skip


def answer_command(core: Core, user: str, channel: str, body: Json) -> Message | None:
    """Post what an ack said to a slash command. Raises Refused when Slack would not take it."""
    if body in (None, "", {}):
        return None
    content = {"text": body} if isinstance(body, str) else body
    if not isinstance(content, Mapping):
        raise Refused("invalid_payload")
    if not content.get("text") and not content.get("blocks"):
        return None  # response_type alone: Slack shows the command in the channel, and nothing more
    return _say(core, user, channel, content, None)


def _say(core: Core, user: str, channel: str, content: Mapping[str, Json], thread_ts: str | None) -> Message:
    unknown = sorted(set(content) - _KNOWN)
    if unknown:
        raise Refused("invalid_payload", [f"unknown field: {name}" for name in unknown])
    kind = content.get("response_type") or "ephemeral"
    if kind not in {"ephemeral", "in_channel"}:
        raise Refused("invalid_payload", [f"response_type must be ephemeral or in_channel, not {kind}"])
    for switch in ("replace_original", "delete_original"):
        if not isinstance(content.get(switch, False), bool):
            raise Refused("invalid_payload", [f"{switch} must be a boolean"])
    text, blocks = check_message(content.get("text"), content.get("blocks"), core.file_ids())
    room = core.workspace.rooms[channel]
    thread_ts = thread_of(core, room, content.get("thread_ts")) or thread_ts
    only = user if kind == "ephemeral" else None
    return compose(core, room, text, blocks, thread_ts=thread_ts, ephemeral_to=only)


def apply_response(core: Core, url: ResponseUrl, content: Json) -> None:
    """Do what a post to a response URL asks for. Raises Refused with an HTTP status."""
    if not isinstance(content, Mapping):
        raise Refused("invalid_payload", status=400)
    original = core.workspace.find(url.channel, url.original) if url.original else None
    try:
        if content.get("delete_original") is True:
            core.workspace.remove(_there(original))
        elif content.get("replace_original") is True and original is not None:
            text, blocks = check_message(content.get("text"), content.get("blocks"), core.file_ids())
            now = core.workspace.next_ts()
            full = with_ids(blocks, f"b{now[-6:]}.")
            core.workspace.put(replace(original, text=text, blocks=full, edited=None if original.ephemeral_to else now))
        else:
            _say(core, url.user, url.channel, content, url.thread_ts)
    except Refused as refusal:
        status = 404 if refusal.error == "message_not_found" else 400
        raise Refused(refusal.error, refusal.messages, status=status) from refusal


def _there(original: Message | None) -> Message:
    if original is None:
        raise Refused("message_not_found")
    return original


async def take_response(core: Core, journal: Journal, request: web.Request) -> web.Response:
    """One HTTP post to a response URL. Slack answers `ok` as text, and errors as JSON with a status."""
    raw = await request.read()
    content: Json = None
    try:
        url = core.tickets.respond(request.match_info["token"])
        try:
            content = json.loads(raw)
        except ValueError as problem:
            raise Refused("invalid_payload", status=400) from problem
        apply_response(core, url, content)
    except Refused as refusal:
        journal.add("from app", "response_url", content, refusal.body(), refusal.status)
        core.violation(f"response_url answered {refusal.status} {refusal.error} {'; '.join(refusal.messages)}".strip())
        return web.json_response(refusal.body(), status=refusal.status)
    journal.add("from app", "response_url", content, "ok", 200)
    return web.Response(text="ok")
