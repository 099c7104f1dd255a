"""`tocsin notify`: tell the people affected."""

import hashlib
from pathlib import Path
from typing import Annotated

import typer

from cli.duty_keys import chosen
from cli.giving import Giving, Incident, order
from cli.hand import Awaited, Hand, Outcome
from cli.notify_by_hand import by_hand, unreached
from cli.notify_evidence import evidence
from cli.notify_plan import planned
from cli.notify_plan import show as tell
from cli.notify_rejected import rejected
from cli.notify_status import said, status
from cli.output import Output, as_json, write_json
from cli.stop import Exit, Stop, usage
from domain import commands as c
from domain.field_map import FieldMap
from domain.state import State
from service.library import plan_of

app = typer.Typer(help="Tell the people affected, each once, and count them.", no_args_is_help=True)
app.command()(status)
app.command()(evidence)
app.command()(rejected)
app.command()(unreached)
app.command("by-hand")(by_hand)
Number = Annotated[int, typer.Argument(metavar="N", min=1, help="The campaign's number.")]


@app.command()
@order
def plan(  # noqa: PLR0913, PLR0917 - one parameter for each option
    giving: Giving,
    incident: Incident,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The list, where the workers can read it.")],
    mapping: Annotated[
        Path | None,
        typer.Option("--mapping", metavar="FILE", help="YAML: which column of the list is which field."),
    ] = None,
    source: Annotated[
        str, typer.Option("--source", metavar="NAME", help="FILE is a query to put to this database.")
    ] = "",
    message: Annotated[
        str, typer.Option("--message", help="Id of the message; left out, the playbook's first.")
    ] = "",
    duties: Annotated[
        list[str] | None, typer.Option("--duty", help="A duty it answers; left out, all that are owed.")
    ] = None,
) -> None:
    """Freeze and count an audience; nobody is told yet."""
    from playbooks.field_maps import field_map  # noqa: PLC0415 - help needs no YAML

    hand = Hand(giving, incident)
    keys = chosen(hand.state, duties or (), "notify")
    if not keys:
        raise Stop("cli.not_found", f"{incident} owes no notification.", Exit.NOT_FOUND)
    path = file.expanduser().resolve()
    name = message or _first(hand.state)
    wanted = c.PlanNotification(
        audience=str(path),
        sha256=_hash(path),
        message=name,
        duties=keys,
        source=source,
        fields=field_map(mapping) if mapping else FieldMap(),
    )
    hand.order(wanted, lambda state: _counted(hand, state))
    number = max(hand.state.campaigns)
    if not as_json(giving.output) and hand.state.campaigns[number].planned:
        tell(planned(hand, number), hand.zone, hand.now)


@app.command()
def show(incident: Incident, number: Number, output: Output = None) -> None:
    """Show a campaign's plan: people, time, cost, samples, and whether the deadline can be met."""
    hand = Hand(Giving(output=output), incident)
    found = planned(hand, number)
    if as_json(output):
        write_json(found)
    else:
        tell(found, hand.zone, hand.now)


@app.command()
@order
def start(giving: Giving, incident: Incident, number: Number) -> None:
    """Let the messages go; needs a second person. Waits for the end as long as --wait says."""
    Hand(giving, incident).order(c.StartNotification(campaign=number), lambda _: _over(number))


@app.command()
@order
def pause(giving: Giving, incident: Incident, number: Number) -> None:
    """Hold a campaign; no further batch leaves."""
    Hand(giving, incident).order(c.PauseNotification(campaign=number))


@app.command()
@order
def resume(giving: Giving, incident: Incident, number: Number) -> None:
    """Let a held campaign go on."""
    Hand(giving, incident).order(c.ResumeNotification(campaign=number), lambda _: _over(number))


@app.command()
@order
def stop(giving: Giving, incident: Incident, number: Number) -> None:
    """End a campaign for good, with a reason; who was not told by then is still owed it, another way."""
    Hand(giving, incident).order(c.StopNotification(campaign=number), lambda _: _over(number))


def _hash(path: Path) -> str:
    try:
        with path.open("rb") as audience:
            return hashlib.file_digest(audience, "sha256").hexdigest()
    except OSError as error:
        raise Stop("cli.file", f"{path} cannot be read: {error.strerror}.", Exit.USAGE) from error


def _counted(hand: Hand, state: State) -> Awaited:
    number = max(state.campaigns)

    def outcome(now: State) -> Outcome | None:
        campaign = now.campaigns[number]
        if campaign.failed:
            return Outcome(ok=False, said=f"campaign {number} has no audience: {campaign.failed}")
        found = campaign.planned
        if found is None:
            return None
        return Outcome(
            ok=True,
            said=f"campaign {number}: {found.total:,} people ({said(found.channels)}), "
            f"{found.unreachable:,} without a channel, {found.rejected:,} rows set aside, "
            f"SHA-256 {found.sha256[:12]}…",
            plan=planned(hand, number) if as_json(hand.giving.output) else None,
        )

    return Awaited(f"campaign {number}", outcome)


def _over(number: int) -> Awaited:
    def outcome(now: State) -> Outcome | None:
        campaign = now.campaigns[number]
        if campaign.settled:
            root = campaign.settled.merkle_root[:12]
            return Outcome(
                ok=True, said=f"campaign {number} is over: {said(campaign.settled.counts)}, root {root}…"
            )
        if campaign.wanted == "paused":
            return Outcome(
                ok=False, said=f"campaign {number} is held; see tocsin notify status {now.incident}"
            )
        return None

    return Awaited(f"campaign {number}", outcome, running=True)


def _first(state: State) -> str:
    playbook = plan_of(state)
    if playbook is None:
        raise usage("The incident's playbook is not here any more; say --message.")
    return playbook.notification.messages[0]
