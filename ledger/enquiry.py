"""Finding one person's row again, and what came in after its campaign was closed."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from ledger.database import Database, cursor
from ledger.enrolment import Enrolment
from ledger.port import DeliveryState, LateReceipt, Sealed

ROWS = 2_000
# SQLite takes no more marks in one statement than this, whatever its version.
MARKS = 900


class Enquiry:
    """Reads only; an unknown campaign has no rows."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._enrolment = Enrolment(database)
        sql = database.sql
        self._sealed = sql(
            "SELECT seq, person, sealed FROM recipient"
            " WHERE campaign = ? AND seq BETWEEN ? AND ? ORDER BY seq LIMIT ?"
        )
        self._highest = sql("SELECT coalesce(max(seq), 0) FROM recipient WHERE campaign = ?")
        self._late = sql(
            "SELECT leg, state, code, at FROM late_receipt WHERE campaign = ? AND seq = ? ORDER BY at, event"
        )

    def named(self, campaign: str, persons: Sequence[str]) -> list[int]:
        """The rows of these persons, each given as `CampaignKey.person` names it, by seq.

        Raises:
            ValueError: more persons than one statement can ask for.

        """
        if len(persons) > MARKS:
            message = f"ask for at most {MARKS} persons at once"
            raise ValueError(message)
        query = self._database.sql(
            "SELECT seq FROM recipient WHERE campaign = ?"  # noqa: S608  marks only
            f" AND person IN ({', '.join('?' for _ in persons) or 'NULL'}) ORDER BY seq"
        )
        with self._database.reading() as connection:
            hand = cursor(connection)
            found = self._enrolment.named(hand, campaign)
            hand.execute(query, (found.number if found else None, *persons))
            return [seq for (seq,) in hand.fetchall()]

    def sealed(self, campaign: str, first: int = 1, last: int | None = None) -> Iterator[Sealed]:
        """Who stands in each row, by seq."""
        with self._database.reading() as connection:
            hand = cursor(connection)
            found = self._enrolment.named(hand, campaign)
            number = found.number if found else None
            hand.execute(self._highest, (number,))
            (highest,) = hand.fetchone() or (0,)
            end = highest if last is None else min(last, highest)
            while first <= end:
                hand.execute(self._sealed, (number, first, end, ROWS))
                rows = hand.fetchall()
                for seq, person, sealed in rows:
                    yield Sealed(seq, person, bytes(sealed))
                # Rows are numbered without a gap, so a page is never empty before the end.
                first = rows[-1][0] + 1

    def late(self, campaign: str, seq: int) -> list[LateReceipt]:
        """What providers reported of one row after the campaign was closed, in their order of time."""
        with self._database.reading() as connection:
            hand = cursor(connection)
            found = self._enrolment.named(hand, campaign)
            hand.execute(self._late, (found.number if found else None, seq))
            return [
                LateReceipt(leg, DeliveryState(state), code, datetime.fromisoformat(at))
                for leg, state, code, at in hand.fetchall()
            ]
