"""What providers report about rows: in any order, any number of times, early or late."""

from collections.abc import Sequence

from sqlalchemy import Connection
from sqlalchemy.engine.interfaces import DBAPICursor

from domain.line import instant
from ledger.database import Database, cursor
from ledger.enrolment import Enrolment
from ledger.port import DeliveryState, Receipt, Received
from ledger.references import References, RowName
from ledger.writer import Writer

REPORTED = frozenset(
    {DeliveryState.SENT, DeliveryState.REFUSED, DeliveryState.BOUNCED, DeliveryState.DELIVERED}
)


class Receipts:
    """Applies receipts; a row only rises, in the order in which DeliveryState names its states."""

    def __init__(self, database: Database, references: References, writer: Writer) -> None:
        self._references = references
        self._writer = writer
        self._enrolment = Enrolment(database)
        order = list(DeliveryState)
        self._apply = {
            state: database.sql(
                "UPDATE delivery SET state = ?, event = ?, code = ?, updated_at = ?,"  # noqa: S608  words of ours
                " provider_ref = CASE WHEN ? = '' THEN provider_ref ELSE ? END"
                " WHERE campaign = ? AND seq = ? AND leg = ?"
                " AND state IN"
                f" ({', '.join(repr(lower.value) for lower in order[: order.index(state)])})"
            )
            for state in REPORTED
        }
        self._leg = database.sql("SELECT leg FROM delivery WHERE campaign = ? AND seq = ?")
        self._late = database.sql(
            "INSERT INTO late_receipt (campaign, seq, event, leg, state, code, at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
        )

    def receive(self, receipts: Sequence[Receipt]) -> list[Received]:
        """Apply receipts in one durable transaction, shared with others of the same moment.

        Raises:
            ValueError: a receipt says something no provider can know.

        """
        for receipt in receipts:
            if receipt.state not in REPORTED:
                message = f"{receipt.state} is not what a receipt can say"
                raise ValueError(message)
        rows = [self._references.row(receipt.reference) for receipt in receipts]
        # In the order of rows, so that two transactions on PostgreSQL never wait for each other crosswise.
        order = sorted((row.campaign, row.seq, place, row) for place, row in enumerate(rows) if row)
        answers = [Received.NO_SUCH_ROW] * len(receipts)

        def work(connection: Connection) -> None:
            hand = cursor(connection)
            for _, _, place, row in order:
                answers[place] = self._received(hand, receipts[place], row)

        if order:
            self._writer.run(work)
        return answers

    def _received(self, hand: DBAPICursor, receipt: Receipt, row: RowName) -> Received:
        found = self._enrolment.numbered(hand, row.campaign)
        if found is None:
            return Received.NO_SUCH_ROW
        at = instant(receipt.at)
        if found.closed:
            late = (row.campaign, row.seq, receipt.event_id, row.leg, receipt.state, receipt.code, at)
            hand.execute(self._late, late)
            return Received.LATE
        said = (receipt.state, receipt.event_id, receipt.code, at, receipt.provider_ref, receipt.provider_ref)
        hand.execute(self._apply[receipt.state], (*said, row.campaign, row.seq, row.leg))
        if hand.rowcount == 1:
            return Received.APPLIED
        hand.execute(self._leg, (row.campaign, row.seq))
        there = hand.fetchone()
        if there is None:
            return Received.NO_SUCH_ROW
        return Received.KEPT if there[0] == row.leg else Received.STALE
