"""`tocsin notify`: tell the people affected."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from cli.duty_keys import chosen
from cli.giving import Giving, Incident, order
from cli.hand import Awaited, Hand, Outcome
from cli.notify_evidence import evidence
from cli.output import Output, as_json, write_json, write_table
from cli.stop import Exit, Stop, usage
from domain import commands as c
from domain.field_map import FieldMap
from domain.state import State
from playbooks.field_maps import field_map
from service.library import plan_of

app = typer.Typer(help="Tell the people affected, each once, and count them.", no_args_is_help=True)
app.command()(evidence)
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
    hand.order(wanted, _counted)


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
def status(incident: Incident, output: Output = None) -> None:
    """Show where the campaigns stand: every person is in exactly one count."""
    from service.tally import tally  # noqa: PLC0415 - counting rows takes the ledger's libraries

    hand = Hand(Giving(output=output), incident)
    found = [(each, tally(hand.place, incident, number)) for number, each in hand.state.campaigns.items()]
    if as_json(output):
        write_json([{**each.model_dump(mode="json"), "counts": counts} for each, counts in found])
        return
    write_table(
        ("campaign", "doing", "audience", "set aside", "no channel", "counts"),
        (
            (
                str(each.number),
                "over" if each.settled else each.failed or each.wanted,
                f"{each.planned.total:,}" if each.planned else "–",
                f"{each.planned.rejected:,}" if each.planned else "–",
                f"{each.planned.unreachable:,}" if each.planned else "–",
                _said(counts),
            )
            for each, counts in found
        ),
    )


def _hash(path: Path) -> str:
    try:
        with path.open("rb") as audience:
            return hashlib.file_digest(audience, "sha256").hexdigest()
    except OSError as error:
        raise Stop("cli.file", f"{path} cannot be read: {error.strerror}.", Exit.USAGE) from error


def _counted(state: State) -> Awaited:
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
            said=f"campaign {number}: {found.total:,} people ({_said(found.channels)}), "
            f"{found.unreachable:,} without a channel, {found.rejected:,} rows set aside, "
            f"SHA-256 {found.sha256[:12]}…",
        )

    return Awaited(f"campaign {number}", outcome)


def _over(number: int) -> Awaited:
    def outcome(now: State) -> Outcome | None:
        campaign = now.campaigns[number]
        if campaign.settled:
            root = campaign.settled.merkle_root[:12]
            return Outcome(
                ok=True, said=f"campaign {number} is over: {_said(campaign.settled.counts)}, root {root}…"
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


def _said(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items() if count) or "nobody"
