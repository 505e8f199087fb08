"""A strict GitHub on loopback: GraphQL checked against its schema, with errors inside HTTP 200."""

import json
import re
from pathlib import Path
from typing import Any

from aiohttp import web
from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLObjectType,
    IntValueNode,
    VariableNode,
    Visitor,
    build_schema,
    graphql_sync,
    parse,
    visit,
)

from tests.sources.forges.forge_server import ForgeServer, Repo, oid

SCHEMA = build_schema((Path(__file__).parent / "schema.graphql").read_text("utf-8"))
MOST_REPOSITORIES = 100


def _kind(value: Any, *_: Any) -> str:
    return value["kind"]


SCHEMA.type_map["GitObject"].resolve_type = _kind


class _Strict(Visitor):
    """What GitHub would take but we never do: names written into the query, and pages that are too long."""

    def __init__(self) -> None:
        super().__init__()
        self.repositories = 0

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        for argument in node.arguments or ():
            if node.name.value == "repository" or argument.name.value in ("oid", "query"):
                assert isinstance(argument.value, VariableNode), "a name was pasted into the query"
            if argument.name.value == "first":
                assert isinstance(argument.value, IntValueNode)
                assert int(argument.value.value) <= 100
        self.repositories += node.name.value == "repository"


class GitHub(ForgeServer):
    """`questions`: how many repositories each query asked for. `reset`: when its hour is over."""

    def __init__(self) -> None:
        super().__init__()
        self.questions: list[int] = []
        self.reset = "2026-03-03T10:00:00Z"
        self.most = MOST_REPOSITORIES

    async def speak(self, request: web.BaseRequest) -> web.StreamResponse:
        given = request.headers.get("authorization")
        if given is not None and given != f"Bearer {self.token}":
            return web.json_response({"message": "Bad credentials", "status": "401"}, status=401)
        assert request.headers["user-agent"]
        assert request.headers["accept-encoding"] == "identity"
        if request.path == "/graphql":
            if given is None:
                return web.json_response({"message": "This endpoint requires you to be authenticated."}, status=403)
            return self._graphql(await request.json())
        if request.method == "POST":
            return self._pull(request.path, await request.json(), authorized=given is not None)
        return self._rest(request, authorized=given is not None)

    def _pull(self, path: str, asked: dict[str, Any], *, authorized: bool) -> web.StreamResponse:
        found = re.fullmatch(r"/repos/([^/]+/[^/]+)/pulls", path)
        if found is None or not authorized or found[1].lower() not in self.repos:
            return web.json_response({"message": "Not Found", "status": "404"}, status=404)
        if self.repos[found[1].lower()].forbidden:
            return web.json_response({"message": "Resource not accessible by integration"}, status=403)
        assert asked.keys() == {"title", "head", "base", "body"}
        if not self.pull(found[1], asked["head"], asked["base"]):
            error = {"resource": "PullRequest", "message": f"A pull request already exists for acme:{asked['head']}."}
            return web.json_response({"message": "Validation Failed", "errors": [error]}, status=422)
        return web.json_response({"html_url": f"https://github.com/{found[1]}/pull/7", "number": 7}, status=201)

    def _rest(self, request: web.BaseRequest, *, authorized: bool) -> web.StreamResponse:
        kinds = r"contents/(.+)|tags|releases|git/matching-refs/tags/(.*)"
        found = re.fullmatch(rf"/repos/([^/]+/[^/]+)/({kinds})", request.path)
        repo = self.repos.get(found[1].lower()) if found else None
        if found is None or repo is None or (repo.private and not authorized):
            return web.json_response({"message": "Not Found"}, status=404)
        if repo.forbidden:
            return web.json_response({"message": "Resource protected by SAML enforcement"}, status=403)
        size = int(request.query.get("per_page", "30"))
        assert size <= 100
        if found[3]:
            assert request.headers["accept"] == "application/vnd.github.raw+json"
            assert request.query.get("ref") != "HEAD"  # documented is only to leave it out
            data = repo.blob(f"{request.query.get('ref', 'HEAD')}:{found[3]}")
            if data is None:
                return web.json_response({"message": "Not Found"}, status=404)
            return self.data(request, data, "application/vnd.github.raw+json")
        if found[2] == "tags":
            return self.rows(request, [{"name": tag, "commit": {"sha": "0" * 40}} for tag in repo.tags], size)
        if found[2] == "releases":
            rows = [{"tag_name": t, "draft": d, "prerelease": False, "published_at": p} for t, d, p in repo.releases]
            return self.rows(request, rows, size)
        return self.rows(request, [{"ref": f"refs/tags/{tag}"} for tag in repo.tags if tag.startswith(found[4])], size)

    def _graphql(self, body: dict[str, Any]) -> web.Response:
        strict = _Strict()
        visit(parse(body["query"]), strict)
        self.questions.append(strict.repositories)
        if strict.repositories > self.most:
            return web.json_response({"errors": [{"type": "RESOURCE_LIMITS_EXCEEDED", "message": "too much"}]})
        result = graphql_sync(SCHEMA, body["query"], self._root(), variable_values=body["variables"])
        self.left -= 1
        answer: dict[str, Any] = {"data": result.data}
        if result.errors:
            answer["errors"] = [
                {"message": e.message, "path": e.path} | {"type": (e.extensions or {}).get("type")}
                for e in result.errors
            ]
            assert all(error["type"] for error in answer["errors"]), answer["errors"]
        return web.Response(body=json.dumps(answer).encode(), content_type="application/json")

    def _root(self) -> dict[str, Any]:
        return {
            "repository": lambda _info, owner, name, **_: self._repository(f"{owner}/{name}"),
            "rateLimit": {"cost": 1, "remaining": self.left, "resetAt": self.reset},
        }

    def _repository(self, path: str) -> dict[str, Any]:
        repo = self.repos.get(path.lower())
        if repo is None:
            raise GraphQLError(
                f"Could not resolve to a Repository with the name '{path}'.", extensions={"type": "NOT_FOUND"}
            )
        if repo.forbidden:
            raise GraphQLError("Resource protected by organization SAML enforcement.", extensions={"type": "FORBIDDEN"})
        return {
            "object": lambda _info, expression=None, oid=None: self._object(repo, expression, oid),
            "refs": lambda _info, **given: _refs(repo, **given),
            "releases": lambda _info, **given: _releases(repo, **given),
        }

    def _object(self, repo: Repo, expression: str | None, wanted: str | None) -> dict[str, Any] | None:
        if expression is not None and expression in repo.trees:
            return {"kind": "Tree", "oid": "0" * 40}
        if expression is not None:
            data = repo.blob(expression)
        else:
            every = [data for files in repo.files.values() for data in files.values()]
            data = next((one for one in every if oid(one) == wanted), None)
        return None if data is None else {"kind": "Blob", **self._blob(data)}

    def _blob(self, data: bytes) -> dict[str, Any]:
        def text(_info: Any) -> str | None:
            self.blobs.append(oid(data))
            return None if b"\0" in data else data[: 512 * 1024].decode("utf-8", "replace")

        binary = b"\0" in data
        return {
            "oid": oid(data),
            "byteSize": len(data),
            "isBinary": binary,
            "isTruncated": len(data) > 512 * 1024,
            "text": text,
        }


def _refs(repo: Repo, refPrefix: str, first: int, query: str | None = None, orderBy: Any = None) -> dict[str, Any]:  # noqa: N803
    assert refPrefix == "refs/tags/"
    tags = [tag for tag in repo.tags if query is None or query in tag]
    return {"nodes": [{"name": tag} for tag in tags[:first]], "totalCount": len(tags)}


def _releases(repo: Repo, first: int, orderBy: Any = None) -> dict[str, Any]:  # noqa: N803
    rows = [
        {"tagName": tag, "isDraft": draft, "isPrerelease": False, "publishedAt": published}
        for tag, draft, published in repo.releases
    ]
    return {"nodes": rows[:first], "totalCount": len(rows)}


assert isinstance(SCHEMA.query_type, GraphQLObjectType)
