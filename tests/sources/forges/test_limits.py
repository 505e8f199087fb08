"""What answers say about limits, and the gate that obeys: to the second, once again, and not into a wall."""

from datetime import UTC, datetime

import pytest

from bot.release.progress import Progress
from bot.services.ports import Found, Unreachable, Wanted
from bot.sources.forges import graphql
from bot.sources.forges.gate import FAULTS, REST, Gate
from bot.sources.forges.limits import LONGEST, UNTOLD, Reply, limited, spent
from tests.sources.forges.conftest import NOON, Desk
from tests.sources.forges.forge_server import status
from tests.sources.server import document

RESET = str(int(NOON) + 600)


@pytest.mark.parametrize(
    ("code", "headers", "body", "wait"),
    [
        (429, {"retry-after": "30"}, b"", 30),
        (403, {"retry-after": "30"}, b"", 30),
        (503, {"retry-after": "30"}, b"", 30),
        (429, {"retry-after": "Tue, 03 Mar 2026 12:00:45 GMT"}, b"", 45),
        (429, {"retry-after": "Tue, 03 Mar 2026 12:00:45"}, b"", 45),
        (429, {"retry-after": "Tue, 03 Mar 2026 11:00:00 GMT"}, b"", 1),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": RESET}, b"", 600),
        (429, {"ratelimit-remaining": "0", "ratelimit-reset": RESET}, b"", 600),
        (429, {"retry-after": "30", "x-ratelimit-remaining": "0", "x-ratelimit-reset": RESET}, b"", 30),
        (403, {}, b'{"message":"You have exceeded a secondary rate limit."}', UNTOLD),
        (429, {}, b"", UNTOLD),
        (429, {"retry-after": "soon"}, b"", UNTOLD),
        (429, {"retry-after": "-5"}, b"", UNTOLD),
        (429, {"retry-after": "0"}, b"", 1),
        (429, {"retry-after": "9" * 12}, b"", LONGEST),
        (429, {"retry-after": "9" * 400}, b"", UNTOLD),
        (429, {"retry-after": "Tue, 99 Mar 99999 12:00:45 GMT"}, b"", UNTOLD),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1"}, b"", 1),
        (403, {}, b"", None),
        (403, {"x-ratelimit-remaining": "7", "x-ratelimit-reset": RESET}, b"", None),
        (503, {}, b"", None),
        (200, {"retry-after": "30"}, b"", None),
        (404, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": RESET}, b"", None),
    ],
)
def test_how_long_a_refusal_says_to_wait(code, headers, body, wait):
    until = limited(Reply(code, headers, body), NOON)
    assert until == (None if wait is None else NOON + wait)


def test_the_last_request_of_an_hour_says_so():
    assert spent(Reply(200, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": RESET}, b""), NOON) == NOON + 600
    assert spent(Reply(200, {"x-ratelimit-remaining": "1", "x-ratelimit-reset": RESET}, b""), NOON) is None
    assert spent(Reply(200, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "x"}, b""), NOON) is None


@pytest.mark.parametrize(
    ("rate", "headers", "wait"),
    [
        (b'{"remaining":0,"resetAt":"2026-03-03T12:05:00Z"}', {}, 300),
        (b"null", {"x-ratelimit-reset": RESET}, 600),
        (b"null", {}, UNTOLD),
        (b'{"remaining":"x"}', {}, UNTOLD),
    ],
)
def test_a_limit_inside_an_answer_of_200(rate, headers, wait):
    body = b'{"data":{"rateLimit":%s},"errors":[{"type":"RATE_LIMITED","message":"x"}]}' % rate
    assert graphql.limit(Reply(200, headers, body), NOON) == NOON + wait
    assert graphql.limit(Reply(200, headers, body.replace(b'"type":"RATE_LIMITED"', b'"type":"X"')), NOON) is None


def test_a_secondary_limit_inside_an_answer_of_200_and_words_that_only_look_like_it():
    refused = b'{"errors":[{"message":"You have exceeded a secondary rate limit. Please wait."}]}'
    assert graphql.limit(Reply(200, {"retry-after": "7"}, refused), NOON) == NOON + 7
    assert graphql.limit(Reply(200, {}, refused), NOON) == NOON + UNTOLD
    words = b'{"data":{"r0":{"object":{"text":"secondary rate limit RATE_LIMITED"}}}}'
    assert graphql.limit(Reply(200, {"retry-after": "7"}, words), NOON) is None


async def test_the_gate_waits_as_told_and_says_when_it_cannot(held):
    gate = Gate("forge.test", held.timing())
    assert await gate.enter(NOON + 120) is None
    gate.pause(NOON + 60)
    gate.pause(NOON + 30)
    assert await gate.enter(NOON + 120) is None
    assert held.slept == [60]
    gate.pause(NOON + 3600)
    assert await gate.enter(NOON + 120) == (
        "not read: forge.test wants no more requests until 2026-03-03 13:00:00 UTC, "
        "and the pass ends before that; a later pass reads it"
    )
    held.now = NOON + 3600
    assert await gate.enter(NOON + 3720) is None


async def test_the_gate_shuts_after_faults_in_a_row_and_lets_one_try_after_a_rest(held):
    gate = Gate("forge.test", held.timing())
    for _ in range(FAULTS - 1):
        gate.failed("it answers 500")
    gate.answered()
    for _ in range(FAULTS - 1):
        gate.failed("it answers 500")
    assert await gate.enter(NOON + 120) is None
    gate.failed("it answers 503")
    assert await gate.enter(NOON + 120) == (
        "forge.test is not asked for a while: it failed 5 times in a row (it answers 503)"
    )
    held.now += REST
    assert await gate.enter(NOON + 120) is None
    gate.failed("it answers 500")
    assert await gate.enter(NOON + 120) is not None


# --- against a server ------------------------------------------------------------------------------------------------


def fill(desk, count):
    names = [f"r{i}" for i in range(count)]
    for name in names:
        desk.server.repo(f"acme/{name}").put(document(name))
    return names


LIMITED = b'{"data":null,"errors":[{"type":"RATE_LIMITED","message":"API rate limit exceeded"}]}'


@pytest.mark.parametrize(
    "refusal",
    [
        status(429, retry_after="30"),
        status(403, retry_after="30"),
        status(403, x_ratelimit_remaining="0", x_ratelimit_reset=str(int(NOON) + 30)),
        status(200, LIMITED, x_ratelimit_reset=str(int(NOON) + 30)),
    ],
)
async def test_a_forge_that_says_too_often_is_left_alone_and_asked_once_again(github, held, refusal):
    names = fill(github, 3)
    github.server.planted = [refusal]
    answers = await github.read(*names)
    assert all(isinstance(answer.document, Found) for answer in answers.values())
    assert held.slept == [30]
    assert len(github.server.requests) == 3


async def test_one_that_still_says_so_is_not_asked_a_third_time(github, held):
    names = fill(github, 3)
    github.server.always = status(429, retry_after="30")
    answers = await github.read(*names)
    assert held.slept == [30]
    assert len(github.server.requests) == 2
    assert answers["r0"].document == Unreachable(
        "github.com limits how often Convoy may ask, and still did after the pause it wanted"
    )


async def test_a_pause_beyond_the_pass_is_said_at_once_and_obeyed_by_the_next(github, held):
    names = fill(github, 120)
    github.server.planted = [status(429, retry_after="3600")] * 3
    answers = await github.read(*names, pass_deadline=120)
    assert all("wants no more requests until 2026-03-03 13:00:00 UTC" in a.document.reason for a in answers.values())
    asked = len(github.server.requests)
    assert asked <= 3  # those that were under way
    held.now += 600
    await github.read(*names, again=True)
    assert len(github.server.requests) == asked
    held.now += 3000
    answers = await github.read(*names, again=True)
    assert all(isinstance(answer.document, Found) for answer in answers.values())
    assert held.slept == []


async def test_a_point_budget_that_is_spent_is_noticed_before_it_is_refused(github, held):
    names = fill(github, 3)
    github.server.left, github.server.reset = 0, "2026-03-03T12:00:40Z"
    await github.read(*names)
    assert held.slept == [40]


@pytest.mark.parametrize("code", [500, 502])
async def test_a_forge_that_is_down_is_not_asked_for_everybody(github, code):
    names = fill(github, 2000)
    github.server.always = status(code)
    answers = await github.read(*names)
    assert all(isinstance(answer.document, Unreachable) for answer in answers.values())
    assert f"it failed 5 times in a row (it answers {code})" in answers["r1999"].document.reason
    assert len(github.server.requests) < 40


async def test_one_forge_that_is_down_does_not_hold_up_another(github, held):
    from bot.services.ports import Wanted
    from bot.sources.collect import Sources
    from bot.sources.forges import Forge, Kind
    from tests.sources.forges.forge_server import running
    from tests.sources.forges.github_server import GitHub

    github.server.always = status(429, retry_after="3600")
    async with running(GitHub()) as other:
        other.repo("acme/app").put(document("app"))
        second = Forge(Kind.GITHUB, "code.example", other.base, f"{other.base}/graphql", github.forge().token)
        sources = Sources(
            None, allow_paths=False, allow_http=True, allow_private=True, forges=[github.forge(), second],
            timing=held.timing(),
        )  # fmt: skip
        answers = await sources.collect(
            [Wanted("lib", "github:acme/lib"), Wanted("app", "https://code.example/acme/app")]
        )
    assert isinstance(answers["app"].document, Found)
    assert isinstance(answers["lib"].document, Unreachable)


async def test_a_forge_that_wants_to_be_left_alone_is_named(github: Desk) -> None:
    heard: list[Progress] = []
    github.server.repo("acme/app").put(document("app"))
    github.server.planted = [status(429, retry_after="3600")]
    await github.sources().collect([Wanted("app", "github:acme/app")], heard.append)
    assert heard[-1] == Progress(1, 1, 1, {"github.com": datetime(2026, 3, 3, 13, tzinfo=UTC)})
