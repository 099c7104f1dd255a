"""Which lines of a campaign's list were set aside, and why; nothing of what they said."""

from collections.abc import Iterator

from sqlalchemy import select

from ledger.database import Database
from ledger.port import RejectedRow
from ledger.tables import campaign as campaign_table
from ledger.tables import rejected_row

CHUNK = 5_000


def rejected(database: Database, campaign: str) -> Iterator[RejectedRow]:
    """The lines set aside, by line number.

    Raises:
        LedgerUnavailable: the ledger cannot be read now.

    """
    query = (
        select(rejected_row.c.line, rejected_row.c.code)
        .join(campaign_table, campaign_table.c.number == rejected_row.c.campaign)
        .where(campaign_table.c.stream == campaign)
        .order_by(rejected_row.c.line)
    )
    options = {"yield_per": CHUNK}
    with database.reading() as connection, connection.execute(query, execution_options=options) as rows:
        for line, code in rows:
            yield RejectedRow(line, code)
