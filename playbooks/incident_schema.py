"""The published form of a playbook and of its parts, for editors that complete and check while one types.

`python -m playbooks.incident_schema` writes them anew after a change of `domain.playbook`.
"""

import json

from pydantic.json_schema import GenerateJsonSchema

from playbooks.incident import PARTS, PLAYBOOKS, STAGES, Part, PlaybookFile
from playbooks.schema import Closed

SCHEMA = PLAYBOOKS / "schema.json"
PART_SCHEMA = PLAYBOOKS / PARTS / "part.schema.json"


def schema(*, part: bool = False) -> str:
    """Write the JSON Schema (2020-12) of a playbook, or of a part that playbooks include."""
    model = Part if part else PlaybookFile
    written = model.model_json_schema(schema_generator=Closed)
    written["$schema"] = GenerateJsonSchema.schema_dialect
    if not part:
        written["properties"]["forms"]["propertyNames"] = {"enum": list(STAGES)}
    return json.dumps(written, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":  # pragma: no cover -- run by hand
    SCHEMA.write_text(schema(), encoding="utf-8")
    PART_SCHEMA.write_text(schema(part=True), encoding="utf-8")
