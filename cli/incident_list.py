"""`tocsin incident list`: every incident at a glance, at once, whatever else is running."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from cli.output import Output, as_json, write, write_json, write_table
from cli.times import due, shown, zone_of
from service.place import place
from service.reading import IncidentRow, Reading

app = typer.Typer()


@app.command()
def incidents(
    all_: Annotated[bool, typer.Option("--all", help="Closed ones too.")] = False,
    output: Output = None,
) -> None:
    """List the incidents, the latest first."""
    where = place()
    found = [row for row in Reading(where).incidents() if all_ or row.phase != "closed"]
    if as_json(output):
        write_json(found)
        return
    if not found:
        write("No incident is open." if not all_ else "There is no incident.")
        return
    zone, now = zone_of(where.timezone), datetime.now(UTC)
    heads = ("incident", "phase", "grade", "severity", "persons", "open duties", "next deadline", "opened")
    write_table(
        heads,
        (
            (
                row.incident + (" 演练" if row.drill else ""),
                _phase(row),
                row.grade or "–",
                str(row.severity),
                _persons(row.persons_affected),
                str(row.open_duties),
                # A drill's time may run ahead of ours, and only its own facts know by how much.
                shown(row.next_due_at, zone) if row.drill else due(row.next_due_at, now, zone),
                shown(row.opened_at, zone),
            )
            for row in found
        ),
    )


def _phase(row: IncidentRow) -> str:
    return f"{row.phase} (false alarm)" if row.confirmed is False else row.phase


def _persons(value: object) -> str:
    if isinstance(value, dict):
        return f"{value.get('min', '')}..{value.get('max', '')}"
    return "–" if value is None else f"{value:,}" if isinstance(value, int) else str(value)
