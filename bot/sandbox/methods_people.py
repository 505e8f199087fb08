"""The Web API's `auth.test`, `users.*`, `bots.info`, `apps.connections.open` and `api.test`."""

from bot.sandbox.arguments import Arguments
from bot.sandbox.core import Core, Method
from bot.sandbox.model import Person
from bot.sandbox.paging import page
from bot.sandbox.refusal import Json, Refused


def auth_test(core: Core, _args: Arguments) -> dict[str, Json]:
    """auth.test."""
    identity = core.workspace.identity
    return {
        "url": f"https://{identity.team_domain}.slack.com/",
        "team": identity.team_domain,
        "user": identity.bot_name,
        "team_id": identity.team_id,
        "user_id": identity.bot_user,
        "bot_id": identity.bot_id,
        "is_enterprise_install": False,
    }


def user_json(core: Core, person: Person) -> dict[str, Json]:
    """A user as the API shows one; the e-mail only with `users:read.email`."""
    real_name = person.real_name or person.name
    profile: dict[str, Json] = {
        "real_name": real_name,
        "real_name_normalized": real_name,
        "display_name": person.name,
        "display_name_normalized": person.name,
        "team": person.team,
    }
    if person.email and "users:read.email" in core.scopes:
        profile["email"] = person.email
    shown: dict[str, Json] = {
        "id": person.id,
        "team_id": person.team,
        "name": person.name,
        "deleted": person.is_deactivated,
        "profile": profile,
        "is_bot": False,
        "is_app_user": False,
        "updated": 0,
    }
    if person.team != core.workspace.identity.team_id:
        shown["is_stranger"] = False
    if person.is_deactivated:
        return shown
    return shown | {
        "real_name": real_name,
        "tz": person.tz,
        "tz_label": person.tz,
        "tz_offset": person.offset(core.workspace.clock.now()),
        "is_admin": False,
        "is_owner": False,
        "is_restricted": person.is_guest,
        "is_ultra_restricted": False,
    }


def _bot_json(core: Core) -> dict[str, Json]:
    identity = core.workspace.identity
    names = {"real_name": identity.bot_name, "display_name": identity.bot_name}
    profile = {**names, "api_app_id": identity.app_id, "bot_id": identity.bot_id, "team": identity.team_id}
    return {
        "id": identity.bot_user,
        "team_id": identity.team_id,
        "name": identity.bot_name,
        "deleted": False,
        "real_name": identity.bot_name,
        "tz": "America/Los_Angeles",
        "tz_label": "Pacific Standard Time",
        "tz_offset": -28800,
        "profile": profile,
        "is_bot": True,
        "is_app_user": False,
        "updated": 0,
    }


def info(core: Core, args: Arguments) -> dict[str, Json]:
    """users.info."""
    user = args.need("user")
    if user == core.workspace.identity.bot_user:
        return {"user": _bot_json(core)}
    return {"user": user_json(core, core.known_user(user))}


def list_all(core: Core, args: Arguments) -> dict[str, Json]:
    """users.list: everybody of the home team, the bot and the deactivated included, and no Slack Connect guests."""
    home = [one for one in core.workspace.people.values() if one.team == core.workspace.identity.team_id]
    members, cursor = page(args, [*(user_json(core, one) for one in home), _bot_json(core)])
    return {"members": members, "cache_ts": 0, "response_metadata": cursor}


def lookup_by_email(core: Core, args: Arguments) -> dict[str, Json]:
    """users.lookupByEmail: active people only, in any case."""
    wanted = args.need("email").casefold()
    for person in core.workspace.people.values():
        if person.email and person.email.casefold() == wanted and not person.is_deactivated:
            return {"user": user_json(core, person)}
    raise Refused("users_not_found")


def bots_info(core: Core, args: Arguments) -> dict[str, Json]:
    """bots.info."""
    identity = core.workspace.identity
    if args.text("bot") not in {None, identity.bot_id}:
        raise Refused("bot_not_found")
    bot = {"id": identity.bot_id, "deleted": False, "name": identity.bot_name, "updated": 0}
    return {"bot": {**bot, "app_id": identity.app_id, "user_id": identity.bot_user}}


def connections_open(core: Core, _args: Arguments) -> dict[str, Json]:
    """apps.connections.open: an address for one WebSocket."""
    return {"url": core.sockets()}


def api_test(_core: Core, args: Arguments) -> dict[str, Json]:
    """api.test: echoes what it got."""
    if args.text("error"):
        raise Refused(args.need("error"), args=dict(args.values))
    return {"args": dict(args.values)}


METHODS = {
    "api.test": Method(api_test),
    "auth.test": Method(auth_test),
    "apps.connections.open": Method(connections_open, app_level=True),
    "users.info": Method(info, ("users:read",), form_only=True),
    "users.list": Method(list_all, ("users:read",), form_only=True),
    "users.lookupByEmail": Method(lookup_by_email, ("users:read.email",), form_only=True),
    "bots.info": Method(bots_info, ("users:read",), form_only=True),
}
