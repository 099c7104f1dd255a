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
        self._met: set[bytes] = set()
        self._fresh: list[bytes] = []

    def look(self, keys: Sequence[bytes]) -> None:
        """Learn which of these were met before; `meet` may then be asked for them."""
        self._met = set()
        asked = iter(keys)
        while some := list(islice(asked, ASKED)):
            marks = ",".join("?" * len(some))
            known = f"SELECT key FROM seen WHERE key IN ({marks})"  # noqa: S608 -- question marks only
            self._met.update(key for (key,) in self._hand.execute(known, some))

    def meet(self, keys: Sequence[bytes]) -> bool:
        """Meet the keys; False when one of them was met before, and then none is remembered."""
        if not self._met.isdisjoint(keys):
            return False
        self._met.update(keys)
        self._fresh.extend(keys)
        return True

    def keep(self) -> None:
        """Remember those that were met since the last look."""
        self._hand.execute("BEGIN")
        self._hand.executemany("INSERT OR IGNORE INTO seen VALUES (?)", [(key,) for key in self._fresh])
        self._hand.execute("COMMIT")
        self._fresh.clear()
