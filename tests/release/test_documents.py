"""Documents: accepted whole, or refused with every problem, its line and a reason; and nothing whatever crashes."""

import copy
import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.release import documents, rules
from bot.release.documents import MOST_PROBLEMS, PLAN_LIMIT, STATUS_LIMIT, check, parse_plan, parse_status
from bot.release.ga_status import GaStatus, StatusDocument
from bot.release.plan import Plan, PlanDocument, Problem
from bot.release.status import PlanStatus, Status
from tests.release.papers import JSON, PLAN, STATUS, plan_problems, plan_with, read, status_problems, status_with

ROOT = Path(__file__).parents[2]
NAUGHTY = json.loads((ROOT / "tests/data/naughty-strings/blns.json").read_text("utf-8"))


# --- what is accepted ------------------------------------------------------------------------------------------------


def test_the_plan_of_the_product():
    document = parse_plan(PLAN.encode())
    assert isinstance(document, PlanDocument)
    plan = document.plan
    assert (plan.release_name, plan.release_date, plan.status) == (
        "Summit 2026 Q1 Launch",
        date(2026, 3, 15),
        PlanStatus.PLANNING,
    )
    assert [(g.name, r.name, r.version, r.status) for g, r in plan.repositories()] == [
        ("Product A", "summit-app", "v3.0.0", Status.ON_TRACK),
        ("Platform", "intelgraph-server", None, Status.AT_RISK),
    ]
    assert documents.dump_json(document.raw) == PLAN.encode()


def test_statuses_of_a_plan_in_any_case():
    text = plan_with(status="In-Progress").replace("ON_TRACK", "on track").replace("AT_RISK", "at_risk")
    document = parse_plan(text.encode())
    assert isinstance(document, PlanDocument)
    assert document.plan.status is PlanStatus.IN_PROGRESS
    assert [r.status for _, r in document.plan.repositories()] == [Status.ON_TRACK, Status.AT_RISK]
    assert document.raw["status"] == "In-Progress"


def test_every_optional_field_of_a_plan():
    raw = json.loads(PLAN) | {
        "schemaVersion": "1.2",
        "lead": "Lead",
        "channel": "#summit",
        "organisation": "github:acme",
        "timezone": "Europe/Berlin",
        "digest": {"at": "17:30", "days": "mon,wed-fri", "enabled": False},
        "milestones": [{"name": "freeze", "date": "2026-03-01"}],
        "alertWindowDays": 0,
        "staleAfterHours": 24,
    }
    repository = raw["releaseGroups"][0]["repositories"][0]
    repository |= {"source": "https://x.example/s.json", "tagPrefix": "app/", "eta": "2026-03-10"}
    repository["packages"] = ["pypi:requests", "npm:@scope/name"]
    repository["waivers"] = [{"cause": "common-utils", "captain": "bo", "until": "2026-03-09", "reason": "known"}]
    repository["dependencies"][0]["needBy"] = "2026-03-05"
    document = parse_plan(json.dumps(raw).encode())
    assert isinstance(document, PlanDocument)
    plan = document.plan
    assert plan.organisation == "github:acme"
    assert (plan.timezone, plan.digest.at, plan.digest.enabled, plan.stale_after_hours) == (
        "Europe/Berlin",
        "17:30",
        False,
        24,
    )
    row = plan.release_groups[0].repositories[0]
    assert row.packages == ("pypi:requests", "npm:@scope/name")
    assert (row.tag_prefix, row.eta, row.waivers[0].until) == ("app/", date(2026, 3, 10), date(2026, 3, 9))
    assert row.dependencies[0].need_by == date(2026, 3, 5)
    assert documents.plan_from_raw(raw) == document
    assert Plan.model_validate_json(json.dumps(raw)) == plan


def test_the_examples_of_the_page_are_accepted_and_name_every_field():
    page = (ROOT / "docs/status-documents.md").read_text("utf-8")
    examples = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    assert len(examples) == 2
    for example in examples:
        assert check(example.encode(), "ga_status.json") == ()
        assert documents.dump_json(json.loads(example)).decode() == example
    fields = {field.alias for field in GaStatus.model_fields.values()}
    assert fields == set(json.loads(examples[1]))
    assert {row.split("`")[1] for row in page.splitlines() if row.startswith("| `")} == fields


def test_null_and_unknown_fields_of_a_status_document_do_no_harm():
    optional = [field.alias for field in GaStatus.model_fields.values() if not field.is_required()]
    nothing = dict.fromkeys(optional)
    status = read(status_with(**nothing, mood={"deep": [1, None]}))
    assert (status.version, status.ttl_hours, status.blockers, status.checks, dict(status.links)) == (
        None,
        None,
        (),
        (),
        {},
    )


