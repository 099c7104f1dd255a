"""The mapping of a list's columns to fields: a YAML file that whoever made the list edits."""

from pathlib import Path

from domain.field_map import FieldMap
from playbooks.reading import read


def field_map(path: Path) -> FieldMap:
    """Read and check one mapping.

    Raises:
        PackInvalid: where it does not hold, with file, line, field and what would be right.

    """
    return read(path, FieldMap)[0]
