"""Strict JSON: the whole JSON test suite, what is refused on which line, and two readers that must agree."""

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.release import documents
from bot.release.documents import PLAN_LIMIT, STATUS_LIMIT, check, parse_json, parse_plan, parse_status
from bot.release.ga_status import StatusDocument
from bot.release.plan import Problem
from tests.release.papers import JSON, STATUS

SUITE = sorted((Path(__file__).parents[1] / "data/json-test-suite").glob("*.json"))
REFUSED_ON_PURPOSE = {"y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json"}


@pytest.mark.parametrize(
    ("data", "line", "reason"),
    [
        (b"", 1, "the file is empty"),
        (b" \n\n", 1, "the file is empty"),
        (b"[]", 1, "the document must be an object ({…}), not a list"),
        (b"null", 1, "the document must be an object ({…}), not null"),
        (b'\xef\xbb\xbf{"x": 1}', 1, "the file begins with a byte order mark (BOM); save it as UTF-8 without one"),
        (b'{\n"x": "\xff"}', 2, "byte 0xff is not UTF-8; save the file as UTF-8"),
        ('{"x": 1}'.encode("utf-16"), 1, "the file is not UTF-8; it looks like UTF-16. Save it as UTF-8"),
        (b'{\n"x": NaN}', 2, "x: NaN is not a number in JSON; write null"),
        (b'{"x": [0, -Infinity]}', 1, "x[1]: -Infinity is not a number in JSON; write null"),
        (b'{"x":\n1e400}', 2, "x: the number 1e400 is too large"),
        (b'{"x": ' + b"9" * 4001 + b"}", 1, "x: a number of 4,001 signs is too long; at most 4,000 are read"),
        (b'{"a": 1,\n"b": {"c": 1,\n"c": 2}}', 3, 'b: the name "c" stands twice in one object, first on line 2'),
        (b'{"a": 1,\n"\\u0061": 2}', 2, 'the name "a" stands twice in one object, first on line 1'),
        (b'{"x":\n"\\ud800"}', 2, r"x: an escape between \ud800 and \udfff stands without its other half"),
        (b'{"x": {"\\udc00": 1}}', 1, r"x: an escape between \ud800 and \udfff stands without its other half"),
        (b'{"x": ' + b"[" * 64 + b"]" * 64 + b"}", 1, "nested deeper than 64 levels"),
        (b"[" * 100_000, 1, "nested deeper than 64 levels"),
        (b'{"x":\n' * 10_000, 65, "nested deeper than 64 levels"),
        (b'{"x": 1}\n{}', 2, 'there is more after the end of the document: "{"'),
        (b'{"x": 1,\n}', 2, "there is a comma before }; take it away"),
        (b'{"x": [1\n, 2', 2, "the file ends inside the list that begins on line 1"),
        (b'{"x": 1', 1, "the file ends inside the object that begins on line 1"),
        (b'{"x":', 1, "the file ends where a value should stand"),
        (b'{"x": "y\n}', 1, "a string holds a raw line break; close the string with a double quote, or escape it"),
        (b'{"x": "y', 1, "the file ends inside the string that begins on line 1"),
        (b'{"x": "\\q"}', 1, r'"\q" is no escape that JSON knows'),
        (b"{'x': 1}", 1, 'expected a name in double quotes, not "\'"; strings stand in plain double quotes'),
        (b"{x: 1}", 1, 'expected a name in double quotes, not "x"'),
        (b'{"x" 1}', 1, 'expected a colon after "x", not "1"'),
        (b'{"x": 1\n"y": 2}', 2, "expected a comma or } (the object begins on line 1), not a string"),
        (b'{"x": 1 // one\n}', 1, "expected a comma or } (the object begins on line 1), not a comment: JSON has none"),
        (b'{"x": 1, /* one */ "y": 2}', 1, "expected a name in double quotes, not a comment: JSON has none"),
        (b'{"x": # one\n1}', 1, "expected a value, not a comment: JSON has none"),
        (b'{"x": True}', 1, 'expected a value, not "True"; write true'),
        (b'{"x": None}', 1, 'expected a value, not "None"; write null'),
        (b'{"x": 007}', 1, 'expected a value, not "007"; a number has no zeros in front'),
        (b'{"x": +1}', 1, 'expected a value, not "+1"'),
        (b'{"x": \x00}', 1, 'expected a value, not "\ufffd"'),
    ],
)
def test_what_is_not_json_is_refused_with_line_and_reason(data, line, reason):
    for parse in (parse_plan, parse_status):
        found = parse(data)
        assert isinstance(found, tuple)
        assert (line, reason) in [(problem.line, problem.reason) for problem in found]


