"""A person at a terminal for every test, and one warm interpreter for all of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.convoy import Forks, Shell


@pytest.fixture(scope="session")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    running = Forks(tmp_path_factory.mktemp("forks"))
    yield running
    running.close()


@pytest.fixture
def shell(forks: Forks, tmp_path: Path) -> Shell:
    return Shell(tmp_path / "home", forks)
