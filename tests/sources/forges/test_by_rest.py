"""The REST APIs: GitHub without GraphQL, GitLab, Bitbucket; each with ETags, limits and whatever else can go wrong."""

import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from bot.release.documents import STATUS_LIMIT
from bot.release.published import PublishedKind, PublishedVersion
from bot.services.ports import Found, Listed, NotFound, Refused, Unreachable, Wanted
from bot.sources.forges.places import Kind
from tests.sources.forges.bitbucket_server import Bitbucket
from tests.sources.forges.conftest import TOKEN, Desk, HeldTime
from tests.sources.forges.forge_server import ForgeServer, bomb, drip, endless, hang, running, status
from tests.sources.forges.github_server import GitHub
from tests.sources.forges.gitlab_server import GitLab
from tests.sources.server import document

KINDS: dict[str, tuple[type[ForgeServer], Kind, str]] = {
    "github": (GitHub, Kind.GITHUB, "github.com"),
    "gitlab": (GitLab, Kind.GITLAB, "gitlab.com"),
    "bitbucket": (Bitbucket, Kind.BITBUCKET, "bitbucket.org"),
}
REQUESTS = {"github": 4, "gitlab": 4, "bitbucket": 4}
"""What a repository costs whose document is on the default branch."""


@pytest.fixture(params=KINDS)
async def desk(request: pytest.FixtureRequest, held: HeldTime) -> AsyncIterator[Desk]:
    """Every API; GitHub is asked without a token, which is how it comes to be asked by REST."""
    make, kind, host = KINDS[request.param]
    async with running(make()) as server:
        made = Desk(server, kind, host, held)
        made.token = None if kind is Kind.GITHUB else TOKEN
        yield made


def fill(desk: Desk, count: int) -> list[str]:
    names = [f"r{i}" for i in range(count)]
    for name in names:
        desk.server.repo(f"acme/{name}", tags=["v1.0.0"]).put(document(name))
    return names


async def test_a_document_and_tags(desk):
    desk.server.repo("acme/app", tags=["v2.0.0", "v1.0.0"]).put(document("app"))
    answer = await desk.one("app")
    assert isinstance(answer.document, Found)
    assert answer.versions == Listed((PublishedVersion("v2.0.0"), PublishedVersion("v1.0.0")))
    assert len(desk.server.requests) == REQUESTS[desk.kind]


async def test_releases_without_drafts_and_announcements(desk):
    repo = desk.server.repo("acme/app", tags=["v2.0.0", "v1.0.0"])
    repo.releases = [("v3.0.0", True, "2030-01-01T00:00:00Z"), ("v2.0.0", False, "2026-03-01T08:00:00.000Z")]
    answer = await desk.one("app")
    assert isinstance(answer.document, NotFound)
    when = datetime(2026, 3, 1, 8, tzinfo=UTC)
    newest = PublishedVersion("v2.0.0", PublishedKind.RELEASE, when)
    if desk.kind is Kind.BITBUCKET:  # which knows none
        newest = PublishedVersion("v2.0.0")
    assert set(answer.versions.versions) == {PublishedVersion("v1.0.0"), newest}
    assert await desk.one("app") == answer  # out of memory, behind 304


async def test_an_unchanged_pass_moves_no_document_and_no_list(desk):
    names = fill(desk, 20)
    first = await desk.read(*names)
    assert all(isinstance(answer.document, Found) for answer in first.values())
    assert desk.server.free == 0
    desk.server.requests.clear()
    assert await desk.read(*names) == first
    lists_and_documents = 20 * (REQUESTS[desk.kind] - 1)  # a branch that is not there has no ETag
    assert desk.server.free == lists_and_documents
    desk.server.free = 0
    desk.server.repos["acme/r7"].put(document("r7", status="AT_RISK"))
    assert (await desk.read(*names))["r7"].document.document.status.status == "AT_RISK"
    assert desk.server.free == lists_and_documents - 1


async def test_the_branch_wins_when_it_has_a_document(desk):
    repo = desk.server.repo("acme/app")
    repo.put(document("app", status="BLOCKED"))
    repo.put(document("app", status="READY"), "ga-status")
    assert (await desk.one("app")).document.document.status.status == "READY"
    del repo.files["ga-status"]
    assert (await desk.one("app")).document.document.status.status == "BLOCKED"


