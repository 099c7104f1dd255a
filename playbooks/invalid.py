"""The answer to a file that a lawyer or a lead must correct before anything starts."""

from pathlib import Path


class PackInvalid(ValueError):  # noqa: N818 -- what is invalid is the file that was handed in
    """A file under `playbooks/` that does not hold: where, which field, and what would be right."""

    def __init__(self, file: Path, line: int, field: str, sentence: str) -> None:
        where = f"{file}:{line}: " + (f"{field}: " if field else "")
        super().__init__(f"{where}{sentence}")
        self.file = file
        self.line = line
        self.field = field
        self.sentence = sentence


def worded(message: str) -> str:
    """Turn what a model says of a field into the rest of a sentence; a name keeps its capitals."""
    said = message.removeprefix("Value error, ").rstrip(".")
    if said[1:2].islower() or said[1:2] == " ":
        said = said[:1].lower() + said[1:]
    return said if said.endswith("?") else f"{said}."
