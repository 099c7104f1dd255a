"""Rules of reports: drawn from facts, frozen, filed by two persons, ended by the authority's receipt."""

from domain import commands as c
from domain import facts as f
from domain.approval import second_person
from domain.evidence import Evidence
from domain.lineage import before, everyone_answered, recipient
from domain.refusal import Refused
from domain.rules_duty import meet_all, not_before_awareness, not_in_future, owed, see_channel
from domain.rules_settle import reported
from domain.state import Report
from domain.turn import Turn


def draft_report(turn: Turn, order: c.DraftReport) -> None:
    """Ask for a report to one authority; several of its duties may be answered by one report."""
    for key in order.duties:
        _reportable(turn, key, order.stage)
    authorities = {key.authority for key in order.duties}
    if len(authorities) > 1:
        raise Refused(
            "several_authorities",
            f"One report goes to one authority, these are {', '.join(sorted(authorities))}.",
        )
    turn.record(
        f.ReportRequested(
            report=len(turn.state.reports) + 1,
            form=order.form,
            stage=order.stage,
            duties=order.duties,
            follows=_follows(turn, order),
        ),
    )


def _reportable(turn: Turn, key: f.DutyKey, stage: f.Stage) -> None:
    """See that there is something to report; what was met may still be followed up."""
    duty = turn.state.duties.get(str(key))
    if stage == "initial" or duty is None or duty.by != "report" or duty.status not in {"met", "met_late"}:
        owed(turn, key, "report")


def _follows(turn: Turn, order: c.DraftReport) -> int:
    if order.stage == "initial":
        return 0
    found = before(turn.state, order.duties, turn.book.packs)
    numbers = {report.number: authority for authority, report in found.items()}
    if order.follows and order.follows not in numbers:
        known = ", ".join(f"{number} ({authority})" for number, authority in numbers.items())
        raise Refused(
            "unknown_report",
            f"Report {order.follows} is not the latest filed one to any of these duties' authorities; "
            f"there is {known or 'none yet'}.",
        )
    if order.follows:
        return order.follows
    if len(numbers) > 1:
        raise Refused(
            "several_authorities",
            f"The first report went to {', '.join(sorted(found))}: draw up one for each, "
            "and say with --follows which report it follows on.",
        )
    return next(iter(numbers), 0)


def file_report(turn: Turn, order: c.FileReport, envelope: c.Envelope) -> None:
    """Send a report on its way: by e-mail we do it, by any other channel a person does."""
    report = _report(turn, order.report)
    if report.receipt:
        raise Refused("already_filed", f"Report {report.number} has its receipt ({report.receipt}).")
    if report.filed == "email" and not report.sent and not report.failed:
        raise Refused("filing_under_way", f"Report {report.number} is being sent; wait for its outcome.")
    see_channel(turn, report.duties, order.channel)
    if report.missing and not envelope.reason:
        raise Refused(
            "missing_fields",
            f"Report {report.number} lacks {', '.join(report.missing)}; record them, "
            "or say with --reason why it goes without.",
        )
    by = second_person(
        turn.state,
        f"report/{report.number}",
        operator=envelope.operator,
        offered=envelope.approvals,
    )
    turn.record(
        f.ReportFiled(
            report=report.number,
            channel=order.channel,
            authority=recipient(turn.state, report),
            sha256=report.sha256,
            approved_by=by,
        ),
    )


def awaits_receipt(report: Report) -> None:
    """See that a report was filed and has no receipt yet.

    Raises:
        Refused: `not_filed` or `already_filed`.

    """
    if not report.filed:
        raise Refused("not_filed", f"Report {report.number} was not filed; file it first.")
    if report.receipt:
        raise Refused("already_filed", f"Report {report.number} has its receipt ({report.receipt}).")


def take_receipt(turn: Turn, order: c.RecordReceipt) -> None:
    """Take the receipt and settle the duties that the report answered."""
    report = _report(turn, order.report)
    awaits_receipt(report)
    not_in_future(turn, order.received_at)
    not_before_awareness(turn, order.received_at)
    turn.record(
        f.ReceiptRecorded(
            report=report.number,
            number=order.number,
            received_at=order.received_at,
            channel=order.channel,
            sha256=order.sha256,
        ),
    )
    evidence = Evidence(
        means="report",
        reference=f"report/{report.number}",
        number=order.number,
        sha256=report.sha256,
        channel=order.channel,
        at=order.received_at,
        by=turn.actor,
    )
    answered = [key for key in report.duties if everyone_answered(turn.state, key, turn.book.packs)]
    meet_all(turn, answered, evidence)
    duties = (key.duty for key in report.duties)
    reported(turn, duties, order.received_at, f"receipt {order.number}")


def _report(turn: Turn, number: int) -> Report:
    report = turn.state.reports.get(number)
    if report is None:
        raise Refused("unknown_report", f"{turn.state.incident} has no report {number}.")
    if report.failed and not report.sha256:
        raise Refused("not_drafted", f"Report {number} failed to be drawn up ({report.failed}); draft anew.")
    if not report.sha256:
        raise Refused("not_drafted", f"Report {number} is still being drawn up.")
    return report
