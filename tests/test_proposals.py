"""Which credential opens a pull request: the store's own, else the forge's, else the App's where it may."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.access_settings import StoreAccess
from bot.proposals import _token, proposals
from bot.sources.forges import Forge, Kind
from bot.sources.forges.places import Place
from tests.github_app.server import APP_ID, Apps, Installation, installed, new_key, pem
from tests.store.http_backend import HttpBackend, serving

URL = "https://github.com/acme/plans.git"


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[HttpBackend]:
    with serving(tmp_path / "remotes") as server:
        yield server


def _place(host: str = "github.com", token: str | None = None) -> Place:
    secret = SecretStr(token) if token else None
    return Place(Forge(Kind.GITHUB, host, f"https://api.{host}", token=secret), "acme/plans")


def test_the_token_of_the_store_comes_first_and_only_for_a_store_that_it_lets_into(tmp_path: Path) -> None:
    access = StoreAccess(convoy_store_token=SecretStr("own"))
    assert _token(access, URL, _place(token="reads")) == "own"
    assert _token(access, "ssh://git@github.com/acme/plans", _place(token="reads")) == "reads"
    assert _token(access, "ssh://git@github.com/acme/plans", _place()) == ""
    gone = StoreAccess(convoy_store_token_file=tmp_path / "gone")
    assert _token(gone, URL, _place(token="reads")) == "reads"


@pytest.mark.parametrize("pulls", ["write", "none"])
def test_an_app_opens_them_where_it_was_given_the_permission(pulls: str, backend: HttpBackend, tmp_path: Path) -> None:
    key = new_key()
    apps = Apps(key.public_key(), installations=[Installation(31, "acme", {"plans"}, pulls=pulls)])
    (tmp_path / "app.pem").write_bytes(pem(key))
    base = installed(backend, apps)
    app = {"convoy_github_app_id": APP_ID, "convoy_github_app_key_file": tmp_path / "app.pem"}
    access = StoreAccess(**app, convoy_github_app_api=base)  # type: ignore[arg-type]
    host = base.removeprefix("http://").partition("/")[0]

    found = _token(access, f"http://{host}/acme/plans", _place(host))

    assert found == (apps.given[0] if pulls == "write" else "")
    assert _token(access, URL, _place("github.com")) == "", "another GitHub never sees it"
    if pulls == "write":
        permissions = {"contents": "read", "pull_requests": "write"}
        assert apps.bodies == [{"permissions": permissions, "repositories": ["plans"]}]


def test_settings_that_cannot_be_read_are_said_and_a_store_elsewhere_asks_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert proposals(StoreAccess(), "https://git.example/acme/plans.git")("b", "t", "who") is None
    assert proposals(StoreAccess(), URL)("b", "t", "who") is None, "nothing lets in"
    monkeypatch.setenv("CONVOY_GITHUB_HOST", "not a host")
    said = proposals(StoreAccess(), URL)("b", "t", "who")
    assert said is not None
    assert said.startswith("No pull request was opened (CONVOY_GITHUB_HOST")
