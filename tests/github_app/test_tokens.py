"""Tokens of an App: asked for as GitHub wants it, renewed in time, and when there is none it is said why."""

import re
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from bot.github_app import AppApi, NoToken, Scope, Tokens
from bot.github_app.tokens import EARLY, PATIENCE
from tests.github_app.server import Apps, Installation, new_key, pem

STORE = Scope("acme", "plans", write=True)
READ = Scope("acme", None, write=False)
Make = Callable[..., AppApi]


class Clock:
    """This machine's time, and whatever more is added."""

    def __init__(self) -> None:
        self.more = 0.0

    def __call__(self) -> float:
        return time.time() + self.more


def token(found: str | NoToken) -> str:
    assert isinstance(found, str), found
    return found


def reason(found: str | NoToken) -> str:
    assert isinstance(found, NoToken), found
    return found.reason


def test_a_token_is_for_one_repository_and_no_more_than_is_needed(api: Make, apps: Apps) -> None:
    assert token(Tokens(api(), STORE).get()) == apps.given[0]
    assert token(Tokens(api(), READ).get()) == apps.given[1]
    assert apps.bodies == [
        {"permissions": {"contents": "write"}, "repositories": ["plans"]},
        {"permissions": {"contents": "read"}},
    ]
    assert apps.asked == [
        "GET /repos/acme/plans/installation", "POST /app/installations/31/access_tokens",
        "GET /orgs/acme/installation", "POST /app/installations/31/access_tokens",
    ]  # fmt: skip


def test_an_installation_that_is_set_is_not_looked_up_and_one_of_a_user_is_found(api: Make, apps: Apps) -> None:
    token(Tokens(api(installation=31), STORE).get())
    assert apps.asked == ["POST /app/installations/31/access_tokens"]
    apps.installations.append(Installation(32, "ann", {"plans"}, organisation=False))
    token(Tokens(api(), Scope("ann", None, write=False)).get())
    assert apps.asked[1:3] == ["GET /orgs/ann/installation", "GET /users/ann/installation"]


def test_a_token_is_kept_until_shortly_before_its_end(api: Make, apps: Apps) -> None:
    clock = Clock()
    tokens = Tokens(api(clock=clock), STORE)
    first = token(tokens.get())
    clock.more = apps.ahead = apps.lifetime - EARLY - 20
    assert tokens.get() == first
    clock.more = apps.ahead = apps.lifetime - EARLY + 20
    second = token(tokens.get())
    assert second != first
    assert apps.given == [first, second]
    assert len(apps.asked) == 3, "where the App is installed is not looked up again"


def test_the_last_minutes_of_a_token_get_over_a_github_that_is_out_of_reach(api: Make, apps: Apps) -> None:
    clock = Clock()
    tokens = Tokens(api(clock=clock), STORE)
    first = token(tokens.get())
    clock.more = apps.ahead = apps.lifetime - EARLY + 20
    apps.refusals = [(503, "x")] * 9
    assert tokens.get() == tokens.get() == first
    assert len(apps.refusals) == 8, "and it is not asked again at once"
    clock.more = apps.ahead = apps.lifetime + 1
    assert "answers 503" in reason(tokens.get())
    apps.refusals.clear()
    clock.more = apps.ahead = apps.lifetime + PATIENCE + 2
    assert token(tokens.get()) == apps.given[1]


def test_a_token_that_is_refused_is_replaced_and_not_for_ever(api: Make, apps: Apps) -> None:
    clock = Clock()
    tokens = Tokens(api(clock=clock), STORE)
    first = token(tokens.get())
    second = token(tokens.get(first))
    assert second != first
    assert tokens.get(first) == second, "somebody replaced it meanwhile"
    assert tokens.get(second) == second, "a new one each time would be without end"
    clock.more = apps.ahead = 61
    assert token(tokens.get(second)) == apps.given[2]


