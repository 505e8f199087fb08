"""`users.*` and `bots.info`: who is who."""

from bot.sandbox.api import DEFAULT_SCOPES
from tests.sandbox.bolt_app import client_of, make_sandbox, refused


async def test_a_user_with_zone_and_address(slack, client):
    user = (await client.users_info(user="U0ANA"))["user"]
    assert (user["name"], user["real_name"], user["tz"], user["tz_offset"]) == (
        "ana",
        "Ana Diaz",
        "Europe/Berlin",
        3600,
    )
    assert user["profile"]["email"] == "ana@example.org"


async def test_kinds_of_people(slack, client):
    async def one(user: str) -> dict:
        return (await client.users_info(user=user))["user"]

    assert (await one("U0GUS"))["is_restricted"] is True
    assert (await one("U0DEA"))["deleted"] is True
    assert (await one("U0EXT"))["team_id"] == "T0OTHER"
    assert (await one("U0BOT"))["is_bot"] is True
    assert await refused(client.users_info(user="U0NO")) == "user_not_found"


async def test_without_the_scope_there_are_no_addresses():
    async with make_sandbox(scopes=DEFAULT_SCOPES - {"users:read.email"}) as slack:
        assert "email" not in (await client_of(slack).users_info(user="U0ANA"))["user"]["profile"]


async def test_the_list_has_everybody_of_the_home_team(slack, client):
    names = []
    async for page in await client.users_list(limit=2):
        names += [one["name"] for one in page["members"]]
    assert names == ["ana", "bo", "gus", "dea", "bot"]


async def test_lookup_by_email(slack, client):
    assert (await client.users_lookupByEmail(email="ANA@example.org"))["user"]["id"] == "U0ANA"
    for address in ("nobody@example.org", "dea@example.org"):
        assert await refused(client.users_lookupByEmail(email=address)) == "users_not_found"


async def test_bots_info(slack, client):
    assert (await client.bots_info(bot="B0BOT"))["bot"]["user_id"] == "U0BOT"
    assert await refused(client.bots_info(bot="B0NO")) == "bot_not_found"
