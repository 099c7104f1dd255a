"""`tocsin playbook check` and `schema`: what a lead needs while writing a plan."""

from pathlib import Path
from typing import Annotated

import typer

from cli.output import Output, as_json, write
from cli.remarks import report
from cli.stop import Exit, Stop, usage
from playbooks.checking import Surroundings, check_file
from playbooks.forms import FormLibrary
from playbooks.incident_schema import schema as form
from playbooks.messages import MESSAGES, message_ids
from service.library import Library

app = typer.Typer()


@app.command()
def schema(
    part: Annotated[bool, typer.Option("--part", help="That of a part, which playbooks include.")] = False,
) -> None:
    """Print the JSON Schema of a playbook, by which an editor completes and checks one."""
    write(form(part=part).rstrip())


@app.command()
def check(
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FILE…]", help="Playbooks; left out, all of this installation."),
    ] = None,
    jurisdiction: Annotated[
        list[str] | None,
        typer.Option(
            "--jurisdiction",
            help="Whose law is to be served, such as CN or EU, several times; left out, CN and the "
            "organisation's.",
        ),
    ] = None,
    output: Output = None,
) -> None:
    """Check playbooks against the law packs, the forms, the messages and the settings.

    Errors stop the engine from starting: a duty that no step serves, an unknown duty, form or message.
    Warnings do not: an action or a role that the settings lack, a form's field without its step.
    """
    library = Library.open()
    around = _around(library, jurisdiction)
    places = files or list(library.playbook_files.values())
    remarks = [remark for file in places for remark in check_file(file, around)[1]]
    if said := report(remarks, len(places), output):
        raise Stop(
            "cli.playbook_bad", f"{said} to correct; nothing starts on such a playbook.", Exit.SETTINGS
        )
    if not as_json(output):
        write(
            f"{len(places)} {'playbook serves' if len(places) == 1 else 'playbooks serve'} what the law asks."
        )


def _around(library: Library, jurisdictions: list[str] | None) -> Surroundings:
    known = {pack.jurisdiction for pack in library.packs}
    wanted = set(jurisdictions or ("CN", *library.jurisdictions))
    strange = sorted(wanted - known)
    if jurisdictions and strange:
        raise usage(
            f"There is no law pack of {', '.join(strange)}; there are packs of {', '.join(sorted(known))}."
        )
    return Surroundings(
        packs=[pack for pack in library.packs if pack.jurisdiction in wanted],
        known=library.packs,
        forms=FormLibrary().forms,
        messages=message_ids(MESSAGES),
        actions=library.actions,
        roles=library.roles,
    )
