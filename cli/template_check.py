"""`tocsin template check`: whether messages say what people must be told, before anybody is told."""

from pathlib import Path
from typing import Annotated

import typer

from cli.output import Output, as_json, write
from cli.remarks import report
from cli.stop import Exit, Stop, usage
from domain.playbook import Words
from playbooks.messages import MESSAGES, message_ids
from playbooks.template_check import check_messages
from service.settings import load

app = typer.Typer()


@app.command()
def check(
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FOLDER]", help="A folder of messages with `default`; left out, those shipped."
        ),
    ] = None,
    output: Output = None,
) -> None:
    """Check messages: every section that the law wants, on every channel, in both languages.

    Errors: a section that is missing or says nothing, a layout that leaves one out, an unknown name, a loop
    without an end, a text that a gateway does not take, a character that cannot be seen. Warnings: what
    gateways are known to hold back.
    """
    place = folder or MESSAGES
    if not (place / "default").is_dir():
        raise usage(f"{place} has no folder `default` with the layouts; copy the shipped one there.")
    contact = load().contact
    remarks = list(check_messages(place, Words(zh=contact.zh, en=contact.en)))
    checked = len(message_ids(place))
    if said := report(remarks, checked, output):
        raise Stop("cli.template_bad", f"{said} to correct; nothing starts on such a message.", Exit.SETTINGS)
    if not as_json(output):
        write(f"{checked} messages say what people must be told.")
