"""Ways to spell an address that is not public, a URL that leads elsewhere, and a name that climbs out.

Made by rule where there is a rule: fifteen addresses, each in every spelling that some resolver or tunnel understands.
"""

from ipaddress import IPv4Address, IPv6Address
from urllib.parse import quote

GOOD = "good.test"
"""The one host that is allowed."""

INSIDE = (
    "127.0.0.1", "10.1.2.3", "172.16.4.5", "192.168.1.1", "169.254.169.254", "100.100.100.200", "0.0.0.0",
    "224.0.0.251",
    "255.255.255.255", "168.63.129.16", "192.0.0.192", "198.18.0.1", "192.0.2.1", "240.0.0.1", "192.88.99.1",
)  # fmt: skip
"""Loopback, private, link-local and CGNAT (metadata), multicast, platforms, benchmark, documentation, reserved."""

INSIDE_6 = (
    "::1", "::", "fe80::1", "fe80::a9fe:a9fe", "febf::1", "fec0::1", "fc00::1", "fd00:ec2::254", "fd20:ce::254",
    "ff02::1",
    "ff0e::1", "2001:db8::1", "3fff::1", "100::1", "2001:10::1", "2001:2::1", "5f00::1", "4000::1",
    "64:ff9b:1::808:808",
    "::808:808", "::ffff:0:808:808", "0:0:0:0:0:0:0:1", "0000:0000:0000:0000:0000:0000:0000:0001", "FE80::1", "::0:1",
    "fe80::1%25eth0", "fe80::1%eth0", "::1%25lo",
)  # fmt: skip


def _embedded(address: str) -> dict[str, str]:
    """An IPv4 address inside an IPv6 one, in every way that was ever standardised."""
    number = int(IPv4Address(address))
    high, low = number >> 16, number & 0xFFFF
    teredo = (0x20010000 << 96) | (int(IPv4Address("65.54.227.120")) << 64) | (number ^ 0xFFFFFFFF)
    by_server = (0x20010000 << 96) | (number << 64) | (int(IPv4Address("8.8.8.8")) ^ 0xFFFFFFFF)
    return {
        "mapped": f"::ffff:{address}",
        "mapped hex": f"::ffff:{high:x}:{low:x}",
        "mapped in full": f"0:0:0:0:0:FFFF:{high:04X}:{low:04X}",
        "compatible": f"::{address}",
        "translated": f"::ffff:0:{high:x}:{low:x}",
        "NAT64": f"64:ff9b::{address}",
        "NAT64 local": f"64:ff9b:1::{high:x}:{low:x}",
        "6to4": f"2002:{high:x}:{low:x}::1",
        "Teredo client": str(IPv6Address(teredo)),
        "Teredo server": str(IPv6Address(by_server)),
        "ISATAP": f"2606:2800:220:1:0:5efe:{high:x}:{low:x}",
    }


def _numeric(address: str) -> dict[str, str]:
    """An IPv4 address as `inet_aton` and browsers read it."""
    number = int(IPv4Address(address))
    a, b, c, d = (number >> shift & 0xFF for shift in (24, 16, 8, 0))
    wide = address.translate({ord("0") + i: 0xFF10 + i for i in range(10)})
    return {
        "dotted": address,
        "trailing dot": f"{address}.",
        "decimal": str(number),
        "hex": f"0x{number:x}",
        "HEX": f"0X{number:08X}",
        "octal": f"0{number:o}",
        "two parts": f"{a}.{number & 0xFFFFFF}",
        "three parts": f"{a}.{b}.{number & 0xFFFF}",
        "octal parts": f"0{a:o}.0{b:o}.0{c:o}.0{d:o}",
        "hex parts": f"0x{a:x}.0x{b:x}.0x{c:x}.0x{d:x}",
        "mixed parts": f"0x{a:x}.{b}.0{number & 0xFFFF:o}",
        "full width": wide,
        "ideographic dots": address.replace(".", "\u3002"),
        "half width dots": address.replace(".", "\uff61"),
        "escaped": quote(address).replace(".", "%2e"),
        "escaped digits": "".join(f"%{ord(sign):02x}" if sign.isdigit() else sign for sign in address),
    }


