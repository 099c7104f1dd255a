"""What a command answers: a table for a person, JSON for a program."""

import json
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, is_dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.table import Table

WIDE = 140


class Form(StrEnum):
    """How an answer is written."""

    TABLE = "table"
    JSON = "json"


Output = Annotated[
    Form | None,
    typer.Option(
        "-o", "--output", help="`table` or `json`; left out, a terminal gets tables and a pipe JSON."
    ),
]


def as_json(form: Form | None) -> bool:
    """Whether this answer is JSON."""
    return form is Form.JSON or (form is None and not sys.stdout.isatty())


def write_json(value: object) -> None:
    """Print one JSON document."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def write_json_line(value: object) -> None:
    """Print one JSON document on one line, for what goes on and on."""
    typer.echo(json.dumps(value, ensure_ascii=False, default=_plain))


def write(text: str) -> None:
    """Print a line of text as it stands."""
    typer.echo(text)


def write_table(heads: Sequence[str], rows: Iterable[Sequence[str]], title: str = "") -> None:
    """Print a table, or that there is nothing to show."""
    from rich.console import Console  # noqa: PLC0415 - a pipe needs no tables, and start-up time counts

    cells = list(rows)
    if not cells:
        write(f"{title}: none" if title else "None.")
        return
    width = None if sys.stdout.isatty() else int(os.environ.get("COLUMNS", WIDE))
    Console(width=width, highlight=False, emoji=False, markup=False).print(table(heads, cells, title))


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], title: str = "") -> "Table":
    """Make a table."""
    from rich import box  # noqa: PLC0415 - a pipe needs no tables, and start-up time counts
    from rich.table import Table  # noqa: PLC0415 - as above
    from rich.text import Text  # noqa: PLC0415 - as above

    made = Table(
        *heads,
        title=title or None,
        title_justify="left",
        box=box.SIMPLE_HEAD if heads else None,
        pad_edge=False,
        show_header=bool(heads),
    )
    for _ in (rows[0] if rows else ())[len(heads) :]:
        made.add_column(overflow="fold")
    for row in rows:
        made.add_row(*(Text(cell) for cell in row))
    return made


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever JSON has no word for
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    message = f"{type(value).__name__} has no JSON form"
    raise TypeError(message)
