"""Verified bytes to dictionaries: what Bolt's own parser gets wrong, and what nobody should send."""

import json
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.web.payload import event_key, parse
from bot.web.verifier import Refusal

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


def test_a_command_that_speaks_of_a_payload_is_a_command() -> None:
    body = urlencode({"command": "/release", "text": "why payload-service", "empty": ""}).encode()
    assert parse(FORM, body) == {"command": "/release", "text": "why payload-service", "empty": ""}


def test_a_command_with_a_field_named_payload_is_still_a_command() -> None:
    body = urlencode({"command": "/release", "text": "x", "payload": "{}"}).encode()
    assert parse(FORM, body) == {"command": "/release", "text": "x", "payload": "{}"}


def test_a_click_is_the_json_of_its_payload_field() -> None:
    click = {"type": "block_actions", "text": "a=b&c=%20 ü"}
    assert parse(FORM + "; charset=utf-8", urlencode({"payload": json.dumps(click)}).encode()) == click


def test_an_event_is_json_in_any_case_of_the_content_type() -> None:
    assert parse("Application/JSON; charset=UTF-8", b'{"type": "url_verification"}') == {"type": "url_verification"}


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        (JSON, b"", 400), (JSON, b"[]", 400), (JSON, b'"x"', 400), (JSON, b"{", 400), (JSON, b"{} {}", 400),
        (JSON, b'{"a": NaN}', 400), (JSON, b'{"a": -Infinity}', 400), (JSON, b'{"a": "\xff"}', 400),
        (JSON, b"\xef\xbb\xbf{}", 400), (JSON, b'{"a":' * 100_000, 400), (JSON, b"[" * 500_000, 400),
        (JSON, b'{"a": ' + b"1" * 10_000 + b"}", 400), (JSON, "{}".encode("utf-16"), 400),
        (FORM, b"a=\xff", 400), (FORM, b"text=%ff%fe", 400), (FORM, b"&".join([b"a=1"] * 101), 400),
        (FORM, b"payload=", 400), (FORM, b"payload=[]", 400), (FORM, b"payload=nope", 400), (FORM, b"payload=%ff", 400),
        ("text/plain", b"{}", 415), ("", b"{}", 415), ("multipart/form-data", b"{}", 415),
    ],
)  # fmt: skip
def test_what_is_no_payload_is_refused(content_type: str, body: bytes, status: int) -> None:
    answer = parse(content_type, body)
    assert isinstance(answer, Refusal)
    assert answer.status == status


@given(st.sampled_from([FORM, JSON, "x"]), st.binary(max_size=500))
def test_no_bytes_raise(content_type: str, body: bytes) -> None:
    assert isinstance(parse(content_type, body), dict | Refusal)


@given(st.dictionaries(st.text(min_size=1).filter(lambda k: k != "payload"), st.text(), max_size=20))
def test_every_form_comes_back(fields: dict[str, str]) -> None:
    writable = {k: v for k, v in fields.items() if (k + v).isprintable()}
    assert parse(FORM, urlencode(writable).encode()) == writable


@pytest.mark.parametrize(
    "odd",
    [
        {"type": 7}, {"user": 7}, {"team": []}, {"view": "v"}, {"event": []}, {"event": {}}, {"event": {"type": 1}},
        {"event": {"type": "x", "user": 3}}, {"actions": []}, {"actions": {}}, {"actions": [1]}, {"message": 1},
        {"authorizations": [None]}, {"response_urls": 5}, {"enterprise": 1}, {"channel": 1},
    ],
)  # fmt: skip
def test_what_slack_would_not_build_is_refused_instead_of_breaking_bolt(odd: dict[str, object]) -> None:
    assert parse(JSON, json.dumps({"type": "block_actions"} | odd).encode()) == Refusal(400, "not a payload of Slack's")


def test_what_slack_leaves_empty_is_taken() -> None:
    view = {"type": "view_submission", "team": None, "user": {"id": "U1"}, "view": {}, "response_urls": []}
    event = {"type": "event_callback", "event": {"type": "app_home_opened", "user": "U1"}, "authorizations": []}
    for payload in (view, event):
        assert parse(JSON, json.dumps(payload).encode()) == payload


def test_events_are_known_by_their_id_and_nothing_else_is() -> None:
    assert event_key({"type": "event_callback", "event_id": "Ev1"}) == "event:Ev1"
    assert event_key({"type": "event_callback", "event_id": 7}) is None
    assert event_key({"type": "event_callback"}) is None
    assert event_key({"command": "/release", "event_id": "Ev1"}) is None
