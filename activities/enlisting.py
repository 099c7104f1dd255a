"""One pass over a list of people: who is somebody new gets a place, and the rest is set aside."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import orjson

from activities.seen import FINGERPRINT, Seen
from activities.wards import Wards
from domain.groups import Groups
from domain.kind import INDIVIDUAL, MINOR, ORGANISATION
from domain.listing import Row
from ledger.port import NewDelivery, RejectedRow

if TYPE_CHECKING:
    from domain.audience import Columns, RowCode
    from domain.person import Person
    from ledger.port import CampaignKey


class Enlisting:
    """Numbers the people, seals them, and keeps the lines that are set aside.

    Children whose guardians stand in rows of their own wait in `wards` until everybody is read.
    """

    def __init__(
        self, channels: tuple[str, ...], columns: "Columns", key: "CampaignKey", seen: Seen, wards: Wards
    ) -> None:
        self._channels = channels
        self._columns = columns
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

    def take(self, rows: Sequence[Row], stand: int, fresh: list[NewDelivery]) -> None:
        """Read some rows; people above seq `stand` are sealed into `fresh`, the others are there already."""
        read = [(row.line, self._read(row)) for row in rows]
        if self._columns.referring:
            read = self._apart(rows, read)
        self._enlisted(read, stand, fresh)

    def referring(self, stand: int, fresh: list[NewDelivery]) -> Iterator[None]:
        """Enlist the children that waited, some at a time, once the list is at its end."""
        for rows in self._wards.waiting():
            self._enlisted([(row.line, self._guarded(row)) for row in rows], stand, fresh)
            yield

    def _enlisted(self, read: "list[_Read]", stand: int, fresh: list[NewDelivery]) -> None:
        self._seen.look([key for _, each in read if not isinstance(each, str) for key in each.keys])
        for line, each in read:
            if isinstance(each, str):
                self.aside.append(RejectedRow(line, each))
            elif not self._enlist(each, stand, fresh):
                self.aside.append(RejectedRow(line, "duplicate"))
        self._seen.keep()

    def _apart(self, rows: Sequence[Row], read: "list[_Read]") -> "list[_Read]":
        """Keep those who name their guardian by an id, and those who may be named; who goes on now."""
        on: list[_Read] = []
        known: list[tuple[bytes, Sequence[str]]] = []
        waiting: list[Row] = []
        for row, (line, each) in zip(rows, read, strict=True):
            if not isinstance(each, str) and each.person.guarded_by:
                waiting.append(row)
                continue
            on.append((line, each))
            if row.cells and not isinstance(each, str) and each.person.identity and each.person.kind != MINOR:
                known.append((self._by_id(each.person.identity), row.cells))
        self._wards.know(known)
        self._wards.wait(waiting)
        return on

    def _by_id(self, identity: str) -> bytes:
        return _fingerprints([self._key.person(f"row\n{identity}")])[0]

    def _guarded(self, row: Row) -> "_Named | RowCode":
        """Read the row of a child that waited, with its guardian where the list has one of that id."""
        person = self._columns.person(row.cells or ())
        if isinstance(person, str):
            return person
        cells = self._wards.guardian(self._by_id(person.guarded_by))
        guardian = self._columns.guardian(cells, person.guarded_by) if cells else None
        return self._named(row.line, replace(person, guardian=guardian))

    def _read(self, row: Row) -> "_Named | RowCode":
        if row.cells is None:
            return "ragged_row"
        person = self._columns.person(row.cells)
        return person if isinstance(person, str) else self._named(row.line, person)

    def _named(self, line: int, person: "Person") -> "_Named":
        # Somebody whom nothing tells from others is named by the line, so that nobody is lost.
        name = self._key.person
        own = [name(key) for key in person.keys] or [name(f"line\n{line}")]
        if person.guardian is None:
            return _Named(person, own, [])
        theirs = [name(key) for key in person.guardian.keys] or [name(f"guardian\nline\n{line}")]
        return _Named(person, own, theirs)

    def _enlist(self, named: "_Named", stand: int, fresh: list[NewDelivery]) -> bool:
        """Give somebody and their guardian a place each; False for a repeat, whom the first row tells."""
        person, guardian = named.person, named.person.guardian
        if guardian is None:
            placed = self._place(named.own, person, {}, stand, fresh)
            self.unguarded += placed and person.kind == MINOR
            return placed
        # Who calls either of them by hand has to know of the other.
        link: dict[str, object] = {"guardian_of": named.own[0], "minor_is": _who(person)}
        if guardian.addressed and not person.addressed:
            return self._place(named.theirs, guardian, link, stand, fresh)
        ward: dict[str, object] = {"guardian": named.theirs, "guardian_is": _who(guardian)}
        if not self._place(named.own, person, ward, stand, fresh):
            return False
        self._place(named.theirs, guardian, link, stand, fresh)
        return True

    def _place(
        self,
        names: list[str],
        person: "Person",
        link: dict[str, object],
        stand: int,
        fresh: list[NewDelivery],
    ) -> bool:
        if not self._seen.meet(_fingerprints(names)):
            return False
        self.seq += 1
        self.halved += bool(person.dropped)
        self._people.update(names[0].encode())
        route = person.route(self._channels)
        self.groups.add(route, person.language, person.kind, person.prefix, person.domain)
        if self.seq > stand:
            sealed = self._key.seal(orjson.dumps(_content(person) | link), str(self.seq))
            fresh.append(NewDelivery(self.seq, names[0], route, person.language, sealed))
        return True


class _Named(NamedTuple):
    """A person of a row with their names, and their guardian's."""

    person: "Person"
    own: list[str]
    theirs: list[str]

    @property
    def keys(self) -> list[bytes]:
        """What the search for repeats asks for."""
        return _fingerprints(self.own + self.theirs)


_Read = tuple[int, "_Named | RowCode"]


def _fingerprints(names: Sequence[str]) -> list[bytes]:
    return [bytes.fromhex(name[: 2 * FINGERPRINT]) for name in names]


def _who(person: "Person") -> str:
    """Say in a few words, for one who may read them, who somebody is."""
    dialled = person.phone.e164 if person.phone else ""
    return " ".join(part for part in (person.name, dialled, person.email) if part)


def _content(person: "Person") -> dict[str, object]:
    """What is sealed of a person; what most people do not have stands only where there is some."""
    content: dict[str, object] = {
        "name": person.name,
        "email": person.email,
        "phone": person.phone.e164 if person.phone else "",
        "language": person.language,
        "dropped": person.dropped,
    }
    if person.im:
        content["im"] = person.im
    if person.kind != INDIVIDUAL:
        content["kind"] = person.kind
    if person.kind == ORGANISATION:
        content["contact"] = person.contact
    return content