# --- what is refused, with every problem and its line ----------------------------------------------------------------


def test_every_problem_of_a_plan_at_once():
    text = """{
  "releaseName": " ",
  "releaseDate": 20260315,
  "status": "plannin",
  "timezone": "europe/berln",
  "digest": {"at": "9:00",
             "days": "1-5", "enabled": 1},
  "releaseGroups": [
    { "name": "A", "lead": 5,
      "repositories": [
        {"name": "a",
         "version": 1.10, "dependencies": null},
        {"name": "a", "status": "ON TRCK",
         "dependencies": [{"nam": "x",
                           "needBy": "2026-02-30"}, 7]},
        {"name": "b\\n", "version": "",
         "eta": "2026-03-15T00:00:00"}
      ] } ],
  "alertWindowDays": 14.5, "staleAfterHours": 0,
  "milestones": {}
}"""
    second = "releaseGroups[0].repositories[1]"
    near = "; did you mean Europe/Berlin or Europe/Dublin or Europe/Belfast?"
    words = "NOT_STARTED, ON_TRACK, AT_RISK, BLOCKED, READY, RELEASED, DROPPED, UNKNOWN"
    assert plan_problems(text) == [
        'p:2: releaseName: must hold something that can be seen, not " "',
        "p:3: releaseDate: must be a date as a string, like 2026-03-15, not a number",
        'p:4: status: must be one of PLANNING, IN_PROGRESS, RELEASED, CANCELLED, not "plannin"; did you mean PLANNING?',
        f'p:5: timezone: "europe/berln" is no time zone; write one like Europe/Berlin or UTC{near}',
        'p:6: digest.at: must be a time of day like 09:00, not "9:00"',
        'p:7: digest.days: must be days like mon-fri or mon,wed,fri, not "1-5"',
        "p:7: digest.enabled: must be true or false, not a number",
        "p:9: releaseGroups[0].lead: must be a string or null, not a number",
        "p:12: releaseGroups[0].repositories[0].version: must be a string or null, not a number",
        "p:12: releaseGroups[0].repositories[0].dependencies: must be a list, not null",
        f'p:13: releaseGroups[0].repositories[1].status: must be one of {words}, not "ON TRCK"; did you mean ON_TRACK?',
        f'p:13: {second}.name: "a" is in this group already, at releaseGroups[0].repositories[0]',
        "p:14: releaseGroups[0].repositories[1].dependencies[0].name: is missing",
        'p:15: releaseGroups[0].repositories[1].dependencies[0].needBy: "2026-02-30" is no day of the calendar',
        "p:15: releaseGroups[0].repositories[1].dependencies[1]: must be an object, not a number",
        'p:16: releaseGroups[0].repositories[2].name: must be one line without control characters, not "b\ufffd"',
        "p:16: releaseGroups[0].repositories[2].version: must not be empty",
        'p:17: releaseGroups[0].repositories[2].eta: must be a plain date like 2026-03-15, not "2026-03-15T00:00:00"',
        "p:19: alertWindowDays: must be a whole number, not 14.5",
        "p:19: staleAfterHours: must be at least 1, not 0",
        "p:20: milestones: must be a list, not an object",
    ]


def test_every_problem_of_a_status_document_at_once():
    text = """{
  "schemaVersion": "2.0",
  "repository": "other", "status": 5,
  "updatedAt": 1700000000,
  "ttlHours": "48", "etaDate": true,
  "blockers": [{"id": 812}], "checks": [{"state": "ok"}],
  "links": {"run": 4, "the build": {}}, "summary": ["x"]
}"""
    assert status_problems(text, "summit-app") == [
        "s:2: schemaVersion: version 2.0 of the format is not supported: this Convoy reads 1.x",
        "s:3: status: must be a string, such as ON_TRACK or RELEASED, not a number",
        's:3: repository: this document speaks of "other", and that of "summit-app" was expected',
        "s:4: updatedAt: must be a moment as a string, like 2026-03-15T09:30:00Z, not a number",
        "s:5: etaDate: must be a date as a string, like 2026-03-15, not true or false",
        "s:5: ttlHours: must be a number or null, not a string",
        "s:6: blockers[0].id: must be a string or null, not a number",
        "s:6: checks[0].name: is missing",
        "s:7: summary: must be a string or null, not a list",
        "s:7: links.run: must be a string, not a number",
        's:7: links["the build"]: must be a string, not an object',
    ]


def test_what_is_refused_in_the_text_and_in_the_fields_comes_together():
    text = '{"releaseName": 1,\n"releaseName": "x",\n"releaseDate": NaN,\n"releaseGroups": 5}'
    assert plan_problems(text) == [
        'p:2: the name "releaseName" stands twice in one object, first on line 1',
        "p:3: releaseDate: NaN is not a number in JSON; write null",
        "p:4: releaseGroups: must be a list, not a number",
    ]


