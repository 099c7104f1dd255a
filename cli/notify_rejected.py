"""`tocsin notify rejected`: write out the rows of a list that were set aside, to be mended."""

from pathlib import Path
from typing import Annotated

import typer

from cli.giving import Giving, Incident
from cli.hand import Hand
from cli.output import Output, as_json, write, write_json
from cli.stop import Exit, Stop

Number = Annotated[int, typer.Argument(metavar="N", min=1, help="The campaign's number.")]


def rejected(
    incident: Incident,
    number: Number,
    to: Annotated[Path, typer.Option("--to", metavar="PATH", help="The new file; only you may read it.")],
    listed: Annotated[
        Path | None, typer.Option("--list", metavar="FILE", help="The list; left out, where it was then.")
    ] = None,
    output: Output = None,
) -> None:
    """Write the rows of a list that were set aside to a file, with line and reason, to be mended.

    Plan a further campaign for the mended file. The rows are read from the list itself, because the ledger
    keeps nothing of them; repeats are left out.
    """
    from activities.query import SourceLost  # noqa: PLC0415 - help needs no readers
    from domain.listing import ListInvalid  # noqa: PLC0415 - as above
    from service.compose import sources  # noqa: PLC0415 - as above
    from service.rejects import write_rejects  # noqa: PLC0415 - as above
    from service.settings import load  # noqa: PLC0415 - as above

    hand = Hand(Giving(output=output), incident)
    campaign = hand.state.campaigns.get(number)
    if campaign is None or campaign.planned is None:
        raise Stop("cli.not_found", f"{incident} has no planned campaign {number}.", Exit.NOT_FOUND)
    path = (listed or Path(campaign.audience)).expanduser().resolve()
    target = to.expanduser().resolve()
    try:
        found = write_rejects(hand.place, sources(load()), incident, campaign, path, target)
    except ListInvalid as wrong:
        raise Stop("cli.file", str(wrong), Exit.USAGE) from wrong
    except SourceLost as lost:
        raise Stop("cli.act_failed", str(lost), Exit.UNREACHABLE) from lost
    except OSError as error:
        raise Stop("cli.file", f"{target} cannot be written: {error.strerror}.", Exit.USAGE) from error
    if as_json(output):
        write_json({"to": str(target), **found._asdict()})
        return
    write(f"{found.written:,} rows are in {target}, for you alone; mend them and plan a further campaign.")
    if found.repeats:
        write(f"{found.repeats:,} repeats are left out: their first row is told.")
    if found.missing:
        write(f"{found.missing:,} lines that were set aside do not stand in the list now.")
