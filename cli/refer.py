"""`tocsin refer`: report the crime to the police."""

from typing import Annotated, get_args

import typer

from cli import values
from cli.duty_keys import chosen
from cli.giving import Giving, Incident, order
from cli.hand import Awaited, Hand, Outcome
from cli.output import Output
from cli.paper import Docx, Html, Json, Lang, pages, show_paper
from cli.receipt_file import ReceiptFile, taken
from cli.stop import Exit, Stop
from cli.words import one_of
from domain import commands as c
from domain.facts import Filing
from domain.state import Referral, State

app = typer.Typer(help="Report the crime to the police, and record the 报案回执.", no_args_is_help=True)
Number = Annotated[int, typer.Argument(metavar="N", min=1, help="The referral's number.")]
_FILINGS: tuple[Filing, ...] = get_args(Filing)


@app.command()
@order
def draft(
    giving: Giving,
    incident: Incident,
    duties: Annotated[
        list[str] | None,
        typer.Argument(metavar="[DUTY…]", help="The duties it answers; left out, all that are owed."),
    ] = None,
    to: Annotated[
        str, typer.Option("--to", metavar="AUTHORITY", help="One report to this one for all of them.")
    ] = "",
) -> None:
    """Draw up the report to the police, one for each authority, and freeze it under its hash."""
    hand = Hand(giving, incident)
    away = _away(hand.state) if not duties else frozenset()
    wanted = [key for key in chosen(hand.state, duties or (), "referral") if str(key) not in away]
    if not wanted:
        raise Stop("cli.not_found", f"{incident} owes no referral that is not on its way.", Exit.NOT_FOUND)
    for authority in [to] if to else dict.fromkeys(key.authority for key in wanted):
        keys = tuple(key for key in wanted if to or key.authority == authority)
        hand.order(c.DraftReferral(authority=authority, duties=keys), _drafted)


@app.command()
def show(  # noqa: PLR0913, PLR0917 - a path for each kind of file
    incident: Incident,
    number: Number,
    html: Html = None,
    docx: Docx = None,
    json: Json = None,
    lang: Lang = "both",
    output: Output = None,
) -> None:
    """Show a frozen referral, or write its files."""
    hand = Hand(Giving(output=output), incident)
    show_paper(_referral(hand.state, number).sha256, pages(html, docx, json, lang), output)


@app.command()
@order
def file(
    giving: Giving,
    incident: Incident,
    number: Number,
    channel: Annotated[
        str, typer.Option("--channel", help="email, or the way a person takes it.")
    ] = "in_person",
) -> None:
    """Send a referral on its way; needs a second person."""
    hand = Hand(giving, incident)
    _referral(hand.state, number)
    way = one_of(channel, _FILINGS, "channel")
    hand.order(c.FileReferral(referral=number, channel=way))


@app.command()
@order
def receipt(  # noqa: PLR0913, PLR0917 - the parts of a receipt
    giving: Giving,
    incident: Incident,
    number: Number,
    receipt_number: Annotated[str, typer.Option("--number", help="The number of the 报案回执.")],
    received_at: Annotated[
        str, typer.Option("--received-at", metavar="INSTANT", help="When it was given.")
    ] = "now",
    sha256: Annotated[str, typer.Option("--sha256", help="Hash of the receipt's own document.")] = "",
    document: ReceiptFile = None,
) -> None:
    """Record the police's receipt, which stops the referral's clocks."""
    hand = Hand(giving, incident)
    referral = _referral(hand.state, number)
    if not referral.filed:
        raise Stop("not_filed", f"Referral {number} was not filed; file it first.", Exit.REFUSED)
    at = values.at(received_at, hand.now)
    hand.order(
        c.RecordReferralReceipt(
            referral=number, number=receipt_number, received_at=at, sha256=taken(document, sha256)
        )
    )


def _away(state: State) -> frozenset[str]:
    """Find the duties whose referral is on its way."""
    filed = (each for each in state.referrals.values() if each.filed and not each.failed)
    return frozenset(str(key) for each in filed for key in each.duties)


def _referral(state: State, number: int) -> Referral:
    found = state.referrals.get(number)
    if found is None:
        raise Stop("unknown_referral", f"{state.incident} has no referral {number}.", Exit.NOT_FOUND)
    return found


def _drafted(state: State) -> Awaited:
    number = max(state.referrals)

    def outcome(now: State) -> Outcome | None:
        found = now.referrals[number]
        if found.sha256:
            lacks = f"; it lacks {', '.join(found.missing)}" if found.missing else ""
            return Outcome(ok=True, said=f"referral {number} is drafted, SHA-256 {found.sha256[:12]}…{lacks}")
        if found.failed:
            return Outcome(ok=False, said=f"referral {number} could not be drawn up: {found.failed}")
        return None

    return Awaited(f"referral {number}", outcome)
