"""One pass over a list of people: who is somebody new gets a place, and the rest is set aside."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from activities.judging import Entry, Judge, Judged, Read, Traits, fingerprint
from activities.seen import Seen
from activities.wards import Wards
from domain.groups import Groups, Key
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

    def take(self, rows: Sequence[Row], judged: Judged, stand: int, fresh: list[NewDelivery]) -> None:
        """Place whom some rows tell; above seq `stand` they are sealed into `fresh`, others are there by now.

        `judged` is what was read in `rows`.
        """
        both = list(zip(rows, judged.reads, strict=True))
        self._wards.know([(fingerprint(each.known), row.cells or ()) for row, each in both if each.known])
        self._wards.wait([row for row, each in both if each.waits])
        self._enlisted(judged, stand, fresh)

    def referring(self, stand: int, fresh: list[NewDelivery]) -> Iterator[None]:
        """Enlist the children that waited, some at a time, once the list is at its end."""
        for rows in self._wards.waiting():
            self._enlisted(self._judge.guarded(rows, self._wards.guardian), stand, fresh)
            yield

    def _enlisted(self, judged: Judged, stand: int, fresh: list[NewDelivery]) -> None:
        keys = [
            [[fingerprint(name) for name in names] for names, _, _ in each.entries] for each in judged.reads
        ]
        self._seen.look([key for row in keys for entry in row for key in entry])
        places = _Places(judged.traits)
        for each, theirs in zip(judged.reads, keys, strict=True):
            if each.reason is not None:
                self.aside.append(RejectedRow(each.line, each.reason))
            elif not each.waits and not self._enlist(each, theirs, places):
                self.aside.append(RejectedRow(each.line, "duplicate"))
        self._seen.keep()
        self._number(places, stand, fresh)

    def _enlist(self, read: Read, keys: list[list[bytes]], places: "_Places") -> bool:
        """Give everybody of a row a place; False for a repeat, whom the first row tells."""
        entries = read.entries
        if not self._seen.meet(keys[0]):
            return False
        places.taken.append(entries[0])
        self.unguarded += read.unguarded
        # Nearly everybody is told alone.
        if len(entries) > 1:
            places.taken.extend(
                entry for entry, theirs in zip(entries[1:], keys[1:], strict=True) if self._seen.meet(theirs)
            )
        return True

    def _number(self, places: "_Places", stand: int, fresh: list[NewDelivery]) -> None:
        self._people.update("".join([names[0] for names, _, _ in places.taken]).encode())
        for trait, people in Counter([trait for _, _, trait in places.taken]).items():
            self.groups.add(places.keys[trait], people)
            self.halved += people * places.halved[trait]
        keys, seal = places.keys, self._key.seal
        for seq, (names, content, trait) in enumerate(places.taken, self.seq + 1):
            if seq > stand:
                key = keys[trait]
                sealed = seal(content.encode(), str(seq))
                fresh.append(NewDelivery(seq, names[0], key.route, key.language, sealed))
        self.seq += len(places.taken)


class _Places:
    """Who of a chunk is somebody new, and what their traits are."""

    def __init__(self, traits: Sequence[Traits]) -> None:
        self.taken: list[Entry] = []
        self.keys = [Key(tuple(route), *others) for route, *others, _ in traits]
        self.halved = [dropped for *_, dropped in traits]
