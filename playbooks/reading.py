"""Reading one YAML file into one value, with an answer that names the file, the line and the field."""

from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from domain.model import Value
from playbooks.document import Document
from playbooks.invalid import PackInvalid, worded

Read = TypeVar("Read", bound=Value)


def read(path: Path, kind: type[Read]) -> tuple[Read, Document]:
    """Read and check one file.

    Raises:
        PackInvalid: where it does not hold, with file, line, field and what would be right.

    """
    document = Document(path)
    if not isinstance(document.data, dict):
        raise document.invalid((), "the file is a mapping that begins with id, version and title.")
    try:
        # What begins with `x-` only holds anchors that are used further down.
        data = {name: each for name, each in document.data.items() if not str(name).startswith("x-")}
        return kind.model_validate(data, extra="forbid"), document
    except ValidationError as error:
        raise _said(document, error) from error


def _said(document: Document, error: ValidationError) -> PackInvalid:
    # A field that is not known explains the one that is missing; of the rest, the innermost says most.
    worst = max(
        error.errors(include_url=False),
        key=lambda found: (found["type"] == "extra_forbidden", len(found["loc"])),
    )
    loc = worst["loc"]
    match worst["type"]:
        case "extra_forbidden":
            return document.invalid(loc, f"there is no field called {loc[-1]}; see docs/playbooks.md.")
        case "missing":
            return document.invalid(loc, f"the field {loc[-1]} is missing.")
        case "string_pattern_mismatch" if "serves" in loc:
            return document.invalid(
                loc,
                "write a duty's id (CN-DSL-29), perhaps with its means (CN-DSL-29/notify), or its beginning "
                "(CN-DSL-*).",
            )
        case "string_pattern_mismatch" if loc[-1] == "id":
            return document.invalid(
                loc, "an id is small letters, digits and hyphens, and begins with a letter."
            )
    return document.invalid(loc, worded(worst["msg"]))
