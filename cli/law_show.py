"""`tocsin law show`: everything that the law packs say of one duty."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated

import typer

from cli.law_list import deadline
from cli.law_packs import Packs, law_packs
from cli.output import Output, as_json, write, write_json, write_table
from cli.stop import Exit, Stop
from domain.lawbook import Entry, versions, whole
from domain.worded import worded
from playbooks.casefile import near

app = typer.Typer()


@app.command()
def show(
    duty: Annotated[str, typer.Argument(metavar="DUTY", help="Its id, such as CN-NCIRM-4-OTHER.")],
    packs: Packs = None,
    output: Output = None,
) -> None:
    """Show one duty: whom it binds, when, until when, to whom, saying what, and how sure we are of it."""
    law = law_packs(packs)
    found = versions(law, duty.upper(), datetime.now(UTC))
    if not found:
        hint = near(duty, [rule.id for pack in law for rule in pack.duties])
        raise Stop("cli.not_found", f"No law pack has a duty {duty[:60]}{hint}.", Exit.NOT_FOUND)
    pack = found[0].pack
    if as_json(output):
        write_json(
            {
                "id": duty.upper(),
                "pack": {
                    "id": pack.id,
                    "title": pack.title,
                    "version": pack.version,
                    "jurisdiction": pack.jurisdiction,
                    "zone": pack.zone,
                    "review": pack.review.model_dump(mode="json"),
                    "notes": list(pack.notes),
                },
                "versions": [whole(entry) for entry in found],
            }
        )
        return
    for entry in found:
        _version(entry, len(found))
    write(f"Readings that the pack {pack.id} (version {pack.version}) rests on:")
    for note in pack.notes:
        write(f"- {note}")


def _version(entry: Entry, count: int) -> None:
    rule = entry.rule
    write(f"{rule.id} · {rule.title.zh} · {rule.title.en}")
    if count > 1:
        write("the version in force today" if entry.in_force else "a version of other days")
    write_table((), _rows(entry))


def _rows(entry: Entry) -> Iterator[tuple[str, str]]:
    rule, pack = entry.rule, entry.pack
    instrument = pack.by_instrument[rule.instrument]
    rows = (
        ("law", f"{instrument.name} {rule.article}"),
        ("in English", f"{instrument.title.en}"),
        ("in force", _span(entry)),
        ("binds", rule.obligor),
        ("kind", rule.kind),
        ("owed when", "\n".join(worded(rule.trigger, "en"))),
        ("触发条件", "\n".join(worded(rule.trigger, "zh"))),
        ("exempt", _exemption(entry)),
        ("clock starts", _start(entry)),
        ("deadline", f"{deadline(rule)}, {rule.calendar}" if rule.deadline else deadline(rule)),
        ("for some", "\n".join(_other_deadlines(entry))),
        ("in its words", rule.deadline_text or ""),
        ("to", "\n".join(_recipients(entry))),
        ("channels", ", ".join(rule.channels)),
        ("form", rule.form or ""),
        ("must say", "\n".join(rule.content)),
        ("then", "\n".join(_follow_ups(entry))),
        ("penalty", rule.penalty or ""),
        ("read as", rule.interpretation or ""),
        ("notes", rule.notes or ""),
        ("source", rule.source or instrument.source or ""),
        ("confidence", f"{rule.confidence}, {rule.status}, {'live' if entry.live else 'never a live clock'}"),
        ("reviewed", _review(entry)),
    )
    return (row for row in rows if row[1])


def _span(entry: Entry) -> str:
    first, last = entry.pack.span_of(entry.rule)
    begins = "throughout" if first.year == 1 else f"from {first}"
    ends = "" if last.year == 9999 else f" until {last}"  # noqa: PLR2004 - the last year of the calendar
    return f"{begins}{ends}"


def _exemption(entry: Entry) -> str:
    found = entry.rule.exemption
    if found is None:
        return ""
    lines = [found.text, *(f"  {line}" for line in worded(found.when, "en"))]
    if found.doubt is not None:
        lines += ["cannot be told while:", *(f"  {line}" for line in worded(found.doubt, "en"))]
    return "\n".join(
        [*lines, f"decided by {found.decided_by.zh} ({found.decided_by.en}); {found.persons} persons"]
    )


def _start(entry: Entry) -> str:
    starts = ", else ".join(entry.rule.clock_start)
    counted = entry.rule.counted_from
    return starts if counted == "instant" else f"{starts}; counted from the {counted.replace('_', ' ')} of it"


def _other_deadlines(entry: Entry) -> Iterator[str]:
    for other in entry.rule.other_deadlines:
        yield f"{other.deadline}, when"
        yield from (f"  {line}" for line in worded(other.when, "en"))


def _recipients(entry: Entry) -> Iterator[str]:
    for to in entry.rule.recipients:
        yield f"{to.zh} ({to.en}), by {to.by}{', when' if to.when is not None else ''}"
        yield from (f"  {line}" for line in (worded(to.when, "en") if to.when is not None else ()))


def _follow_ups(entry: Entry) -> Iterator[str]:
    for follow in entry.rule.follow_ups:
        parts = (follow.kind, follow.deadline or "", follow.deadline_text or "", follow.duty or "")
        yield f"{', '.join(part for part in parts if part)}, from {follow.clock_start}"


def _review(entry: Entry) -> str:
    for where, review in (("the duty", entry.rule.review), ("the pack", entry.pack.review)):
        if review.reviewer:
            return f"{where} by {review.reviewer}{f' on {review.on}' if review.on else ''}"
    return "by nobody yet"
