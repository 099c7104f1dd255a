"""The keys of one installation: its own, and one per campaign that can be destroyed."""

import hmac
import os
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, select, text, update

from domain.line import instant
from ledger.database import Database
from ledger.errors import Erased, KeyUnavailable
from ledger.port import KeyWrap
from ledger.sealing import KEY_BYTES, KeySeal, SealBroken
from ledger.tables import campaign as campaign_table
from ledger.tables import installation as installation_table
from ledger.writer import Writer


@dataclass(frozen=True, slots=True)
class Installation:
    """Which installation this is: an opaque id, drawn once, and when."""

    id: str
    created_at: datetime


class Keyring:
    """The keys, wrapped by the master key in the database they protect.

    A campaign's key is read anew each time it is asked for, so that a destroyed one is gone everywhere.

    Raises:
        KeyUnavailable: `key_other`, when the database was sealed under another master key.

    """

    def __init__(self, database: Database, wrap: KeyWrap, writer: Writer | None = None) -> None:
        self._database = database
        self._wrap = wrap
        self._writer = writer or Writer(database)
        self.identity, self._own = self._installation()

    def campaign(self, campaign: str) -> KeySeal:
        """The campaign's key, made at the first call.

        Raises:
            Erased: it was destroyed.

        """
        query = select(campaign_table.c.wrapped).where(campaign_table.c.stream == campaign)
        with self._database.reading() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            self.enrol(campaign)
            with self._database.reading() as connection:
                row = connection.execute(query).one()
        if row.wrapped is None:
            raise Erased(campaign)
        return KeySeal(self._unwrapped(row.wrapped, campaign))

    def enrol(self, campaign: str) -> int:
        """Give a campaign its number and its key, once; its number."""
        return self._writer.run(lambda connection: self._enrol(connection, campaign))

    def _enrol(self, connection: Connection, campaign: str) -> int:
        number = select(campaign_table.c.number).where(campaign_table.c.stream == campaign)
        found = connection.execute(number).scalar_one_or_none()
        if found is not None:
            return int(found)
        insert = self._database.sql(
            "INSERT INTO campaign (stream, key_id, wrapped, created_at) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (stream) DO NOTHING"
        )
        wrapped = self._wrap.wrap(os.urandom(KEY_BYTES), campaign)
        connection.exec_driver_sql(insert, (campaign, self._wrap.key_id, wrapped, instant(datetime.now(UTC))))
        return int(connection.execute(number).scalar_one())

    def destroy(self, campaign: str, now: datetime) -> bool:
        """Erase everything sealed for the campaign by destroying its key; False when it was already gone."""
        gone = (
            update(campaign_table)
            .where(campaign_table.c.stream == campaign, campaign_table.c.wrapped.is_not(None))
            .values(wrapped=None, destroyed_at=instant(now))
        )

        def work(connection: Connection) -> bool:
            if self._database.sqlite:
                # The freed bytes are overwritten, not only forgotten.
                connection.execute(text("PRAGMA secure_delete=ON"))
            return connection.execute(gone).rowcount == 1

        destroyed = self._writer.run(work)
        if destroyed:
            self._database.flush()
        return destroyed

    def installation(self) -> KeySeal:
        """The installation's own seal, for what is not a campaign's."""
        return self._own

    def keyed(self, purpose: str, text: str) -> bytes:
        """HMAC-SHA-256 under the installation's key, separated by purpose: 32 bytes."""
        return hmac.digest(self._own.derived(f"keyed/{purpose}"), text.encode(), "sha256")

    def _installation(self) -> tuple[Installation, KeySeal]:
        row = self._writer.run(self._found)
        made = Installation(row[0], datetime.fromisoformat(row[1]))
        return made, KeySeal(self._unwrapped(row[2], "installation"))

    def _found(self, connection: Connection) -> tuple[str, str, bytes]:
        table = installation_table
        query = select(table.c.id, table.c.created_at, table.c.wrapped)
        row = connection.execute(query).one_or_none()
        if row is None:
            insert = self._database.sql(
                "INSERT INTO installation (one, id, key_id, wrapped, created_at) VALUES (1, ?, ?, ?, ?)"
                " ON CONFLICT (one) DO NOTHING"
            )
            wrapped = self._wrap.wrap(os.urandom(KEY_BYTES), "installation")
            fresh = (str(uuid.uuid4()), self._wrap.key_id, wrapped, instant(datetime.now(UTC)))
            connection.exec_driver_sql(insert, fresh)
            row = connection.execute(query).one()
        return row.id, row.created_at, row.wrapped

    def _unwrapped(self, wrapped: bytes, place: str) -> bytes:
        try:
            return self._wrap.unwrap(wrapped, place)
        except SealBroken:
            sentence = f"the key of {place} was sealed under another master key than {self._wrap.key_id}"
            raise KeyUnavailable("key_other", sentence) from None
