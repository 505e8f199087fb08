"""What is out according to package indexes: both protocols, and everything that can go wrong with them."""

import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from bot.release.published import PublishedKind, PublishedVersion
from bot.services.ports import Found, Listed, Listing, Unreachable, Wanted
from bot.sources.collect import Sources
from bot.sources.forges.memory import MemoryOfProcess
from bot.sources.packages import Index, Kind
from bot.sources.packages import collect as looking
from tests.sources.forges.conftest import NOON, HeldTime
from tests.sources.forges.forge_server import bomb, drip, endless, hang, running, status
from tests.sources.packages.index_server import IndexServer
from tests.sources.server import serving

APP = ("pypi:app",)
SIDE = ("npm:@acme/app",)


class Desk:
    """Sources that know one index of each kind, with a memory that lasts."""

    def __init__(self, server: IndexServer) -> None:
        self.server, self.memory, self.time = server, MemoryOfProcess(), HeldTime()
        self.made: Sources | None = None

    def sources(self, **options: object) -> Sources:
        base = self.server.base
        given = {
            "allow_paths": False, "allow_http": True, "allow_private": True, "document_deadline": 5.0,
            "memory": self.memory, "timing": self.time.timing(),
            "indexes": [Index(Kind.PYPI, f"{base}/simple/"), Index(Kind.NPM, f"{base}/npm/")],
        } | options  # fmt: skip
        self.made = Sources(None, **given)
        return self.made

    async def versions(self, *packages: str, again: bool = False, **options: object) -> Listing:
        sources = self.made if again and self.made else self.sources(**options)
        return (await sources.collect([Wanted("app", packages=packages)]))["app"].versions


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    server = IndexServer()
    async with running(server):
        yield Desk(server)


def names(found: Listing) -> list[str]:
    assert isinstance(found, Listed), found
    assert {one.kind for one in found.versions} <= {PublishedKind.PACKAGE}
    return [one.version for one in found.versions]


def reason(found: Listing) -> str:
    assert isinstance(found, Unreachable), found
    return found.reason


async def test_versions_of_both_kinds_of_index(desk):
    desk.server.pypi("app", "1.4.0", "1.5.0")
    desk.server.npm("@acme/app", "1.4.0", "1.5.0-rc.1")
    when = datetime(2026, 3, 1, 10, tzinfo=UTC)
    found = await desk.versions("pypi:app")
    assert isinstance(found, Listed)
    assert found.versions[0] == PublishedVersion("1.4.0", PublishedKind.PACKAGE, when)
    assert (names(found), found.complete) == (["1.4.0", "1.5.0"], True)
    assert await desk.versions("npm:@acme/app") == Listed(
        (PublishedVersion("1.4.0", PublishedKind.PACKAGE), PublishedVersion("1.5.0-rc.1", PublishedKind.PACKAGE))
    )


@pytest.mark.parametrize("spelt", ["My.App", "my_app", "MY--app", "my-app"])
async def test_a_python_package_is_asked_for_by_its_one_name(desk, spelt):
    desk.server.pypi("my-app", "1.0")
    assert names(await desk.versions(f"pypi:{spelt}")) == ["1.0"]


async def test_what_was_taken_back_is_not_out(desk):
    shelf = desk.server.pypi("app", "1.4.0", "1.5.0", "1.6.0")
    for file in shelf.files:
        file["yanked"] = "broken wheel" if "1.5.0" in file["filename"] else False
    shelf.files[-1]["yanked"] = True  # one file of 1.6.0; the other still installs
    assert names(await desk.versions("pypi:app")) == ["1.4.0", "1.6.0"]
    shelf = desk.server.npm("app", "1.4.0", "1.5.0", "1.6.0")
    shelf.versions["1.5.0"]["deprecated"] = "critical bug"
    shelf.versions["1.6.0"]["deprecated"] = ""  # taken back again
    assert names(await desk.versions("npm:app")) == ["1.4.0", "1.6.0"]


async def test_only_what_installs_today_and_belongs_to_the_package_counts(desk):
    shelf = desk.server.pypi("app", "1.0")
    for odd in ("app-2.0-py2.7.egg", "app-2.1.win32.exe", "other-3.0.tar.gz", "app-.tar.gz", "", "app-4.0.tar.gz.asc"):
        desk.server.add_file(shelf, odd)
    desk.server.add_file(shelf, "app-1.1.zip", **{"upload-time": "yesterday"})
    assert names(await desk.versions("pypi:app")) == ["1.0", "1.1"]


async def test_a_package_that_is_not_there_has_no_version_out(desk):
    for package in (*APP, *SIDE):
        assert await desk.versions(package) == Listed(())


async def test_a_version_is_out_when_every_package_has_it(desk):
    desk.server.pypi("app", "1.4.0", "1.5.0rc1", "1.6.0")
    desk.server.npm("@acme/app", "1.4.0", "1.5.0-rc.1", "2.0.0")
    assert names(await desk.versions(*APP, *SIDE)) == ["1.4.0", "1.5.0rc1"]
    assert await desk.versions(*APP, "npm:other") == Listed(())


async def test_what_has_not_changed_is_not_moved_again(desk):
    desk.server.pypi("app", "1.4.0")
    desk.server.npm("@acme/app", "1.4.0")
    first = [await desk.versions(package) for package in (*APP, *SIDE)]
    assert desk.server.free == 0
    assert [await desk.versions(package) for package in (*APP, *SIDE)] == first
    assert desk.server.free == 2
    desk.server.pypi("app", "1.4.0", "1.5.0")
    assert names(await desk.versions(*APP)) == ["1.4.0", "1.5.0"]


