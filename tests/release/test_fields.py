"""The fields of both documents: which words, dates, moments, names and zones are read, and in which words refused."""

import json
import re
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from bot.release.fields import is_organisation
from bot.release.ga_status import GaStatus
from bot.release.plan import Plan, Repository
from bot.release.status import Status
from tests.release.papers import PLAN, STATUS, plan_problems, plan_with, read, status_problems, status_with

ZONES = ["Mars/Phobos", "america", "America", "../etc/passwd", "/etc/localtime", "UTC ", "", "Europe\\Berlin", "\x00"]


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("RELEASED", Status.RELEASED),
        ("at-risk", Status.AT_RISK),
        (" Not started ", Status.NOT_STARTED),
        ("green", Status.UNKNOWN),
        ("", Status.UNKNOWN),
    ],
)
def test_status_words_of_a_repository(word, status):
    assert read(status_with(status=word)).status is status


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-03T06:08:49Z", datetime(2026, 3, 3, 6, 8, 49, tzinfo=UTC)),
        ("2026-03-03t06:08z", datetime(2026, 3, 3, 6, 8, tzinfo=UTC)),
        ("2026-03-03 09:30:00.123456789+01:00", datetime(2026, 3, 3, 8, 30, 0, 123456, tzinfo=UTC)),
        ("2026-03-03T09:30:00,5-0330", datetime(2026, 3, 3, 13, 0, 0, 500000, tzinfo=UTC)),
    ],
)
def test_moments(text, moment):
    assert read(status_with(updatedAt=text)).updated_at == moment


def test_a_version_with_a_line_break_from_a_shell_is_read_without_it():
    assert read(status_with(version="v1.5.0\n")).version == "v1.5.0"


@pytest.mark.parametrize(
    "value", [5, 1.5, True, [], {}, "2026-3-15", "15.03.2026", "2026-03-15T00:00:00", "2026-13-01", ""]
)
@pytest.mark.parametrize("field", ["releaseDate", "etaDate"])
def test_only_plain_dates_are_dates(field, value):
    problems = (
        plan_problems(plan_with(**{field: value}))
        if field == "releaseDate"
        else status_problems(status_with(**{field: value}))
    )
    assert len(problems) == 1
    assert field in problems[0]


@pytest.mark.parametrize(
    "value", ["1969-12-31", "3000-01-01", "0001-01-01", "9999-12-31", "2026-02-29", "٢٠٢٦-٠٣-١٥", "2026-03-15\n"]
)
def test_dates_that_are_none_or_implausible(value):
    assert len(plan_problems(plan_with(releaseDate=value))) == 1


@pytest.mark.parametrize(
    "value",
    [
        1700000000,
        None,
        "yesterday",
        "2026-03-03",
        "06:08Z",
        "2026-03-03T06:08:49",
        "2026-03-03T24:01:00Z",
        "2026-02-30T00:00:00Z",
        "2026-W10-2T06:08:49Z",
        "0001-01-01T00:00:00+14:00",
        "2026-03-03T06:08:49+25:00",
    ],
)
def test_what_is_no_moment_with_a_zone_is_refused(value):
    (problem,) = status_problems(status_with(updatedAt=value))
    assert problem.startswith("s:1: updatedAt: ")


@pytest.mark.parametrize("name", ["", " ", "\u200b\u2060", "a\nb", "a\x00", "\x7f", "a\u2028b", "x" * 301, "\t"])
def test_names_that_nobody_can_see_or_type_are_refused(name):
    raw = json.loads(PLAN)
    raw["releaseGroups"][0]["name"] = name
    raw["releaseGroups"][0]["repositories"][0]["dependencies"][0]["name"] = name
    raw["releaseGroups"][1]["repositories"][0]["name"] = name
    assert len(plan_problems(json.dumps(raw))) == 3
    assert len(status_problems(status_with(repository=name))) == 1


@pytest.mark.parametrize("zone", ZONES)
def test_unknown_time_zones_are_refused(zone):
    (problem,) = plan_problems(plan_with(timezone=zone))
    assert "timezone" in problem


@pytest.mark.parametrize("version", ["1", "1.0", "1.7.3", "1.x", "01.0"])
def test_any_one_of_the_format_is_read(version):
    assert status_problems(status_with(schemaVersion=version)) == plan_problems(plan_with(schemaVersion=version)) == []


@pytest.mark.parametrize("version", ["2", "0.9", "10.0", "v1", "1.", "", "one", "١", 1, 1.0, None])
def test_another_major_version_is_refused(version):
    assert len(status_problems(status_with(schemaVersion=version))) == 1
    assert len(plan_problems(plan_with(schemaVersion=version))) == 1


@pytest.mark.parametrize("hours", [0, -1, 876001, "5", True, [5]])
def test_hours_that_make_no_sense_are_refused(hours):
    assert len(status_problems(status_with(ttlHours=hours))) == 1


def test_no_word_of_the_validator_leaks():
    """Every field with every wrong type: sentences of ours only."""
    leaks = re.compile(r"Input|should|valid |tuple|dict|NoneType|pydantic|str\b|Value error|pattern")
    for text, fields, problems in ((PLAN, Plan, plan_problems), (STATUS, GaStatus, status_problems)):
        for field in fields.model_fields.values():
            for value in (None, True, 5, 1.5, "\x01", "x" * 3000, [], [5], [[]], {}, {"a": 1}, [{}], [{"name": 5}]):
                for problem in problems(json.dumps(json.loads(text) | {field.alias: value})):
                    assert not leaks.search(problem), problem


@pytest.mark.parametrize(
    "text",
    ["acme", "github:", "github:../x", "github:a b", "http://github.com/acme", "https://u:p@github.com/acme",
     "svn:acme", "github:acme\n",
     "https://github.com", "https://github.com/", "https://github.com/a?b", "github:acme//x", ""],
)  # fmt: skip
def test_what_is_no_organisation(text):
    assert not is_organisation(text)


@pytest.mark.parametrize("text", ["github:acme", "gitlab:group/sub", "bitbucket:ws", "https://code.example:8443/acme/"])
def test_organisations(text):
    assert is_organisation(text)


PACKAGES = """
pypi:a pypi:requests pypi:zope.interface pypi:ruamel_yaml pypi:A-b
npm:react npm:@scope/name npm:@a-b/c.d_e npm:JSONStream npm:~x npm:-x
"""
NO_PACKAGES = """
requests pypi: npm: cargo:x PYPI:x pypi:-a pypi:a- pypi:.a pypi:a/b pypi:.. pypi:a%2fb pypi:é
npm:.a npm:.. npm:@a npm:@a/ npm:@/a npm:@a/b/c npm:@a/../b npm:@../b npm:a/b npm:a%2fb npm:@a/b?x npm:@a/b#x npm:a\\b
npm:．． npm:@@a/b
"""
UNSEEN = ["", "pypi:a b", "pypi:a\n", "npm:a\0", "pypi:" + "a" * 201]


@pytest.mark.parametrize("text", PACKAGES.split())
def test_packages(text):
    assert Repository.model_validate({"name": "a", "packages": [text]}).packages == (text,)


@pytest.mark.parametrize("text", [*NO_PACKAGES.split(), *UNSEEN])
def test_what_is_no_package(text):
    with pytest.raises(ValidationError):
        Repository.model_validate({"name": "a", "packages": [text]})
