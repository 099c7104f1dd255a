"""`tocsin clock list`: the clocks that run, the next deadline first; with `-w` they count down in place."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, tzinfo
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from cli import watching
from cli.giving import Giving
from cli.output import Output, as_json, table, write, write_json, write_table
from cli.times import due, shown, zone_of
from service.place import place
from service.reading import ClockRow, Reading

if TYPE_CHECKING:
    from rich.table import Table

    from cli.hand import Hand

Teller = Callable[[Sequence[ClockRow]], datetime | None]
HEADS = ("incident", "duty", "started", "due", "", "alarms", "stands")

app = typer.Typer()


@app.command("list")
def list_(
    incident: Annotated[
        str, typer.Argument(metavar="[INCIDENT]", help="Of one incident; left out, of all.")
    ] = "",
    all_: Annotated[bool, typer.Option("--all", help="Stopped ones too.")] = False,
    watch: Annotated[
        bool,
        typer.Option(
            "-w",
            "--watch",
            help="Count down in place until Ctrl-C; a pipe gets a line of JSON a change.",
        ),
    ] = False,
    seconds: Annotated[
        float | None, typer.Option("--for", metavar="SECONDS", help="With -w: stop after so long.")
    ] = None,
    output: Output = None,
) -> None:
    """List the clocks, the next deadline first."""
    where = place()
    zone, reading, tell = zone_of(where.timezone), Reading(where), _teller(incident)

    def found() -> list[ClockRow]:
        return [row for row in reading.clocks(incident) if all_ or not row.outcome]

    if watch:
        watching.watch(found, None if as_json(output) else partial(_table, zone=zone, tell=tell), seconds)
        return
    rows = found()
    if as_json(output):
        write_json(rows)
    elif rows:
        write_table(HEADS, cells(rows, zone, tell(rows)))
    else:
        write("No clock runs." if not all_ else "There is no clock.")


def cells(rows: Sequence[ClockRow], zone: tzinfo | None, now: datetime | None) -> list[tuple[str, ...]]:
    """Write clocks as rows of a table, counted from `now`."""
    return [
        (
            row.incident,
            row.key,
            shown(row.started_at, zone),
            # A drill's time may run ahead of ours, and only its own facts know by how much.
            shown(row.due_at, zone) if row.outcome or now is None else due(row.due_at, now, zone),
            "law" if row.legal else "our target",
            _rung(row),
            _stands(row, zone),
        )
        for row in rows
    ]


def _table(rows: list[ClockRow], *, zone: tzinfo | None, tell: Teller) -> "Table":
    return table(HEADS, cells(rows, zone, tell(rows)))


def _teller(incident: str) -> Teller:
    """Make what tells the time that rows go by; None where they are of several drills."""
    hand: Hand | None = None

    def tell(rows: Sequence[ClockRow]) -> datetime | None:
        nonlocal hand
        if not any(row.drill for row in rows):
            return datetime.now(UTC)
        if not incident:
            return None
        from cli.hand import Hand  # noqa: PLC0415 - only a drill's facts need folding

        hand = hand or Hand(Giving(), incident)
        hand.record.refresh()
        return hand.now

    return tell


def _rung(row: ClockRow) -> str:
    overdue = f", {row.overdue} since" if row.overdue else ""
    lapsed = "lapsed, " if row.lapsed_at else ""
    said = f"{lapsed}{row.percent} %{overdue}" if row.percent else "rung" if row.alarm else "–"
    if not row.alarm or row.outcome:
        return said
    return f"{said}; {row.acknowledged_by} answers" if row.acknowledged_by else f"{said}; unanswered"


def _stands(row: ClockRow, zone: tzinfo | None) -> str:
    if row.outcome:
        return f"{row.outcome.replace('_', ' ')} {shown(row.settled_at, zone)}"
    if row.filed_at:
        channel = row.filed_channel.replace("_", " ")
        return f"filed {shown(row.filed_at, zone)} by {channel} ({row.filed_as}), receipt outstanding"
    return ""
