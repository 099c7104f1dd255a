"""Who is in an audience: a row of a list becomes a person with a route, or a reason why not."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

from phonenumbers import SUPPORTED_REGIONS

from domain.address import Phone, email, phone
from domain.field_map import ADDRESSES, FieldMap, FieldName
from domain.kind import GUARDIAN, INDIVIDUAL, MINOR, Kind, kind_of
from domain.letter import LANGUAGES
from domain.listing import ListInvalid
from domain.person import Person, Reason

RowCode = Literal[Reason, "ragged_row", "duplicate"]

CHINESE, ENGLISH = LANGUAGES
LONGEST_NAME = 100
LONGEST_CELL = 1000
MOST_COLUMNS = 1000
DEFAULT = FieldMap()

# Control characters, line and paragraph ends, marks that turn the direction of writing, a stray BOM.
_CONTROL = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\uffff]"
)
_FORMULA = frozenset("=+-@＝＋－＠")
_NOTHING = frozenset({"-", "--", "—", "/"})
_BLANKS = " \t\u00a0\u3000"
_HANDLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,127}")
_NOBODY: tuple[str, Phone | None, str, tuple[Reason, ...]] = ("", None, "", ())


class Columns:
    """Where a list keeps what; made from its header row and a mapping.

    `referring` says that a column names guardians by the ids of their own rows.

    Raises:
        ListInvalid: `audience_header`, when no column holds an address, two claim to be the same, a mapping
            names a column that is not there, or there are more columns than anybody's list has.

    """

    def __init__(self, header: Sequence[str], fields: FieldMap = DEFAULT) -> None:
        if len(header) > MOST_COLUMNS:
            raise ListInvalid(
                "audience_header",
                f"The list has {len(header):,} columns; no more than {MOST_COLUMNS:,} are read.",
            )
        if fields.region not in SUPPORTED_REGIONS:
            raise ListInvalid(
                "audience_header",
                f"The mapping's region {fields.region} is no country with telephone numbers.",
            )
        self.width = len(header)
        self._region = fields.region
        places = _places(header, fields)
        if not ADDRESSES & set(places):
            raise ListInvalid(
                "audience_header",
                "No column is called email or phone (邮箱, 手机号); the first row, or the query, names the "
                "columns, or a mapping says which they are.",
            )
        if "guardian_id" in places and "id" not in places:
            raise ListInvalid(
                "audience_header",
                "A column names guardians by the ids of their rows, and no column is called id (编号).",
            )
        self.referring = "guardian_id" in places
        self._given = tuple(places.items())
        self.wanted = frozenset(places.values())

    def person(self, cells: Sequence[str]) -> Person | Reason:
        """Read one row of the header's width: the person, or why the row is set aside."""
        given: dict[str, str] = {}
        for field, place in self._given:
            cell = cells[place]
            if cell:
                cell = cell.strip(_BLANKS)
                if len(cell) > LONGEST_CELL:
                    return "too_long"
                if cell and cell not in _NOTHING:
                    given[field] = cell
        said = given.get
        contact, name = _normal(said("contact", "")), _normal(said("name", ""))
        name, guarding = name or contact, _normal(said("guardian", ""))
        wrong = _wrong(name, said("id", "")) or _wrong(contact, "") or _wrong(guarding, "")
        if wrong:
            return wrong
        address, dialled, handle, broken = self._addresses(
            said("email", ""), said("phone", ""), said("im", "")
        )
        language = _language(said("language", ""))
        guardian, theirs = self._guardian(
            guarding, said("guardian_email", ""), said("guardian_phone", ""), language
        )
        broken += theirs
        named = "" if guardian or theirs else said("guardian_id", "")
        kind_cell, minor_cell, guarded = (
            said("kind", ""),
            said("minor", ""),
            bool(guardian or theirs or named),
        )
        # Most people are nothing else.
        told = kind_cell or minor_cell or guarded
        kind = kind_of(kind_cell, minor_cell, guarded=guarded) if told else INDIVIDUAL
        if kind == "bad_minor" or kind == "contradictory_kind":  # noqa: PLR1714 - so that the type is narrowed
            return kind
        if broken and not (address or dialled or handle or named or (guardian and guardian.addressed)):
            return broken[0]
        identity = said("id", "")
        if not (identity or name or address or dialled or handle or guardian or named):
            return "no_identity"
        return Person(
            name,
            address,
            dialled,
            language,
            keys_of(kind, identity, name, address, dialled, handle),
            broken,
            handle,
            kind,
            contact,
            guardian,
            named,
        )

    def guardian(self, cells: Sequence[str], identity: str) -> Person | None:
        """Read the row with this id as a child's guardian; None where it holds nobody who can be one."""
        found = self.person(cells)
        if isinstance(found, str) or found.kind == MINOR:
            return None
        keys = keys_of(GUARDIAN, identity, found.name, found.email, found.phone, found.im)
        return found._replace(kind=GUARDIAN, contact="", keys=keys)

    def _guardian(
        self, name: str, email_cell: str, phone_cell: str, language: str
    ) -> tuple[Person | None, tuple[Reason, ...]]:
        """Whom the law lets answer for a child, and what is wrong with their addresses.

        Somebody of whom only the name is known can be told by hand.
        """
        if not (name or email_cell or phone_cell):
            return None, ()
        address, dialled, _, broken = self._addresses(email_cell, phone_cell, "")
        if not (name or address or dialled):
            return None, broken
        keys = keys_of(GUARDIAN, "", name, address, dialled)
        return Person(name, address, dialled, language, keys, broken, kind=GUARDIAN), broken

    def _addresses(
        self, email_cell: str, phone_cell: str, im_cell: str
    ) -> tuple[str, Phone | None, str, tuple[Reason, ...]]:
        if not (email_cell or phone_cell or im_cell):
            return _NOBODY
        broken: tuple[Reason, ...] = ()
        dialled = phone(phone_cell, self._region) if phone_cell else None
        if phone_cell and dialled is None:
            broken = ("bad_phone",)
        address = (email(email_cell) or "") if email_cell else ""
        if address and address[0] in _FORMULA:
            address = ""
            broken += ("formula",)
        elif email_cell and not address:
            broken += ("bad_email",)
        if im_cell and not _HANDLE.fullmatch(im_cell):
            return address, dialled, "", (*broken, "bad_im")
        return address, dialled, im_cell, broken