def test_many_threads_cause_one_request_at_a_time_and_one_token(api: Make, apps: Apps) -> None:
    apps.slow = 0.02
    tokens = Tokens(api(), STORE)
    found: list[str | NoToken] = []
    threads = [threading.Thread(target=lambda: found.append(tokens.get())) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(found) == {apps.given[0]}
    assert (len(apps.given), apps.most_at_once) == (1, 1)


@pytest.mark.parametrize("ahead", [-3000, -100, -45, 45, 100, 3000])
def test_clocks_may_differ(ahead: int, api: Make, apps: Apps) -> None:
    clock = Clock()
    apps.ahead = ahead
    tokens = Tokens(api(clock=clock), STORE)
    first = token(tokens.get())
    for passed, same in ((apps.lifetime - EARLY - 20, True), (apps.lifetime - EARLY + 20, False)):
        clock.more, apps.ahead = passed, ahead + passed
        assert (tokens.get() == first) is same, "its end is by the clock of who gave it"


def test_an_installation_that_was_made_anew_is_found(api: Make, apps: Apps) -> None:
    tokens = Tokens(api(), STORE)
    first = token(tokens.get())
    apps.installations[0].number = 77
    assert token(tokens.get(first)) == apps.given[1]
    assert apps.asked[-1] == "POST /app/installations/77/access_tokens"


def refused(api: AppApi, scope: Scope = STORE) -> str:
    said = reason(Tokens(api, scope).get())
    assert not re.search(r"eyJ|ghs_|geheim|---", said), "nothing signed, nothing given, nothing of the key"
    return said


def test_what_is_wrong_with_the_key_is_said(api: Make, key_file: Path, key: RSAPrivateKey) -> None:
    key_file.write_bytes(pem(new_key()))
    assert "CONVOY_GITHUB_APP_ID and CONVOY_GITHUB_APP_KEY_FILE do not belong together" in refused(api())
    key_file.write_bytes(pem(new_key(1024)))
    assert "no RSA key of 2048 bits" in refused(api())
    form, encoding = serialization.PrivateFormat.PKCS8, serialization.Encoding.PEM
    curve = ec.generate_private_key(ec.SECP256R1()).private_bytes(encoding, form, serialization.NoEncryption())
    key_file.write_bytes(curve)
    assert "no RSA key" in refused(api())
    key_file.write_bytes(key.private_bytes(encoding, form, serialization.BestAvailableEncryption(b"geheim")))
    assert "has a passphrase" in refused(api())
    for data in (b"", b"geheim", pem(key)[:500], b"\x00" * 100_000):
        key_file.write_bytes(data)
        assert "is no private key in PEM: make a new one in the App's settings" in refused(api())
    key_file.unlink()
    assert "cannot be read: No such file" in refused(api())


def test_a_key_that_is_replaced_is_used_from_the_next_token(api: Make, apps: Apps, key_file: Path) -> None:
    tokens = Tokens(api(), STORE)
    first = token(tokens.get())
    fresh = new_key()
    apps.public = fresh.public_key()
    key_file.write_bytes(pem(fresh))
    assert token(tokens.get(first)) != first


def test_what_github_does_not_want_is_said_with_what_to_do(api: Make, apps: Apps) -> None:
    assert "knows no GitHub App 999: set CONVOY_GITHUB_APP_ID" in refused(api("999"))
    assert "knows no GitHub App 999" in refused(api("999", installation=31))
    assert "not installed on acme/other: install it there" in refused(api(), Scope("acme", "other", write=True))
    assert "not installed on nobody: install it" in refused(api(), Scope("nobody", None, write=False))
    assert "has no installation 99 at 127.0.0.1" in refused(api(installation=99))
    assert "may not do what Convoy needs on acme/x" in refused(api(installation=31), Scope("acme", "x", write=True))
    apps.installations[0].contents = "read"
    assert "permission Contents: read and write" in refused(api())
    apps.installations[0].suspended = True
    assert "is suspended: an owner there lifts that" in refused(api())


@pytest.mark.parametrize(
    ("status", "message", "said"),
    [
        (500, "oh", "answers 500"),
        (302, "", "answers 302"),
        (429, "", "less often"),
        (403, "API rate limit exceeded", "less often"),
        (403, "Resource not accessible", "may not do what"),
        (201, "no token", "something else than was asked"),
    ],
)
def test_other_answers(status: int, message: str, said: str, api: Make, apps: Apps) -> None:
    apps.refusals = [(status, message)] * 2
    assert said in refused(api())
    apps.refusals = [(status, message)] * 2
    assert said in refused(api(installation=31))


def test_an_answer_that_does_not_end_is_given_up(api: Make, apps: Apps, monkeypatch: pytest.MonkeyPatch) -> None:
    apps.refusals = [(200, "x" * 300_000)]
    assert "cannot be reached" in refused(api())
    monkeypatch.setattr("bot.github_app.api._SECONDS", 0.05)
    apps.slow = 1.0
    assert "cannot be reached where the GitHub App 4711 asks for a token (ReadTimeout)" in refused(api())


def test_nobody_there(key_file: Path) -> None:
    assert "cannot be reached" in refused(AppApi("1", key_file, "http://127.0.0.1:1"))


def test_a_proxy_that_cannot_be_used_is_said_without_its_password(api: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "gopher://me:geheim@127.0.0.1:1")
    said = refused(api())
    assert "a proxy is set in the environment that cannot be used" in said
    assert "geheim" not in said


@pytest.mark.parametrize(
    ("base", "host"),
    [
        ("https://api.github.com", "github.com"),
        ("https://API.Acme.ghe.com", "acme.ghe.com"),
        ("https://code.acme.example/api/v3", "code.acme.example"),
        ("https://api.acme.example/api/v3", "api.acme.example"),
    ],
)
def test_the_host_of_the_repositories_follows_from_the_api(base: str, host: str, key_file: Path) -> None:
    assert AppApi("1", key_file, base).host == host
