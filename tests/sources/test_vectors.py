"""No packet leaves the allow-list: some hundred vectors, with an ear at the socket, at the resolver and at git."""

import asyncio
import socket
import ssl
import unicodedata
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import httpx
import pytest

from bot.gitcli import Finished, Git
from bot.services.ports import Found, NotAsked, Refused, Unreachable, Wanted
from bot.sources import addresses
from bot.sources.collect import Sources
from bot.sources.forges import Forge, Kind
from tests.sources import vectors
from tests.sources.server import Server, document, serving

PUBLIC = "8.8.8.8"
TLS = ssl.create_default_context()


@dataclass
class Ear:
    """Every address that a socket was sent to, every name that was resolved, every start of git."""

    let: set[tuple[str, int]] = field(default_factory=set)
    connected: list[str] = field(default_factory=list)
    resolved: list[str] = field(default_factory=list)
    gits: list[tuple[str, ...]] = field(default_factory=list)

    def outside(self) -> list[str]:
        """Addresses that a socket was sent to and that are not public; judged by their bits, not by our code."""
        return [address for address in self.connected if ip_address(address.partition("%")[0]) != ip_address(PUBLIC)]

    def clear(self) -> None:
        self.connected.clear()
        self.resolved.clear()
        self.gits.clear()


@pytest.fixture
def ear(monkeypatch: pytest.MonkeyPatch) -> Ear:
    """Listens at the lowest layer there is in this process. Nothing but what is `let` gets through."""
    found = Ear()
    really: Callable[..., Any] = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> Any:
        if self.family == socket.AF_UNIX or tuple(address[:2]) in found.let:
            return really(self, address)
        found.connected.append(str(address[0]))
        raise ConnectionRefusedError("no packet leaves the test")

    def run(self: Git, *arguments: str, **more: Any) -> Finished:
        found.gits.append(
            tuple(map(str, (*arguments, *more.get("settings", ()), *more.get("environment", {}).values())))
        )
        return Finished(128, "", "fatal: no packet leaves the test")

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket.socket, "connect_ex", connect)
    monkeypatch.setattr(socket.socket, "sendto", lambda self, _data, *to: connect(self, to[-1]))
    monkeypatch.setattr(Git, "run", run)
    return found


