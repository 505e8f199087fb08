"""The JSON Schemas say what the models read."""

import json
import re

import pytest

from bot.release import documents
from bot.release.ga_status import GaStatus
from bot.release.plan import Plan
from bot.release.status import PlanStatus, Status


@pytest.mark.parametrize("name", ["plan", "ga-status"])
def test_schemas_come_out_of_the_models(name):
    schema = documents.schema(name)
    model = Plan if name == "plan" else GaStatus
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["title"]
    assert schema["description"]
    assert set(schema["properties"]) == {field.alias for field in model.model_fields.values()}
    assert all("_" not in field for part in schema["$defs"].values() for field in part["properties"])
    assert '"additionalProperties": false' not in json.dumps(schema)
    required = {"releaseName", "releaseDate", "releaseGroups"}
    assert set(schema["required"]) == (
        required if name == "plan" else {"schemaVersion", "repository", "status", "updatedAt"}
    )
    json.dumps(schema)


def test_the_words_of_the_schema_are_those_that_are_read():
    plan, status = documents.schema("plan"), documents.schema("ga-status")
    enum, pattern = plan["properties"]["status"]["anyOf"]
    assert enum["enum"] == list(PlanStatus.__members__)
    assert re.search(pattern["pattern"], "in-Progress")
    assert not re.search(pattern["pattern"], "nearly planning")
    assert status["properties"]["status"]["anyOf"][0]["enum"] == list(Status.__members__)
    assert re.search(plan["$defs"]["DigestSchedule"]["properties"]["at"]["pattern"], "23:59")
