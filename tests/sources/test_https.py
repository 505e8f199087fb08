"""Documents behind URLs, from a real server: what is fetched, what is not, and that nothing hangs, swells or leaks."""

import asyncio
import logging
import socket
import ssl
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.release.documents import STATUS_LIMIT
from bot.release.status import Status
from bot.services.ports import Collected, Found, NotFound, Refused, Unreachable, Wanted
from bot.sources.collect import Sources
from bot.sources.hosts import FIRST
from tests.sources.server import Server, saying, serving

TLS = Path(__file__).parent / "tls"


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with serving() as running:
        yield running


def sources(**options: object) -> Sources:
    given = {"allow_paths": False, "allow_http": True, "allow_private": True, "document_deadline": 5.0} | options
    return Sources(None, **given)


async def fetch(url: str, repository: str = "app", **options: object) -> Collected:
    return (await documents([Wanted(repository, url)], **options))[repository]


async def documents(wanted: list[Wanted], **options: object) -> dict[str, Collected]:
    return {name: answer.document for name, answer in (await sources(**options).collect(wanted)).items()}


def reason(answer: Collected) -> str:
    assert isinstance(answer, Unreachable), answer
    return answer.reason


async def test_a_document_is_fetched(server):
    answer = await fetch(server.url("/good/app"))
    assert isinstance(answer, Found)
    assert answer.document.status.status is Status.ON_TRACK
    (request,) = server.requests
    assert request.method == "GET"
    assert request.headers["accept-encoding"] == "identity"
    assert request.headers["host"] == f"127.0.0.1:{server.port}"


@pytest.mark.parametrize("status", [404, 410])
async def test_no_document_is_not_found(server, status):
    answer = await fetch(server.url(f"/status/{status}?token=secret"))
    assert answer == NotFound(f"{server.url(f'/status/{status}')} answers {status}: there is no document")


@pytest.mark.parametrize(
    ("status", "hint"),
    [
        (500, ": the fault is on its side"),
        (503, ": the fault is on its side"),
        (401, ": it does not let Convoy read"),
        (403, ": it does not let Convoy read"),
        (201, ""),
        (418, ""),
    ],
)
async def test_another_status_is_told(server, status, hint):
    assert (
        reason(await fetch(server.url(f"/status/{status}")))
        == f"{server.url(f'/status/{status}')} answers {status}{hint}"
    )


async def test_what_is_no_document_is_refused_with_its_line(server):
    answer = await fetch(server.url('/text/{"a":1,}?token=secret'))
    assert isinstance(answer, Refused)
    assert answer.file.startswith(server.url("/text/"))
    assert "secret" not in answer.file
    assert [problem.at("f") for problem in answer.problems] == ["f:1: there is a comma before }; take it away"]


async def test_the_document_of_another_repository_is_refused(server):
    answer = await fetch(server.url("/good/other"))
    assert isinstance(answer, Refused)
    assert "speaks of" in answer.problems[0].reason


# --- redirects, compression, size, time ----------------------------------------------------------------------------


async def test_one_redirect_to_the_same_origin_is_followed(server):
    assert isinstance(await fetch(server.url("/redirect?to=/good/app")), Found)
    assert isinstance(await fetch(server.url(f"/redirect?to={server.url('/good/app')}")), Found)


async def test_a_second_redirect_is_not(server):
    assert (
        reason(await fetch(server.url("/twice")))
        == f"{server.url('/redirect')} answers 302: it redirects more than once"
    )
    assert [request.path for request in server.requests] == ["/twice", "/redirect"]


async def test_a_redirect_elsewhere_is_not_and_its_secrets_are_not_told(server):
    async with serving() as other:
        told = reason(await fetch(server.url(f"/redirect?to={other.url('/good/app?token=secret')}")))
    assert told == (
        f"{server.url('/redirect')} redirects to another place, {other.url('/good/app')}; write that one as the source"
    )
    assert other.requests == []


@pytest.mark.parametrize(
    "to", ["https://127.0.0.1/x", "ftp://127.0.0.1/", "//other.test/x", "http://[", "http://127.0.0.1:1/"]
)
async def test_redirects_that_lead_nowhere_good(server, to):
    assert "redirects to" in reason(await fetch(server.url(f"/redirect?to={to}")))
    assert len(server.requests) == 1


async def test_compressed_answers_are_not_inflated(server):
    told = reason(await fetch(server.url("/zipped")))
    assert told == f"{server.url('/zipped')} answers compressed (gzip), though it was asked not to"


