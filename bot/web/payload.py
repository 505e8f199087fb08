"""From verified bytes to the dictionary that Bolt works on.

Bolt's own parser takes every form that contains the word `payload` for a click, loses `/release why payload-service`
that way, and answers 500 to bad UTF-8. Here a form is a click only when it has a field of that name and no command.
"""

import json
from collections.abc import Mapping
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from bot.web.verifier import Refusal

Payload = dict[str, Any]

# Bolt looks into these without asking for their types, and fails with a 500 when they are others.
_WORDS_OR_OBJECTS = ("team", "user", "channel", "enterprise")
_OBJECTS = ("event", "view", "message", "previous_message", "container")
_LISTS_OF_OBJECTS = ("actions", "authorizations", "response_urls")

_FORM = "application/x-www-form-urlencoded"
_JSON = "application/json"


def parse(content_type: str, body: bytes) -> Payload | Refusal:
    """Read one request body. 400 for what is not UTF-8, not JSON, not an object; 415 for another content type."""
    kind = content_type.split(";", 1)[0].strip().lower()
    try:
        text = body.decode("utf-8")
        if kind == _JSON:
            return _object(text)
        if kind == _FORM:
            return _form(text)
    except RecursionError:
        return Refusal(400, "nested too deeply")
    except ValueError:  # bad UTF-8, bad JSON, a number of thousands of digits, too many fields
        return Refusal(400, "unreadable body")
    return Refusal(415, "unknown content type")


def _form(text: str) -> Payload | Refusal:
    fields = dict(parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=100))
    if "payload" in fields and "command" not in fields:
        return _object(fields["payload"])
    return dict(fields)


def _object(text: str) -> Payload | Refusal:
    value = json.loads(text, parse_constant=_no_constant)
    if not isinstance(value, dict):
        return Refusal(400, "not an object")
    return value if _as_slack_builds_it(value) else Refusal(400, "not a payload of Slack's")


def _as_slack_builds_it(payload: Payload) -> bool:
    if not isinstance(payload.get("type", ""), str):
        return False
    nested = [payload, *([payload["event"]] if isinstance(payload.get("event"), dict) else [])]
    for part in nested:
        if not all(isinstance(part.get(name), str | dict | None) for name in _WORDS_OR_OBJECTS):
            return False
    if not all(isinstance(payload.get(name), dict | None) for name in _OBJECTS):
        return False
    if isinstance(payload.get("event"), dict) and not isinstance(payload["event"].get("type"), str):
        return False
    if payload.get("actions") == []:
        return False
    return all(_objects(payload.get(name, [])) for name in _LISTS_OF_OBJECTS)


def _objects(value: object) -> bool:
    return value is None or (isinstance(value, list) and all(isinstance(one, dict) for one in value))


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def event_key(payload: Mapping[str, Any]) -> str | None:
    """What identifies an event over all its redeliveries, each of which is signed anew; None for all else."""
    event_id = payload.get("event_id")
    return f"event:{event_id}" if payload.get("type") == "event_callback" and isinstance(event_id, str) else None
