"""`tocsin notify status`: where the campaigns stand; with `-w` the counts move in place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from cli.giving import Giving, Incident
from cli.hand import Hand
from cli.output import Output, as_json, table, write_json, write_table
from cli.watching import watch
from domain.state import Campaign

HEADS = ("campaign", "doing", "audience", "set aside", "no channel", "counts")


@dataclass(frozen=True, slots=True)
class Standing:
    """One campaign, and its people by the state of their rows: every person is in exactly one count."""

    campaign: Campaign
    counts: Mapping[str, int]

    def plain(self) -> dict[str, Any]:
        """The same for a program; `counted` is the sum of the counts, which is the audience."""
        return {
            **self.campaign.model_dump(mode="json"),
            "counts": self.counts,
            "counted": sum(self.counts.values()),
        }


def status(
    incident: Incident,
    watched: Annotated[
        bool,
        typer.Option(
            "-w", "--watch", help="Redraw in place until Ctrl-C; a pipe gets a line of JSON a change."
        ),
    ] = False,
    seconds: Annotated[
        float | None, typer.Option("--for", metavar="SECONDS", help="With -w: stop after so long.")
    ] = None,
    output: Output = None,
) -> None:
    """Show where the campaigns stand: every person is in exactly one count."""
    from service.tally import tally  # noqa: PLC0415 - counting rows takes the ledger's libraries

    hand = Hand(Giving(output=output), incident)

    def found() -> list[Standing]:
        hand.record.refresh()
        campaigns = hand.state.campaigns.items()
        return [Standing(each, tally(hand.place, incident, number)) for number, each in campaigns]

    def plain() -> list[dict[str, Any]]:
        return [each.plain() for each in found()]

    if watched and as_json(output):
        watch(plain, None, seconds)
    elif watched:
        watch(found, lambda seen: table(HEADS, _cells(seen)), seconds)
    elif as_json(output):
        write_json(plain())
    else:
        write_table(HEADS, _cells(found()))


def said(counts: Mapping[str, int]) -> str:
    """Say counts in words, those of nobody left out."""
    return ", ".join(f"{name} {count:,}" for name, count in counts.items() if count) or "nobody"


def _cells(found: Sequence[Standing]) -> list[tuple[str, ...]]:
    return [(str(one.campaign.number), *_cells_of(one.campaign), _counted(one)) for one in found]


def _cells_of(campaign: Campaign) -> tuple[str, ...]:
    planned = campaign.planned
    doing = "over" if campaign.settled else campaign.failed or campaign.wanted
    if campaign.settled and campaign.wanted == "stopped":
        doing = "stopped, over"
    if planned is None:
        return doing, "–", "–", "–"
    return doing, f"{planned.total:,}", f"{planned.rejected:,}", f"{planned.unreachable:,}"


def _counted(one: Standing) -> str:
    counts = {name: count for name, count in one.counts.items() if count}
    if len(counts) < 2:  # noqa: PLR2004 - one count is its own sum
        return said(counts)
    return f"{' + '.join(f'{name} {count:,}' for name, count in counts.items())} = {sum(counts.values()):,}"