def test_too_large_is_refused_before_it_is_read():
    (plan,) = parse_plan(b" " * (PLAN_LIMIT + 1))
    (status,) = parse_status(b" " * (STATUS_LIMIT + 1))
    assert plan == Problem(0, "the file is too large: 16,777,217 bytes, and at most 16 MiB are read")
    assert status == Problem(0, "the file is too large: 262,145 bytes, and at most 256 KiB are read")
    assert isinstance(parse_status(STATUS.encode() + b" " * (STATUS_LIMIT - len(STATUS))), StatusDocument)
    (many,) = parse_plan(b'{"x": [' + b"1," * 1_000_001 + b"1]}")
    assert many == Problem(0, "the file holds more than 1,000,000 values, which no document of ours does")


@pytest.mark.timeout(60)  # a parser that looks twice at every sign would need days
def test_hostile_nesting_and_long_texts_come_to_an_end():
    for data in (
        b"[" * 5_000_000,
        b'{"a":' * 1_000_000,
        b'"' + b"\\" * 9_999_999,
        b'["' + b"\\u0041" * 1_000_000 + b'", tru]',
    ):
        assert isinstance(parse_json(data), tuple)


def test_the_suite_is_there():
    assert len(SUITE) == 318


@pytest.mark.parametrize("path", SUITE, ids=lambda path: path.stem[:60])
def test_json_test_suite(path):
    data = path.read_bytes()
    found = parse_json(data)
    refused = isinstance(found, tuple)
    if path.name.startswith("n_") or path.name in REFUSED_ON_PURPOSE:
        assert refused
    elif path.name.startswith("y_"):
        assert not refused, found
        assert found == json.loads(data)
    if refused:
        assert all(problem.reason and problem.line >= 0 for problem in found)
        assert not any("cannot be read" in problem.reason or "Expecting" in problem.reason for problem in found), found
    assert isinstance(parse_plan(data), tuple)
    assert isinstance(parse_status(data), tuple)


@given(JSON)
def test_what_is_written_is_read_back_and_laid_out_as_usual(value):
    data = documents.dump_json(value)
    assert data.decode() == json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    assert parse_json(data) == value
    assert parse_json(json.dumps(value).encode()) == value


@given(JSON, st.data())
def test_broken_json_is_refused_by_both_readers_or_by_none(value, data):
    text = json.dumps(value, indent=1)
    at = data.draw(st.integers(0, len(text)))
    cut = data.draw(st.integers(0, 3))
    new = data.draw(st.text(alphabet='{}[]",:0123456789.eE+-\\untrfalsNI \n\x00é', max_size=3))
    broken = text[:at] + new + text[at + cut :]
    found = parse_json(broken.encode())
    try:
        strict = json.loads(broken, parse_constant=lambda word: 1 / 0)
    except (ValueError, ZeroDivisionError):
        assert isinstance(found, tuple)
        assert not any("cannot be read" in problem.reason for problem in found), broken
    else:
        allowed = ("stands twice", "too large", "without its other half")
        assert found == strict or all(any(word in p.reason for word in allowed) for p in found), (broken, found)


@given(st.binary(max_size=200))
def test_no_bytes_crash(data):
    for found in (parse_plan(data), parse_status(data), check(data, "x")):
        assert isinstance(found, tuple)
        assert all(isinstance(problem, Problem) and problem.reason for problem in found)


def test_what_json_cannot_say_is_not_written():
    for value in (float("nan"), float("inf"), {1: 2}, {"x": object()}, {"x": date(2026, 3, 15)}, "\ud800"):
        with pytest.raises((TypeError, ValueError)):
            documents.dump_json(value)


@pytest.mark.parametrize("text", [r'["\u"]', r'["\u12"]', r'{"a\u": 1}', r'["\u0041\u0z00"]'])
def test_half_an_escape_is_told_on_every_python(text: str) -> None:
    problem = parse_json(text.encode(), STATUS_LIMIT)
    assert isinstance(problem, tuple)
    assert problem[0].reason == r'"\u" is no escape that JSON knows'
