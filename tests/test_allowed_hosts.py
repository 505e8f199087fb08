"""Which hosts the plans of a server may name: a list by default, and every way to change it."""

from typing import Any

import pytest

from bot.app import sources
from bot.services.ports import Unreachable, Wanted
from bot.settings import Settings

PUBLIC = ("github.com", "raw.githubusercontent.com", "gitlab.com", "bitbucket.org")


@pytest.fixture
def resolved(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every name that was looked up; nothing is found, so nothing leaves this machine."""
    asked: list[str] = []

    async def getaddrinfo(_loop: object, host: str, *_: object, **__: object) -> Any:
        asked.append(host)
        raise OSError("no names in tests")

    monkeypatch.setattr("asyncio.base_events.BaseEventLoop.getaddrinfo", getaddrinfo)
    return asked


async def look(settings: Settings, source: str) -> str:
    answer = (await sources(settings).collect([Wanted("app", source)]))["app"].document
    assert isinstance(answer, Unreachable)
    return answer.reason


async def test_by_default_only_the_known_forges_are_asked(resolved: list[str]) -> None:
    own = Settings(convoy_github_host="github.corp.example")
    for host in (*PUBLIC, "github.corp.example"):
        await look(own, f"https://{host}/acme/app/raw/ga_status.json")
    assert {name.removeprefix("api.") for name in resolved} == {*PUBLIC, "github.corp.example"}
    resolved.clear()
    for source in ("https://evil.example/ga_status.json", "git+https://evil.example/a.git", "ssh://git@evil.example/a"):
        assert "is not on the list of allowed hosts" in await look(own, source)
    assert resolved == []


async def test_a_list_takes_the_place_of_the_default_and_a_star_lets_all_in(resolved: list[str]) -> None:
    source = "https://forge.example/ga_status.json"
    await look(Settings(convoy_allow_hosts=["forge.example"]), source)
    await look(Settings(convoy_allow_hosts=["*"]), source)
    assert resolved == ["forge.example"] * 2
    assert "not on the list" in await look(Settings(convoy_allow_hosts=["forge.example"]), "github:acme/app")
