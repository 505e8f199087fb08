"""A strict package index on loopback: the simple API as JSON below /simple/, npm documents below /npm/.

It knows a package by the one spelling that its protocol prescribes, answers only who asks for the short form, and
counts what was asked. Faults are those of the simulated forges.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.sources.forges.forge_server import ForgeServer

SIMPLE = "application/vnd.pypi.simple.v1+json"
SHORT = "application/vnd.npm.install-v1+json"


@dataclass
class Shelf:
    """One package: what its document lists, as the index spells it."""

    files: list[dict[str, Any]] = field(default_factory=list)
    versions: dict[str, dict[str, Any]] = field(default_factory=dict)


class IndexServer(ForgeServer):
    """Both protocols; packages by the path that they have."""

    def __init__(self) -> None:
        super().__init__()
        self.shelves: dict[str, Shelf] = {}

    def pypi(self, name: str, *versions: str, **yanked: bool) -> Shelf:
        """A package with a wheel and a source archive of each version."""
        shelf = Shelf()
        for version in versions:
            for ending in ("-py3-none-any.whl", ".tar.gz"):
                self.add_file(shelf, f"{name.replace('-', '_')}-{version}{ending}")
        self.shelves[f"/simple/{name}/"] = shelf
        return shelf

    def add_file(self, shelf: Shelf, filename: str, **more: Any) -> None:
        uploaded = f"2026-03-0{len(shelf.files) % 9 + 1}T10:00:00.000000Z"
        shelf.files.append(
            {"filename": filename, "url": "https://files.example/x", "hashes": {}, "upload-time": uploaded} | more
        )

    def npm(self, name: str, *versions: str) -> Shelf:
        shelf = Shelf(versions={v: {"name": name, "version": v, "dist": {"tarball": "x"}} for v in versions})
        self.shelves[f"/npm/{name.replace('/', '%2F')}"] = shelf
        return shelf

    async def speak(self, request: web.BaseRequest) -> web.StreamResponse:
        assert request.method == "GET"
        assert "authorization" not in request.headers
        assert request.headers["accept-encoding"] == "identity"
        shelf = self.shelves.get(request.raw_path)
        if shelf is None:
            return web.json_response({"message": "Not Found"}, status=404)
        if request.raw_path.startswith("/simple/"):
            assert request.headers["accept"] == SIMPLE
            name = request.raw_path.split("/")[2]
            page = {"meta": {"api-version": "1.1"}, "name": name, "files": shelf.files}
            return self.data(request, json.dumps(page).encode(), SIMPLE)
        assert request.headers["accept"] == SHORT
        name = request.raw_path.removeprefix("/npm/").replace("%2F", "/")
        document = {"name": name, "modified": "2026-03-01T10:00:00.000Z", "dist-tags": {}, "versions": shelf.versions}
        return self.data(request, json.dumps(document).encode(), SHORT)
