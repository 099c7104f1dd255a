"""The published JSON Schemas of law packs, forms, guides for filing and mappings of lists.

Editors complete and check with them.
`python -m playbooks.schema` writes them anew after a change of `domain.pack`, `domain.form` or
`domain.filing`.
"""

import json
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from domain.field_map import FieldMap
from domain.filing import Guide
from domain.form import SOURCES, Form
from domain.pack import RECORDED, Pack
from domain.vocabulary import VOCABULARY
from playbooks.shelf import LAW, calendar_files

SCHEMA = LAW / "schema.json"
FORM_SCHEMA = Path(__file__).parent / "forms" / "schema.json"
FIELD_MAP_SCHEMA = Path(__file__).parent / "audience" / "schema.json"
FILING_SCHEMA = Path(__file__).parent / "filing" / "schema.json"


class Closed(GenerateJsonSchema):
    """Refuses fields that a model does not know, as the loaders do."""

    def model_schema(self, schema: Any) -> dict[str, Any]:  # noqa: ANN401 -- pydantic's own core schema
        """Close one model."""
        return {**super().model_schema(schema), "additionalProperties": False}


def schema() -> str:
    """Write the JSON Schema (2020-12) of a pack, with the names of the vocabulary and calendars filled in."""
    written = Pack.model_json_schema(schema_generator=Closed, by_alias=True)
    written["$schema"] = GenerateJsonSchema.schema_dialect
    written["patternProperties"] = {"^x-": {"description": "an anchor to be used further down"}}
    defined = written["$defs"]
    defined["FactTest"]["properties"]["fact"] |= {"anyOf": _facts()}
    for name in ("later", "than"):
        defined["Later"]["properties"][name] |= {"enum": _instants()}
    defined["FormItem"]["properties"]["facts"]["items"] |= {"anyOf": _facts()}
    defined["DutyRule"]["properties"]["clock_start"]["items"] |= {"anyOf": _starts()}
    written["properties"]["workdays"] = {
        "anyOf": [{"enum": sorted(calendar_files(LAW))}, {"type": "string"}, {"$ref": "#/$defs/Workdays"}],
        "description": "the name of a file under calendars/, or a calendar written out",
    }
    return json.dumps(written, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def form_schema() -> str:
    """Write the JSON Schema (2020-12) of a form, with every source that it may name."""
    written = Form.model_json_schema(schema_generator=Closed)
    written["$schema"] = GenerateJsonSchema.schema_dialect
    field = written["$defs"]["FormField"]["properties"]
    field["sources"]["items"] = {"anyOf": _sources()}
    field["when"] = {**field["when"], "anyOf": [{"const": ""}, *_facts()]}
    return json.dumps(written, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def filing_schema() -> str:
    """Write the JSON Schema (2020-12) of a guide for filing by hand."""
    written = Guide.model_json_schema(schema_generator=Closed)
    written["$schema"] = GenerateJsonSchema.schema_dialect
    written["patternProperties"] = {"^x-": {"description": "an anchor to be used further down"}}
    return json.dumps(written, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def field_map_schema() -> str:
    """Write the JSON Schema (2020-12) of a mapping of a list's columns."""
    written = FieldMap.model_json_schema(schema_generator=Closed)
    written["$schema"] = GenerateJsonSchema.schema_dialect
    name = {"type": "string", "minLength": 1, "maxLength": 200}
    fields = written["properties"]["fields"]
    fields["additionalProperties"] = {"anyOf": [name, fields["additionalProperties"]]}
    return json.dumps(written, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _sources() -> list[dict[str, Any]]:
    facts = [name for term in VOCABULARY.values() for name in (term.name, *(key.name for key in term.keys))]
    named = [f"{kind}:{name}" for kind, names in SOURCES.items() for name in sorted(names or ())]
    free = [{"pattern": rf"^(fact|basis):{term.name}\..+$"} for term in VOCABULARY.values() if term.each]
    return [
        {"enum": [*(f"{kind}:{name}" for kind in ("fact", "basis") for name in facts), *named]},
        {"pattern": "^step:[a-z][a-z0-9-]*$"},
        *free,
    ]


def _facts() -> list[dict[str, Any]]:
    names = [name for term in VOCABULARY.values() for name in (term.name, *(key.name for key in term.keys))]
    free = [{"pattern": rf"^{term.name}\..+$"} for term in VOCABULARY.values() if term.each is not None]
    return [{"enum": names}, *free]


def _instants() -> list[str]:
    return [term.name for term in VOCABULARY.values() if term.type == "instant"]


def _starts() -> list[dict[str, Any]]:
    names = "|".join(VOCABULARY)
    return [
        {"enum": _instants()},
        {"pattern": r"^reported_at\..+$"},
        {"pattern": rf"^{RECORDED}({names})(\|({names}))*$"},
    ]


if __name__ == "__main__":  # pragma: no cover -- run by hand
    SCHEMA.write_text(schema(), encoding="utf-8")
    FORM_SCHEMA.write_text(form_schema(), encoding="utf-8")
    FIELD_MAP_SCHEMA.write_text(field_map_schema(), encoding="utf-8")
    FILING_SCHEMA.write_text(filing_schema(), encoding="utf-8")