def test_a_flood_of_problems_is_cut_and_counted():
    rows = [{"name": f"r{i}", "version": 1} for i in range(1000)]
    found = parse_plan(plan_with(releaseGroups=[{"name": "g", "repositories": rows}]).encode())
    assert isinstance(found, tuple)
    assert len(found) == MOST_PROBLEMS + 1
    assert found[-1].reason == "and 900 more problems"
    (all_wrong,) = parse_plan(plan_with(releaseGroups=[1] * 6000).encode())
    assert all_wrong.reason == "6,000 fields are wrong; is this the right file?"


def test_a_plan_needs_its_groups_and_takes_no_other_spelling_of_names():
    raw = json.loads(PLAN)
    raw["release_groups"] = raw.pop("releaseGroups")
    raw["release_name"] = raw.pop("releaseName")
    assert [problem.split(": ", 1)[1] for problem in plan_problems(json.dumps(raw))] == [
        "releaseName: is missing",
        "releaseGroups: is missing; write [] for a plan without groups",
    ]
    assert plan_problems(plan_with(releaseGroups=[])) == []


# --- naughty strings, and whatever hypothesis thinks of ------------------------------------------------------------


def test_naughty_strings_in_every_place():
    kept = 0
    for naughty in NAUGHTY:
        raw = json.loads(PLAN) | {"notes": naughty, naughty: naughty}
        group = raw["releaseGroups"][0]
        group["name"] = group["repositories"][0]["name"] = naughty
        group["repositories"][0]["version"] = group["repositories"][0]["dependencies"][0]["version"] = naughty
        data = documents.dump_json(raw)
        found = parse_plan(data)
        if isinstance(found, PlanDocument):
            kept += 1
            assert found.plan.release_groups[0].name == naughty
            assert documents.dump_json(found.raw) == data
        else:
            assert all("releaseGroups[0]" in problem.path for problem in found)
        status = parse_status(documents.dump_json(json.loads(STATUS) | {"summary": naughty, "commit": naughty}))
        assert isinstance(status, StatusDocument)
        assert status.status.summary == naughty
    assert kept > 400


FIELDS = [field.alias for model in (Plan, GaStatus) for field in model.model_fields.values()]


@given(st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_no_json_crashes(raw):
    data = json.dumps(raw).encode()
    for found in (parse_plan(data), parse_status(data), documents.plan_from_raw(raw)):
        assert not isinstance(found, tuple) or all(problem.reason for problem in found)


# --- rewriting -------------------------------------------------------------------------------------------------------


def test_unknown_fields_their_order_and_their_numbers_survive_a_rewrite():
    text = """{
  "zeta": 1.10,
  "releaseName": "Summit",
  "budget": {
    "b": 1E2,
    "a": -0,
    "big": 123456789012345678901234567890,
    "tiny": 1e-400,
    "text": "ünïcode \u2028 / \\" \\\\ \\n",
    "empty": [],
    "none": {}
  },
  "releaseDate": "2026-03-15",
  "releaseGroups": []
}
"""
    document = parse_plan(text.encode())
    assert isinstance(document, PlanDocument)
    assert documents.dump_json(document.raw).decode() == text
    raw = copy.deepcopy(dict(document.raw))
    raw["releaseDate"] = "2026-03-16"
    assert documents.dump_json(raw).decode() == text.replace("03-15", "03-16")
    assert (raw["zeta"], raw["budget"]["a"]) == (1.1, 0)


def test_an_edited_plan_is_checked_without_lines():
    found = documents.plan_from_raw(json.loads(PLAN) | {"releaseDate": "soon"})
    assert found == (Problem(0, 'releaseDate: must be a plain date like 2026-03-15, not "soon"', "releaseDate"),)


# --- check -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (PLAN, "ga_status.json", None),
        (STATUS, "release_plan.json", None),
        ('{"releaseName": 5}', "x.json", "releaseName: must be a string"),
        ('{"releaseDate": 5}', "x.json", "releaseDate: must be a date as a string"),
        ('{"releaseGroups": 5}', "x.json", "releaseGroups: must be a list"),
        ('{"repository": 5}', "plan.json", "repository: must be a string"),
        ('{"updatedAt": 5}', "plan.json", "updatedAt: must be a moment as a string"),
        ("{}", "some/release_plan.json", "releaseName: is missing"),
        ("{}", "plans\\ga_status.json", "schemaVersion: is missing"),
        ("{", "whatever", "the file ends inside the object"),
        ("[]", "whatever", "must be an object"),
        (STATUS + " " * STATUS_LIMIT, "s.json", "at most 256 KiB are read"),
        (PLAN + " " * STATUS_LIMIT, "s.json", None),
    ],
)
def test_check_knows_what_it_looks_at(data, name, words):
    problems = check(data.encode(), name)
    assert problems == () if words is None else any(words in problem.reason for problem in problems)


