"""The server of `benchmarks/fetching.py`: documents by path, with and without ETags, and GitHub's GraphQL for them.

As little HTTP as can be, in a process of its own. `/plain/NAME` answers 200 with the document, `/tagged/NAME` also 304
to whoever has it, `/graphql` what is asked of the repositories in the variables.
"""

import asyncio
import contextlib
import json
import re
from datetime import UTC, datetime, timedelta
from hashlib import sha1
from typing import Any

NOW = datetime(2026, 11, 1, tzinfo=UTC)
_LENGTH = re.compile(rb"content-length: *([0-9]+)", re.IGNORECASE)


def document(name: str) -> bytes:
    """The status document of a repository."""
    found = {"schemaVersion": "1.0", "repository": name, "status": "ON_TRACK"}
    return json.dumps(found | {"updatedAt": (NOW - timedelta(hours=1)).isoformat()}).encode()


class _Documents(asyncio.Protocol):
    """One connection; what was asked ahead is answered in turn."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._left = b""

    def data_received(self, data: bytes) -> None:
        self._left += data
        while b"\r\n\r\n" in self._left:
            head, _, rest = self._left.partition(b"\r\n\r\n")
            found = _LENGTH.search(head)
            length = int(found[1]) if found else 0
            if len(rest) < length:
                return
            self._left = rest[length:]
            assert isinstance(self._transport, asyncio.Transport)
            self._transport.write(_answer(head, rest[:length]))


def _answer(head: bytes, body: bytes) -> bytes:
    if head.startswith(b"POST"):
        return _ok(_graphql(json.loads(body)), b"")
    way, _, name = head.split(b" ", 2)[1].decode().strip("/").rpartition("/")
    if way == "plain":
        return _ok(document(name), b"")
    tag = b'"%s"' % name.encode()
    if tag in head:
        return b"HTTP/1.1 304 Not Modified\r\netag: " + tag + b"\r\n\r\n"
    return _ok(document(name), b"etag: " + tag + b"\r\n")


def _ok(body: bytes, more: bytes) -> bytes:
    return (
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n%scontent-length: %d\r\n\r\n" % (more, len(body)) + body
    )


def _graphql(question: dict[str, Any]) -> bytes:
    """Oids with three tags and a release, or the texts, of what the variables name."""
    values = question["variables"]
    answer: dict[str, Any] = {
        "rateLimit": {"cost": 1, "remaining": 4000, "resetAt": (NOW + timedelta(hours=1)).isoformat()}
    }
    for key, name in values.items():
        if key[0] == "n":
            text = document(name)
            oid = sha1(b"blob %d\0" % len(text) + text, usedforsecurity=False).hexdigest()
            texts = f"b{key[1:]}" in values
            answer[f"r{key[1:]}"] = (
                {"object": {"oid": oid, "text": text.decode(), "isTruncated": False}}
                if texts
                else _seen(oid, len(text))
            )
    return json.dumps({"data": answer}).encode()


def _seen(oid: str, length: int) -> dict[str, Any]:
    tags = ["0.1.0", "0.2.0", "0.3.0"]
    return {
        "branch": None,
        "head": {"__typename": "Blob", "oid": oid, "byteSize": length, "isBinary": False},
        "refs": {"totalCount": len(tags), "nodes": [{"name": tag} for tag in tags]},
        "releases": {"nodes": [{"tagName": tags[-1], "isDraft": False, "publishedAt": "2026-01-01T00:00:00Z"}]},
    }


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(_Documents, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve())
