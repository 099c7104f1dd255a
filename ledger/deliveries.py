"""The truth of every notification, as one object."""

from ledger.audience import Audience
from ledger.database import Database
from ledger.enquiry import Enquiry
from ledger.keyring import Keyring
from ledger.receipts import Receipts
from ledger.recovery import Recovery
from ledger.references import References
from ledger.sending import Sending
from ledger.tallies import Tallies
from ledger.writer import Writer


class DeliveryStore:
    """The port `Deliveries` over SQLite or PostgreSQL; each method is that of the part it comes from."""

    def __init__(self, database: Database, keys: Keyring, writer: Writer | None = None) -> None:
        writer = writer or Writer(database)
        references = References(keys.installation())
        audience = Audience(database, keys, writer)
        sending = Sending(database, references, writer)
        recovery = Recovery(database, references, writer)
        tallies = Tallies(database, writer)
        enquiry = Enquiry(database)
        self.freeze = audience.freeze
        self.frozen = audience.frozen
        self.reject = audience.reject
        self.rejected = audience.rejected
        self.claim = sending.claim
        self.waiting = sending.waiting
        self.settle = sending.settle
        self.advance = recovery.advance
        self.orphaned = recovery.orphaned
        self.unknowns = recovery.unknowns
        self.reconcile = recovery.reconcile
        self.receive = Receipts(database, references, writer).receive
        self.counts = tallies.counts
        self.close = tallies.close
        self.leaves = tallies.leaves
        self.page = tallies.page
        self.named = enquiry.named
        self.sealed = enquiry.sealed
        self.late = enquiry.late
