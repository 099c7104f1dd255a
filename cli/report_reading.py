"""`tocsin report diff` and `forms`: what changed between two reports, and what a report must say."""

import json
from typing import Annotated, Any

import typer

from cli.giving import Giving, Incident
from cli.hand import Hand
from cli.output import Output, as_json, write, write_json, write_table
from cli.paper import Lang
from cli.stop import Exit, Stop
from cli.words import one_of
from domain.form import Change, Form, FormField, Sheet
from domain.layout import Tongue, text
from domain.lineage import recipient
from domain.playbook import Words
from domain.revision import changes
from domain.state import Report, State

Number = Annotated[int, typer.Argument(metavar="N", min=1, help="The report's number.")]
_TONGUES: tuple[Tongue, ...] = ("zh", "en", "both")
_NOTHING = Words(zh="（无）", en="(nothing)")


def diff(
    incident: Incident,
    number: Number,
    other: Annotated[
        int | None,
        typer.Argument(
            metavar="[M]",
            min=1,
            help="The report to hold it against; left out, the one it follows on or was drawn up after.",
        ),
    ] = None,
    lang: Lang = "both",
    output: Output = None,
) -> None:
    """Show field by field what one frozen report says otherwise than another."""
    tongue = one_of(lang, _TONGUES, "language")
    state = Hand(Giving(output=output), incident).state
    new = report_of(state, number)
    old = report_of(state, other) if other is not None else _before(state, new)
    if old.number > new.number:
        old, new = new, old
    found = changes(_sheet(old), _sheet(new))
    if as_json(output):
        write_json({"from": _told(old), "to": _told(new), "changes": list(found)})
        return
    write(f"report {old.number} ({old.form}, {old.stage}) → report {new.number} ({new.form}, {new.stage})")
    write_table(("", "field", "before", "now"), (_row(change, tongue) for change in found), "changes")


def forms(
    name: Annotated[str, typer.Argument(metavar="[FORM]", help="One form; left out, all of them.")] = "",
    lang: Lang = "both",
    output: Output = None,
) -> None:
    """List the forms, or what one of them must say and where each field comes from."""
    from playbooks.forms import FormLibrary  # noqa: PLC0415 - only this command fills or shows forms
    from service.library import Library  # noqa: PLC0415 - as above

    tongue = one_of(lang, _TONGUES, "language")
    shelf = FormLibrary()
    if name and name not in shelf.ids:
        raise Stop(
            "cli.not_found", f"There is no form {name}; there is {', '.join(shelf.ids)}.", Exit.NOT_FOUND
        )
    library = Library.open()
    used = {each: library.duties_of_form(each) for each in shelf.ids}
    if as_json(output):
        write_json(
            [
                {**shelf.form(each).model_dump(), "duties": used[each]}
                for each in ([name] if name else shelf.ids)
            ]
        )
        return
    if name:
        _print(shelf.form(name), tongue)
        return
    write_table(
        ("form", "title", "asked for by", "duties"),
        (
            (
                each,
                text(shelf.form(each).title, tongue),
                text(shelf.form(each).basis, tongue),
                ", ".join(used[each]),
            )
            for each in shelf.ids
        ),
    )


def report_of(state: State, number: int) -> Report:
    """Find a report by its number.

    Raises:
        Stop: there is none.

    """
    found = state.reports.get(number)
    if found is None:
        raise Stop("unknown_report", f"{state.incident} has no report {number}.", Exit.NOT_FOUND)
    return found


def _before(state: State, report: Report) -> Report:
    """Find what a report is held against: the one it follows on, else the last one to the same authority."""
    followed = state.reports.get(report.follows)
    if followed:
        return followed
    there = [
        each
        for each in state.reports.values()
        if each.number < report.number and each.sha256 and recipient(state, each) == recipient(state, report)
    ]
    if not there:
        raise Stop(
            "cli.not_found",
            f"Report {report.number} is the first one to {recipient(state, report)}; name another report.",
            Exit.NOT_FOUND,
        )
    return there[-1]


def _sheet(report: Report) -> Sheet:
    from service.papers import paper  # noqa: PLC0415 - opening the ledger's seals takes its libraries

    found = paper(report.sha256) if report.sha256 else None
    if found is None:
        raise Stop("not_drafted", f"Report {report.number} was not drawn up.", Exit.REFUSED)
    return Sheet.model_validate(json.loads(found.data))


def _told(report: Report) -> dict[str, Any]:
    return {"report": report.number, "form": report.form, "stage": report.stage, "sha256": report.sha256}


def _row(change: Change, tongue: Tongue) -> tuple[str, str, str, str]:
    was, now = change.was or _NOTHING, change.now or _NOTHING
    return change.number, text(change.label, tongue), text(was, tongue, "\n"), text(now, tongue, "\n")


def _print(form: Form, tongue: Tongue) -> None:
    write(f"{text(form.title, tongue)}\n{text(form.basis, tongue)}")
    if form.least_while_false:
        write(f"a first report may hold the least only while {form.least_while_false} is false or unknown")
    rows = (
        (item.number, text(field.label, tongue), _kind(field), ", ".join(field.sources))
        for item in form.items
        for field in item.fields
    )
    write_table(("", "field", "", "taken from"), rows)


def _kind(field: FormField) -> str:
    parts = ("least" if field.minimum else "", "optional" if field.optional else "")
    return " ".join((*filter(None, parts), *([f"where {field.when}"] if field.when else [])))
