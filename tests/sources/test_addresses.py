"""Which addresses count as public: every disguise of a private one is seen through."""

import pytest

from bot.sources.addresses import is_public, resolve


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "8.8.8.8", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "64:ff9b::808:808"]
)
def test_public(address):
    assert is_public(address)


PRIVATE = """
127.0.0.1 127.255.255.254 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 0.1.2.3
192.0.2.1 198.18.0.1 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255 168.63.129.16 192.0.0.1
::1 :: fe80::1 fe80::1%eth0 fc00::1 fd00:ec2::254 ff02::1 2001:db8::1
::ffff:127.0.0.1 ::ffff:169.254.169.254 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 2002:7f00:1::1 2002:a00:1::
2001:0:7f00:1::1 2001:0:5ef5:79fb:0:0:80ff:fffe
"""


@pytest.mark.parametrize("address", [*PRIVATE.split(), "", "x", "1.2.3", "1.2.3.4.5", "１.１.１.１"])
def test_not_public(address):
    assert not is_public(address)


async def test_names_resolve_to_addresses():
    assert "127.0.0.1" in await resolve("127.0.0.1", 80)
    assert set(await resolve("localhost", 80)) <= {"127.0.0.1", "::1"}