async def test_a_package_that_many_name_is_asked_for_once(desk):
    desk.server.pypi("app", "1.0")
    wanted = [Wanted(f"r{i}", packages=APP) for i in range(20)]
    answers = await desk.sources().collect(wanted)
    assert len(desk.server.requests) == 1
    assert all(names(answer.versions) == ["1.0"] for answer in answers.values())


async def test_the_document_still_comes_from_the_source(desk):
    desk.server.pypi("app", "1.0")
    async with serving() as other:
        (answer,) = (await desk.sources().collect([Wanted("app", other.url("/good/app"), packages=APP)])).values()
    assert isinstance(answer.document, Found)
    assert names(answer.versions) == ["1.0"]


async def test_an_index_that_is_not_set_is_said_with_its_setting():
    for package, setting in (("pypi:app", "CONVOY_PYPI_INDEX"), ("npm:app", "CONVOY_NPM_INDEX")):
        answers = await Sources(None, allow_paths=False).collect([Wanted("app", packages=(package,))])
        assert reason(answers["app"].versions).startswith(
            f"{package} is not looked up: no index for it is set up here; set {setting} to "
        )


@pytest.mark.parametrize("package", [*APP, *SIDE])
@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (status(500), "answers 500 for {}: the fault is on its side"),
        (status(403), "does not let Convoy look up {} (403)"),
        (status(200, b"<html>"), "answers something else than the versions of {}"),
        (status(200, b'{"name": "other", "versions": {}, "files": [7]}'), "answers something else than the versions"),
        (bomb, "answers compressed ('gzip'), though it was asked not to"),
        (status(302, location="https://elsewhere.example/"), "redirects to another place"),
        (status(304), "answers 304 for {}"),
    ],
)
async def test_what_goes_wrong_is_a_value_and_the_next_pass_reads(desk, package, fault, said):
    desk.server.pypi("app", "1.0")
    desk.server.npm("@acme/app", "1.0")
    desk.server.planted = [fault]
    assert said.format(package) in reason(await desk.versions(package))
    assert names(await desk.versions(package, again=True)) == ["1.0"]


@pytest.mark.parametrize("fault", [drip, hang])
async def test_a_document_that_takes_too_long_is_given_up(desk, fault):
    desk.server.planted = [fault]
    assert "did not deliver its document within 0.3 s" in reason(await desk.versions(*APP, document_deadline=0.1))


async def test_a_document_that_is_too_large_is_not_read_to_its_end(desk, monkeypatch):
    monkeypatch.setattr(looking, "MOST_BYTES", 1024 * 1024)
    desk.server.planted = [endless]
    assert reason(await desk.versions(*SIDE)) == "the versions of npm:@acme/app are too much to read: more than 1 MiB"


async def test_an_index_that_limits_is_left_alone_as_long_as_it_says(desk):
    desk.server.pypi("app", "1.0")
    desk.server.planted = [status(429, retry_after="30")]
    assert names(await desk.versions(*APP)) == ["1.0"]
    assert desk.time.slept == [30.0]
    desk.server.planted = [status(429, retry_after="3600")]
    assert "wants no more requests until 2026-03-03 13:00:30 UTC" in reason(await desk.versions(*APP, again=True))
    asked = len(desk.server.requests)
    assert "wants no more requests" in reason(await desk.versions(*APP, again=True))
    assert len(desk.server.requests) == asked
    desk.time.now = NOON + 7200
    assert names(await desk.versions(*APP, again=True)) == ["1.0"]


async def test_an_index_that_fails_again_and_again_is_left_alone(desk):
    desk.server.always = status(500)
    wanted = [Wanted(f"r{i}", packages=(f"pypi:r{i}",)) for i in range(30)]
    answers = await desk.sources().collect(wanted)
    assert len(desk.server.requests) < 10
    assert sum("failed 5 times in a row" in reason(answer.versions) for answer in answers.values()) > 20


async def test_the_end_of_the_pass_is_said_and_the_others_are_kept(desk):
    desk.server.npm("@acme/app", "1.0")
    desk.server.planted = [hang]
    sources = desk.sources(pass_deadline=0.5)
    answers = await sources.collect([Wanted("slow", packages=APP), Wanted("app", packages=SIDE)])
    assert reason(answers["slow"].versions) == "pypi:app was not looked up: the pass had to end after 0.5 s"
    assert names(answers["app"].versions) == ["1.0"]


async def test_the_list_of_allowed_hosts_and_private_addresses_hold_for_indexes_too(desk):
    desk.server.pypi("app", "1.0")
    said = reason(await desk.versions(*APP, allowed_hosts=frozenset({"forge.example"})))
    assert "the host 127.0.0.1 is not on the list of allowed hosts" in said
    assert "not on the public internet" in reason(await desk.versions(*APP, allow_private=False))
    assert "only https is fetched" in reason(await desk.versions(*APP, allow_http=False))
    assert desk.server.requests == []


async def test_a_fault_of_ours_is_logged_and_hurts_only_its_package(desk, monkeypatch, caplog):
    desk.server.npm("@acme/app", "1.0")
    desk.server.pypi("app", "1.0")
    read = looking.formats.versions_in

    def faulty(kind: Kind, name: str, data: bytes) -> object:
        if kind is Kind.PYPI:
            raise RuntimeError("a fault of ours")
        return read(kind, name, data)

    monkeypatch.setattr(looking.formats, "versions_in", faulty)
    with caplog.at_level(logging.ERROR):
        answers = await desk.sources().collect([Wanted("bad", packages=APP), Wanted("app", packages=SIDE)])
    assert "looking up pypi:app failed inside Convoy (RuntimeError)" in reason(answers["bad"].versions)
    assert names(answers["app"].versions) == ["1.0"]
    assert "a fault of ours" in caplog.text
