"""What a check of files found, for a person or a program."""

from collections.abc import Sequence

from cli.output import Form, as_json, write, write_json
from playbooks.checking import Remark


def report(remarks: Sequence[Remark], checked: int, output: Form | None) -> str:
    """Write the remarks; how many errors they are, in words, and nothing where there is none."""
    errors = sum(remark.error for remark in remarks)
    if as_json(output):
        write_json({"ok": not errors, "checked": checked, "remarks": [_plain(each) for each in remarks]})
    else:
        for remark in remarks:
            write(f"{'error' if remark.error else 'warning'}: {remark.said}")
    if not errors:
        return ""
    return "1 error" if errors == 1 else f"{errors} errors"


def _plain(remark: Remark) -> dict[str, object]:
    said = remark.said
    return {
        "level": "error" if remark.error else "warning",
        "file": str(said.file),
        "line": said.line,
        "field": said.field,
        "sentence": said.sentence,
    }
