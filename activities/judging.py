"""From rows to who stands in them: read, named and written down, before anybody has a place."""

from collections.abc import Callable, Generator, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

import orjson
from pydantic import Field

from activities.seen import FINGERPRINT
from domain.field_map import FieldMap
from domain.kind import INDIVIDUAL, MINOR, ORGANISATION
from domain.listing import Row
from domain.model import Value

if TYPE_CHECKING:
    from domain.audience import Columns, RowCode
    from domain.person import Person

Entry = tuple[list[str], str, int]
"""Somebody who gets a message: names in hex, the first of them the row's; what is sealed, as JSON; which of
the chunk's traits are theirs."""
Traits = tuple[Sequence[str], str, str, str, str, bool]
"""What many people share: route, language, kind, calling code, mail domain, and whether one of several
addresses was unusable."""
_Numbered = dict[Traits, int]


class Read(NamedTuple):
    """What became of one row: a `reason` to set it aside, or whom it tells, the first of them its own.

    `waits` is a child's row that names its guardian's, and `known` the name of a row that may be named.
    """

    line: int
    reason: "RowCode | None" = None
    entries: Sequence[Entry] = ()
    unguarded: bool = False
    waits: bool = False
    known: str = ""


class Judged(NamedTuple):
    """What was read in a chunk of rows, one for each, and the traits that its entries point to."""

    reads: Sequence[Read]
    traits: Sequence[Traits]


class Terms(Value):
    """What a judge needs to know, as it goes to another process; `naming` is `CampaignKey.naming` in hex."""

    header: tuple[str, ...]
    fields: FieldMap
    channels: tuple[str, ...]
    naming: str = Field(repr=False)


class Judge:
    """Reads the rows of one list, and remembers none; `name` is `CampaignKey.person`."""

    def __init__(self, columns: "Columns", channels: tuple[str, ...], name: Callable[[str], str]) -> None:
        self._columns = columns
        self._channels = channels
        self._name = name
        self._referring = columns.referring

    def read(self, rows: Sequence[Row]) -> Judged:
        """Read some rows, each by itself."""
        traits: _Numbered = {}
        return Judged([self._read(row, traits) for row in rows], list(traits))

    def guarded(self, rows: Sequence[Row], cells_of: "Callable[[bytes], Sequence[str] | None]") -> Judged:
        """Read the rows of children that waited, with their guardians where the list has one of that id."""
        traits: _Numbered = {}
        return Judged([self._guarded(row, cells_of, traits) for row in rows], list(traits))

    def _guarded(
        self, row: Row, cells_of: "Callable[[bytes], Sequence[str] | None]", traits: _Numbered
    ) -> Read:
        person = self._columns.person(row.cells or ())
        if isinstance(person, str):
            return Read(row.line, person)
        cells = cells_of(fingerprint(self._by_id(person.guarded_by)))
        guardian = self._columns.guardian(cells, person.guarded_by) if cells else None
        return self._told(row.line, person._replace(guardian=guardian), traits)

    def _read(self, row: Row, traits: _Numbered) -> Read:
        if row.cells is None:
            return Read(row.line, "ragged_row")
        person = self._columns.person(row.cells)
        if isinstance(person, str):
            return Read(row.line, person)
        if self._referring:
            if person.guarded_by:
                return Read(row.line, waits=True)
            if person.identity and person.kind != MINOR:
                return self._told(row.line, person, traits)._replace(known=self._by_id(person.identity))
        return self._told(row.line, person, traits)

    def _by_id(self, identity: str) -> str:
        return self._name(f"row\n{identity}")

    def _told(self, line: int, person: "Person", traits: _Numbered) -> Read:
        # Somebody whom nothing tells from others is named by the line, so that nobody is lost.
        name, guardian = self._name, person.guardian
        own = [name(key) for key in person.keys] or [name(f"line\n{line}")]
        if guardian is None:
            return Read(line, None, (self._entry(own, person, {}, traits),), person.kind == MINOR)
        theirs = [name(key) for key in guardian.keys] or [name(f"guardian\nline\n{line}")]
        # Who calls either of them by hand has to know of the other.
        link: dict[str, object] = {"guardian_of": own[0], "minor_is": _who(person)}
        answering = self._entry(theirs, guardian, link, traits)
        if guardian.addressed and not person.addressed:
            return Read(line, None, (answering,))
        ward: dict[str, object] = {"guardian": theirs, "guardian_is": _who(guardian)}
        return Read(line, None, (self._entry(own, person, ward, traits), answering))

    def _entry(
        self, names: list[str], person: "Person", link: dict[str, object], numbered: _Numbered
    ) -> Entry:
        traits: Traits = (
            person.route(self._channels),
            person.language,
            person.kind,
            person.prefix,
            person.domain,
            bool(person.dropped),
        )
        content = orjson.dumps(_content(person) | link).decode()
        return names, content, numbered.setdefault(traits, len(numbered))


class Judges(Protocol):
    """Has a list's rows read, chunk by chunk and in their order; `here` is one."""

    def __call__(
        self, judge: Judge, terms: Terms, chunks: Iterator[list[Row]]
    ) -> Generator[tuple[list[Row], Judged]]:
        """Give each chunk with what `judge`, or one of the same terms elsewhere, read in it."""


def here(
    judge: Judge,
    terms: Terms,  # noqa: ARG001 -- nobody else has to be told
    chunks: Iterator[list[Row]],
) -> Generator[tuple[list[Row], Judged]]:
    """Read each chunk in this thread when it is asked for."""
    for rows in chunks:
        yield rows, judge.read(rows)


def fingerprint(name: str) -> bytes:
    """The part of a name by which somebody is searched for."""
    return bytes.fromhex(name[: 2 * FINGERPRINT])


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
