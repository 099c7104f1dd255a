"""Which number a campaign has in the rows, and whether its rows may still move."""

from dataclasses import dataclass

from sqlalchemy.engine.interfaces import DBAPICursor

from ledger.database import Database


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A campaign as its rows know it."""

    number: int
    closed: bool


class Enrolment:
    """Looks campaigns up inside a transaction."""

    def __init__(self, database: Database) -> None:
        look = "SELECT number, closed_at FROM campaign WHERE "
        # A writer on PostgreSQL holds the campaign's row, so that `close` waits for it.
        held = "" if database.sqlite else " FOR SHARE"
        self._by_name = database.sql(f"{look} stream = ?")
        self._by_name_held = self._by_name + held
        self._by_number_held = database.sql(f"{look} number = ?{held}")

    def named(self, hand: DBAPICursor, campaign: str) -> Enrolled | None:
        """The campaign of this stream."""
        return _one(hand, self._by_name, campaign)

    def moving(self, hand: DBAPICursor, campaign: str) -> int | None:
        """The number of a campaign whose rows may move, kept from being closed until the transaction ends."""
        found = _one(hand, self._by_name_held, campaign)
        return None if found is None or found.closed else found.number

    def numbered(self, hand: DBAPICursor, number: int) -> Enrolled | None:
        """The campaign with this number, kept from being closed until the transaction ends."""
        return _one(hand, self._by_number_held, number)


def _one(hand: DBAPICursor, query: str, key: str | int) -> Enrolled | None:
    hand.execute(query, (key,))
    row = hand.fetchone()
    return Enrolled(row[0], row[1] is not None) if row else None
