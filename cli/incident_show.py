"""`tocsin incident show` and `watch`: where an incident stands, and what comes next."""

import time
from typing import Annotated

import typer

from cli.board import board, board_json
from cli.giving import Giving, Incident
from cli.hand import Hand
from cli.output import Output, as_json, write, write_json, write_json_line
from cli.telling import fact_json, told
from cli.times import shown

LOOK_S = 0.5

app = typer.Typer()


@app.command()
def show(
    incident: Incident,
    timeline: Annotated[
        int, typer.Option("--timeline", metavar="N", min=0, help="How many of the last facts to show.")
    ] = 12,
    output: Output = None,
) -> None:
    """Show where an incident stands, what is owed, and the next thing to do."""
    hand = Hand(Giving(output=output), incident)
    if as_json(output):
        write_json(board_json(hand, timeline))
    else:
        board(hand, timeline)


@app.command()
def watch(
    incident: Incident,
    seconds: Annotated[
        float | None, typer.Option("--for", metavar="SECONDS", help="Stop after so long.")
    ] = None,
    output: Output = None,
) -> None:
    """Follow an incident: every new fact, as it is written, until it is closed or Ctrl-C."""
    hand = Hand(Giving(output=output), incident)
    quiet = as_json(output)
    until = time.monotonic() + seconds if seconds is not None else None
    if not quiet:
        write(f"{incident} is at version {hand.state.version}, {hand.state.phase}.")
    while hand.state.phase != "closed" and (until is None or time.monotonic() < until):
        time.sleep(LOOK_S)
        for fact in hand.record.refresh():
            if quiet:
                write_json_line(fact_json(fact))
            else:
                at = shown(fact.at, hand.zone)
                write(f"{fact.version:>5}  {at}  {type(fact.body).__name__}  {told(fact, hand.zone)}")
