"""`tocsin incident open` and `link`: a case without an alert, and two that belong together."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated
from uuid import uuid4

import typer

from cli.giving import Giving, Incident, order
from cli.hand import Hand
from cli.output import as_json, write, write_json
from cli.playbook_name import named_playbook
from cli.stop import usage
from cli.values import at as instant_at
from cli.words import one_of
from domain import commands as c
from domain.refusal import Refused
from service.desk_error import DeskError, known_operator
from service.place import place
from service.reading import Reading
from service.record import Record
from service.settings import load

app = typer.Typer()
KINDS = ("incident", "vulnerability")


@app.command("open")
@order
def open_(  # noqa: PLR0913, PLR0917 - what may be known of a signal
    giving: Giving,
    first_signal: Annotated[
        str,
        typer.Option("--first-signal", metavar="INSTANT", help="Since when you hold it: now or RFC 3339."),
    ],
    basis: Annotated[
        str, typer.Option("--basis", help="How it came: a complaint, a call, an audit. No names in it.")
    ],
    kind: Annotated[str, typer.Option("--kind", help="incident or vulnerability.")] = "incident",
    severity: Annotated[int, typer.Option("--severity", min=1, max=5, help="1 info … 5 critical.")] = 3,
    playbook: Annotated[
        str, typer.Option("--playbook", metavar="ID", help="Left out, the default of its kind.")
    ] = "",
    linked_to: Annotated[
        str, typer.Option("--linked-to", metavar="INCIDENT", help="A case that this one belongs with.")
    ] = "",
    drill: Annotated[bool, typer.Option("--drill", help="It is an exercise.")] = False,
) -> None:
    """Open a case that no system told of: what people tell is a signal, too."""
    from domain.alert import ByHand  # noqa: PLC0415 - as above
    from service.by_hand import Signal, open_by_hand  # noqa: PLC0415 - help must not wait for the engine

    settings = load()
    operator = known_operator(giving.operator, settings.operators)
    at = instant_at(first_signal, datetime.now(UTC))
    if at > datetime.now(UTC):
        raise Refused("in_future", "The first signal lies in the future; give the instant at which it came.")
    chosen = named_playbook(playbook)
    wanted = one_of(kind, KINDS, "kind")
    if chosen and chosen.kind != wanted:
        raise usage(f"{chosen.id} is a playbook for a case of kind {chosen.kind}; say --kind {chosen.kind}.")
    if linked_to:
        Record(Reading(place()), linked_to)
    if not basis.strip():
        raise usage("A case is opened on a basis: say how the signal came.")
    hand = ByHand(operator=operator, basis=basis, kind=wanted, linked_to=linked_to)
    signal = Signal(at=at, severity=severity, playbook=playbook, drill=drill)
    incident = asyncio.run(open_by_hand(settings, hand, signal, giving.nonce or uuid4().hex))
    said = _link_back(giving, linked_to, incident, basis) if linked_to else ""
    if as_json(giving.output):
        write_json({"incident": incident, "kind": wanted, "linked_to": linked_to or None, "note": said})
        return
    write(f"{incident} is open; next: tocsin incident show {incident}")
    if said:
        write(said)


@app.command()
@order
def link(
    giving: Giving, incident: Incident, other: Annotated[str, typer.Argument(metavar="OTHER", help="Its id.")]
) -> None:
    """Record that another case belongs with this one."""
    Record(Reading(place()), other)
    Hand(giving, incident).order(c.LinkIncident(other=other))


def _link_back(giving: Giving, incident: str, other: str, reason: str) -> str:
    """Write the link into the older case as well, where that is still open."""
    from service.handing import Given, hand_in  # noqa: PLC0415 - help must not wait for the engine
    from service.temporal_error import TemporalError  # noqa: PLC0415 - as above

    try:
        hand_in(Given(incident, c.LinkIncident(other=other), operator=giving.operator, reason=reason))
    except (Refused, DeskError, TemporalError) as fault:
        # The new case is open all the same, and its id must be told.
        return f"{incident} does not name it yet ({fault}): tocsin incident link {incident} {other}"
    return ""
