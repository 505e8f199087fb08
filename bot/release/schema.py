"""The JSON Schemas of both documents, made from the models, for editors and for other people's checks."""

from typing import Any

from pydantic import BaseModel

from bot.release.ga_status import GaStatus
from bot.release.plan import Plan, SchemaName

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_DOCUMENTS: dict[SchemaName, tuple[type[BaseModel], str, str]] = {
    "plan": (
        Plan,
        "Convoy release plan",
        "release_plan.json, schema v1: what ships together, when, and who answers for it.",
    ),
    "ga-status": (
        GaStatus,
        "Convoy status document",
        "ga_status.json, schema v1: what a repository publishes about itself.",
    ),
}


def schema(name: SchemaName) -> dict[str, Any]:
    """The JSON Schema (2020-12) of `name`. Unknown fields are allowed in both documents."""
    model, title, description = _DOCUMENTS[name]
    made = model.model_json_schema(by_alias=True)
    if name == "plan":
        made["required"].append("releaseGroups")  # a rule of its own (rules.py), which no model says
    return {"$schema": DIALECT, **made, "title": title, "description": description}
