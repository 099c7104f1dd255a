"""The moves of delivery rows while messages leave: claim and settle."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from operator import attrgetter

import orjson
from sqlalchemy import Connection

from domain.line import instant
from ledger.database import Database, cursor
from ledger.enrolment import Enrolment
from ledger.port import Claimed, DeliveryState, Outcome
from ledger.references import References
from ledger.writer import Writer

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_PICKED = (
    "SELECT d.seq, d.leg, d.channel, r.language, r.sealed, d.attempts + 1, d.possible_duplicate"
    " FROM delivery d JOIN recipient r ON r.campaign = d.campaign AND r.seq = d.seq"
    " WHERE d.campaign = ? AND d.seq BETWEEN ? AND ?"
)
_TAKE = (
    "UPDATE delivery SET state = 'sending', claim = ?, attempts = attempts + 1, updated_at = ?"
    " WHERE campaign = ? AND"
)
# Outcomes that are worth a statement of their own; in a longer array SQLite looks too long for each name.
_RUN = 8
_LONGEST_RUN = 64
SETTLED = frozenset({DeliveryState.SENT, DeliveryState.REFUSED, DeliveryState.UNKNOWN, DeliveryState.DUE})


class Sending:
    """Every move is a compare-and-set; a campaign that is closed does not move."""

    def __init__(self, database: Database, references: References, writer: Writer) -> None:
        self._database = database
        self._references = references
        self._writer = writer
        self._enrolment = Enrolment(database)
        sql = database.sql
        self._settle = sql(
            "UPDATE delivery SET state = ?, provider_ref = ?, code = ?, updated_at = ?, not_before = ?"
            " WHERE campaign = ? AND seq = ? AND claim = ? AND state = 'sending'"
        )
        # A run's outcomes differ in nothing but the provider's names, which come in one array.
        self._settle_run = (
            "UPDATE delivery SET state = ?, provider_ref = json_extract(?, '$[' || (seq - ?) || ']'),"
            " code = ?, updated_at = ?, not_before = ''"
            " WHERE campaign = ? AND seq BETWEEN ? AND ? AND claim = ? AND state = 'sending'"
        )
        self._remember = sql(
            "UPDATE delivery SET provider_ref = ?"
            " WHERE campaign = ? AND seq = ? AND claim = ? AND provider_ref = ''"
        )
        self._held = sql("SELECT seq FROM delivery WHERE campaign = ? AND seq BETWEEN ? AND ? AND claim = ?")

    def claim(  # noqa: PLR0913, PLR0917  the port's own arguments
        self,
        campaign: str,
        channels: Sequence[str],
        first: int,
        last: int,
        limit: int,
        token: str,
        now: datetime,
        ahead: timedelta = timedelta(),
    ) -> list[Claimed]:
        """Take up to `limit` due rows of these channels for `token`; committed before it returns."""
        if not channels:
            return []
        return self._writer.apart(
            partial(self._claim, campaign, tuple(channels), (first, last), limit, token, now, ahead)
        )

    def waiting(self, campaign: str, channels: Sequence[str], first: int, last: int) -> datetime | None:
        """Until when the first of the due rows of these channels is not to be claimed; None for none due."""
        query = (
            "SELECT min(not_before) FROM delivery WHERE campaign = ? AND seq BETWEEN ? AND ?"  # noqa: S608  marks only
            f" AND state = 'due' AND channel IN ({_marks(channels)})"
        )
        with self._database.reading() as connection:
            hand = cursor(connection)
            found = self._enrolment.named(hand, campaign)
            if found is None or found.closed or not channels:
                return None
            hand.execute(self._database.sql(query), (found.number, first, last, *channels))
            [(at,)] = hand.fetchall()
        if at is None:
            return None
        return datetime.fromisoformat(at) if at else _LONG_AGO

    def _claim(  # noqa: PLR0913, PLR0917  the port's own arguments
        self,
        campaign: str,
        channels: tuple[str, ...],
        span: tuple[int, int],
        limit: int,
        token: str,
        now: datetime,
        ahead: timedelta,
        connection: Connection,
    ) -> list[Claimed]:
        hand = cursor(connection)
        number = self._enrolment.moving(hand, campaign)
        if number is None:
            return []
        at = instant(now + ahead)
        due = f"state = 'due' AND channel IN ({_marks(channels)}) AND not_before <= ?"
        # On PostgreSQL the rows are locked as they are picked; another worker's locked ones are passed over.
        locked = "" if self._database.sqlite else " FOR UPDATE OF d SKIP LOCKED"
        picked = f"{_PICKED} AND {due} ORDER BY d.seq LIMIT ?{locked}"
        hand.execute(self._database.sql(picked), (number, *span, *channels, at, limit))
        rows = hand.fetchall()
        if not rows:
            return []
        first, last = rows[0][0], rows[-1][0]
        if self._database.sqlite:
            # Nobody else writes meanwhile: what is due between the first and the last was picked.
            hand.execute(
                f"{_TAKE} seq BETWEEN ? AND ? AND {due}",
                (token, instant(now), number, first, last, *channels, at),
            )
        else:
            mine = [row[0] for row in rows]
            hand.execute(self._database.sql(f"{_TAKE} seq = ANY(?)"), (token, instant(now), number, mine))
        reference = self._references.of
        return [
            Claimed(
                seq, leg, channel, language, reference(number, seq, leg), bytes(sealed), tries, twice == 1
            )
            for seq, leg, channel, language, sealed, tries, twice in rows
        ]

    def settle(
        self,
        campaign: str,
        token: str,
        outcomes: Sequence[Outcome],
        now: datetime,
        ahead: timedelta = timedelta(),
    ) -> int:
        """Write outcomes of rows that `token` still holds; how many it held.

        What a receipt knows better is kept.

        Raises:
            ValueError: an outcome is none of SENT, REFUSED, UNKNOWN and DUE.

        """
        for outcome in outcomes:
            if outcome.state not in SETTLED:
                message = f"{outcome.state} is not the outcome of a sending"
                raise ValueError(message)
        if not outcomes:
            return 0
        return self._writer.apart(partial(self._settled, campaign, token, outcomes, now, ahead))

    def _settled(  # noqa: PLR0913, PLR0917  as above
        self,
        campaign: str,
        token: str,
        outcomes: Sequence[Outcome],
        now: datetime,
        ahead: timedelta,
        connection: Connection,
    ) -> int:
        hand = cursor(connection)
        number, at = self._enrolment.moving(hand, campaign), instant(now)
        if number is None:
            return 0
        # In the order of seq, so that two transactions on PostgreSQL never wait for each other crosswise.
        ordered = sorted(outcomes, key=attrgetter("seq"))
        few: list[Outcome] = []
        moved = 0
        for run in _runs(ordered):
            if len(run) < _RUN or not self._database.sqlite:
                few.extend(run)
                continue
            first, last = run[0], run[-1]
            names = orjson.dumps([each.provider_ref for each in run]).decode()
            place = (number, first.seq, last.seq, token)
            hand.execute(self._settle_run, (first.state.value, names, first.seq, first.code, at, *place))
            moved += hand.rowcount
        if few:
            rows = [
                (
                    each.state.value,
                    each.provider_ref,
                    each.code,
                    at,
                    instant(now + ahead + timedelta(seconds=each.wait)) if each.wait else "",
                    number,
                    each.seq,
                    token,
                )
                for each in few
            ]
            hand.executemany(self._settle, rows)
            moved += hand.rowcount
        if moved == len(ordered):
            return moved
        named = [(each.provider_ref, number, each.seq, token) for each in ordered if each.provider_ref]
        if named:
            hand.executemany(self._remember, named)
        hand.execute(self._held, (number, ordered[0].seq, ordered[-1].seq, token))
        held = {seq for (seq,) in hand.fetchall()}
        return sum(each.seq in held for each in ordered)


def _runs(ordered: Sequence[Outcome]) -> Iterator[Sequence[Outcome]]:
    """Cut outcomes where a row is left out, or anything but the provider's name differs."""
    start = 0
    for place, each in enumerate(ordered[1:], 1):
        last = ordered[place - 1]
        alike = each.seq == last.seq + 1 and each.state is last.state and each.code == last.code
        if not alike or each.wait or last.wait or place - start == _LONGEST_RUN:
            yield ordered[start:place]
            start = place
    yield ordered[start:]


def _marks(channels: Sequence[str]) -> str:
    return ", ".join("?" for _ in channels)
