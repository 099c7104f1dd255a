"""`tocsin time advance`: a drill's own time."""

from typing import Annotated

import typer

from cli import values
from cli.giving import Giving, Incident, order
from cli.hand import Hand
from domain import commands as c

app = typer.Typer(help="A drill's own time; a real incident has none.", no_args_is_help=True)


@app.callback()
def _time() -> None:
    """A drill's own time; a real incident has none."""


@app.command()
@order
def advance(
    giving: Giving,
    incident: Incident,
    by: Annotated[str, typer.Argument(metavar="LENGTH", help="PT4H, P30D, 90min, 4h or 30d.")],
) -> None:
    """Move a drill's time forward; its clocks ring as they would have."""
    Hand(giving, incident).order(c.AdvanceTime(by=values.length(by)))
