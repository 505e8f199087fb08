"""A strict Bitbucket Cloud on loopback: the main branch by name, files by branch, tags in pages; no releases."""

import json
import re
from urllib.parse import unquote

from aiohttp import web

from tests.sources.forges.forge_server import ForgeServer


class Bitbucket(ForgeServer):
    """Knows no HEAD: a file is asked for by the name of a branch."""

    async def speak(self, request: web.BaseRequest) -> web.StreamResponse:
        given = request.headers.get("authorization")
        if given is not None and given != f"Bearer {self.token}":
            return web.json_response({"type": "error"}, status=401)
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