async def test_what_is_not_there_or_not_allowed_hurts_only_itself(desk):
    server = desk.server
    server.repo("acme/app").put(document("app"))
    server.repo("acme/empty")
    server.repo("acme/secret", forbidden=True)
    server.repo("acme/large").put(b"{" + b" " * STATUS_LIMIT + b"}")
    server.repo("acme/broken").put(b"{")
    server.repo("acme/latin").put('{"ä": 1}'.encode("latin-1"))
    answers = await desk.read("app", "empty", "secret", "large", "broken", "latin", "gone")
    told = {name: getattr(answer.document, "reason", "") for name, answer in answers.items()}
    assert isinstance(answers["app"].document, Found)
    assert isinstance(answers["empty"].document, NotFound)
    assert "has no ga_status.json, neither" in told["empty"]
    assert isinstance(answers["empty"].versions, Listed)
    assert isinstance(answers["gone"].document, NotFound)
    assert told["gone"].startswith(f"{desk.host}/acme/gone is not there, or ")
    assert isinstance(answers["secret"].document, Unreachable)
    assert "does not let Convoy read" in told["secret"]
    for name, words in (("large", "too large"), ("broken", "ends"), ("latin", "UTF-8")):
        assert isinstance(answers[name].document, Refused), name
        assert words in told[name]
        assert answers[name].document.file.startswith(f"https://{desk.host}/acme/{name}/")


async def test_a_tag_prefix_and_more_tags_than_are_shown(desk):
    tags = [f"app/v1.0.{i}" for i in range(150, 0, -1)] + ["lib/v9.0.0", "old-lib/v1"]
    desk.server.repo("acme/mono", tags=tags)
    app = (await desk.one(Wanted("app", f"{desk.kind}:acme/mono", "app/"))).versions
    lib = (await desk.one(Wanted("lib", f"{desk.kind}:acme/mono", "lib/"))).versions
    assert (len(app.versions), app.complete, app.versions[0].version) == (100, False, "v1.0.150")
    assert lib == Listed((PublishedVersion("v9.0.0"),))


@pytest.mark.parametrize("prefix", ["../../../user/", "a?x=1", 'x" OR name ~ "', "a b", "%2e%2e/", "é", "\r\nHost: x"])
async def test_a_prefix_leads_to_no_other_address(desk, prefix):
    desk.server.repo("acme/app", tags=[f"{prefix}1.0", "v2"])
    answer = await desk.one(Wanted("app", f"{desk.kind}:acme/app", prefix))
    assert answer.versions == Listed((PublishedVersion("1.0"),))
    for request in desk.server.requests:
        assert "acme" in request.path
        assert ".." not in request.path


@pytest.mark.parametrize("body", [b"", b"[", b"{}", b"[7]", b'[{"name":7}]', b'{"values":7}', b"null", b"[" * 50_000])
async def test_lists_of_the_wrong_shape(desk, body):
    desk.server.always = status(200, body)
    versions = (await desk.one("app")).versions
    assert isinstance(versions, Unreachable)
    assert "something else than was asked" in versions.reason


@pytest.mark.parametrize(
    ("fault", "words"), [(drip, "0.3 s"), (hang, "0.3 s"), (bomb, "compressed"), (endless, "large")]
)
async def test_answers_that_never_end_or_swell(desk, fault, words):
    desk.server.always = fault
    answer = await desk.one("app", document_deadline=0.3 if words == "0.3 s" else 5.0)
    assert words in answer.document.reason
    assert isinstance(answer.versions, Unreachable)


async def test_one_redirect_within_the_forge_is_followed_and_none_beyond(desk):
    desk.server.repo("acme/app").put(document("app"))
    first = desk.server.speak

    async def moved(request):
        if "old" in request.path:
            to = request.raw_path.replace("old", "app")
            return await status(301, b"", location=to)(desk.server, request)
        return await first(request)

    desk.server.speak = moved
    assert isinstance((await desk.one(Wanted("app", f"{desk.kind}:acme/old"))).document, Found)
    async with running(type(desk.server)()) as other:
        other.repo("acme/app").put(document("app"))
        desk.server.always = status(302, b"", location=f"{other.base}/repos/acme/app")
        answer = await desk.one("app")
        assert other.requests == []
    assert isinstance(answer.document, Unreachable)
    assert "redirects to another place" in answer.document.reason


async def test_a_token_that_is_not_accepted_is_said_and_never_shown(desk, caplog):
    caplog.set_level(logging.DEBUG)
    desk.server.repo("acme/app").put(document("app"))
    desk.token = "wr0ng-token"
    answer = await desk.one("app")
    setting = f"CONVOY_{desk.kind.upper()}_TOKEN"
    assert answer.document.reason.startswith(f"{desk.host} does not accept the token of {setting}: it is wrong")
    assert "wr0ng" not in f"{answer} {caplog.text}"
    assert not any("wr0ng" in request.raw_path for request in desk.server.requests)


async def test_without_a_token_only_what_is_public_is_seen(desk):
    desk.token = None
    desk.server.repo("acme/open").put(document("open"))
    desk.server.repo("acme/closed", private=True).put(document("closed"))
    answers = await desk.read("open", "closed")
    assert isinstance(answers["open"].document, Found)
    assert answers["closed"].document == NotFound(f"{desk.host}/acme/closed is not there, or it is not public")


