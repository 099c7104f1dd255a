"""The main job on this machine, from a signed alert to the close: `tocsin demo`."""

import os
from pathlib import Path
from typing import Annotated

import typer

from cli.output import write
from service.demo.people import FEWEST, ROWS

app = typer.Typer()


@app.command()
def demo(
    stay: Annotated[
        bool, typer.Option("--stay", help="Keep everything running at the end, until Ctrl-C.")
    ] = False,
    people: Annotated[
        int, typer.Option("--people", min=FEWEST, metavar="NUMBER", help="Rows of the list of people.")
    ] = ROWS,
) -> None:
    """Walk one incident through on this machine, with the very commands an operator would type."""
    from service.demo.demo import demo as play  # noqa: PLC0415 - help must not wait for the engine
    from service.running import run  # noqa: PLC0415 - as above

    named = os.environ.get("TOCSIN_DATA_DIR")
    run(play(Path(named).expanduser().resolve() if named else None, write, stay=stay, people=people))
