"""One GitHub with an App that is installed on acme, and the App's key in a file."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from bot.github_app import AppApi
from tests.github_app.server import APP_ID, Apps, Installation, installed, new_key, pem
from tests.store.http_backend import HttpBackend, serving


@pytest.fixture(scope="session")
def key() -> RSAPrivateKey:
    return new_key()


@pytest.fixture
def key_file(key: RSAPrivateKey, tmp_path: Path) -> Path:
    file = tmp_path / "app.pem"
    file.write_bytes(pem(key))
    return file


@pytest.fixture
def apps(key: RSAPrivateKey) -> Apps:
    return Apps(key.public_key(), installations=[Installation(31, "acme", {"plans", "app"})])


@pytest.fixture
def running(tmp_path: Path) -> Iterator[HttpBackend]:
    with serving(tmp_path / "remotes") as server:
        yield server


@pytest.fixture
def base(running: HttpBackend, apps: Apps) -> str:
    return installed(running, apps)


@pytest.fixture
def api(base: str, key_file: Path, apps: Apps) -> Callable[..., AppApi]:
    """The App as Convoy has it; its clock is this machine's unless another one is given."""

    def make(app_id: str = APP_ID, **options: object) -> AppApi:
        return AppApi(app_id, key_file, base, **options)  # type: ignore[arg-type]

    return make
