"""`tocsin report`: draw up, read, file, and the authority's receipt."""

from typing import Annotated, get_args

import typer

from cli import values
from cli.duty_keys import duty_of
from cli.giving import Giving, Incident, order
from cli.hand import Awaited, Hand, Outcome
from cli.output import Output, as_json, write, write_json, write_table
from cli.paper import Docx, Html, Json, Lang, pages, show_paper
from cli.stop import Exit, Stop, usage
from cli.words import one_of
from domain import commands as c
from domain.facts import DutyKey, Filing, Stage
from domain.next_step import report_next
from domain.state import Duty, Report, State
from service.library import Library

app = typer.Typer(
    help="Draw up reports to authorities, file them, record the receipts.", no_args_is_help=True
)
Number = Annotated[int, typer.Argument(metavar="N", min=1, help="The report's number.")]
_FILINGS: tuple[Filing, ...] = get_args(Filing)
_STAGES: tuple[Stage, ...] = get_args(Stage)


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
    stage: Annotated[str, typer.Option("--stage", help="initial, supplement, update or final.")] = "",
    all_authorities: Annotated[
        bool, typer.Option("--all-authorities", help="Draw up one for each authority and form.")
    ] = False,
) -> None:
    """Draw up a report from the facts as they stand, and freeze it under its hash."""
    hand = Hand(giving, incident)
    chosen_stage = one_of(stage, _STAGES, "stage") if stage else None
    library = Library.open()
    wanted = [duty_of(hand.state, text) for text in duties or ()] or _waiting(hand.state)
    wanted = [duty for duty in wanted if authority in {"", duty.key.authority}]
    if not wanted:
        raise Stop("cli.not_found", f"{incident} owes no report that is not on its way.", Exit.NOT_FOUND)
    groups: dict[tuple[str, Stage, str], list[DutyKey]] = {}
    for duty in wanted:
        at = chosen_stage or library.stage(duty.key.duty)
        groups.setdefault((duty.key.authority, at, form or library.form(duty.key.duty, at)), []).append(
            duty.key
        )
    authorities = sorted({authority for authority, _, _ in groups})
    if len(authorities) > 1 and not all_authorities:
        raise usage(
            f"Reports are owed to {', '.join(authorities)}: say --authority, name duties of one of them, "
            "or say --all-authorities."
        )
    for (_, at, name), keys in groups.items():
        hand.order(c.DraftReport(form=name, stage=at, duties=tuple(keys)), _drafted)


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
    output: Output = None,
) -> None:
    """Show a frozen report, or write its files; its hash is what is agreed to and filed."""
    hand = Hand(Giving(output=output), incident)
    report = _report(hand.state, number)
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
) -> None:
    """File a report: by e-mail Tocsin sends it, by any other channel you do; both need a second person."""
    hand = Hand(giving, incident)
    _report(hand.state, number)
    way = one_of(channel, _FILINGS, "channel")
    if way != "email" and not as_json(giving.output):
        _say_where(hand, number)
    hand.order(c.FileReport(report=number, channel=way), lambda _: _sent(number) if way == "email" else None)


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
) -> None:
    """Record the authority's receipt, which alone stops the clocks."""
    hand = Hand(giving, incident)
    report = _report(hand.state, number)
    way = one_of(channel, _FILINGS, "channel") if channel else report.filed or "portal"
    hand.order(
        c.RecordReceipt(
            report=number,
            number=receipt_number,
            received_at=values.at(received_at, hand.now),
            channel=way,
            sha256=sha256,
        )
    )


def _waiting(state: State) -> list[Duty]:
    """Find the reports that are owed and not on their way."""
    away = {
        str(key)
        for report in state.reports.values()
        if report.filed and not report.failed
        for key in report.duties
    }
    return [
        duty
        for key, duty in state.duties.items()
        if duty.by == "report"
        and duty.status == "open"
        and duty.terms.answer == "owed"
        and not duty.terms.waiting_on
        and key not in away
    ]


def _report(state: State, number: int) -> Report:
    found = state.reports.get(number)
    if found is None:
        raise Stop("unknown_report", f"{state.incident} has no report {number}.", Exit.NOT_FOUND)
    return found


def _drafted(state: State) -> Awaited:
    number = max(state.reports)

    def outcome(now: State) -> Outcome | None:
        report = now.reports[number]
        if report.failed and not report.sha256:
            return Outcome(ok=False, said=f"report {number} could not be drawn up: {report.failed}")
        if not report.sha256:
            return None
        lacks = f"; it lacks {', '.join(report.missing)}" if report.missing else ""
        return Outcome(ok=True, said=f"report {number} is drafted, SHA-256 {report.sha256[:12]}…{lacks}")

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


def _say_where(hand: Hand, number: int) -> None:
    authority = hand.state.reports[number].duties[0].authority
    where = Library.open().portal(authority)
    if where:
        write(f"{authority}: {where}")
