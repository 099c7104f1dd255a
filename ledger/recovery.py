"""The moves of delivery rows that did not simply arrive: advance, orphaned, reconcile."""

from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from domain.campaign import stretches
from domain.line import instant
from ledger.database import Database, cursor
from ledger.enrolment import Enrolment
from ledger.port import DeliveryState, Unknown, Verdict
from ledger.references import References
from ledger.writer import Writer

# Rows that one transaction looks through: whoever else writes waits no longer than that takes.
WINDOW = 10_000
_JUDGED = {
    Verdict.SENT: (DeliveryState.SENT, 0),
    Verdict.REFUSED: (DeliveryState.REFUSED, 0),
    Verdict.RESEND: (DeliveryState.DUE, 1),
}


class Recovery:
    """Next channels, dead workers' rows, and what providers say afterwards."""

    def __init__(self, database: Database, references: References, writer: Writer) -> None:
        self._database = database
        self._references = references
        self._writer = writer
        self._enrolment = Enrolment(database)
        sql = database.sql
        self._failed = sql(
            "SELECT d.seq, d.leg, r.route FROM delivery d"  # noqa: S608  words of ours
            " JOIN recipient r ON r.campaign = d.campaign AND r.seq = d.seq"
            " WHERE d.campaign = ? AND d.seq BETWEEN ? AND ? AND d.state IN ('refused', 'bounced')"
            + ("" if database.sqlite else " FOR UPDATE OF d")
        )
        self._move = sql(
            "UPDATE delivery SET leg = ?, channel = ?, state = ?, claim = '', provider_ref = '',"
            " updated_at = ?, not_before = ''"
            " WHERE campaign = ? AND seq = ? AND leg = ?"
        )
        self._orphan = sql(
            "UPDATE delivery SET state = 'unknown', claim = ?, code = 'orphaned', updated_at = ?"
            " WHERE campaign = ? AND seq BETWEEN ? AND ? AND state = 'sending' AND claim <> ?"
        )
        self._unknowns = sql(
            "SELECT d.seq, d.leg, d.channel, d.provider_ref, r.sealed, d.updated_at FROM delivery d"
            " JOIN recipient r ON r.campaign = d.campaign AND r.seq = d.seq"
            " WHERE d.campaign = ? AND d.seq BETWEEN ? AND ? AND d.state = 'unknown' ORDER BY d.seq LIMIT ?"
        )
        self._unknown = sql(
            "SELECT r.route FROM delivery d"  # noqa: S608  as above
            " JOIN recipient r ON r.campaign = d.campaign AND r.seq = d.seq"
            " WHERE d.campaign = ? AND d.seq = ? AND d.leg = ? AND d.state = 'unknown'"
            + ("" if database.sqlite else " FOR UPDATE OF d")
        )
        self._reconcile = sql(
            "UPDATE delivery SET state = ?, code = ?, updated_at = ?,"
            " provider_ref = CASE WHEN ? = '' THEN provider_ref ELSE ? END,"
            " possible_duplicate = CASE WHEN ? = 1 THEN 1 ELSE possible_duplicate END"
            " WHERE campaign = ? AND seq = ?"
        )

    def advance(self, campaign: str, first: int, last: int, now: datetime) -> int:
        """Take refused and bounced rows to their next channel, or to UNREACHABLE; how many became due."""
        return sum(
            self._writer.apart(partial(self._advance, campaign, span, now))
            for span in stretches(first, last, WINDOW)
        )

    def _advance(self, campaign: str, span: tuple[int, int], now: datetime, connection: Connection) -> int:
        hand = cursor(connection)
        number = self._enrolment.moving(hand, campaign)
        hand.execute(self._failed, (number, *span))
        moves = [
            (*_onward(route, leg), instant(now), number, seq, leg) for seq, leg, route in hand.fetchall()
        ]
        if moves:
            hand.executemany(self._move, moves)
        return sum(move[2] == DeliveryState.DUE for move in moves)

    def orphaned(self, campaign: str, first: int, last: int, token: str, now: datetime) -> int:
        """Mark rows left in `sending` by another token as unknown; how many."""
        return sum(
            self._writer.apart(partial(self._orphaned, campaign, span, token, now))
            for span in stretches(first, last, WINDOW)
        )

    def _orphaned(
        self, campaign: str, span: tuple[int, int], token: str, now: datetime, connection: Connection
    ) -> int:
        hand = cursor(connection)
        number = self._enrolment.moving(hand, campaign)
        # The claim passes to this token, so that what a zombie still says of the row is refused.
        hand.execute(self._orphan, (token, instant(now), number, *span, token))
        return hand.rowcount

    def unknowns(self, campaign: str, first: int, last: int, limit: int) -> list[Unknown]:
        """Rows whose outcome must be asked of the provider, by seq."""
        with self._database.reading() as connection:
            hand = cursor(connection)
            found = self._enrolment.named(hand, campaign)
            if found is None:
                return []
            hand.execute(self._unknowns, (found.number, first, last, limit))
            return [
                Unknown(
                    seq,
                    leg,
                    channel,
                    self._references.of(found.number, seq, leg),
                    ref,
                    bytes(sealed),
                    datetime.fromisoformat(at),
                )
                for seq, leg, channel, ref, sealed, at in hand.fetchall()
            ]

    def reconcile(  # noqa: PLR0913  the port's own arguments
        self,
        campaign: str,
        seq: int,
        leg: int,
        verdict: Verdict,
        now: datetime,
        *,
        code: str = "",
        ref: str = "",
    ) -> bool:
        """Settle one unknown row on this leg; False when it is not unknown any more."""

        def work(connection: Connection) -> bool:
            hand = cursor(connection)
            number = self._enrolment.moving(hand, campaign)
            hand.execute(self._unknown, (number, seq, leg))
            row = hand.fetchone()
            if row is None:
                return False
            at = instant(now)
            if verdict is Verdict.NEXT:
                hand.execute(self._move, (*_onward(row[0], leg), at, number, seq, leg))
            else:
                state, again = _JUDGED[verdict]
                hand.execute(self._reconcile, (state, code, at, ref, ref, again, number, seq))
            return True

        return self._writer.run(work)


def _onward(route: str, leg: int) -> tuple[int, str, DeliveryState]:
    channels = route.split(",")
    if leg + 1 < len(channels):
        return leg + 1, channels[leg + 1], DeliveryState.DUE
    return leg, channels[leg], DeliveryState.UNREACHABLE
