"""A strict GitLab on loopback: projects by their escaped path, raw files, tags and releases."""

import re
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from tests.sources.forges.forge_server import ForgeServer


class GitLab(ForgeServer):
    """Answers 404 to what may not be seen, as GitLab does."""

    def next_page(self) -> dict[str, str]:
        """It sends a Link as well, as long as no proxy strips it."""
        return {"x-next-page": "2"}

    def _merge(self, path: str, asked: dict[str, Any], *, authorized: bool) -> web.StreamResponse:
        found = re.fullmatch(r"/projects/([^/?]+)/merge_requests", path)
        if found is None or not authorized or unquote(found[1]).lower() not in self.repos:
            return web.json_response({"message": "404 Project Not Found"}, status=404)
        if self.repos[unquote(found[1]).lower()].forbidden:
            return web.json_response({"message": "403 Forbidden"}, status=403)
        if not self.pull(unquote(found[1]), asked["source_branch"], asked["target_branch"]):
            said = ["Another open merge request already exists for this source branch: !7"]
            return web.json_response({"message": said}, status=409)
        return web.json_response({"web_url": f"https://gitlab.com/{unquote(found[1])}/-/merge_requests/7"}, status=201)

    async def speak(self, request: web.BaseRequest) -> web.StreamResponse:
        given = request.headers.get("private-token")
        if given is not None and given != self.token:
            return web.json_response({"message": "401 Unauthorized"}, status=401)
        kinds = r"repository/files/([^/?]+)/raw|repository/tags|releases"
        kinds = r"repository/files/([^/?]+)/raw|repository/tags|releases"
        if request.method == "POST":
            return self._merge(request.raw_path, await request.json(), authorized=given is not None)
        found = re.fullmatch(rf"/projects/([^/?]+)/({kinds})", request.raw_path.partition("?")[0])
        repo = self.repos.get(unquote(found[1]).lower()) if found else None
        if found is None or repo is None or (repo.private and given is None):
            return web.json_response({"message": "404 Project Not Found"}, status=404)
        if repo.forbidden:
            return web.json_response({"message": "403 Forbidden"}, status=403)
        size = int(request.query.get("per_page", "20"))
        assert size <= 100
        if found[3]:
            data = repo.blob(f"{request.query['ref']}:{unquote(found[3])}")
            if data is None:
                return web.json_response({"message": "404 File Not Found"}, status=404)
            return self.data(request, data, "text/plain")
        if found[2] == "repository/tags":
            assert request.query["order_by"] in ("name", "updated", "version")
            search = request.query.get("search", "^")
            assert search.startswith("^")
            return self.rows(request, [{"name": tag} for tag in repo.tags if tag.startswith(search[1:])], size)
        rows = [{"tag_name": t, "upcoming_release": later, "released_at": at} for t, later, at in repo.releases]
        return self.rows(request, rows, size)