def inside() -> dict[str, str]:
    """Hosts by what they are, as they stand in a URL; all mean an address that is not public."""
    found = {f"{a} {how}": host for a in INSIDE for how, host in _numeric(a).items()}
    found |= {f"{a} {how}": f"[{host}]" for a in INSIDE for how, host in _embedded(a).items()}
    return found | {f"6: {a}": f"[{a}]" for a in INSIDE_6}


def answers() -> dict[str, list[str]]:
    """What the resolver may say of a name: each holds an address that is not public, alone or beside a public one."""
    found = {a: [a] for a in INSIDE} | {a: [a.replace("%25", "%")] for a in INSIDE_6}
    found |= {f"{a} {how}": [host] for a in INSIDE[:5] for how, host in _embedded(a).items()}
    found |= {f"8.8.8.8 and {a}": ["8.8.8.8", a] for a in INSIDE}
    return found | {
        "nothing": [],
        "no address": ["x"],
        "empty": [""],
        "short": ["127.1"],
        "public, late": ["::1", "8.8.8.8"],
    }


_TRICKS = """
https://good.test@evil.test/ https://good.test:443@evil.test/ https://good.test%40evil.test/
https://good.test:x@evil.test/
https://user:good.test@evil.test/ https://@evil.test/ https://:@evil.test/ https://good.test%00@evil.test/
https://evil.test/#@good.test/ https://evil.test#good.test https://evil.test?good.test
https://evil.test/?x=https://good.test/
https://evil.test/good.test https://evil.test/@good.test https://evil.test/https://good.test/
https://evil.test;good.test/
https://good.test.evil.test/ https://evilgood.test/ https://good.test-evil.test/ https://xgood.test/ https://test/
https://good.test%2eevil.test/ https://good.test%2f@evil.test/ https://good.test%5c@evil.test/
https://good.test%23@evil.test/
https://good.test\\@evil.test/ https://good.test\\.evil.test/ https://evil.test\\@good.test.evil.test/
https:\\\\evil.test/
https:/evil.test/ https:///evil.test/ https:////evil.test/ https:evil.test/ //evil.test/ \\\\evil.test\\share
https:/\\evil.test/ https:\\/evil.test/ https://\\evil.test/ https://evil.test\\good.test/
https://[good.test]@evil.test/
https://evil.test:443/ https://evil.test:0/ https://evil.test:65536/ https://evil.test:-1/ https://evil.test:443:80/
https://evil.test:/
https://evil.test:0x1bb/ https://evil.test:４４３/ https://evil.test:443@good.test@evil.test/
https://good.test@good.test@evil.test/
https://ｅｖｉｌ.test/ https://ⓔvil.test/ https://good．test．evil．test/ https://good。evil.test/ https://xn--vil-zka.test/
https://gооd.test/
https://ĝood.test/ https://good.tést/ https://ß.test/ https://good.test\u200b.evil.test/ https://\u00adevil.test/
https://EVIL.TEST/
https://localhost/ https://LOCALHOST./ https://localhost.localdomain/ https://ip6-localhost/
https://metadata.google.internal/
https://metadata/ https://evil.test./ https://evil.test../ https://.evil.test/ https://..evil.test/
https://good.test../ https://*.test/
http://evil.test/ HTTP://evil.test/ ftp://evil.test/ gopher://evil.test:70/_x file:///etc/passwd
file://evil.test/etc/passwd
dict://evil.test:11211/stats ldap://evil.test/ tftp://evil.test/ jar:https://evil.test!/ javascript:fetch('//evil.test')
data:application/json,{} ws://evil.test/ wss://evil.test/ https+unix://evil/ unix:///run/docker.sock
netdoc:///etc/passwd
HtTpS://evil.test/ https//evil.test/ ://evil.test/ https:evil.test url:https://evil.test/ view-source:https://evil.test/
https://[::1]good.test/ https://[::ffff:evil.test]/ https://[v1.evil]/ https://[]/ https://[good.test]/ https://[::1/
https://::1/
git+https://good.test@evil.test/a.git git+https://evil.test/a.git ssh://good.test@evil.test/a.git
ssh://git@evil.test/a.git
git@evil.test:a/b.git git+ssh://good.test:22@evil.test/a git+http://evil.test/a.git git://evil.test/a.git
git+git://evil.test/a
git+https://good.test\\@evil.test/a.git git+https://good.test.evil.test/a.git git+https://good.test%2f@evil.test/a.git
git+https://evil.test#@good.test/a.git git+https://evil.test?@good.test/a.git https://evil.test/a.git
https://evil.test:8443/a.git
good.test@evil.test:a.git git+file:///etc git+file://evil.test/a.git ext::nc%20evil.test%2080 ftp::ftp://evil.test/a
git+ftp://evil.test/a
git+https://[::1]@evil.test/a.git ssh://good.test%40evil.test/a.git ssh://evil.test%20-oProxyCommand=x/a.git
git+git+https://evil.test/a
github:good.test/../evil.test gitlab:evil.test/x bitbucket:evil.test/x/y/z github:@evil.test/x github://evil.test/x
github:evil.test:80/x
"""
_UNSEEN = [
    f"https://evil.test{sign}/"
    for sign in ("\r\nHost: good.test", "\n", "\r", "\t", "\0", " ", "\x7f", "\u2028", "\u202e")
] + [
    "https://good.test\r\n@evil.test/", "https://good.test\n.evil.test/", "https://good.test\0.evil.test/",
    "ht\ntps://evil.test/",
    "https://good.test\t@evil.test/", "\x01https://evil.test/", "git+https://good.test\n.evil.test/a.git",
    "https ://evil.test/",
    "https://good.test @evil.test/", "git+https://evil.test/a.git\r\nhost: x", "\u00a0https://evil.test/",
    "https:// evil.test/",
]  # fmt: skip