def worst(ear: Ear, names: dict[str, list[str]]) -> addresses.Resolve:
    """A resolver that reads every spelling of a number that any resolver reads, and knows some names."""

    async def resolve(host: str, port: int) -> list[str]:
        ear.resolved.append(host)
        spelt = [host, host.rstrip("."), unquote(host), unicodedata.normalize("NFKC", host.replace("\u3002", "."))]
        with suppress(UnicodeError):
            spelt.append(host.encode("idna").decode())
        for one in (text.rstrip(".") for text in spelt):
            if one.lower() in names:
                return names[one.lower()]
            with suppress(OSError, UnicodeError):
                found = socket.getaddrinfo(one, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
                return [str(entry[4][0]) for entry in found]
        raise OSError(f"no such name: {host}")

    return resolve


def sources(ear: Ear, names: dict[str, list[str]] | None = None, **options: Any) -> Sources:
    given = {"allow_paths": False, "resolve": worst(ear, names or {}), "tls": lambda: TLS, "document_deadline": 5.0}
    return Sources(None, **(given | options))


async def look(reader: Sources, source: str, name: str = "app") -> object:
    return (await reader.collect([Wanted(name, source)]))[name].document


HOSTS = vectors.inside()
ANSWERS = vectors.answers()
TRICKS = vectors.tricks()
TARGETS = vectors.targets()


def every() -> set[tuple[str, str]]:
    """Each vector once: what kind it is, and the text itself."""
    found = {("host", host) for host in HOSTS.values()} | {("answer", repr(a)) for a in ANSWERS.values()}
    found |= {("source", source) for source in TRICKS} | {("redirect", target) for target in TARGETS}
    return found | {("name", name) for name in vectors.NAMES}


def test_there_are_more_than_three_hundred_different_vectors() -> None:
    found = every()
    kinds = sorted({kind for kind, _ in found})
    print(", ".join(f"{kind}: {sum(k == kind for k, _ in found)}" for kind in kinds), "- all:", len(found))
    assert len({text for _, text in found}) >= 300
    assert len(found) >= 700


@pytest.mark.parametrize("how", HOSTS)
async def test_no_spelling_of_an_inner_address_gets_a_packet(ear: Ear, how: str) -> None:
    for source in (
        f"https://{HOSTS[how]}/ga_status.json",
        f"git+https://{HOSTS[how]}/a.git",
        f"ssh://git@{HOSTS[how]}/a",
    ):
        assert isinstance(await look(sources(ear), source), Unreachable)
    assert ear.connected == []
    assert ear.gits == []


@pytest.mark.parametrize("how", ANSWERS)
async def test_no_name_leads_to_an_inner_address(ear: Ear, how: str) -> None:
    names = {"name.test": ANSWERS[how]}
    for source in ("https://name.test/x.json", "git+https://name.test/a.git", "git@name.test:a.git"):
        assert isinstance(await look(sources(ear, names), source), Unreachable)
    assert ear.resolved == ["name.test"] * 3, "the ear hears"
    assert ear.connected == []
    assert ear.gits == []


@pytest.mark.parametrize("source", TRICKS)
async def test_nothing_but_the_allowed_host_is_even_looked_up(ear: Ear, source: str) -> None:
    """Private addresses are allowed here, so the list of hosts is all that holds."""
    names = {"evil.test": ["127.0.0.1"], vectors.GOOD: [PUBLIC], "localhost": ["127.0.0.1"]}
    hosts = frozenset({vectors.GOOD})
    answer = await look(sources(ear, names, allowed_hosts=hosts, allow_private=True, allow_http=True), source)
    assert not isinstance(answer, Found)
    assert {host.rstrip(".") for host in ear.resolved} <= {vectors.GOOD}
    assert set(ear.connected) <= {PUBLIC}
    assert not [words for words in ear.gits if "evil" in " ".join(words).replace(vectors.GOOD, "")]


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with serving() as running:
        yield running


@pytest.mark.parametrize("to", TARGETS)
async def test_no_redirect_leads_elsewhere(ear: Ear, server: Server, to: str) -> None:
    ear.let = {("127.0.0.1", server.port)}
    names = {"evil.test": ["127.0.0.2"], vectors.GOOD: ["127.0.0.1"]}
    reader = sources(ear, names, allow_private=True, allow_http=True)
    url = server.url(f"/redirect?to={quote(to, safe='')}", vectors.GOOD)
    answer = await look(reader, url)
    assert not isinstance(answer, Found)
    assert ear.connected == []
    assert set(ear.resolved) == {vectors.GOOD}
    assert {request.host.partition(":")[0] for request in server.requests} == {vectors.GOOD}


@pytest.mark.parametrize("name", vectors.NAMES)
async def test_no_name_of_a_repository_climbs_out(ear: Ear, tmp_path: Path, name: str) -> None:
    """Neither out of the folder of reports, nor out of an organisation at a forge."""
    (tmp_path / "reports").mkdir()
    (tmp_path / "outside").mkdir()
    for folder in (tmp_path, tmp_path / "outside"):
        (folder / "ga_status.json").write_bytes(document(name))
        (folder / "tags.txt").write_text("v1.0.0\n")
    (answer,) = (await Sources(tmp_path / "reports", allow_paths=False).collect([Wanted(name)])).values()
    assert not isinstance(answer.document, Found)
    assert not getattr(answer.versions, "versions", ())
    forge = Forge(Kind.GITHUB, "good.test", "https://api.good.test", "https://api.good.test/graphql")
    asked: list[tuple[str, str]] = []
    reader = sources(ear, {"api.good.test": [PUBLIC]}, forges=[forge], organisation="github:acme")
    connect = reader._line

    async def line(making: asyncio.Lock) -> Any:
        made = await connect(making)
        really = made.ask

        def ask(method: str, url: httpx.URL, *more: Any) -> Any:
            asked.append((url.host, url.raw_path.decode()))
            return really(method, url, *more)

        made.ask = ask
        return made

    reader._line = line  # type: ignore[method-assign]
    for wanted in (Wanted(name), Wanted(name, f"github:acme/{name}"), Wanted(name, f"https://good.test/acme/{name}")):
        found = (await reader.collect([wanted]))[name].document
        assert isinstance(found, Refused | Unreachable | NotAsked)
    assert {host for host, _ in asked} <= {"good.test", "api.good.test"}  # a page there, or a repository of acme
    assert all(path.startswith("/repos/acme/") and ".." not in path for host, path in asked if host[0] == "a"), asked
    assert set(ear.connected) <= {PUBLIC}


async def test_a_name_that_changes_its_mind_is_asked_once_and_taken_at_its_word(ear: Ear) -> None:
    async def rebinding(host: str, _port: int) -> list[str]:
        ear.resolved.append(host)
        return [PUBLIC] if len(ear.resolved) == 1 else ["169.254.169.254"]

    await look(Sources(None, allow_paths=False, resolve=rebinding, tls=lambda: TLS), "https://name.test/x.json")
    assert (ear.resolved, ear.connected) == (["name.test"], [PUBLIC])
    ear.clear()
    await look(Sources(None, allow_paths=False, resolve=rebinding, tls=lambda: TLS), "git+https://name.test/a.git")
    (started, *_) = ear.gits
    assert f"http.curloptResolve=name.test:443:{PUBLIC}" in started


async def test_the_ear_hears_what_is_let_through(ear: Ear) -> None:
    """Faults that must be heard: everything private is taken for public, and the list of hosts lets everybody in."""
    for source in (f"https://{PUBLIC}/x.json", "https://name.test/x.json"):
        await look(sources(ear, {"name.test": [PUBLIC]}), source)
    assert ear.connected == [PUBLIC, PUBLIC]
    ear.clear()
    open_to_all = {"allow_private": True}
    for host in HOSTS.values():
        await look(sources(ear, **open_to_all), f"https://{host}/x.json")
    assert len(ear.outside()) > len(HOSTS) * 2 // 3, "the rest are no hosts at all"
    ear.clear()
    names = {"evil.test": ["127.0.0.1"], vectors.GOOD: [PUBLIC]}
    for source in TRICKS:
        await look(sources(ear, names, allow_http=True, **open_to_all), source)
    assert len(ear.outside()) > 20
    assert len([words for words in ear.gits if "evil" in " ".join(words)]) > 5
