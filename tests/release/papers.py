"""A plan and a status document as text, what is wrong with changed ones, and any JSON, for the tests of documents."""

import json
import re

from hypothesis import strategies as st

from bot.release.documents import parse_plan, parse_status
from bot.release.ga_status import GaStatus, StatusDocument

PLAN = """{
  "releaseName": "Summit 2026 Q1 Launch",
  "releaseDate": "2026-03-15",
  "status": "PLANNING",
  "releaseGroups": [
    {
      "name": "Product A",
      "lead": "Product Release Captain A",
      "repositories": [
        {
          "name": "summit-app",
          "version": "v3.0.0",
          "status": "ON_TRACK",
          "dependencies": [
            {
              "name": "common-utils",
              "version": "v2.1.0"
            }
          ]
        }
      ]
    },
    {
      "name": "Platform",
      "lead": "",
      "repositories": [
        {
          "name": "intelgraph-server",
          "version": null,
          "status": "AT_RISK",
          "dependencies": []
        }
      ]
    }
  ]
}
"""
STATUS = """{
  "schemaVersion": "1.0",
  "repository": "summit-app",
  "status": "on track",
  "updatedAt": "2026-03-03T06:08:49Z"
}
"""


def plan_problems(text: str | bytes) -> list[str]:
    found = parse_plan(text if isinstance(text, bytes) else text.encode())
    return [problem.at("p") for problem in found] if isinstance(found, tuple) else []


def status_problems(text: str, expect: str | None = None) -> list[str]:
    found = parse_status(text.encode(), expect)
    return [problem.at("s") for problem in found] if isinstance(found, tuple) else []


def plan_with(**fields: object) -> str:
    return json.dumps(json.loads(PLAN) | fields)


def status_with(**fields: object) -> str:
    return json.dumps(json.loads(STATUS) | fields)


def read(text: str) -> GaStatus:
    found = parse_status(text.encode())
    assert isinstance(found, StatusDocument), found
    return found.status


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
).filter(lambda value: not re.search("[\ud800-\udfff]", json.dumps(value, ensure_ascii=False)))
