"""The Web API's `views.*`: modals open for a trigger, Home tabs for anybody."""

from collections.abc import Mapping

from bot.sandbox.arguments import Arguments
from bot.sandbox.block_ids import with_ids
from bot.sandbox.core import Core, Method
from bot.sandbox.entering import full_state
from bot.sandbox.limits import check_view
from bot.sandbox.model import View
from bot.sandbox.refusal import Json, Refused, missing

STACK = 3


def _view(core: Core, args: Arguments, *kinds: str) -> dict[str, Json]:
    view = args.nested("view", "invalid_arguments")
    if view is None:
        raise missing("view")
    return prepared(core, check_view(view, *kinds, files=core.file_ids()))


def prepared(core: Core, view: Mapping[str, Json]) -> dict[str, Json]:
    """A checked view with ids on its blocks."""
    return {**view, "blocks": list(with_ids(view["blocks"], f"v{core.workspace.next_ts()[-6:]}."))}


def _unique_external_id(core: Core, body: Mapping[str, Json], own: str | None = None) -> None:
    name = body.get("external_id")
    if name and any(view.body.get("external_id") == name and view.id != own for view in core.workspace.views()):
        raise Refused("duplicate_external_id")


def open_view(core: Core, args: Arguments) -> dict[str, Json]:
    """views.open: a modal on an empty stack."""
    trigger_id = args.need("trigger_id")
    body = _view(core, args, "modal")
    _unique_external_id(core, body)
    trigger = core.tickets.exchange(trigger_id)
    if core.workspace.modals(trigger.user):
        # Slack puts the new modal in the place of what the user still had open.
        core.workspace.close_modal(trigger.user, whole_stack=True)
    view = core.workspace.new_view(trigger.user, body)
    core.workspace.show_modal(view)
    return {"view": view_json(core, view)}


def push(core: Core, args: Arguments) -> dict[str, Json]:
    """views.push: one more modal on the stack, for a trigger that came out of a modal."""
    trigger_id = args.need("trigger_id")
    body = _view(core, args, "modal")
    _unique_external_id(core, body)
    trigger = core.tickets.exchange(trigger_id)
    stack = core.workspace.modals(trigger.user)
    if trigger.modal is None or not stack:
        raise Refused("invalid_trigger_id", ["this trigger did not come out of an open modal; use views.open"])
    if len(stack) >= STACK:
        raise Refused("push_limit_reached")
    view = core.workspace.new_view(trigger.user, body, below=stack[-1])
    core.workspace.show_modal(view)
    return {"view": view_json(core, view)}


def update(core: Core, args: Arguments) -> dict[str, Json]:
    """views.update, by `view_id` or `external_id`, guarded by `hash` when it is given."""
    view_id, external_id = args.text("view_id"), args.text("external_id")
    if not view_id and not external_id:
        raise missing("view_id")
    body = _view(core, args, "modal", "home")
    for view in core.workspace.views():
        if view.id == view_id or (external_id and view.body.get("external_id") == external_id):
            break
    else:
        raise Refused("not_found")
    if args.text("hash") not in {None, "", view.hash}:
        raise Refused("hash_conflict")
    if body["type"] != view.type:
        raise Refused("invalid_arguments", ["a view cannot change its type [json-pointer:/view/type]"])
    _unique_external_id(core, body, view.id)
    return {"view": view_json(core, core.workspace.change_view(view, body, kept_state(view, body)))}


def kept_state(view: View, body: Mapping[str, Json]) -> dict[str, dict[str, Json]]:
    """What a user had entered, as far as the new body has the same block and action ids."""
    kept: dict[str, dict[str, Json]] = {}
    for block in body["blocks"]:
        elements = [block.get("element"), block.get("accessory"), *(block.get("elements") or ())]
        names = {one["action_id"] for one in elements if isinstance(one, Mapping) and "action_id" in one}
        old = view.state.get(block["block_id"], {})
        if names & old.keys():
            kept[block["block_id"]] = {name: old[name] for name in names & old.keys()}
    return kept


def publish(core: Core, args: Arguments) -> dict[str, Json]:
    """views.publish: the Home tab of one user."""
    user = args.need("user_id")
    body = _view(core, args, "home")
    if core.known_user(user).is_deactivated:
        raise Refused("not_enabled")
    old = core.workspace.home(user)
    if old is not None and args.text("hash") not in {None, "", old.hash}:
        raise Refused("hash_conflict")
    _unique_external_id(core, body, old.id if old else None)
    return {"view": view_json(core, core.workspace.publish_home(user, body))}


def view_json(core: Core, view: View) -> dict[str, Json]:
    """A view as the API and the payloads show it, what the user has entered included."""
    identity = core.workspace.identity
    body = view.body
    shown: dict[str, Json] = {
        "id": view.id,
        "team_id": identity.team_id,
        "app_id": identity.app_id,
        "app_installed_team_id": identity.team_id,
        "bot_id": identity.bot_id,
        "type": view.type,
        "blocks": list(view.blocks),
        "callback_id": view.callback_id,
        "private_metadata": body.get("private_metadata") or "",
        "external_id": body.get("external_id") or "",
        "state": {"values": full_state(view.blocks, view.state)},
        "hash": view.hash,
        "clear_on_close": bool(body.get("clear_on_close")),
        "notify_on_close": bool(body.get("notify_on_close")),
        "close": body.get("close"),
        "submit": body.get("submit"),
        "root_view_id": view.root_id,
        "previous_view_id": view.previous_id,
    }
    shown["title"] = body.get("title") or {"type": "plain_text", "text": "View Title", "emoji": True}
    return shown


METHODS = {
    "views.open": Method(open_view),
    "views.push": Method(push),
    "views.update": Method(update),
    "views.publish": Method(publish),
}
