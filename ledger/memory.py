"""The whole ledger of one installation, composed."""

from pathlib import Path

from ledger.artefacts import ArtefactStore
from ledger.database import Database
from ledger.deliveries import DeliveryStore
from ledger.errors import LedgerError
from ledger.inbox import InboxStore
from ledger.keyring import Keyring
from ledger.master import MasterKey
from ledger.pace import PaceStore
from ledger.port import KeyWrap
from ledger.store import Store
from ledger.views import Views
from ledger.writer import Writer


class Memory:
    """Every port of the ledger over one database; they share one writer, so they share commits.

    Raises:
        LedgerUnavailable: the database cannot be used now, or its migrations have not run.
        KeyUnavailable: the master key is not the one this database was sealed under.

    """

    def __init__(self, url: str, wrap: KeyWrap) -> None:
        self.database = Database(url)
        writer = Writer(self.database)
        self.ledger = Store(self.database, writer)
        self.views = Views(self.database)
        try:
            self.keys = Keyring(self.database, wrap, writer)
        except LedgerError:
            self.database.close()
            raise
        self.artefacts = ArtefactStore(self.database, self.keys, writer)
        self.deliveries = DeliveryStore(self.database, self.keys, writer)
        self.pace = PaceStore(self.database, writer)
        self.inbox = InboxStore(self.database, self.keys.installation(), writer)

    def close(self) -> None:
        """Let go of threads and connections."""
        self.inbox.close()
        self.database.close()


def master_key(data_dir: Path) -> MasterKey:
    """The master key of a data directory, drawn at the first call."""
    return MasterKey.ensured(data_dir / "keys" / "master.key")
