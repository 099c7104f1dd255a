"""`tocsin report`: draw up, read, file, and the authority's receipt."""

from pathlib import Path
from typing import Annotated, get_args

import typer

from cli import values
from cli.giving import Giving, Incident, order
from cli.hand import Awaited, Hand, Outcome
from cli.output import Output, as_json, write_json, write_table
from cli.paper import Docx, Html, Json, Lang, pages, show_paper, write_receipt
from cli.receipt_file import ReceiptFile, taken
from cli.report_annual import year_report
from cli.report_checklist import FILINGS, Files, drawn, list_for, told
from cli.report_plan import Asked, Planned, one_authority, steps
from cli.report_reading import Number, diff, forms, report_of
from cli.stop import Exit, Stop
from cli.words import one_of
from domain import commands as c
from domain.facts import DutyKey, Stage
from domain.next_step import report_next
from domain.rules_report import awaits_receipt
from domain.state import State
from service.library import Library

app = typer.Typer(
    help="Draw up reports to authorities, file them, record the receipts.", no_args_is_help=True
)
_STAGES: tuple[Stage, ...] = get_args(Stage)
app.command("diff")(diff)
app.command("forms")(forms)
app.command("checklist")(list_for)
app.command("annual")(year_report)


@app.command()
@order
def draft(  # noqa: PLR0913, PLR0917 - what may be said of a report
    giving: Giving,
    incident: Incident,
    duties: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[DUTY…]", help="The duties it answers; left out, what is owed to one authority."
        ),
    ] = None,
    authority: Annotated[str, typer.Option("--authority", help="Only what is owed to this authority.")] = "",
    form: Annotated[str, typer.Option("--form", help="Another form than the law's or the playbook's.")] = "",
    stage: Annotated[
        str,
        typer.Option(
            "--stage",
            help="initial, supplement, update or final; left out, by the duty and what was filed before.",
        ),
    ] = "",
    follows: Annotated[
        int,
        typer.Option(
            "--follows", metavar="N", min=0, help="The filed report it follows on; 0 is the latest."
        ),
    ] = 0,
    all_authorities: Annotated[
        bool, typer.Option("--all-authorities", help="Draw up one for each authority and form.")
    ] = False,
) -> None:
    """Draw up a report from the facts as they stand, and freeze it under its hash."""
    hand = Hand(giving, incident)
    asked = Asked(
        duties=tuple(duties or ()),
        authority=authority,
        stage=one_of(stage, _STAGES, "stage") if stage else None,
        follows=follows,
    )
    library = Library.open()
    if form:
        one_of(form, library.forms, "form")
    groups: dict[Planned, list[DutyKey]] = {}
    for key, to, at, earlier in steps(hand.state, asked, library.packs):
        planned = Planned(to, at, form or library.form(key.duty, at, hand.state), earlier)
        groups.setdefault(planned, []).append(key)
    if not groups:
        raise Stop("cli.not_found", f"{incident} owes no report that is not on its way.", Exit.NOT_FOUND)
    if not all_authorities:
        one_authority(groups)
    for plan, keys in groups.items():
        hand.order(
            c.DraftReport(form=plan.form, stage=plan.stage, duties=tuple(keys), follows=plan.follows),
            _drafted,
        )


@app.command("list")
def list_(incident: Incident, output: Output = None) -> None:
    """List the reports and where each stands."""
    hand = Hand(Giving(output=output), incident)
    reports = hand.state.reports.values()
    if as_json(output):
        write_json(list(reports))
        return
    write_table(
        ("report", "form", "stage", "duties", "where it stands"),
        (
            (str(r.number), r.form, r.stage, ", ".join(map(str, r.duties)), report_next(hand.state, r)[0])
            for r in reports
        ),
    )


@app.command()
def show(  # noqa: PLR0913, PLR0917 - a path for each kind of file
    incident: Incident,
    number: Number,
    html: Html = None,
    docx: Docx = None,
    json: Json = None,
    lang: Lang = "both",
    receipt_to: Annotated[
        Path | None,
        typer.Option(
            "--receipt", metavar="PATH", help="Write the authority's receipt there, as it was kept."
        ),
    ] = None,
    output: Output = None,
) -> None:
    """Show a frozen report, or write its files; its hash is what is agreed to and filed."""
    hand = Hand(Giving(output=output), incident)
    report = report_of(hand.state, number)
    if receipt_to is not None:
        write_receipt(report.receipt_sha256, receipt_to)
        return
    show_paper(report.sha256, pages(html, docx, json, lang), output)


@app.command()
@order
def file(
    giving: Giving,
    incident: Incident,
    number: Number,
    channel: Annotated[
        str,
        typer.Option(
            "--channel",
            help="email, or the way a person takes it: portal, hotline, fax, mini_program, in_person.",
        ),
    ],
    files: Files = None,
) -> None:
    """File a report: by e-mail Tocsin sends it, by any other channel you do; both need a second person.

    By hand, it prints the list that `report checklist` gives, and writes the file to be taken there.
    """
    hand = Hand(giving, incident)
    report_of(hand.state, number)
    way = one_of(channel, FILINGS, "channel")
    hand.order(c.FileReport(report=number, channel=way), lambda _: _sent(number) if way == "email" else None)
    if way != "email" and not as_json(giving.output):
        told(*drawn(hand.state, number, way, files), incident, number)


@app.command()
@order
def receipt(  # noqa: PLR0913, PLR0917 - the parts of a receipt
    giving: Giving,
    incident: Incident,
    number: Number,
    receipt_number: Annotated[str, typer.Option("--number", help="The number the authority gave.")],
    received_at: Annotated[
        str, typer.Option("--received-at", metavar="INSTANT", help="When it gave it.")
    ] = "now",
    channel: Annotated[str, typer.Option("--channel", help="The way it came; left out, as filed.")] = "",
    sha256: Annotated[str, typer.Option("--sha256", help="Hash of the receipt's own document.")] = "",
    document: ReceiptFile = None,
) -> None:
    """Record the authority's receipt, which alone stops the clocks."""
    hand = Hand(giving, incident)
    report = report_of(hand.state, number)
    way = one_of(channel, FILINGS, "channel") if channel else report.filed or "portal"
    at = values.at(received_at, hand.now)
    if giving.nonce not in hand.state.nonces:
        awaits_receipt(report)
    hand.order(
        c.RecordReceipt(
            report=number,
            number=receipt_number,
            received_at=at,
            channel=way,
            sha256=taken(document, sha256),
        )
    )


def _drafted(state: State) -> Awaited:
    number = max(state.reports)

    def outcome(now: State) -> Outcome | None:
        report = now.reports[number]
        if report.failed and not report.sha256:
            return Outcome(ok=False, said=f"report {number} could not be drawn up: {report.failed}")
        if not report.sha256:
            return None
        later = f"; to follow: {', '.join(report.pending)}" if report.pending else ""
        lacks = f"; it lacks {', '.join(report.missing)}" if report.missing else ""
        return Outcome(
            ok=True, said=f"report {number} is drafted, SHA-256 {report.sha256[:12]}…{lacks}{later}"
        )

    return Awaited(f"report {number}", outcome)


def _sent(number: int) -> Awaited:
    def outcome(now: State) -> Outcome | None:
        report = now.reports[number]
        if report.failed:
            return Outcome(
                ok=False, said=f"report {number} could not be sent ({report.failed}); file it by hand"
            )
        said = f"report {number} was sent ({report.sent}); the clock runs until the authority's receipt"
        return Outcome(ok=True, said=said) if report.sent else None

    return Awaited(f"report {number}", outcome)
