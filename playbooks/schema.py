"""The published form of a law pack, for editors that complete and check while one types.

`python -m playbooks.schema` writes it anew after a change of `domain.pack`.
"""

import json
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from domain.pack import Pack
from domain.vocabulary import VOCABULARY

SCHEMA = Path(__file__).parent / "law" / "schema.json"


class _Closed(GenerateJsonSchema):
    """Refuses fields that a pack does not know, as the loader does."""

    def model_schema(self, schema: Any) -> dict[str, Any]:  # noqa: ANN401 -- pydantic's own core schema
        """Close one model."""
        return {**super().model_schema(schema), "additionalProperties": False}


def schema() -> str:
    """Write the JSON Schema (2020-12) of a pack, with the names of the vocabulary filled in."""
    written = Pack.model_json_schema(schema_generator=_Closed, by_alias=True)
    written["$schema"] = GenerateJsonSchema.schema_dialect
    written["patternProperties"] = {"^x-": {"description": "an anchor to be used further down"}}
    written["$defs"]["FactTest"]["properties"]["fact"] |= {"anyOf": _facts()}
    return json.dumps(written, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _facts() -> list[dict[str, Any]]:
    names = [name for term in VOCABULARY.values() for name in (term.name, *(key.name for key in term.keys))]
    free = [{"pattern": rf"^{term.name}\..+$"} for term in VOCABULARY.values() if term.each is not None]
    return [{"enum": names}, *free]


if __name__ == "__main__":  # pragma: no cover -- run by hand
    SCHEMA.write_text(schema(), encoding="utf-8")