def test_check_refuses_what_is_larger_than_anything():
    (problem,) = check(b" " * (PLAN_LIMIT + 1), "release_plan.json")
    assert "too large" in problem.reason


def test_the_rule_book_is_complete():
    """Whoever writes a rule and forgets to list it learns it here."""
    written = {rule for name, rule in vars(rules).items() if name.startswith("validate_")}
    assert written == {*rules.PLAN_RULES, rules.validate_fields, rules.validate_speaks_of}


# --- the real trains, and a very large one ---------------------------------------------------------------------------


def test_real_plans_are_read_and_written_as_they_were():
    plans = list((ROOT / "tests/data/trains").rglob("release_plan*.json"))
    assert plans
    for plan in plans:
        data = plan.read_bytes()
        document = parse_plan(data)
        assert isinstance(document, PlanDocument), (plan, document)
        assert documents.dump_json(document.raw) == data


def test_real_status_documents_are_read():
    timelines = list((ROOT / "tests/data/trains").rglob("timeline.jsonl"))
    events = [json.loads(line) for timeline in timelines for line in timeline.read_text("utf-8").splitlines()]
    published = [event["ga_status"] for event in events if event["ga_status"]]
    assert len(published) > 300
    for raw in published:
        document = parse_status(documents.dump_json(raw), raw["repository"])
        assert isinstance(document, StatusDocument), (raw, document)


def test_ten_thousand_repositories_are_read_and_their_faults_found():
    needs = [{"name": f"r{j}", "version": "1.0"} for j in range(5)]
    rows = [{"name": f"r{i}", "version": "1.2.3", "status": "ON_TRACK", "dependencies": needs} for i in range(10_000)]
    data = documents.dump_json(json.loads(PLAN) | {"releaseGroups": [{"name": "g", "lead": "l", "repositories": rows}]})
    document = parse_plan(data)
    assert isinstance(document, PlanDocument)
    assert sum(1 for _ in document.plan.repositories()) == 10_000
    (problem,) = parse_plan(data.replace(b'"r9999",', b"null,"))
    assert problem.path == "releaseGroups[0].repositories[9999].name"
    assert data.splitlines()[problem.line - 1].strip() == b'"name": "r9999",'


def test_a_status_moment_in_the_future_is_a_matter_for_others():
    later = datetime.now(UTC) + timedelta(days=400)
    assert read(status_with(updatedAt=later.isoformat())).updated_at == later


def test_a_repository_in_two_groups_is_no_error_because_readiness_shows_it() -> None:
    row = {"name": "r", "version": "1", "status": "ON_TRACK", "dependencies": []}
    groups = [{"name": name, "lead": "x", "repositories": [row]} for name in ("A", "B")]
    raw = {"releaseName": "R", "releaseDate": "2026-03-15", "status": "PLANNING", "releaseGroups": groups}
    assert isinstance(documents.parse_plan(documents.dump_json(raw)), PlanDocument)


def test_what_says_the_same_is_one_object_in_a_large_plan():
    raw = plan_with(releaseGroups=[{"name": "g", "repositories": [
        {"name": name, "dependencies": [{"name": "lib", "version": "1.0"}, {"name": "lib2", "needBy": "2026-03-01"}]}
        for name in ("a", "b")
    ]}])  # fmt: skip
    found = parse_plan(raw.encode())
    assert isinstance(found, PlanDocument)
    (_, a), (_, b) = found.plan.repositories()
    assert a.dependencies == b.dependencies
    assert a.dependencies[0] is b.dependencies[0]
    assert a.dependencies[0] != a.dependencies[1]
    assert a.dependencies[1].need_by == date(2026, 3, 1)


def test_a_document_that_says_what_it_said_last_is_that_one():
    first = parse_status(status_with(ttlHours=1).encode())
    assert isinstance(first, StatusDocument)
    name = first.status.repository
    assert parse_status(status_with(ttlHours=1).encode(), name, first) is first
    assert parse_status(status_with(ttlHours=True).encode(), name, first) == parse_status(
        status_with(ttlHours=True).encode(), name
    )
    assert parse_status(status_with(ttlHours=2).encode(), name, first) == parse_status(
        status_with(ttlHours=2).encode(), name
    )
    assert isinstance(parse_status(status_with(ttlHours=1).encode(), "another", first), tuple)
