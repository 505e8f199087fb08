"""Repositories at a GitHub that lets an App in: with the token of each owner, also when one ends under way."""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from bot.access_settings import ForgeSettings
from bot.credentials import _Owners, forges
from bot.github_app import AppApi
from bot.services.ports import Found, NotFound, Unreachable, Wanted
from bot.sources.forges import Forge, Kind
from tests.github_app.server import APP_ID, Apps, Installation, installed, new_key, pem
from tests.sources.forges.conftest import Desk, HeldTime
from tests.sources.forges.forge_server import running, status
from tests.sources.forges.github_server import GitHub
from tests.sources.server import document
from tests.store.http_backend import serving


class WithApps(GitHub):
    """Takes the newest tokens alone, `good` of them. `owners`: which ones were shown where their name stood."""

    def __init__(self, apps: Apps) -> None:
        super().__init__()
        self.apps = apps
        self.good = 1
        self.owners: dict[str, set[str]] = {}

    async def speak(self, request: web.BaseRequest) -> web.StreamResponse:
        shown = request.headers.get("authorization", "").removeprefix("Bearer ")
        self.token = shown if shown in self.apps.given[-self.good :] else "another one"
        asked = request.path + (await request.read()).decode()
        for owner in ("acme", "other"):
            if re.search(rf"\b{owner}\b", asked, re.IGNORECASE):
                self.owners.setdefault(owner, set()).add(shown)
        return await super().speak(request)


class AppDesk(Desk):
    """Without a token of the settings."""

    app: _Owners
    server: WithApps

    def forge(self) -> Forge:
        return replace(super().forge(), token=None, app=self.app)


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    return new_key()


@pytest.fixture
def apps(key: RSAPrivateKey) -> Apps:
    return Apps(key.public_key(), installations=[Installation(31, "acme", {"app"}, contents="read")])


@pytest.fixture
def api(apps: Apps, key: RSAPrivateKey, tmp_path: Path) -> Iterator[AppApi]:
    (tmp_path / "app.pem").write_bytes(pem(key))
    with serving(tmp_path) as server:
        yield AppApi(APP_ID, tmp_path / "app.pem", installed(server, apps))


@pytest.fixture
async def desk(apps: Apps, api: AppApi, held: HeldTime) -> AsyncIterator[AppDesk]:
    server = WithApps(apps)
    async with running(server):
        found = AppDesk(server, Kind.GITHUB, "github.com", held)
        found.app = _Owners(api)
        yield found


async def test_a_pass_is_one_question_with_a_token_that_may_only_read(desk: AppDesk, apps: Apps) -> None:
    for name in ("app", "web"):
        desk.server.repo(f"acme/{name}", private=True, tags=["v1"]).put(document(name))
    answers = await desk.read("app", "web")
    assert all(isinstance(one.document, Found) for one in answers.values())
    assert desk.server.asked("graphql") == 2, "what is there, and the texts"
    assert apps.bodies == [{"permissions": {"contents": "read"}}]
    await desk.read("app", again=True)
    assert len(apps.given) == 1, "and it is kept for the next pass"


async def test_a_token_that_ends_under_way_is_renewed_once(desk: AppDesk, apps: Apps) -> None:
    desk.server.repo("acme/app").put(document())
    desk.server.planted = [status(401)]
    assert isinstance((await desk.one("app")).document, Found)
    assert len(apps.given) == 2
    desk.server.always = status(401)
    answer = await desk.one("app", again=True)
    assert answer.document == Unreachable(
        "github.com does not accept the tokens that it gives the GitHub App; a later pass asks again"
    )
    assert len(apps.given) == 2, "a new one each time would be without end"


async def test_rest_is_asked_with_it_where_graphql_is_refused(desk: AppDesk, apps: Apps) -> None:
    desk.server.repo("acme/app", private=True, tags=["v1"]).put(document())
    desk.server.planted = [status(403)]
    assert isinstance((await desk.one("app")).document, Found)
    assert desk.server.asked("/repos/acme/app/") >= 3


async def test_each_owner_has_a_token_of_its_own(desk: AppDesk, apps: Apps) -> None:
    apps.installations.append(Installation(32, "other", {"lib"}, contents="read"))
    desk.server.good = 2
    desk.server.repo("acme/app").put(document())
    desk.server.repo("other/lib").put(document("lib"))
    answers = await desk.read("app", Wanted("lib", "github:Other/lib"))
    assert all(isinstance(one.document, Found) for one in answers.values())
    assert len(apps.given) == 2
    assert [len(tokens) for tokens in desk.server.owners.values()] == [1, 1]
    assert set().union(*desk.server.owners.values()) == set(apps.given)


async def test_what_is_public_is_read_also_where_the_app_is_not_installed(desk: AppDesk, apps: Apps) -> None:
    desk.server.repo("acme/app").put(document())
    desk.server.repo("stranger/lib").put(document("lib"))
    lib, gone = Wanted("lib", "github:stranger/lib"), Wanted("gone", "github:stranger/gone")
    answers = await desk.read("app", lib, gone)
    assert isinstance(answers["lib"].document, Found)
    assert answers["gone"].document == NotFound(
        "github.com/stranger/gone is not there, or the GitHub App may not see it: is it installed on stranger, "
        "for this repository?"
    )
    alone = (await desk.read(gone))["gone"].document
    assert isinstance(alone, Unreachable)
    assert "is not installed on stranger: install it there" in alone.reason


async def test_an_app_that_gets_no_token_is_said_for_its_repositories(desk: AppDesk, apps: Apps) -> None:
    apps.installations[0].suspended = True
    answer = await desk.one("app")
    assert isinstance(answer.document, Unreachable)
    assert "the installation of the GitHub App 4711 on acme is suspended" in answer.document.reason
    assert desk.server.requests == []


def test_the_app_is_of_the_forge_that_its_api_is_of(tmp_path: Path) -> None:
    app = {"convoy_github_app_id": "1", "convoy_github_app_key_file": tmp_path}
    first, *others = forges(ForgeSettings.model_validate({**app, "convoy_github_host": "code.example"}))
    assert (first.host, first.app is None) == ("github.com", False)
    assert all(one.app is None for one in others)
    enterprise = {**app, "convoy_github_app_api": "https://code.example/api/v3"}
    found = forges(ForgeSettings.model_validate({**enterprise, "convoy_github_host": "code.example"}))
    assert [one.host for one in found if one.app is not None] == ["code.example"]
    assert all(one.app is None for one in forges(ForgeSettings.model_validate(enterprise)))
