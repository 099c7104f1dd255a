"""Which revision of a finding was seen last, and which incident it belongs to."""

from sqlalchemy import Connection

from ledger.database import Database, cursor
from ledger.writer import Writer


class Findings:
    """One row per (source, keyed hash of the sender's id)."""

    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer
        sql = database.sql
        self._newer = sql(
            "INSERT INTO finding (source, external, revision, inbox_id) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (source, external) DO UPDATE"
            " SET revision = excluded.revision, inbox_id = excluded.inbox_id"
            " WHERE finding.revision IS NULL OR finding.revision < excluded.revision"
        )
        self._holder = sql("SELECT inbox_id FROM finding WHERE source = ? AND external = ?")
        self._belongs = sql(
            "INSERT INTO finding (source, external, incident) VALUES (?, ?, ?)"
            " ON CONFLICT (source, external) DO UPDATE SET incident = excluded.incident"
        )
        self._incident = sql("SELECT incident FROM finding WHERE source = ? AND external = ?")

    def fresh(self, source: str, external: str, revision: int, id: int) -> bool:  # noqa: A002  the door's own word for it
        """Whether this finding is newer than any seen, or the newest came with this very delivery."""

        def work(connection: Connection) -> bool:
            hand = cursor(connection)
            hand.execute(self._newer, (source, external, revision, id))
            if hand.rowcount == 1:
                return True
            hand.execute(self._holder, (source, external))
            return bool(hand.fetchall()[0][0] == id)

        return self._writer.run(work)

    def correlate(self, source: str, external: str, incident: str) -> None:
        """Remember which incident a finding belongs to."""
        self._writer.run(
            lambda connection: cursor(connection).execute(self._belongs, (source, external, incident))
        )

    def incident_of(self, source: str, external: str) -> str | None:
        """The incident a finding belongs to; None when it was never correlated."""
        with self._database.reading() as connection:
            hand = cursor(connection)
            hand.execute(self._incident, (source, external))
            row = hand.fetchone()
        return row[0] if row else None
