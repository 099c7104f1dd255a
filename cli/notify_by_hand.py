"""`tocsin notify unreached` and `by-hand`: whom no message reached is telephoned, written to, visited."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli.giving import Giving, Incident, order
from cli.hand import Hand
from cli.output import as_json, write, write_json
from cli.stop import Exit, Stop
from domain import commands as c
from domain.state import Campaign

Number = Annotated[int, typer.Argument(metavar="N", min=1, help="The campaign's number.")]
_SHOWN = 20


class Means(StrEnum):
    """How people were told."""

    TELEPHONE = "telephone"
    LETTER = "letter"
    IN_PERSON = "in_person"


@order
def unreached(
    giving: Giving,
    incident: Incident,
    number: Number,
    to: Annotated[Path, typer.Option("--to", metavar="PATH", help="The new file; only you may read it.")],
) -> None:
    """Write whom a counted campaign did not reach to a file, with names and addresses, to tell them by hand.

    Only for who may open evidence, and with a reason; that the list was written is in the ledger before.
    """
    from ledger.master import MasterKey  # noqa: PLC0415 - help needs no ledger
    from ledger.memory import Memory  # noqa: PLC0415 - as above
    from service.by_hand_list import write_unreached  # noqa: PLC0415 - as above
    from service.evidence_access import allowed  # noqa: PLC0415 - as above
    from service.settings import load  # noqa: PLC0415 - as above

    _counted(Hand(giving, incident), incident, number)
    settings = load()
    operator = allowed(settings, giving.operator, giving.reason)
    target = to.expanduser().resolve()
    memory = Memory(settings.place.ledger_url, MasterKey(settings.master_file))
    try:
        rows = write_unreached(memory, incident, number, target, operator, giving.reason)
    except OSError as error:
        raise Stop("cli.file", f"{target} cannot be written: {error.strerror}.", Exit.USAGE) from error
    finally:
        memory.close()
    if as_json(giving.output):
        write_json({"to": str(target), "written": rows})
        return
    write(f"{rows:,} people are in {target}, for you alone. Write `told` under outcome for whom you told,")
    write(f"with `at` and `by`, and bring it back: tocsin notify by-hand {incident} {number} FILE --means …")


@order
def by_hand(
    giving: Giving,
    incident: Incident,
    number: Number,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The list, worked through.")],
    means: Annotated[Means, typer.Option("--means", help="How they were told.")],
) -> None:
    """Count whom people told by hand, by the list that they bring back; it needs a second person.

    Lines that do not count are named with the reason: no such row, told before, twice in the list. The rest
    is kept sealed with the campaign's key under its hash, which the record names.
    """
    from ledger.master import MasterKey  # noqa: PLC0415 - help needs no ledger
    from ledger.memory import Memory  # noqa: PLC0415 - as above
    from service.by_hand_list import ListUnfit, bring_back  # noqa: PLC0415 - as above
    from service.settings import load  # noqa: PLC0415 - as above

    hand = Hand(giving, incident)
    campaign = _counted(hand, incident, number)
    settings = load()
    memory = Memory(settings.place.ledger_url, MasterKey(settings.master_file))
    try:
        brought = bring_back(memory, incident, campaign, file.expanduser(), means.value)
    except ListUnfit as unfit:
        raise Stop("cli.file", str(unfit), Exit.USAGE) from unfit
    finally:
        memory.close()
    for line, why in brought.aside[:_SHOWN]:
        typer.echo(f"line {line}: {why}", err=True)
    if len(brought.aside) > _SHOWN:
        typer.echo(f"and {len(brought.aside) - _SHOWN:,} lines more that do not count", err=True)
    if not brought.told:
        raise Stop("cli.nobody_told", f"Nobody in {file} counts as told.", Exit.REFUSED)
    hand.order(
        c.RecordByHand(campaign=number, means=means.value, told=len(brought.told), sha256=brought.sha256)
    )


def _counted(hand: Hand, incident: str, number: int) -> Campaign:
    campaign = hand.state.campaigns.get(number)
    if campaign is None or campaign.settled is None:
        raise Stop(
            "cli.not_found", f"{incident} has no campaign {number} that has been counted.", Exit.NOT_FOUND
        )
    return campaign
