"""`tocsin report annual`: item 4 of the annual report, from the ledger alone."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from cli.output import Output, as_json, write, write_json, write_table
from cli.paper import Docx, Html, Json, Lang, pages, write_file
from cli.stop import usage
from domain.annual import SCHEMA, Annual, Told, annual, annual_layout
from domain.fact import Fact
from domain.facts import IncidentClosed
from domain.layout import Tongue, text
from domain.line import canonical
from domain.rendering import PLACE, Language, moment
from service.place import place
from service.reading import Reading
from service.record import Record


def year_report(  # noqa: PLR0913, PLR0917 - a path for each kind of file
    year: Annotated[
        int | None,
        typer.Option("--year", min=2000, max=9999, help="The year, in Beijing time; left out, this one."),
    ] = None,
    html: Html = None,
    docx: Docx = None,
    json: Json = None,
    lang: Lang = "both",
    output: Output = None,
) -> None:
    """Sum up the risks and incidents of a year and their handling (Art. 33 of the Regulation, item 4).

    Drills never count, and no data content, basis or personal information stands in it.
    """
    wanted = pages(html, docx, json, lang)
    now = datetime.now(UTC)
    this = now.astimezone(PLACE).year
    if year is not None and year > this:
        raise usage(f"The year {year} has not begun; it is {this}.")
    found = _annual(year or this, now)
    content = {"schema": SCHEMA, **found.model_dump(mode="json")}
    from playbooks.forms import FormLibrary  # noqa: PLC0415 - a table needs no page

    shelf, paper = FormLibrary(), annual_layout(found)
    if wanted.html:
        write_file(wanted.html, shelf.page(paper, wanted.tongue).encode())
    if wanted.docx:
        write_file(wanted.docx, shelf.document(paper, wanted.tongue))
    if wanted.json:
        write_file(wanted.json, canonical(content).encode())
    if as_json(output):
        write_json(content)
        return
    for path in wanted.paths:
        write(f"written: {path}")
    if not wanted.paths:
        _print(found, wanted.tongue)


def _annual(year: int, now: datetime) -> Annual:
    from playbooks.forms import FormLibrary  # noqa: PLC0415 - as above
    from service.library import step_titles  # noqa: PLC0415 - as above

    reading = Reading(place())
    records = (Record(reading, row.incident) for row in reading.incidents() if not row.drill)
    told = [Told(state=record.state, closed_at=_closed(record.facts)) for record in records]
    return annual(FormLibrary().form("ndsr-33"), year, told, now, step_titles())


def _closed(facts: list[Fact]) -> datetime | None:
    return next((fact.at for fact in reversed(facts) if isinstance(fact.body, IncidentClosed)), None)


def _print(found: Annual, tongue: Tongue) -> None:
    spoken: Language = "en" if tongue == "en" else "zh"
    language: Tongue = spoken
    write(f"{text(found.title, language)} {found.year}")
    rows = []
    for entry in found.entries:
        said = {field.id: field.said for item in entry.items for field in item.fields}
        cells = (said.get(name) for name in ("type", "grade", "persons", "reports"))
        rows.append(
            (
                entry.incident,
                moment(entry.known_since, spoken),
                *(text(each, language) if each else "" for each in cells),
                entry.standing,
            )
        )
    write_table(("incident", "known since", "type", "grade", "persons", "reports", "standing"), rows)
    write(f"false alarms: {found.false_alarms}")