async def test_a_limit_pauses_and_is_asked_once_again(desk, held):
    names = fill(desk, 3)
    desk.server.planted = [status(429, retry_after="30")]
    answers = await desk.read(*names)
    assert all(isinstance(answer.document, Found) for answer in answers.values())
    assert held.slept == [30]
    assert len(desk.server.requests) == 3 * REQUESTS[desk.kind] + 1


async def test_an_hour_that_is_spent_ends_the_asking(desk, held):
    names = fill(desk, 50)
    spent = status(403, b"{}", x_ratelimit_remaining="0", x_ratelimit_reset=str(int(held.now) + 3600))
    desk.server.always = spent if desk.kind is Kind.GITHUB else status(429, retry_after="3600")
    answers = await desk.read(*names)
    assert "wants no more requests until 2026-03-03 13:00:00 UTC" in answers["r49"].document.reason
    assert len(desk.server.requests) <= 8  # those that were under way


async def test_a_forge_that_is_down_is_not_asked_for_everybody(desk):
    names = fill(desk, 200)
    desk.server.always = status(500)
    answers = await desk.read(*names)
    assert "it failed 5 times in a row" in answers["r199"].document.reason
    assert len(desk.server.requests) < 20


async def test_addresses_that_moved_away_are_no_fault_of_the_forge(desk):
    names = fill(desk, 20)
    speak = desk.server.speak

    async def moved(request):
        away = status(302, b"", location="https://other.test/x")
        return await (speak(request) if "r19" in request.path else away(desk.server, request))

    desk.server.speak = moved
    answers = await desk.read(*names)
    assert isinstance(answers["r19"].document, Found)
    assert "redirects to another place" in answers["r0"].document.reason


async def test_a_304_that_nobody_asked_for(desk):
    desk.server.always = status(304)
    answer = await desk.one("app")
    assert answer.document == Unreachable(f"{desk.host} answers 304")


async def test_a_fault_of_ours_is_kept_to_one_repository_and_not_hidden(desk, caplog, monkeypatch):
    from bot.sources.forges import by_rest

    names = fill(desk, 3)
    real = by_rest.parsed

    async def faulty(data: bytes, file: str, one: Wanted) -> object:
        if one.repository == "r1":
            raise RuntimeError("a fault of ours")
        return await real(data, file, one)

    monkeypatch.setattr(by_rest, "parsed", faulty)
    answers = await desk.read(*names)
    assert isinstance(answers["r0"].document, Found)
    assert isinstance(answers["r2"].document, Found)
    assert answers["r1"].document.reason == "reading it failed inside Convoy (RuntimeError); the log has more"
    assert "a fault of ours" in caplog.text


# --- what only one of them has ---------------------------------------------------------------------------------------


async def test_where_graphql_is_refused_rest_is_asked_with_the_token(github, monkeypatch):
    monkeypatch.setattr("bot.sources.forges.by_graphql.BATCH", 10)
    names = [f"r{i}" for i in range(120)]
    for name in names:
        github.server.repo(f"acme/{name}", private=True).put(document(name))
    speak = github.server.speak

    async def off(request):
        return await (status(404)(github.server, request) if request.path == "/graphql" else speak(request))

    github.server.speak = off
    answers = await github.read(*names)
    assert all(isinstance(answer.document, Found) for answer in answers.values())
    assert github.server.asked("/graphql") <= 3
    github.server.free = 0
    assert await github.read(*names) == answers
    assert github.server.free == 3 * 120


async def test_a_bitbucket_without_a_branch_and_one_with_an_odd_name(held):
    async with running(Bitbucket()) as server:
        desk = Desk(server, Kind.BITBUCKET, "bitbucket.org", held)
        server.repo("acme/empty", default="")
        server.repo("acme/odd", default="release/1.0 ä").put(document("odd"), "release/1.0 ä")
        answers = await desk.read("empty", "odd")
    assert answers["empty"].document == NotFound("bitbucket.org/acme/empty has no branch yet")
    assert isinstance(answers["odd"].document, Found)


async def test_a_gitlab_project_in_groups_of_groups(held):
    async with running(GitLab()) as server:
        server.repo("group/sub/deep/app").put(document("app"))
        desk = Desk(server, Kind.GITLAB, "gitlab.com", held)
        answer = await desk.one(Wanted("app", "https://gitlab.com/group/sub/deep/app"))
        assert isinstance(answer.document, Found)
        assert server.requests[0].headers["private-token"] == TOKEN
        assert server.requests[0].raw_path.startswith("/projects/group%2Fsub%2Fdeep%2Fapp/repository/files/")
