"""Which keys were met before: any number of them with constant memory."""

from collections.abc import Sequence
from itertools import islice

from activities.scratch import Scratch

CACHE_KIB = 32_768
FINGERPRINT = 16
# SQLite takes no more parameters than this in its oldest builds.
ASKED = 900


class Seen(Scratch):
    """A set of fingerprints.

    Fingerprints are the first 128 bits of an HMAC: they name nobody, and no two people share one. They are
    asked for and remembered many at a time: `look`, then `meet` for each of those, then `keep`.
    """

    def __init__(self) -> None:
        super().__init__("CREATE TABLE seen (key BLOB PRIMARY KEY) WITHOUT ROWID", cache_kib=CACHE_KIB)
        self._fresh: set[bytes] = set()

    def look(self, keys: Sequence[bytes]) -> None:
        """Learn which of these were met before; `meet` may then be asked for them."""
        self._fresh = set()
        asked = iter(keys)
        self._hand.execute("BEGIN")
        while some := list(islice(asked, ASKED)):
            marks = ",".join(["(?)"] * len(some))
            # One search of the tree says whether a key was there and puts it there.
            fresh = f"INSERT OR IGNORE INTO seen VALUES {marks} RETURNING key"  # noqa: S608 -- question marks only
            self._fresh.update([key for (key,) in self._hand.execute(fresh, some)])

    def meet(self, keys: Sequence[bytes]) -> bool:
        """Meet the keys; False when one of them was met before, and then none is remembered."""
        if not self._fresh.issuperset(keys):
            return False
        self._fresh.difference_update(keys)
        return True

    def keep(self) -> None:
        """Remember those that were met since the last look, and no others."""
        self._hand.executemany("DELETE FROM seen WHERE key = ?", [(key,) for key in self._fresh])
        self._hand.execute("COMMIT")
        self._fresh = set()
