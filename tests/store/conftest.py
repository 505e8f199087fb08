"""Stores to test: on a local bare repository, and on such a repository behind file:// or smart HTTP."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.store import GitStore, locate, open_store
from tests.store.http_backend import HttpBackend, serving
from tests.store.kit import Hand, git, render


@dataclass
class World:
    """One repository that everybody means, and how a store reaches it. Every store opened is one more writer."""

    root: Path
    repository: Path
    location: str
    opened: list[GitStore] = field(default_factory=list)

    def store(self, machine: str = "m1", **options: Any) -> GitStore:
        """A store as a process on a machine has it; those of one machine share a clone."""
        place = locate(self.location, cache_dir=self.root / machine)
        self.opened.append(open_store(place, render, durable=False, **options))
        return self.opened[-1]

    def clone(self, machine: str = "m1") -> Path:
        """The clone directory of a machine."""
        return next((self.root / machine / "stores").iterdir())

    def hand(self) -> Hand:
        """A person with a work tree."""
        return Hand(self.repository, self.root / f"hand-{len(list(self.root.glob('hand-*')))}")


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty bare repository, copied for every test."""
    place = tmp_path_factory.mktemp("template") / "plans.git"
    git(place.parent, "init", "--quiet", "--bare", "--template=", str(place))
    return place


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[HttpBackend]:
    """Smart HTTP for the repositories of this test."""
    with serving(tmp_path / "remotes") as server:
        yield server


@pytest.fixture
def make_world(tmp_path: Path, template: Path) -> Iterator[Callable[[str], World]]:
    """Worlds by a pattern for their location; afterwards every repository must be whole."""
    made: list[World] = []

    def make(pattern: str) -> World:
        repository = tmp_path / "remotes" / "plans.git"
        shutil.copytree(template, repository)
        made.append(World(tmp_path, repository, pattern.format(path=repository)))
        return made[-1]

    yield make
    for world in made:
        for store in world.opened:
            store.close()
        complaints = git(world.repository, "fsck", "--full", "--strict", "--no-dangling")
        assert complaints == "", complaints


@pytest.fixture
def local(make_world: Callable[[str], World]) -> World:
    """A local bare repository."""
    return make_world("{path}")


@pytest.fixture
def remote(make_world: Callable[[str], World]) -> World:
    """A remote by file://."""
    return make_world("file://{path}")


@pytest.fixture
def web(make_world: Callable[[str], World], backend: HttpBackend) -> World:
    """A remote over smart HTTP."""
    return make_world(backend.url("plans.git"))


@pytest.fixture(params=["local", "http"])
def world(request: pytest.FixtureRequest) -> World:
    """The same promises wherever the repository is (`test_remote` has file:// as well)."""
    found: World = request.getfixturevalue({"local": "local", "http": "web"}[request.param])
    return found
