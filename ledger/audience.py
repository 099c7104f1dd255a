"""The audience of a campaign, frozen into rows."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import islice

from sqlalchemy import Connection
from sqlalchemy.engine.interfaces import DBAPICursor

from domain.line import instant
from ledger.database import Database, cursor
from ledger.enrolment import Enrolment
from ledger.errors import Conflict, Gap
from ledger.keyring import Keyring
from ledger.port import DeliveryState, NewDelivery, RejectedRow
from ledger.rejects import rejected
from ledger.writer import Writer

CHUNK = 5_000
# As plain text: the driver looks for an adapter of whatever is not exactly a str, row by row.
_DUE, _UNREACHABLE = DeliveryState.DUE.value, DeliveryState.UNREACHABLE.value


class Audience:
    """Writes recipients and their first delivery state, chunk by chunk, so that a killed import resumes."""

    def __init__(self, database: Database, keys: Keyring, writer: Writer) -> None:
        self._database = database
        self._keys = keys
        self._writer = writer
        self._enrolment = Enrolment(database)
        sql = database.sql
        self._highest = sql("SELECT max(seq) FROM recipient WHERE campaign = ?")
        self._persons = sql(
            "SELECT seq, person FROM recipient WHERE campaign = ? AND seq BETWEEN ? AND ? ORDER BY seq"
        )
        self._recipient = sql(
            "INSERT INTO recipient (campaign, seq, person, route, language, sealed) VALUES (?, ?, ?, ?, ?, ?)"
        )
        self._delivery = sql(
            "INSERT INTO delivery (campaign, seq, leg, channel, state, claim, provider_ref, code, attempts,"
            " possible_duplicate, event, updated_at) VALUES (?, ?, 0, ?, ?, '', '', '', 0, 0, '', ?)"
        )
        self._reject = sql(
            "INSERT INTO rejected_row (campaign, line, code) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
        )
        self._rejects = sql("SELECT count(*) FROM rejected_row WHERE campaign = ?")

    def freeze(self, campaign: str, rows: Iterable[NewDelivery]) -> int:
        """Write the audience, seq rising by one; rows already there are passed over. How many stand.

        Raises:
            Gap: a seq is left out.
            Conflict: a row already there names another person, or the campaign is closed.

        """
        number = self._keys.enrol(campaign)
        source = iter(rows)
        stand: int | None = None
        while chunk := list(islice(source, CHUNK)):
            stand = self._writer.apart(partial(self._freeze, campaign, number, chunk))
        return self.frozen(campaign) if stand is None else stand

    def _freeze(
        self, campaign: str, number: int, chunk: Sequence[NewDelivery], connection: Connection
    ) -> int:
        hand = cursor(connection)
        first, stand = chunk[0].seq, self._stand(hand, number)
        if first > stand + 1:
            raise Gap(campaign, stand + 1, first)
        for expected, row in enumerate(chunk, first):
            if row.seq != expected:
                raise Gap(campaign, expected, row.seq)
        if first <= stand:
            hand.execute(self._persons, (number, first, first + len(chunk)))
            there = dict(hand.fetchall())
            for row in chunk:
                if there.get(row.seq, row.person) != row.person:
                    raise Conflict(campaign, row.seq)
        new = chunk[max(stand + 1 - first, 0) :]
        if new:
            if self._enrolment.moving(hand, campaign) is None:
                raise Conflict(campaign, new[0].seq)
            now = instant(datetime.now(UTC))
            ways = {route: (",".join(route), *_start(route), now) for route in {row.route for row in new}}
            recipients = [
                (number, seq, person, ways[route][0], language, sealed)
                for seq, person, route, language, sealed in new
            ]
            hand.executemany(self._recipient, recipients)
            hand.executemany(self._delivery, [(number, row.seq, *ways[row.route][1:]) for row in new])
        return max(stand, chunk[-1].seq)

    def _stand(self, hand: DBAPICursor, number: int | None) -> int:
        hand.execute(self._highest, (number,))
        return int(hand.fetchall()[0][0] or 0)

    def frozen(self, campaign: str) -> int:
        """The highest seq already frozen, so that an interrupted import can resume after it; 0 when none."""
        with self._database.reading() as connection:
            hand = cursor(connection)
            found = self._enrolment.named(hand, campaign)
            return self._stand(hand, found.number) if found else 0

    def reject(self, campaign: str, rows: Iterable[RejectedRow]) -> int:
        """Remember which lines of the source were set aside; repeats are passed over. How many stand."""
        number = self._keys.enrol(campaign)
        source = iter(rows)
        while chunk := [(number, row.line, row.code) for row in islice(source, CHUNK)]:
            self._writer.apart(partial(self._set_aside, chunk))
        with self._database.reading() as connection:
            hand = cursor(connection)
            hand.execute(self._rejects, (number,))
            return int(hand.fetchall()[0][0])

    def _set_aside(self, chunk: Sequence[tuple[int, int, str]], connection: Connection) -> None:
        cursor(connection).executemany(self._reject, chunk)

    def rejected(self, campaign: str) -> Iterator[RejectedRow]:
        """The lines set aside, by line number."""
        return rejected(self._database, campaign)


def _start(route: tuple[str, ...]) -> tuple[str, str]:
    return (route[0], _DUE) if route else ("", _UNREACHABLE)
