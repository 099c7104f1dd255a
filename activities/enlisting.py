"""One pass over a list of people: who is somebody new gets a place, and the rest is set aside."""

import hashlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from activities.judging import Entry, Judge, Read, fingerprint
from activities.seen import Seen
from activities.wards import Wards
from domain.groups import Groups
from domain.listing import Row
from ledger.port import NewDelivery, RejectedRow

if TYPE_CHECKING:
    from ledger.port import CampaignKey


class Enlisting:
    """Numbers the people, seals them, and keeps the lines that are set aside.

    Children whose guardians stand in rows of their own wait in `wards` until everybody is read.
    """

    def __init__(self, judge: Judge, key: "CampaignKey", seen: Seen, wards: Wards) -> None:
        self._judge = judge
        self._key = key
        self._seen = seen
        self._wards = wards
        self._people = hashlib.sha256()
        self.groups = Groups()
        self.aside: list[RejectedRow] = []
        self.seq = 0
        self.halved = 0
        self.unguarded = 0

    @property
    def people(self) -> str:
        """A hash over who was met, in order: it names nobody, and differs when anybody does."""
        return self._people.hexdigest()

    def take(self, rows: Sequence[Row], read: Sequence[Read], stand: int, fresh: list[NewDelivery]) -> None:
        """Place whom some rows tell; above seq `stand` they are sealed into `fresh`, others are there by now.

        `read` is what was read in `rows`, one for each.
        """
        both = list(zip(rows, read, strict=True))
        self._wards.know([(fingerprint(each.known), row.cells or ()) for row, each in both if each.known])
        self._wards.wait([row for row, each in both if each.waits])
        self._enlisted(read, stand, fresh)

    def referring(self, stand: int, fresh: list[NewDelivery]) -> Iterator[None]:
        """Enlist the children that waited, some at a time, once the list is at its end."""
        for rows in self._wards.waiting():
            self._enlisted([self._judge.guarded(row, self._wards.guardian) for row in rows], stand, fresh)
            yield

    def _enlisted(self, read: Sequence[Read], stand: int, fresh: list[NewDelivery]) -> None:
        keys = [[[fingerprint(name) for name in entry[0]] for entry in each.entries] for each in read]
        self._seen.look([key for row in keys for entry in row for key in entry])
        for each, theirs in zip(read, keys, strict=True):
            if each.reason is not None:
                self.aside.append(RejectedRow(each.line, each.reason))
            elif not each.waits and not self._enlist(each, theirs, stand, fresh):
                self.aside.append(RejectedRow(each.line, "duplicate"))
        self._seen.keep()

    def _enlist(self, read: Read, keys: list[list[bytes]], stand: int, fresh: list[NewDelivery]) -> bool:
        """Give everybody of a row a place; False for a repeat, whom the first row tells."""
        entries = read.entries
        if not self._place(entries[0], keys[0], stand, fresh):
            return False
        self.unguarded += read.unguarded
        for entry, theirs in zip(entries[1:], keys[1:], strict=True):
            self._place(entry, theirs, stand, fresh)
        return True

    def _place(self, entry: Entry, keys: list[bytes], stand: int, fresh: list[NewDelivery]) -> bool:
        if not self._seen.meet(keys):
            return False
        names, content, way, language, kind, prefix, domain, halved = entry
        self.seq += 1
        self.halved += halved
        self._people.update(names[0].encode())
        route = tuple(way)
        self.groups.add(route, language, kind, prefix, domain)
        if self.seq > stand:
            sealed = self._key.seal(content.encode(), str(self.seq))
            fresh.append(NewDelivery(self.seq, names[0], route, language, sealed))
        return True
