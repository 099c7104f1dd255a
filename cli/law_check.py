"""`tocsin law schema` and `check`: the form of a pack, and everything that is wrong with some."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.law_packs import law_folder
from cli.output import Output, as_json, write, write_json
from cli.stop import Exit, Stop
from domain.lawbook import ending
from playbooks.invalid import PackInvalid
from playbooks.loader import check_pack, check_packs, load_pack, load_packs
from playbooks.schema import schema as form

app = typer.Typer()


@app.command()
def schema() -> None:
    """Print the JSON Schema of a law pack, by which an editor completes and checks one."""
    write(form().rstrip())


@app.command()
def check(
    packs: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[PACK…]", help="Files, or folders of them; left out, the packs in use."),
    ] = None,
    output: Output = None,
) -> None:
    """Check law packs: each flaw with its file, line, field and what would be right."""
    places = packs or [law_folder(None)]
    wrong = [flaw for place in places for flaw in _flaws(place)]
    minds = [] if wrong else [mind for place in places for mind in _minds(place)]
    checked = sum(len(list(place.glob("*.yaml"))) if place.is_dir() else 1 for place in places)
    if as_json(output):
        write_json(
            {
                "ok": not wrong,
                "checked": checked,
                "flaws": [
                    {
                        "file": str(flaw.file),
                        "line": flaw.line,
                        "field": flaw.field,
                        "sentence": flaw.sentence,
                    }
                    for flaw in wrong
                ],
                "minds": minds,
            }
        )
    else:
        for flaw in wrong:
            write(str(flaw))
    if wrong:
        flaws = "1 flaw" if len(wrong) == 1 else f"{len(wrong)} flaws"
        raise Stop("cli.pack_bad", f"{flaws} to correct; nothing starts on such a pack.", Exit.SETTINGS)
    if not as_json(output):
        for mind in minds:
            write(f"mind: {mind}")
        write(f"{checked} law {'pack holds' if checked == 1 else 'packs hold'}.")


def _flaws(place: Path) -> tuple[PackInvalid, ...]:
    return check_packs(place) if place.is_dir() else check_pack(place)


def _minds(place: Path) -> list[str]:
    """Say what holds and wants looking at all the same."""
    packs = load_packs(place) if place.is_dir() else (load_pack(place),)
    return list(ending(packs, datetime.now(UTC)))
