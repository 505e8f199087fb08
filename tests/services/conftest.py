"""A world for every test; its database and its store are copies of some that were made once."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.delivery.migrations import migrate
from tests.services.world import CAPTAINS, World


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database as `convoy migrate` leaves it."""
    folder = tmp_path_factory.mktemp("migrated")
    migrate(f"sqlite:///{folder / 'convoy.sqlite'}")
    return folder


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the example plan and `captains.json`."""
    made = World(tmp_path_factory.mktemp("opened"))
    made.open_plan()
    made.push("captains.json", CAPTAINS)
    made.store.close()
    return made.repository


@pytest.fixture
async def bare(tmp_path: Path, migrated: Path) -> AsyncIterator[World]:
    """A store without any plan."""
    shutil.copytree(migrated, tmp_path, dirs_exist_ok=True)
    world = World(tmp_path)
    yield world
    await world.close()


@pytest.fixture
async def world(tmp_path: Path, migrated: Path, opened: Path) -> AsyncIterator[World]:
    """The example plan, and who is who."""
    shutil.copytree(migrated, tmp_path, dirs_exist_ok=True)
    shutil.copytree(opened, tmp_path / "plans.git")
    world = World(tmp_path)
    yield world
    await world.close()
