"""Orders about the case itself: is it real, the plan, the second person's agreement, the close."""

from typing import Annotated

import typer

from cli.giving import Giving, Incident, order
from cli.hand import Hand
from cli.look import DryRun, Look, Yes
from cli.output import as_json, write
from cli.playbook_name import PlaybookName, named_playbook
from cli.stop import Exit, Stop, usage
from cli.subject import described, spread
from domain import commands as c
from domain.approval import content

app = typer.Typer()


@app.command()
@order
def triage(  # noqa: PLR0913, PLR0917 - one parameter for each option
    giving: Giving,
    incident: Incident,
    confirmed: Annotated[bool, typer.Option("--confirmed", help="It is an incident.")] = False,
    false_alarm: Annotated[bool, typer.Option("--false-alarm", help="It is none; needs --reason.")] = False,
    severity: Annotated[
        int | None, typer.Option("--severity", min=1, max=5, help="1 info … 5 critical.")
    ] = None,
    playbook: PlaybookName = "",
    yes: Yes = False,
    dry_run: DryRun = False,
) -> None:
    """Decide whether it is an incident or a false alarm."""
    if confirmed == false_alarm:
        raise usage("Say which: --confirmed or --false-alarm.")
    order_ = c.Triage(confirmed=confirmed, severity=severity, playbook=named_playbook(playbook))
    Hand(giving, incident).order(order_, look=Look(yes=yes, dry_run=dry_run))


@app.command()
@order
def activate(giving: Giving, incident: Incident, playbook: PlaybookName = "") -> None:
    """Put the response plan in force; from then on the incident keeps its playbook."""
    Hand(giving, incident).order(c.ActivatePlan(playbook=named_playbook(playbook)))


@app.command()
@order
def approve(
    giving: Giving,
    incident: Incident,
    subjects: Annotated[
        list[str],
        typer.Argument(
            metavar="SUBJECT…",
            help="`report/N`, `campaign/N`, `announcement/N`, `referral/N`, `withdraw/DUTY`, `settle/DUTY`, "
            "`extend/DUTY=INSTANT`, `fact/NAME=VALUE`, `adopt/DIGEST`, `byhand/N/TOLD/DIGEST` or `close`; "
            "`withdraw` alone is what is proposed for withdrawal.",
        ),
    ],
) -> None:
    """Agree, as a second person, to a content as it stands now; a changed content needs you again."""
    hand = Hand(giving, incident)
    found = [
        described(hand.state, each, hand.now) for subject in subjects for each in spread(hand.state, subject)
    ]
    agreed = [(named, what, content(hand.state, named)) for named, what in found]
    absent = [named for named, _, sha256 in agreed if sha256 is None]
    if absent or not agreed:
        what = ", ".join(absent) or "nothing"
        sentence = f"{what} has no content yet that anyone could agree to."
        raise Stop("nothing_to_approve", sentence, Exit.REFUSED)
    for named, what, sha256 in agreed:
        if not as_json(giving.output):
            write(f"You agree to {what} its content has the SHA-256 {sha256}")
        hand.order(c.Approve(subject=named, sha256=sha256 or ""))


@app.command()
@order
def close(giving: Giving, incident: Incident) -> None:
    """Close the incident; while something is owed, say what, and the command that settles it."""
    Hand(giving, incident).order(c.CloseIncident())
