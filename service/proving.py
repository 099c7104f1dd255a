"""Prove the record, and rebuild what is read from it; no key and no Temporal is needed."""

from collections.abc import Iterator
from contextlib import contextmanager

from ledger.database import Database
from ledger.port import Verification
from ledger.store import Store
from service.place import Place


def verified(place: Place) -> Verification:
    """Walk every chain and name the first bad row.

    Raises:
        LedgerUnavailable: the ledger cannot be read now.

    """
    with _store(place) as store:
        return store.verify()


def rebuilt(place: Place) -> int:
    """Rebuild the views; return how many facts were folded.

    Raises:
        LedgerUnavailable: the ledger cannot be written now.

    """
    with _store(place) as store:
        return store.rebuild()


@contextmanager
def _store(place: Place) -> Iterator[Store]:
    database = Database(place.ledger_url)
    try:
        yield Store(database)
    finally:
        database.close()