async def test_an_endless_document_is_cut_off(server):
    start = time.monotonic()
    answer = await fetch(server.url("/large"))
    assert isinstance(answer, Refused)
    assert answer.problems[0].reason == "the document is too large: more than 256 KiB, and no more is read"
    assert server.sent < 32 * 1024 * 1024  # what fits into the buffers of the two sockets, of 300 MiB
    assert time.monotonic() - start < 4


async def test_the_largest_document_is_read(server, monkeypatch):
    padded = b'{"x": "' + b"x" * (STATUS_LIMIT - 9) + b'"}'
    assert len(padded) == STATUS_LIMIT
    for body, words in ((padded, "is missing"), (padded + b" ", "too large")):
        async with saying(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body) as port:
            answer = await fetch(f"http://127.0.0.1:{port}/")
        assert isinstance(answer, Refused)
        assert words in answer.problems[0].reason


@pytest.mark.parametrize("path", ["/drip", "/hang"])
async def test_a_deadline_holds_for_the_whole_document(server, path):
    start = time.monotonic()
    told = reason(await fetch(server.url(f"{path}?token=secret"), document_deadline=0.2))
    assert told == f"{server.url(path)} did not deliver its document within 0.2 s"
    assert time.monotonic() - start < 2


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"garbage\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01",
        b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nx: " + b"y" * 300_000,
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 999 \xff\r\n\r\n",
    ],
)
async def test_servers_that_do_not_speak_http(raw):
    async with saying(raw) as port:
        assert f"http://127.0.0.1:{port}/s.json " in reason(await fetch(f"http://127.0.0.1:{port}/s.json?token=secret"))


async def test_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert reason(await fetch(f"http://127.0.0.1:{port}/x")) == (
        f"http://127.0.0.1:{port}/x cannot be reached: the connection failed"
    )


# --- secrets, cookies, the environment -----------------------------------------------------------------------------


async def test_what_a_url_hides_in_its_path_stays_escaped(server):
    told = reason(await fetch(server.url("/redirect?to=//other.test/a%250Ab%25E2%2580%25AE")))
    assert told.isprintable()
    assert "//other.test/a%0Ab%E2%80%AE;" in told


async def test_secrets_of_the_url_are_used_and_never_told(server, caplog):
    caplog.set_level(logging.INFO)
    base = f"http://bot:pa%40ss@127.0.0.1:{server.port}"
    answers = [
        await fetch(f"{base}{path}?token=s3cret#frag", document_deadline=0.3)
        for path in (
            "/good/app",
            "/status/500",
            "/status/404",
            "/hang",
            "/text/[",
            "/redirect?to=http://a:b@other.test/",
        )
    ]
    assert isinstance(answers[0], Found)
    assert server.requests[0].headers["authorization"] == "Basic Ym90OnBhQHNz"
    assert server.requests[0].query["token"] == "s3cret"
    told = f"{answers[1:]} {caplog.text}"
    for secret in ("s3cret", "pa%40ss", "pa@ss", "bot:", "Ym90", "frag", "a:b"):
        assert secret not in told


async def test_a_redirect_keeps_the_credentials_at_the_same_origin(server):
    await fetch(f"http://bot:pass@127.0.0.1:{server.port}/redirect?to=/good/app")
    assert [request.headers.get("authorization") for request in server.requests] == ["Basic Ym90OnBhc3M="] * 2


async def test_neither_cookies_nor_passwords_cling_to_a_connection(server):
    wanted = [Wanted("a", f"http://u:p@127.0.0.1:{server.port}/good/a"), Wanted("b", server.url("/good/b"))]
    answers = await documents(wanted, concurrency=1)
    assert all(isinstance(answer, Found) for answer in answers.values())
    assert len(server.connections) == 1
    assert "cookie" not in server.requests[1].headers
    assert "authorization" not in server.requests[1].headers


