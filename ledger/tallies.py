"""A campaign's rows as figures, leaves and pages."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy.engine.interfaces import DBAPICursor

from domain.line import canonical, instant
from ledger.database import Database, cursor
from ledger.enrolment import Enrolment
from ledger.port import Counts, DeliveryRow, DeliveryState, Tally
from ledger.writer import Writer

LEAVES = 5_000
_ROW = (
    "SELECT d.seq, r.person, r.route, d.leg, d.channel, d.state, r.language, d.provider_ref, d.code,"
    " d.attempts, d.possible_duplicate, d.updated_at FROM delivery d"
    " JOIN recipient r ON r.campaign = d.campaign AND r.seq = d.seq WHERE d.campaign = ? AND d.seq > ?"
    " ORDER BY d.seq LIMIT ?"
)


class Tallies:
    """Counts of one instant, the leaves of the Merkle tree, rows without addresses."""

    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer
        self._enrolment = Enrolment(database)
        sql = database.sql
        self._rows = sql(_ROW)
        self._highest = sql("SELECT max(seq) FROM recipient WHERE campaign = ?")
        self._rejected = sql("SELECT count(*) FROM rejected_row WHERE campaign = ?")
        self._tally = sql(
            "SELECT channel, leg, state, count(*), sum(possible_duplicate) FROM delivery"
            " WHERE campaign = ? AND seq BETWEEN ? AND ?"
            " GROUP BY channel, leg, state ORDER BY channel, leg, state"
        )
        self._close = sql("UPDATE campaign SET closed_at = ? WHERE stream = ? AND closed_at IS NULL")

    def counts(self, campaign: str, first: int = 1, last: int | None = None) -> Counts:
        """The campaign, or one range of it, in figures of one instant."""
        with self._database.reading() as connection:
            return self._counts(cursor(connection), campaign, first, last)

    def _counts(self, hand: DBAPICursor, campaign: str, first: int, last: int | None) -> Counts:
        found = self._enrolment.named(hand, campaign)
        if found is None:
            return Counts(audience=0, rejected=0, tallies=())
        highest = _figure(hand, self._highest, found.number)
        end = highest if last is None else min(last, highest)
        rejected = _figure(hand, self._rejected, found.number)
        hand.execute(self._tally, (found.number, first, end))
        tallies = tuple(
            Tally(channel, leg, DeliveryState(state), rows, int(twice))
            for channel, leg, state, rows, twice in hand.fetchall()
        )
        return Counts(audience=max(end - first + 1, 0), rejected=rejected, tallies=tallies)

    def close(self, campaign: str, now: datetime) -> Counts:
        """Let no row change any more, so that the root over `leaves` stays true; a repeat is a success."""

        def work(connection: Connection) -> Counts:
            hand = cursor(connection)
            hand.execute(self._close, (instant(now), campaign))
            return self._counts(hand, campaign, 1, None)

        return self._writer.apart(work)

    def leaves(self, campaign: str) -> Iterator[bytes]:
        """One canonical leaf per row, ascending by seq, for `domain.merkle`.

        A leaf is the canonical JSON of [campaign, seq, person, route, leg, channel, state, language,
        provider_ref, code, attempts, possible_duplicate, updated_at].
        """
        for row in self._walk(campaign):
            yield canonical([campaign, *row]).encode()

    def page(self, campaign: str, after: int = 0, limit: int = 100) -> list[DeliveryRow]:
        """Rows with seq above `after`, for a person to look at."""
        with self._database.reading() as connection:
            hand = cursor(connection)
            found = self._enrolment.named(hand, campaign)
            hand.execute(self._rows, (found.number if found else None, after, limit))
            return [_shown(row) for row in hand.fetchall()]

    def _walk(self, campaign: str) -> Iterator[tuple[object, ...]]:
        with self._database.reading() as connection:
            hand = cursor(connection)
            found = self._enrolment.named(hand, campaign)
            after = 0
            while found:
                hand.execute(self._rows, (found.number, after, LEAVES))
                rows = hand.fetchall()
                yield from rows
                if len(rows) < LEAVES:
                    return
                after = rows[-1][0]


def _figure(hand: DBAPICursor, query: str, number: int) -> int:
    hand.execute(query, (number,))
    return int(hand.fetchall()[0][0] or 0)


def _shown(row: tuple[object, ...]) -> DeliveryRow:
    seq, person, route, leg, channel, state, language, ref, code, attempts, twice, at = row
    return DeliveryRow(
        seq=int(str(seq)),
        person=str(person),
        route=tuple(str(route).split(",")) if route else (),
        leg=int(str(leg)),
        channel=str(channel),
        state=DeliveryState(str(state)),
        language=str(language),
        provider_ref=str(ref),
        code=str(code),
        attempts=int(str(attempts)),
        possible_duplicate=twice == 1,
        updated_at=datetime.fromisoformat(str(at)),
    )
