"""A playbook that is named on the command line, taken from the installation's folder by value."""

from typing import TYPE_CHECKING, Annotated

import typer

from cli.stop import Exit, Stop

if TYPE_CHECKING:
    from domain.playbook import Playbook

PlaybookName = Annotated[
    str,
    typer.Option(
        "--playbook",
        metavar="ID",
        help="Go by this playbook instead of the pinned one, until the plan is in force; needs --reason.",
    ),
]


def named_playbook(name: str) -> "Playbook | None":
    """Find a playbook by its id; None where none was named.

    Raises:
        Stop: there is no such playbook.
        PackInvalid: a playbook does not hold.

    """
    if not name:
        return None
    from service.library import Library  # noqa: PLC0415 - most orders name none

    playbooks = Library.open().playbooks
    if name not in playbooks:
        raise Stop(
            "cli.not_found", f"There is no playbook {name}; there are {', '.join(playbooks)}.", Exit.NOT_FOUND
        )
    return playbooks[name]