def _places(header: Sequence[str], fields: FieldMap) -> dict[FieldName, int]:
    wanted = {_word(alias): field for field, aliases in fields.headings.items() for alias in aliases}
    # A mapping's own word goes before a name that is known anyway.
    wanted |= {_word(alias): field for field, aliases in fields.fields.items() for alias in aliases}
    places: dict[FieldName, int] = {}
    for place, cell in enumerate(header):
        field = wanted.get(_word(cell))
        if field is not None and field in places:
            raise ListInvalid(
                "audience_header", f"Two columns of the list are its {field}; keep one of them."
            )
        if field is not None:
            places[field] = place
    for field in fields.fields:
        if field not in places:
            raise ListInvalid(
                "audience_header", f"The list has no column that the mapping gives for {field}."
            )
    return places


def _word(text: str) -> str:
    return (
        unicodedata.normalize("NFKC", text)
        .strip()
        .casefold()
        .replace("_", " ")
        .replace("-", "")
        .replace(" ", "")
    )


def _normal(name: str) -> str:
    return unicodedata.normalize("NFC", name) if name else name


def _wrong(name: str, identity: str) -> Reason | None:
    if len(name) > LONGEST_NAME:
        return "too_long"
    if (name and _CONTROL.search(name)) or (identity and _CONTROL.search(identity)):
        return "control_characters"
    if name and name[0] in _FORMULA:
        return "formula"
    return None


@lru_cache(maxsize=1024)
def _language(text: str) -> str:
    tag = text.casefold()
    return CHINESE if not tag or tag.startswith(("zh", "cn", "中", "汉")) else ENGLISH


def identity_keys(
    identity: str, name: str, address: str, dialled: Phone | None, handle: str = ""
) -> tuple[str, ...]:
    """Name a person for the search: by the list's own id, else by each address together with the name."""
    if identity:
        return (f"id\n{identity}",)
    if name.isascii():
        known = "".join(name.lower().split())
    else:
        known = "".join(unicodedata.normalize("NFKC", name).casefold().split())
    keys: tuple[str, ...] = (f"{dialled.e164}\n{known}",) if dialled else ()
    if address:
        keys += (f"{address.casefold()}\n{known}",)
    return (*keys, f"im\n{handle}\n{known}") if handle else keys


def keys_of(  # noqa: PLR0913, PLR0917 - who it is, and all that the person is known by
    kind: Kind, identity: str, name: str, address: str, dialled: Phone | None, handle: str = ""
) -> tuple[str, ...]:
    """Name a person for the search, as what they are to be told as.

    Who answers for a child and stands in the list for themselves is told of both, by two messages; who
    answers for several children is told of them by one.
    """
    if kind != GUARDIAN:
        return identity_keys(identity, name, address, dialled, handle)
    known = identity_keys("", name, address, dialled, handle)
    own = identity_keys(identity, "", "", None) if identity else ()
    return tuple(f"{GUARDIAN}\n{key}" for key in (*own, *known))
