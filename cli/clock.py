"""`tocsin clock list`: the clocks that run, the next deadline first."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer

from cli.giving import Giving
from cli.output import Output, as_json, write, write_json, write_table
from cli.times import due, shown, zone_of
from service.place import place
from service.reading import ClockRow, Reading

app = typer.Typer(help="See the clocks of the duties.", no_args_is_help=True)


@app.callback()
def _clock() -> None:
    """See the clocks of the duties."""


@app.command("list")
def list_(
    incident: Annotated[
        str, typer.Argument(metavar="[INCIDENT]", help="Of one incident; left out, of all.")
    ] = "",
    all_: Annotated[bool, typer.Option("--all", help="Stopped ones too.")] = False,
    output: Output = None,
) -> None:
    """List the clocks, the next deadline first."""
    where = place()
    found = [row for row in Reading(where).clocks(incident) if all_ or not row.outcome]
    if as_json(output):
        write_json(found)
        return
    if not found:
        write("No clock runs." if not all_ else "There is no clock.")
        return
    zone, now = zone_of(where.timezone), _now(incident, found)
    write_table(
        ("incident", "duty", "started", "due", "", "alarms", "ended"),
        (
            (
                row.incident,
                row.key,
                shown(row.started_at, zone),
                # A drill's time may run ahead of ours, and only its own facts know by how much.
                shown(row.due_at, zone) if row.outcome or now is None else due(row.due_at, now, zone),
                "law" if row.legal else "our target",
                _rung(row),
                f"{row.outcome.replace('_', ' ')} {shown(row.settled_at, zone)}" if row.outcome else "",
            )
            for row in found
        ),
    )


def _now(incident: str, rows: Sequence[ClockRow]) -> datetime | None:
    """Tell the time that the rows go by; None where they are of several drills."""
    if not any(row.drill for row in rows):
        return datetime.now(UTC)
    if not incident:
        return None
    from cli.hand import Hand  # noqa: PLC0415 - only a drill's facts need folding

    return Hand(Giving(), incident).now


def _rung(row: ClockRow) -> str:
    overdue = f", {row.overdue} since" if row.overdue else ""
    lapsed = "lapsed, " if row.lapsed_at else ""
    return f"{lapsed}{row.percent} %{overdue}" if row.percent else "–"
