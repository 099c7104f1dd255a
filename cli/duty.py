"""`tocsin duty`: what is owed may be withdrawn, put off or settled; what an authority asks for is owed."""

from typing import Annotated, Literal

import typer

from cli import values
from cli.duty_keys import duty_of
from cli.giving import Giving, Incident, order
from cli.hand import Hand
from cli.stop import Exit, Stop, usage
from cli.words import one_of
from domain import commands as c
from domain.evidence import Evidence

app = typer.Typer(
    help="Let duties go, put them off, settle them by hand; take up requests.", no_args_is_help=True
)
_ANSWERS: tuple[Literal["record", "report"], ...] = ("record", "report")
Duty = Annotated[
    str,
    typer.Argument(metavar="DUTY", help="`CN-NCIRM-4-OTHER/cac-provincial/1`, or as much of it as is clear."),
]


@app.command()
@order
def withdraw(
    giving: Giving,
    incident: Incident,
    duties: Annotated[
        list[str] | None,
        typer.Argument(metavar="[DUTY…]", help="The duties; left out, all that are proposed for withdrawal."),
    ] = None,
) -> None:
    """Let duties go that do not apply; needs --reason and a second person's agreement to each."""
    hand = Hand(giving, incident)
    proposed = [duty for duty in hand.state.duties.values() if duty.status == "proposed"]
    keys = tuple(each.key for each in ([duty_of(hand.state, text) for text in duties or ()] or proposed))
    if not keys:
        raise Stop("cli.not_found", f"{incident} has no duty proposed for withdrawal.", Exit.NOT_FOUND)
    hand.order(c.WithdrawDuties(duties=keys))


@app.command()
@order
def extend(
    giving: Giving,
    incident: Incident,
    duty: Duty,
    until: Annotated[
        str | None, typer.Option("--until", metavar="INSTANT", help="The new deadline, with its offset.")
    ] = None,
    by: Annotated[
        str | None,
        typer.Option("--by", metavar="LENGTH", help="How much later than now it stands: P30D, 4h."),
    ] = None,
) -> None:
    """Move a deadline; --reason gives the basis, and unless it is our own target two persons agree to it."""
    hand = Hand(giving, incident)
    found = duty_of(hand.state, duty)
    if (until is None) == (by is None):
        raise usage("Say the new deadline by --until INSTANT or by --by LENGTH.")
    if until is not None:
        due = values.at(until, hand.now)
    else:
        if found.terms.due_at is None:
            raise usage(f"{found.key} has no deadline that could be moved by a length; give --until.")
        due = found.terms.due_at + values.length(by or "")
    hand.order(c.ExtendDuty(duty=found.key, due_at=due))


@app.command()
@order
def request(  # noqa: PLR0913, PLR0917 - the parts of a request
    giving: Giving,
    incident: Incident,
    authority: Annotated[
        str,
        typer.Option(
            "--authority", metavar="SLUG", help="Who asks, as the law packs name it: cac-provincial."
        ),
    ],
    what: Annotated[
        str,
        typer.Option(
            "--what",
            metavar="TEXT",
            help="What is asked for, in at most 200 characters and one line; never a name, number or address "
            "of a person, for it goes into the record for good and into every alarm.",
        ),
    ],
    due: Annotated[
        str, typer.Option("--due", metavar="INSTANT", help="By when the authority wants it, with its offset.")
    ],
    received: Annotated[
        str, typer.Option("--received", metavar="INSTANT", help="When the request came.")
    ] = "now",
    basis: Annotated[
        str, typer.Option("--basis", metavar="TEXT", help="Its letter or article; left out, --reason is it.")
    ] = "",
    by: Annotated[
        str,
        typer.Option("--by", help="How it is answered: `record` (evidence) or `report` (drawn and filed)."),
    ] = "record",
) -> None:
    """Take up what an authority asks for by an instant of its own: a duty with a clock like the law's."""
    hand = Hand(giving, incident)
    asked = c.RecordRequest(
        authority=authority,
        what=what,
        received_at=values.at(received, hand.now),
        due_at=values.at(due, hand.now),
        by=one_of(by, _ANSWERS, "way to answer"),
        basis=basis,
    )
    hand.order(asked)


@app.command()
@order
def settle(  # noqa: PLR0913, PLR0917 - the parts of an evidence
    giving: Giving,
    incident: Incident,
    duty: Duty,
    number: Annotated[
        str, typer.Option("--number", help="Number of the receipt or paper that proves it.")
    ] = "",
    reference: Annotated[str, typer.Option("--reference", help="Where the proof lies.")] = "by hand",
    sha256: Annotated[str, typer.Option("--sha256", help="Hash of the proof.")] = "",
    channel: Annotated[str, typer.Option("--channel", help="The way it went.")] = "",
    at: Annotated[str, typer.Option("--at", metavar="INSTANT", help="When it was done.")] = "now",
) -> None:
    """Take evidence of a duty that was done outside Tocsin; most need a second person's agreement."""
    hand = Hand(giving, incident)
    evidence = Evidence(
        means="record",
        reference=reference,
        number=number,
        sha256=sha256,
        channel=channel,
        at=values.at(at, hand.now),
        by=giving.operator or "",
    )
    hand.order(c.SettleDuty(duty=duty_of(hand.state, duty).key, evidence=evidence))
