"""`tocsin fact set` and `list`."""

from typing import Annotated

import typer

from cli.giving import Giving, Incident, order
from cli.hand import Hand
from cli.look import DryRun, Look, Yes
from cli.output import Output, as_json, write_json, write_table
from cli.telling import value_shown
from cli.times import shown
from cli.values import fact
from domain import commands as c

app = typer.Typer()


@app.command("set")
@order
def set_(  # noqa: PLR0913, PLR0917 - one parameter for each option
    giving: Giving,
    incident: Incident,
    facts: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME=VALUE…",
            help="`aware_at=now`, `persons_affected=1204331` or `=10..20`, `cii_affected=false`, "
            "`records_affected={basic: 5}`; `unknown` takes a value back.",
        ),
    ],
    basis: Annotated[str, typer.Option("--basis", help="How it is known; --reason stands in for it.")] = "",
    yes: Yes = False,
    dry_run: DryRun = False,
) -> None:
    """Record facts, and see what that changes before it is recorded."""
    hand = Hand(giving, incident)
    values = dict(fact(text, hand.now) for text in facts)
    hand.order(c.RecordFacts(values=values, basis=basis), look=Look(yes=yes, dry_run=dry_run))


@app.command("list")
def list_(incident: Incident, output: Output = None) -> None:
    """List what was recorded, by whom, when, on what basis."""
    hand = Hand(Giving(output=output), incident)
    known = hand.state.facts
    if as_json(output):
        write_json(known)
        return
    write_table(
        ("fact", "value", "recorded", "by", "basis"),
        (
            (name, value_shown(each.value, hand.zone), shown(each.at, hand.zone), each.by, each.basis)
            for name, each in sorted(known.items())
        ),
    )
