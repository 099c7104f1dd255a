"""A campaign in figures, from its rows as they stand now."""

from domain.ids import campaign_stream
from ledger.database import Database
from ledger.tallies import Tallies
from ledger.writer import Writer
from service.place import Place


def tally(place: Place, incident: str, number: int) -> dict[str, int]:
    """Count the people of a campaign by the state of their row; the counts add up to the audience.

    Raises:
        LedgerUnavailable: the ledger cannot be read now.

    """
    database = Database(place.ledger_url)
    try:
        counts = Tallies(database, Writer(database)).counts(campaign_stream(incident, number))
    finally:
        database.close()
    found: dict[str, int] = {}
    for each in counts.tallies:
        found[each.state.value] = found.get(each.state.value, 0) + each.rows
    return found
