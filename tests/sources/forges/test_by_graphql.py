"""GitHub by GraphQL: two questions for many repositories, nothing asked twice, and every error where it belongs."""

import logging
from datetime import UTC, datetime

import pytest

from bot.release.documents import STATUS_LIMIT
from bot.release.published import PublishedKind, PublishedVersion
from bot.services.ports import Found, Listed, NotFound, Refused, Unreachable, Wanted
from tests.sources.forges.forge_server import bomb, drip, endless, hang, status
from tests.sources.server import document


def fill(desk, count, prefix="r"):
    names = [f"{prefix}{i}" for i in range(count)]
    for name in names:
        desk.server.repo(f"acme/{name}").put(document(name))
    return names


async def test_a_document_tags_and_releases_in_two_requests(github):
    repo = github.server.repo("acme/app", tags=["v2.0.0", "v1.0.0"])
    repo.put(document("app"))
    repo.releases = [("v3.0.0", True, None), ("v2.0.0", False, "2026-03-01T08:00:00Z")]
    answer = await github.one("app")
    assert isinstance(answer.document, Found)
    assert answer.document.document.status.repository == "app"
    when = datetime(2026, 3, 1, 8, tzinfo=UTC)
    assert isinstance(answer.versions, Listed)
    assert answer.versions.complete
    assert set(answer.versions.versions) == {
        PublishedVersion("v1.0.0"),
        PublishedVersion("v2.0.0", PublishedKind.RELEASE, when),
    }
    assert [request.path for request in github.server.requests] == ["/graphql", "/graphql"]
    assert github.server.requests[0].headers["authorization"] == "Bearer s3cret-token"


async def test_fifty_repositories_are_one_question_and_an_unchanged_pass_asks_no_text(github):
    names = fill(github, 120)
    first = await github.read(*names)
    assert all(isinstance(answer.document, Found) for answer in first.values())
    assert sorted(github.server.questions) == [20, 20, 50, 50, 50, 50]
    assert len(github.server.blobs) == 120
    github.server.questions.clear()
    github.server.blobs.clear()
    assert await github.read(*names) == first
    assert sorted(github.server.questions) == [20, 50, 50]
    assert github.server.blobs == []


async def test_only_what_changed_is_read_again(github):
    names = fill(github, 60)
    await github.read(*names)
    github.server.blobs.clear()
    github.server.repos["acme/r7"].put(document("r7", status="AT_RISK"))
    answers = await github.read(*names)
    assert answers["r7"].document.document.status.status == "AT_RISK"
    assert len(github.server.blobs) == 1


async def test_the_branch_wins_when_it_has_a_document(github):
    repo = github.server.repo("acme/app")
    repo.put(document("app", status="BLOCKED"))
    repo.put(document("app", status="READY"), "ga-status")
    assert (await github.one("app")).document.document.status.status == "READY"
    repo.files["ga-status"] = {"other.txt": b"x"}
    assert (await github.one("app")).document.document.status.status == "BLOCKED"


async def test_what_is_not_there_or_not_allowed_hurts_only_itself(github):
    github.server.repo("acme/app").put(document("app"))
    github.server.repo("acme/empty")
    github.server.repo("acme/secret", forbidden=True)
    github.server.repo("acme/folder", trees={"HEAD:ga_status.json"})
    github.server.repo("acme/binary").put(b"\0\1")
    github.server.repo("acme/large").put(b"{" + b" " * STATUS_LIMIT + b"}")
    github.server.repo("acme/broken").put(b"{")
    answers = await github.read("app", "empty", "secret", "folder", "binary", "large", "broken", "gone")
    told = {name: getattr(answer.document, "reason", "") for name, answer in answers.items()}
    assert isinstance(answers["app"].document, Found)
    assert told["empty"].startswith("github.com/acme/empty has no ga_status.json, neither")
    assert isinstance(answers["empty"].document, NotFound)
    assert told["gone"] == "github.com/acme/gone is not there, or the token of CONVOY_GITHUB_TOKEN may not see it"
    assert isinstance(answers["gone"].versions, NotFound)
    assert isinstance(answers["secret"].document, Unreachable)
    assert told["secret"].startswith("github.com/acme/secret does not let Convoy read: let the token of CONVOY_")
    for name, words in (("folder", "a folder"), ("binary", "not text"), ("large", "too large"), ("broken", "ends")):
        assert isinstance(answers[name].document, Refused), name
        assert words in told[name]
        assert answers[name].document.file == f"https://github.com/acme/{name}/blob/HEAD/ga_status.json"
    assert len(github.server.blobs) == 2  # a file that is too large or no text is not asked for