async def test_the_environment_sets_no_proxy(server, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert isinstance(await fetch(server.url("/good/app")), Found)


# --- what may be fetched at all ------------------------------------------------------------------------------------


NUMBERS = ["127.0.0.1", "2130706433", "0x7f000001", "127.1", "0"]


@pytest.mark.parametrize("host", [*NUMBERS, "localhost", "[::1]", "[::ffff:127.0.0.1]", "[::]"])
async def test_private_addresses_are_refused_before_a_connection(server, host):
    told = reason(await fetch(server.url("/good/app", host), allow_private=False))
    assert told.endswith("is not fetched: it is not on the public internet, and private addresses are not allowed here")
    assert server.requests == []


async def test_one_private_address_among_public_ones_is_enough_to_refuse(server):
    async def mixed(_host: str, _port: int) -> list[str]:
        return ["93.184.215.14", "127.0.0.1"]

    assert "private addresses" in reason(
        await fetch(server.url("/good/app", "x.test"), allow_private=False, resolve=mixed)
    )


async def test_a_name_is_resolved_once_and_the_judged_address_is_used(server):
    """Whoever answers differently the second time (DNS rebinding) is not asked a second time."""
    asked: list[str] = []

    async def rebinding(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    assert isinstance(await fetch(server.url("/good/app", "x.test"), resolve=rebinding), Found)
    assert asked == ["x.test"]
    assert server.requests[0].headers["host"] == f"x.test:{server.port}"


async def test_the_next_address_is_tried_when_one_does_not_answer(server):
    async def two(_host: str, _port: int) -> list[str]:
        return ["127.0.0.2", "127.0.0.1"]

    assert isinstance(await fetch(server.url("/good/app", "x.test"), resolve=two), Found)


async def test_a_name_that_nobody_knows():
    async def unknown(_host: str, _port: int) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    assert reason(await fetch("https://x.test/s.json", resolve=unknown)) == (
        "https://x.test/s.json cannot be reached: its name cannot be resolved"
    )


async def test_only_hosts_of_the_list_are_asked(server):
    allowed = frozenset({"Status.test"})
    assert isinstance(await fetch(server.url("/good/app"), allowed_hosts=frozenset({"127.0.0.1"})), Found)
    assert isinstance(await fetch(server.url("/good/app", "STATUS.test."), allowed_hosts=allowed, resolve=here), Found)
    for url in (server.url("/good/app"), "https://evil.test#status.test", "https://status.test@evil.test/"):
        assert "not on the list of allowed hosts" in reason(await fetch(url, allowed_hosts=allowed, resolve=here))
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://status.test/x", "the source is a http URL, and only https is fetched"),
        ("ftp://status.test/x", "the source is a ftp URL, and only https is fetched"),
        ("file:///etc/passwd", "the source is a file URL, and only https is fetched"),
        ("https://", "the source is a URL without a host"),
        ("https:///x", "the source is a URL without a host"),
        ("https://[::1", "the source is no URL that can be read"),
        ("https://status.test:99999/", "the source is a URL with a port that does not exist"),
        ("https://status.test/\x00\n", "the source is no URL that can be read"),
        ("https://" + "a" * 100_000, "the source is no URL that can be read"),
    ],
)
async def test_sources_that_are_not_fetched(url, words):
    assert reason(await fetch(url, allow_http=False)) == words


# --- TLS -----------------------------------------------------------------------------------------------------------


def trusting() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(TLS / "cert.pem")
    return context


def presenting() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "cert.pem", TLS / "key.pem")
    return context


async def here(_host: str, _port: int) -> list[str]:
    return ["127.0.0.1"]


async def test_tls_asks_for_the_name_and_checks_it_though_an_address_is_connected():
    async with serving(presenting()) as server:
        answer = await fetch(server.url("/good/app", "status.test", "https"), tls=trusting, resolve=here)
        assert isinstance(answer, Found)
        assert server.names == ["status.test"]
        assert server.requests[0].headers["host"] == f"status.test:{server.port}"
        told = reason(await fetch(server.url("/good/app", "other.test", "https"), tls=trusting, resolve=here))
        assert "shows a certificate that is not trusted" in told
        assert len(server.requests) == 1


async def test_a_certificate_that_nobody_vouches_for_is_refused():
    async with serving(presenting()) as server:
        told = reason(await fetch(server.url("/good/app", "status.test", "https"), resolve=here))
        assert told.endswith("shows a certificate that is not trusted: self-signed certificate")
        assert server.requests == []


async def test_https_to_a_server_without_tls(server):
    assert "cannot be reached" in reason(await fetch(server.url("/good/app", scheme="https")))


async def test_a_line_that_broke_is_not_used_again(server):
    paths = ["/good/a", "/drip", "/good/c", "/status/500", "/good/e", "/large", "/good/g"]
    wanted = [Wanted(path.rpartition("/")[2], server.url(path)) for path in paths]
    answers = await documents(wanted, concurrency=1, document_deadline=0.5)
    assert [type(answer) for answer in answers.values()] == [
        Found,
        Unreachable,
        Found,
        Unreachable,
        Found,
        Refused,
        Found,
    ]


async def test_cancelling_the_pass_leaves_nothing_behind(server):
    before = asyncio.all_tasks()
    task = asyncio.create_task(sources().collect([Wanted(f"r{i}", server.url("/hang")) for i in range(5)]))
    await server.until(lambda: len(server.requests) == FIRST)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not [left for left in asyncio.all_tasks() - before if "Sources" in repr(left)]
    await server.until(lambda: server.now == 0)  # the server sees that nobody waits for it any more
