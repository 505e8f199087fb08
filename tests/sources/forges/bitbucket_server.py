"""A strict Bitbucket Cloud on loopback: the main branch by name, files by branch, tags in pages; no releases."""

import json
import re
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from tests.sources.forges.forge_server import ForgeServer


class Bitbucket(ForgeServer):
    """Knows no HEAD: a file is asked for by the name of a branch."""

    def _pull(self, path: str, asked: dict[str, Any], *, authorized: bool) -> web.StreamResponse:
        found = re.fullmatch(r"/repositories/([^/]+/[^/]+)/pullrequests", path)
        if found is None or not authorized or found[1].lower() not in self.repos:
            return web.json_response({"type": "error", "error": {"message": "Repository not found"}}, status=404)
        if self.repos[found[1].lower()].forbidden:
            said = {"message": "Your credentials lack one or more required privilege scopes."}
            return web.json_response({"type": "error", "error": said}, status=403)
        assert asked["source"]["branch"]["name"].startswith("convoy/")
        self.pull(found[1], asked["source"]["branch"]["name"], asked["destination"]["branch"]["name"])
        address = f"https://bitbucket.org/{found[1]}/pull-requests/7"  # a second one changes the first
        return web.json_response({"id": 7, "links": {"html": {"href": address}}}, status=201)

    async def speak(self, request: web.BaseRequest) -> web.StreamResponse:
        given = request.headers.get("authorization")
        if given is not None and given != f"Bearer {self.token}":
            return web.json_response({"type": "error"}, status=401)
        if request.method == "POST":
            return self._pull(request.path, await request.json(), authorized=given is not None)
        found = re.fullmatch(
            r"/repositories/([^/]+/[^/]+)(/src/([^/]+)/(.+)|/refs/tags)?", request.raw_path.partition("?")[0]
        )
        repo = self.repos.get(found[1].lower()) if found else None
        if found is None or repo is None or (repo.private and given is None):
            return web.json_response({"type": "error"}, status=404)
        if repo.forbidden:
            return web.json_response({"type": "error"}, status=403)
        if found[2] is None:
            assert request.query["fields"] == "mainbranch.name"
            branch = {"name": repo.default} if repo.default else None
            return self.data(request, json.dumps({"mainbranch": branch}).encode())
        if found[3]:
            data = repo.files.get(unquote(found[3]), {}).get(unquote(found[4]))
            if data is None:
                return web.json_response({"type": "error"}, status=404)
            return self.data(request, data, "application/octet-stream")
        size = int(request.query["pagelen"])
        assert size <= 100
        wanted = re.fullmatch(r'name ~ "([^"]*)"', request.query.get("q", 'name ~ ""'))
        assert wanted is not None
        tags = [tag for tag in repo.tags if wanted[1] in tag]
        page = {"values": [{"name": tag} for tag in tags[:size]]}
        more = {"next": f"{self.base}/next"} if len(tags) > size else {}
        return self.data(request, json.dumps(page | more).encode())
