"""The arguments of one Web API call, from the query, a form or JSON, with the conversions that Slack makes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from bot.sandbox.refusal import Json, Refused, missing


@dataclass(frozen=True)
class Arguments:
    """What was passed. In a form everything is text, lists and blocks too: those are JSON inside."""

    values: Mapping[str, Json]
    token: str | None

    def text(self, name: str) -> str | None:
        """A text, None when it is absent. Numbers become text."""
        value = self.values.get(name)
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Refused("invalid_arguments", [f"must be a string [json-pointer:/{name}]"])
        return str(value)

    def need(self, name: str) -> str:
        """A text that must be there and not be empty."""
        value = self.text(name)
        if not value:
            raise missing(name)
        return value

    def flag(self, name: str) -> bool:
        """A switch: true, 1 or "1" are on."""
        return self.values.get(name) in (True, 1, "1", "true", "True")

    def number(self, name: str, default: int, most: int, error: str = "invalid_limit") -> int:
        """A whole number from 1 to `most`."""
        value = self.text(name)
        if value is None or value == "":
            return default
        if not value.isascii() or not value.isdigit() or not 1 <= int(value[:9]) <= most:
            raise Refused(error)
        return int(value)

    def nested(self, name: str, error: str) -> Json:
        """JSON: as it is in a JSON body, parsed from text otherwise; None when it is absent. Raises Refused(error)."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError as problem:
            raise Refused(error, [f"{name} is not JSON: {problem}"]) from problem

    def words(self, name: str) -> list[str]:
        """A comma-separated list (or a JSON list of texts)."""
        value = self.values.get(name)
        if isinstance(value, list):
            return [str(one) for one in value]
        return [one.strip() for one in (self.text(name) or "").split(",") if one.strip()]


async def read_arguments(request: web.Request, *, form_only: bool) -> Arguments:
    """Arguments and token of a request. Raises Refused: invalid_json, json_not_object, invalid_form_data.

    `form_only` methods do not look into a JSON body, exactly as Slack's do not.
    """
    values: dict[str, Json] = dict(request.query)
    header = request.headers.get("Authorization", "")
    token = header.removeprefix("Bearer ").strip() if header.startswith("Bearer ") else None
    if request.content_type == "application/json":
        body = await _json_body(request)
        body.pop("token", None)  # in JSON a token belongs into the header; Slack does not look for it here
        values.update({} if form_only else body)
    elif request.content_type in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        try:
            form = await request.post()
        except (ValueError, UnicodeError) as problem:
            raise Refused("invalid_form_data") from problem
        values.update({name: value for name, value in form.items() if isinstance(value, str)})
    elif request.can_read_body:
        raise Refused("invalid_post_type")
    inline = values.pop("token", None)
    return Arguments(values, token or (inline if isinstance(inline, str) and inline else None))


async def _json_body(request: web.Request) -> dict[str, Json]:
    raw = await request.read()
    if not raw:
        return {}
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as problem:
        raise Refused("invalid_json") from problem
    if not isinstance(body, dict):
        raise Refused("json_not_object")
    return body
