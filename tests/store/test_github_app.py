"""A store behind a GitHub App: git gets in with its tokens, whenever one of them ends, and what fails is said."""

from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from bot.access_settings import StoreAccess
from bot.credentials import app_api, store_credential
from bot.gitcli import basic
from bot.services.ports import StoreError, StoreUnavailableError
from bot.settings import SettingsError
from bot.store import GitStore, locate, open_store
from tests.github_app.server import APP_ID, Apps, Installation, installed, new_key, pem
from tests.store.conftest import World
from tests.store.http_backend import HttpBackend
from tests.store.kit import ANN, Append, add, git, history, plan_bytes, render, ship
from tests.store.test_store import made

Open = Callable[..., GitStore]


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    return new_key()


@pytest.fixture
def apps(key: RSAPrivateKey) -> Apps:
    return Apps(key.public_key(), installations=[Installation(31, "acme", {"plans"})])


@pytest.fixture
def access(apps: Apps, key: RSAPrivateKey, backend: HttpBackend, tmp_path: Path) -> StoreAccess:
    (tmp_path / "app.pem").write_bytes(pem(key))
    return StoreAccess(
        convoy_github_app_id=APP_ID,
        convoy_github_app_key_file=tmp_path / "app.pem",
        convoy_github_app_api=installed(backend, apps),
    )


@pytest.fixture
def acme(make_world: Callable[[str], World], backend: HttpBackend) -> World:
    """A world whose repository is `acme/plans` of the GitHub."""
    made_here = make_world(backend.url("acme/plans.git"))
    (made_here.root / "remotes" / "acme").mkdir()
    made_here.repository.rename(made_here.root / "remotes" / "acme" / "plans.git")
    made_here.repository = made_here.root / "remotes" / "acme" / "plans.git"
    return made_here


@pytest.fixture
def opened(acme: World, access: StoreAccess) -> Open:
    def make(machine: str = "m1", with_access: StoreAccess = access) -> GitStore:
        credential = store_credential(with_access, acme.location)
        place = locate(acme.location, cache_dir=acme.root / machine)
        acme.opened.append(open_store(place, render, durable=False, deadline=20.0, credential=credential))
        return acme.opened[-1]

    return make


def test_git_gets_in_with_one_token_for_that_repository_alone(acme: World, opened: Open, apps: Apps) -> None:
    store = opened()
    made(store.update("summit", add(), ANN))
    made(store.update("summit", ship("v2", "e1"), ANN))
    store.refresh()
    assert len(apps.given) == 1
    assert apps.bodies == [{"permissions": {"contents": "write"}, "repositories": ["plans"]}]
    assert history(acme.repository, "%s") == ["Ship server v2", "Open the plan Summit 2026 Q1 Launch"]


@pytest.mark.parametrize("lives", range(8))
def test_a_token_that_ends_under_way_is_renewed_and_nothing_is_made_twice(
    lives: int, acme: World, opened: Open, apps: Apps
) -> None:
    """Wherever in these fetches and pushes it is: the first token ends after so many requests of git."""
    hand = acme.hand()
    hand.push({"plans/summit/release_plan.json": plan_bytes()})
    apps.lives = {1: lives}
    store = opened()
    store.refresh()
    made(store.update("summit", Append("one", "e1"), ANN))
    hand.push({"notes.md": b"x"})
    store.refresh()
    made(store.update("summit", Append("two", "e2"), ANN))

    assert len(apps.given) == 2, "the first one ended"
    assert history(acme.repository, "%an") == ["Ann Lee", "Bo Hand", "Ann Lee", "Bo Hand"]


def test_a_token_is_renewed_before_its_end(acme: World, opened: Open, apps: Apps) -> None:
    apps.lifetime = 0.0  # nobody has to wait: this one is over when it comes, so each request is one with a new one
    store = opened()
    with pytest.raises(StoreUnavailableError, match="does not let Convoy in"):
        store.refresh()
    apps.lifetime = 3600.0
    store.refresh()
    given = len(apps.given)
    made(store.update("summit", add(), ANN))
    assert len(apps.given) == given


def test_an_app_that_is_not_let_in_is_told_with_what_to_do(opened: Open, apps: Apps, access: StoreAccess) -> None:
    store = opened()
    apps.installations[0].suspended = True
    with pytest.raises(StoreUnavailableError, match="is suspended: an owner there lifts that"):
        store.refresh()
    apps.installations.clear()
    with pytest.raises(StoreUnavailableError, match="not installed on acme/plans: install it there"):
        opened("m2").refresh()
    with pytest.raises(StoreError, match="not installed on acme/plans"):
        opened("m3").update("summit", add(), ANN)
    other = access.model_copy(update={"convoy_github_app_id": "999"})
    with pytest.raises(StoreUnavailableError, match="knows no GitHub App 999"):
        opened("m4", other).refresh()


def test_a_token_of_the_settings_comes_before_the_app(access: StoreAccess, apps: Apps) -> None:
    given = StoreAccess.model_validate({**access.model_dump(exclude_none=True), "convoy_store_token": "t"})
    api = app_api(access)
    assert api is not None
    assert store_credential(given, f"http://{api.host}/acme/plans.git")("") == basic("x-access-token", "t")
    assert apps.asked == []


@pytest.mark.parametrize(
    "url",
    [
        "https://gitlab.example/acme/plans.git",
        "https://github.com.evil.example/acme/plans.git",
        "https://github.com:8443/acme/plans",
        "https://github.com/acme/plans/more",
        "git@github.com:acme/plans.git",
        "ssh://git@github.com/acme/plans.git",
        "file:///github.com/acme",
        "/github.com/acme/plans",
        "",
    ],
)
def test_the_app_shows_its_tokens_to_its_own_github_alone(url: str, tmp_path: Path) -> None:
    access = StoreAccess(convoy_github_app_id="1", convoy_github_app_key_file=tmp_path / "none")
    assert store_credential(access, url)("") == ""
    for good in ("https://github.com/acme/plans.git", "https://x@GitHub.com:443/acme/plans/"):
        with pytest.raises(StoreUnavailableError, match="CONVOY_GITHUB_APP_KEY_FILE"):
            store_credential(access, good)("")


def test_an_app_that_is_half_set_is_refused(tmp_path: Path) -> None:
    assert app_api(StoreAccess()) is None
    with pytest.raises(SettingsError, match="CONVOY_GITHUB_APP_KEY_FILE: is not set"):
        app_api(StoreAccess(convoy_github_app_id="1"))
    with pytest.raises(SettingsError, match="CONVOY_GITHUB_APP_ID: is not set"):
        store_credential(StoreAccess(convoy_github_app_key_file=tmp_path), "https://github.com/acme/plans")


def test_a_repository_that_the_token_does_not_reach_is_told(acme: World, opened: Open) -> None:
    git(acme.repository, "update-ref", "-d", "refs/heads/main", check=False)
    acme.repository.rename(acme.repository.with_name("away.git"))
    try:
        with pytest.raises(StoreUnavailableError, match="does not let Convoy in"):
            opened().refresh()
    finally:
        acme.repository.with_name("away.git").rename(acme.repository)
