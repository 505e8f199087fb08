"""A store behind a token: git gets in, the token goes to that host alone, and stands nowhere that others can read."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.credentials import store_credential
from bot.gitcli import basic
from bot.services.ports import StoreRefusedError, StoreUnavailableError
from bot.settings import StoreAccess
from bot.store import GitStore, locate, open_store
from tests.store.conftest import World
from tests.store.http_backend import HttpBackend, _Handler, serving
from tests.store.kit import ANN, add, git, render, ship
from tests.store.test_store import made
from tests.taking_part.kit import guard

TOKEN = "s3cr3t-token-of-the-store"
USER = "x-access-token"


def opened(world: World, credential: Callable[[str], str], machine: str = "m1") -> GitStore:
    store = open_store(
        locate(world.location, cache_dir=world.root / machine),
        render,
        durable=False,
        deadline=5.0,
        credential=credential,
    )
    world.opened.append(store)
    return store


def everything(folder: Path) -> bytes:
    """All that lies in a folder, objects left out: they are deflated."""
    return b"\n".join(
        path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file() and "objects" not in path.parts
    )


@pytest.fixture
def spied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every word that git is started with, in a file."""
    real, words = shutil.which("git"), tmp_path / "words"
    shim = tmp_path / "shim" / "git"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >> {words}\nexec {real} "$@"\n')
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", f"{shim.parent}{os.pathsep}{os.environ['PATH']}")
    return words


def test_the_token_lets_in_and_stands_in_no_argument_url_file_or_message(
    web: World, backend: HttpBackend, spied: Path
) -> None:
    shown = guard(backend, USER, TOKEN)
    store = opened(web, lambda _refused: basic(USER, TOKEN))
    made(store.update("summit", add(), ANN))
    store.refresh()
    header = basic(USER, TOKEN)
    assert set(shown) == {header.removeprefix("Authorization: ")}
    secrets = [TOKEN.encode(), header.rpartition(" ")[2].encode()]
    for place in (spied.read_bytes(), everything(web.clone())):
        assert not any(secret in place for secret in secrets)
    assert b"push" in spied.read_bytes(), "the spy was there"


def test_a_wrong_token_is_told_without_it(web: World, backend: HttpBackend) -> None:
    guard(backend, USER, TOKEN)
    store = opened(web, lambda _refused: basic(USER, "another-token"))
    for doing in (store.refresh, lambda: store.update("summit", add(), ANN)):
        with pytest.raises((StoreUnavailableError, StoreRefusedError)) as told:
            doing()
        assert "another-token" not in str(told.value)
        assert basic(USER, "another-token").rpartition(" ")[2] not in str(told.value)


def test_a_token_that_is_renewed_under_way_is_used_from_the_next_request(
    web: World, backend: HttpBackend, tmp_path: Path
) -> None:
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    guard(backend, USER, TOKEN)
    store = opened(web, store_credential(StoreAccess(convoy_store_token_file=file)))
    made(store.update("summit", add(), ANN))

    guard(backend, USER, "the-next-token")  # the old one has expired
    with pytest.raises(StoreRefusedError):
        store.update("summit", ship("v2", "e1"), ANN)
    file.write_text("the-next-token")
    made(store.update("summit", ship("v2", "e1"), ANN))

    file.unlink()
    with pytest.raises(StoreUnavailableError, match="CONVOY_STORE_TOKEN_FILE cannot be read"):
        store.refresh()


def test_no_token_is_shown_to_a_store_that_is_not_behind_https(remote: World) -> None:
    def never(_refused: str) -> str:
        raise AssertionError("nobody asks for it")

    made(opened(remote, never).update("summit", add(), ANN))


def test_settings_hold_the_token_without_showing_it() -> None:
    access = StoreAccess.model_validate({"convoy_store_token": TOKEN})
    assert TOKEN not in repr(access)
    assert store_credential(access)("") == basic(USER, TOKEN)
    assert store_credential(StoreAccess())("") == ""


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_remote_that_sends_git_to_another_host_is_not_followed(web: World, backend: HttpBackend, method: str) -> None:
    """The other one has the same repository and would take anything: no request gets there, and no token."""
    store = opened(web, lambda _refused: basic(USER, TOKEN))
    head = made(store.update("summit", add(), ANN))
    with serving(web.root / "remotes") as other:
        shown = guard(other, USER, TOKEN)

        class Elsewhere(_Handler):
            def _answer(self, body: bytes) -> None:
                if self.command != method:
                    super()._answer(body)
                    return
                self.send_response(307)
                self.send_header("Location", other.url(self.path.lstrip("/")))
                self.send_header("Content-Length", "0")
                self.end_headers()

        backend.RequestHandlerClass = Elsewhere
        with pytest.raises((StoreRefusedError, StoreUnavailableError)) as failed:
            store.update("summit", ship("v2", "e1"), ANN)
        assert shown == [], "nobody came"
        assert other.requests == []
    assert TOKEN not in str(failed.value)
    assert store.read("summit").commit == head, "reads go on"
    assert git(web.repository, "rev-parse", "main").strip() == head