async def test_a_part_that_failed_is_told_and_the_rest_kept(github):
    github.server.repo("acme/app").put(document("app"))
    await github.one("app")
    body = (
        b'{"data":{"rateLimit":null,"r0":{"branch":null,"head":null,"refs":null,"releases":{"nodes":[]}}},'
        b'"errors":[{"type":"SERVICE_UNAVAILABLE","path":["r0","%s"],"message":"x"}]}'
    )
    github.server.planted = [status(200, body % b"branch"), status(200, body % b"refs")]
    first, second = await github.one("app"), await github.one("app")
    assert isinstance(first.document, Unreachable)  # never the default branch's in its place
    assert isinstance(second.document, NotFound)
    assert second.versions == Unreachable("github.com/acme/app did not show its tags and releases")


async def test_a_tag_prefix_and_more_tags_than_are_shown(github):
    tags = [f"app/v1.0.{i}" for i in range(60, 0, -1)] + ["lib/v9.0.0", "old-app/v1"]
    github.server.repo("acme/mono", tags=tags)
    app = (await github.one(Wanted("app", "github:acme/mono", "app/"))).versions
    lib = (await github.one(Wanted("lib", "github:acme/mono", "lib/"))).versions
    assert (len(app.versions), app.complete, app.versions[0].version) == (50, False, "v1.0.60")
    assert lib == Listed((PublishedVersion("v9.0.0"),))


async def test_a_question_that_is_too_much_is_halved(github):
    names = fill(github, 50)
    github.server.most = 13
    answers = await github.read(*names)
    assert all(isinstance(answer.document, Found) for answer in answers.values())
    assert max(n for n in github.server.questions if n <= 13) == 13
    github.server.planted = [status(502), status(504)]
    github.server.most = 100
    answers = await github.read(*names)
    assert all(isinstance(answer.document, Found) for answer in answers.values())


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"[]", "something else than was asked"),
        (b"nonsense", "something else than was asked"),
        (b'{"data":null}', "something else than was asked"),
        (b'{"data":{"r0":7}}', "something else than was asked"),
        (b'{"data":{"r0":{"branch":{"__typename":"Blob","oid":"../../x"}}}}', "something else than was asked"),
        (b'{"data":{"r0":{"head":[]}}}', "something else than was asked"),
        (b'{"data":{}}', "said nothing of acme/app"),
        (b'{"data":null,"errors":[{"message":"Something went wrong"}]}', "did not manage to answer"),
        (b"[" * 100_000, "something else than was asked"),
    ],
)
async def test_answers_of_the_wrong_shape(github, body, words):
    github.server.always = status(200, body)
    assert words in (await github.one("app")).document.reason


@pytest.mark.parametrize(
    ("fault", "words"), [(drip, "0.3 s"), (hang, "0.3 s"), (bomb, "compressed"), (endless, "else")]
)
async def test_answers_that_never_end_or_swell(github, fault, words):
    github.server.always = fault
    answer = await github.one("app", document_deadline=0.3 if words == "0.3 s" else 5.0)
    assert words in answer.document.reason


async def test_a_second_answer_that_speaks_of_another_blob_is_not_believed(github):
    github.server.repo("acme/app").put(document("app"))
    evil = b'{"data":{"r0":{"object":{"oid":"%s","text":"{}","isTruncated":false}}}}' % (b"a" * 40)

    async def speak(server, request):
        return await server.speak(request)

    github.server.planted = [speak, status(200, evil)]
    assert "something else" in (await github.one("app")).document.reason
    assert isinstance((await github.one("app")).document, Found)


async def test_a_token_that_is_not_accepted_is_said_and_never_shown(github, caplog):
    caplog.set_level(logging.DEBUG)
    github.token = "wr0ng-token"
    answer = await github.one("app")
    assert answer.document.reason == (
        "github.com does not accept the token of CONVOY_GITHUB_TOKEN: it is wrong, or no longer valid; set a new one"
    )
    assert "wr0ng" not in f"{answer} {caplog.text} {github.forge()!r} {vars(github.made)!r}"


async def test_a_redirect_to_another_host_gets_no_token(github):
    from tests.sources.forges.forge_server import running
    from tests.sources.forges.github_server import GitHub

    async with running(GitHub()) as other:
        github.server.always = status(307, b"", location=f"{other.base}/graphql")
        answer = await github.one("app")
        assert isinstance(answer.document, Unreachable)
        assert other.requests == []
    github.server.requests.clear()
    github.server.always = status(307, b"", location="/graphql")
    assert "answers 307" in (await github.one("app")).document.reason
    assert len(github.server.requests) == 1  # a question is not sent on at all
