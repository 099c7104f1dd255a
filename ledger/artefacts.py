"""Frozen documents by their SHA-256."""

import hashlib
from datetime import UTC, datetime

from sqlalchemy import Connection, select

from domain.line import instant
from ledger.database import Database
from ledger.keyring import Keyring
from ledger.port import Artefact, Seal
from ledger.tables import artefact
from ledger.writer import Writer

INSTALLATION = "installation"


class ArtefactStore:
    """Artefacts beside the facts, insert-only; those with an owner are sealed with the owner's key."""

    def __init__(self, database: Database, keys: Keyring, writer: Writer | None = None) -> None:
        self._database = database
        self._keys = keys
        self._writer = writer or Writer(database)
        self._insert = database.sql(
            "INSERT INTO artefact (sha256, media_type, owner, data, created_at) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (sha256) DO NOTHING"
        )

    def put(self, data: bytes, media_type: str, owner: str = "") -> str:
        """Store bytes once; the SHA-256 of the plain bytes in hex.

        A content that is already there stays under its first owner and media type.
        """
        sha256 = hashlib.sha256(data).hexdigest()
        seal = self._seal(owner)
        kept = seal.seal(data, sha256) if seal else data
        row = (sha256, media_type, owner, kept, instant(datetime.now(UTC)))

        def work(connection: Connection) -> None:
            there = select(artefact.c.sha256).where(artefact.c.sha256 == sha256)
            if connection.execute(there).one_or_none() is None:
                connection.exec_driver_sql(self._insert, row)

        self._writer.run(work)
        return sha256

    def get(self, sha256: str) -> Artefact | None:
        """The artefact with this SHA-256, opened.

        Raises:
            Erased: its owner's key was destroyed.

        """
        query = select(artefact).where(artefact.c.sha256 == sha256)
        with self._database.reading() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return None
        seal = self._seal(row.owner)
        data = seal.open(row.data, sha256) if seal else row.data
        return Artefact(sha256, row.media_type, data, row.owner)

    def _seal(self, owner: str) -> Seal | None:
        if not owner:
            return None
        return self._keys.installation() if owner == INSTALLATION else self._keys.campaign(owner)
