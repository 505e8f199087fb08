"""A pull request for what a protected branch refused: opened once, and whatever goes wrong is a sentence."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from bot.sources.forges import Forge, Kind
from bot.sources.forges.pulls import pull_requests
from tests.sources.forges.bitbucket_server import Bitbucket
from tests.sources.forges.forge_server import ForgeServer, running, status
from tests.sources.forges.github_server import GitHub
from tests.sources.forges.gitlab_server import GitLab

BRANCH = "convoy/summit-1a2b3c4d5e6f"
HOSTS = {Kind.GITHUB: "github.com", Kind.GITLAB: "gitlab.com", Kind.BITBUCKET: "bitbucket.org"}
PAGES = {Kind.GITHUB: "pull/7", Kind.GITLAB: "-/merge_requests/7", Kind.BITBUCKET: "pull-requests/7"}


class Desk:
    """One simulated forge with the repository that the store lies in."""

    def __init__(self, kind: Kind, server: ForgeServer) -> None:
        self.kind, self.server = kind, server
        self.host = HOSTS[kind]
        self.repo = server.repo("acme/plans")
        self.secret = str(server.token)

    def forge(self, api: str | None = None) -> Forge:
        return Forge(self.kind, self.host, api or self.server.base, "", SecretStr("not this one"), "")

    async def ask(self, url: str = "", api: str | None = None) -> str | None:
        at = url or f"https://{self.host}/acme/plans.git"
        found = pull_requests(at, [self.forge(api)], lambda _place: self.secret)
        assert found is not None
        return await asyncio.to_thread(found, BRANCH, "Ship server v2", "Ann Lee")


@pytest.fixture(params=[(Kind.GITHUB, GitHub), (Kind.GITLAB, GitLab), (Kind.BITBUCKET, Bitbucket)], ids=str)
async def desk(request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    kind, make = request.param
    async with running(make()) as server:
        yield Desk(kind, server)


@pytest.mark.parametrize("url", ["", "ssh://git@{}/acme/plans.git", "https://x-access-token@{}/acme/plans"])
async def test_it_is_opened_and_its_address_is_told(desk: Desk, url: str) -> None:
    said = await desk.ask(url.format(desk.host))
    assert said == f"The pull request: https://{desk.host}/acme/plans/{PAGES[desk.kind]}"
    assert desk.server.pulls == [("acme/plans", BRANCH)]


async def test_what_is_asked_already_is_no_failure(desk: Desk) -> None:
    await desk.ask()
    again = await desk.ask()
    if desk.kind is not Kind.BITBUCKET:
        assert again == "A pull request from it is open already"
    assert again is not None
    assert "open one" not in again


async def test_a_forge_that_forbids_it_is_quoted(desk: Desk) -> None:
    desk.repo.forbidden = True
    said = await desk.ask()
    words = {Kind.GITHUB: "not accessible", Kind.GITLAB: "403 Forbidden", Kind.BITBUCKET: "lack one or more"}
    assert said is not None
    assert said.startswith(f"{desk.host} opened no pull request (403, ")
    assert words[desk.kind] in said
    assert said.endswith("open one from that branch")


async def test_a_wrong_token_never_shows(desk: Desk) -> None:
    desk.secret = "ghp_wrong"
    said = await desk.ask()
    assert said is not None
    assert "(401" in said
    assert "ghp_wrong" not in said


async def test_without_a_token_nothing_is_asked(desk: Desk) -> None:
    desk.secret = ""
    assert await desk.ask() is None
    assert desk.server.requests == []


@pytest.mark.parametrize("body", [b"<html>busy</html>", b"[]", b'{"html_url": "javascript:alert(1)"}', b"{}"])
@pytest.mark.parametrize("code", [201, 302, 500])
async def test_an_odd_answer_is_a_sentence(desk: Desk, body: bytes, code: int) -> None:
    desk.server.always = status(code, body, location="https://elsewhere.example/")
    said = await desk.ask()
    assert said == f"{desk.host} opened no pull request ({code}): open one from that branch"
    assert len(desk.server.requests) == 1


async def test_a_forge_that_is_not_there_is_a_sentence(desk: Desk) -> None:
    said = await desk.ask(api="http://127.0.0.1:1")
    assert said == f"{desk.host} could not be asked for a pull request (ConnectError): open one"


@pytest.mark.parametrize(
    "url", ["/srv/plans.git", "file:///srv/plans.git", "https://git.example/acme/plans.git", "https://github.com/acme"]
)
def test_a_store_at_no_known_forge_has_none(url: str) -> None:
    forge = Forge(Kind.GITHUB, "github.com", "https://api.github.com")
    assert pull_requests(url, [forge], lambda _place: "x") is None
