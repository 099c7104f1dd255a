"""The rows of a list that were set aside, written out of the list itself so that they can be mended."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from activities.sources import Sources
from domain.ids import campaign_stream
from domain.listing import Listing
from domain.state import Campaign
from ledger.database import Database
from ledger.rejects import rejected
from service.place import Place
from service.private_csv import private_csv

LINE, REASON = "tocsin_line", "tocsin_reason"


class Rejects(NamedTuple):
    """How many rows were written, how many repeats left out, and how many lines are not in the list now."""

    written: int
    repeats: int
    missing: int


def write_rejects(  # noqa: PLR0913, PLR0917 - whose rows, from where, and to where
    place: Place, sources: Sources, incident: str, campaign: Campaign, listed: Path, to: Path
) -> Rejects:
    """Write the broken rows of a campaign's list, each with its line and reason, to a new file of mode 0600.

    The ledger keeps numbers and codes alone; what stands in the rows is read from the list again, whose
    SHA-256 must be the campaign's. Repeats stay out: their first row was told.

    Raises:
        ListInvalid: the list is not the one of the campaign, or cannot be read.
        OSError: the file exists, or cannot be written; nothing is left of it.
        LedgerUnavailable: the ledger cannot be read now.

    """
    database = Database(place.ledger_url)
    try:
        aside = list(rejected(database, campaign_stream(incident, campaign.number)))
    finally:
        database.close()
    broken = {row.line: row.code for row in aside if row.code != "duplicate"}
    with sources.opened(listed, campaign.sha256, campaign.source, _still) as listing, private_csv(to) as put:
        written = _write(put, listing, broken)
    return Rejects(written, len(aside) - len(broken), len(broken) - written)


def _write(put: Callable[[Sequence[str]], object], listing: Listing, broken: Mapping[int, str]) -> int:
    put([LINE, REASON, *listing.header])
    written = 0
    last = max(broken, default=0)
    for row in listing.rows():
        if row.line > last:
            break
        code = broken.get(row.line)
        if code is not None:
            put([str(row.line), code, *(row.torn if row.cells is None else row.cells)])
            written += 1
    return written


def _still() -> None:
    """Nobody waits for a sign of life."""
