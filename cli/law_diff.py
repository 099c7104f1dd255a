"""`tocsin law diff`: what two readings of the law say differently, and to which open incidents it matters."""

from collections.abc import Iterator
from difflib import ndiff
from pathlib import Path
from typing import Annotated

import typer

from cli.law_packs import Packs, law_packs, zone
from cli.output import Output, as_json, write, write_json, write_table
from cli.stop import usage
from cli.times import shown
from domain.law_change import Change, FieldChange, changes
from domain.law_effect import DutyEffect, Effect, effect, read_by
from domain.pack import Pack
from playbooks.loader import load_pack
from service.law import shelf
from service.place import place
from service.reading import Reading
from service.record import Record

LONG = 60
_SIGNS = {
    "added": "+",
    "removed": "−",
    "changed": "~",
    "opens": "+",
    "ends": "−",
    "moves": "~",
    "changes": "~",
}

app = typer.Typer()


@app.command()
def diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="A law pack, or a folder of them.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="The other one, of the same kind.")],
    open_incidents: Annotated[
        bool,
        typer.Option("--open-incidents", help="Say too what would change for every incident that is open."),
    ] = False,
    packs: Packs = None,
    output: Output = None,
) -> None:
    """Compare law packs: duties, deadlines, triggers, recipients, dates, grading, notes."""
    if old.is_dir() != new.is_dir():
        raise usage("OLD and NEW are two packs, or two folders of packs.")
    before, after = _read(old), _read(new)
    found = changes(before, _renamed(before, after))
    effects = list(_effects(before, after, packs, alone=not old.is_dir())) if open_incidents else None
    if as_json(output):
        write_json(
            {"changes": found, "incidents": None if effects is None else [_json(*one) for one in effects]}
        )
        return
    for change in found:
        write("\n".join(_change(change)))
    if not found:
        write("The two say the same.")
    for incident, changed in effects or ():
        write("")
        tell(incident, changed)
    if effects == []:
        write("\nNo incident is open.")


def _read(where: Path) -> tuple[Pack, ...]:
    return shelf(where) if where.is_dir() else (load_pack(where),)


def _renamed(before: tuple[Pack, ...], after: tuple[Pack, ...]) -> tuple[Pack, ...]:
    """Compare two single packs as one, whatever they are called."""
    if len(before) == len(after) == 1:
        return (after[0].model_copy(update={"id": before[0].id}),)
    return after


def _effects(
    before: tuple[Pack, ...], after: tuple[Pack, ...], packs: Path | None, *, alone: bool
) -> Iterator[tuple[str, Effect]]:
    if alone:
        # The rest of the law stays as it is installed.
        rest = tuple(pack for pack in law_packs(packs) if pack.id not in {before[0].id, after[0].id})
        before, after = (*rest, *before), (*rest, *after)
    reading = Reading(place())
    for row in reading.incidents():
        if row.phase == "closed":
            continue
        record = Record(reading, row.incident)
        opened = record.state.opened
        if opened is not None:
            old, new = (
                read_by(law, opened.organisation, record.state, record.now) for law in (before, after)
            )
            yield row.incident, effect(old, new)


def _change(change: Change) -> Iterator[str]:
    name = change.id if change.what == "duty" else f"{change.what} {change.id}"
    yield f"{_SIGNS.get(change.how, '~')} {name}" + (f" ({change.pack})" if change.what != "pack" else "")
    for field in change.fields:
        if change.how == "changed":
            yield from _field(field)
        elif field.field in {"article", "deadline", "urgency", "in force"}:
            yield f"    {field.field}: {field.new}"


def _field(field: FieldChange) -> Iterator[str]:
    old, new = ((text or "–").splitlines() for text in (field.old, field.new))
    if len(old) == len(new) == 1 and len(old[0]) + len(new[0]) < LONG:
        yield f"    {field.field}: {old[0]} → {new[0]}"
        return
    yield f"    {field.field}:"
    for line in ndiff(old, new):
        if line[0] in "+-":
            yield f"      {line.replace('-', '−', 1) if line[0] == '-' else line}"


def tell(incident: str, changed: Effect) -> None:
    """Say what another reading of the law changes for one incident."""
    if changed.nothing:
        write(f"{incident}: nothing changes.")
        return
    duty = "duty" if changed.count("opens") == 1 else "duties"
    said = [f"+ {changed.count('opens')} {duty}", f"− {changed.count('ends')}"]
    if changed.count("moves"):
        said.append(f"{changed.count('moves')} moved")
    if changed.grade_before != changed.grade_after:
        said.append(f"level {changed.grade_before} → {changed.grade_after}")
    write(f"{incident}: {', '.join(said)}")
    write_table((), (_row(each) for each in changed.duties))


def _row(each: DutyEffect) -> tuple[str, ...]:
    where = zone()
    answer = each.after.replace("_", " ")
    if each.before != each.after:
        answer = f"{each.before.replace('_', ' ')} → {answer}"
    when = shown(each.due_after, where)
    if each.due_before and each.due_after and each.due_before != each.due_after:
        when = f"{shown(each.due_before, where)} → {when}"
    return (f"{_SIGNS.get(each.how, '~')} {each.duty}", each.title, answer, when, each.reason)


def _json(incident: str, changed: Effect) -> dict[str, object]:
    return {"incident": incident, **changed.model_dump(mode="json")}