def tricks() -> list[str]:
    """Sources that look like the allowed host, or like no URL, and mean another one."""
    return [*_TRICKS.split(), *_UNSEEN]


def targets() -> list[str]:
    """Where a server at the allowed host may try to send us."""
    found = [source for source in tricks() if "evil" in source and source.isprintable() and source.isascii()][:60]
    hosts = [host for how, host in inside().items() if how.startswith(("127.0.0.1", "169.254"))]
    return [*found, *(f"https://{host}/" for host in hosts), *(f"//{host}/" for host in hosts if host.isascii())]


NAMES = (
    "..", ".", "../outside", "../../outside", "a/../../outside", "./../outside", "/outside", "//outside",
    "outside/..", "a/..",
    "../outside/", "..\\outside", "a\\..\\..\\outside", "..%2foutside", "%2e%2e/outside", "%2e%2e%2foutside",
    "..%5coutside",
    "%252e%252e%252foutside", "..;/outside", "..%00/outside", "../outside\0", "outside\0/..", "..//outside",
    ".../outside",
    "....//outside", "\u2025/outside", "．．/outside", "..\u2215outside", "..\uff0foutside", "..\u2044outside",
    "..%c0%afoutside",
    "~/outside", "$HOME/outside", "file:///outside", "-outside", ".git", ".git/config", ".git/../../outside", "CON",
    "a" * 300,
    "a\n../outside", "\r../outside", " ../outside", "../outside ", "..\t/outside", "..\u200b/outside",
    "\ufeff../outside", "",
)  # fmt: skip
"""Names of repositories that would lead out of a folder of reports, or out of an organisation at a forge."""
