"""What every test shares: property tests that do not depend on the machine's speed, and no word to the outside."""

import socket
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("convoy", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=100)
# `make mutants`: the same few examples for every mutant, so that a verdict can be had again.
settings.register_profile("mutants", settings.get_profile("convoy"), derandomize=True, database=None, max_examples=25)
settings.load_profile("convoy")

_real_connect = socket.socket.connect


@pytest.fixture(autouse=True)
def only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test may open a connection off this machine."""

    def connect(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            host = str(address[0])
            assert host.startswith("127.") or host in ("localhost", "::1"), f"a test opened a connection to {host}"
        _real_connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)
