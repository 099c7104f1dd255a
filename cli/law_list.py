"""`tocsin law list`: every duty of the law packs."""

from datetime import UTC, date, datetime
from typing import Annotated

import typer

from cli.law_packs import Packs, law_packs
from cli.output import Output, as_json, write_json, write_table
from cli.stop import usage
from domain.lawbook import Entry, entries, row
from domain.pack import DutyRule

app = typer.Typer()


@app.command("list")
def list_(  # noqa: PLR0913, PLR0917 - one parameter for each filter
    jurisdiction: Annotated[
        str, typer.Option("--jurisdiction", metavar="CODE", help="Only this one: CN, EU, …")
    ] = "",
    instrument: Annotated[
        str, typer.Option("--instrument", metavar="WORD", help="Only what has this in its name, id or pack.")
    ] = "",
    kind: Annotated[
        str, typer.Option("--kind", metavar="KIND", help="incident, vulnerability, standing, periodic, …")
    ] = "",
    live: Annotated[bool, typer.Option("--live", help="Only what may start a clock.")] = False,
    on: Annotated[
        str, typer.Option("--on", metavar="DATE", help="As the law stood on a day; left out, today.")
    ] = "",
    packs: Packs = None,
    output: Output = None,
) -> None:
    """List every duty with its article, deadline, and how sure we are of it."""
    at = _day(on)
    found = [
        entry
        for entry in entries(law_packs(packs), at)
        if _about(entry, instrument)
        and jurisdiction.upper() in {"", entry.pack.jurisdiction}
        and kind in {"", entry.rule.kind}
        and (entry.live or not live)
    ]
    if as_json(output):
        write_json([row(entry) for entry in found])
        return
    write_table(
        ("duty", "", "instrument", "article", "deadline", "confidence", "live"),
        (
            (
                entry.rule.id,
                entry.rule.title.zh,
                entry.pack.by_instrument[entry.rule.instrument].title.zh,
                entry.rule.article,
                deadline(entry.rule),
                entry.rule.confidence.removeprefix("VERIFIED_").lower(),
                _live(entry),
            )
            for entry in found
        ),
        title="Duties",
    )


def deadline(rule: DutyRule) -> str:
    """Write a deadline in short: its length, or the law's word where it gives no number."""
    if rule.deadline is None:
        return rule.urgency or "–"
    days = {"business": " business days", "retention_minimum": " at least"}.get(rule.calendar, "")
    return f"{rule.deadline}{days}"


def _about(entry: Entry, word: str) -> bool:
    instrument = entry.pack.by_instrument[entry.rule.instrument]
    names = (entry.pack.id, instrument.id, instrument.name, instrument.title.en)
    return any(word.casefold() in name.casefold() for name in names)


def _live(entry: Entry) -> str:
    if not entry.in_force:
        return "not in force"
    return "live" if entry.live else entry.rule.status.replace("_", " ")


def _day(text: str) -> datetime:
    if not text:
        return datetime.now(UTC)
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise usage(f"--on {text[:40]} is no date: write one such as 2026-01-01.") from error
    # Noon in UTC lies on the same day from the Americas to Japan.
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
