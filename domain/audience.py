"""Who is in an audience: a row of a list becomes a person with a route, or a reason why not."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from domain.address import Phone, email, phone
from domain.letter import LANGUAGES
from domain.listing import ListInvalid

Reason = Literal["bad_email", "bad_phone", "control_characters", "formula", "no_identity", "too_long"]
RowCode = Literal[Reason, "ragged_row", "duplicate"]

DEFAULT_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "user id", "customer id", "编号", "用户编号", "客户编号"),
    "name": ("name", "full name", "姓名", "名称", "联系人"),
    "email": ("email", "e-mail", "mail", "email address", "邮箱", "电子邮箱", "电子邮件", "邮件地址"),
    "phone": (
        "phone",
        "mobile",
        "telephone",
        "phone number",
        "手机",
        "手机号",
        "手机号码",
        "电话",
        "联系电话",
    ),
    "language": ("language", "lang", "locale", "语言"),
}
CHINESE, ENGLISH = LANGUAGES
LONGEST_NAME = 100
LONGEST_CELL = 1000

# Control characters, line and paragraph ends, marks that turn the direction of writing, a stray BOM.
_CONTROL = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\uffff]"
)
_FORMULA = frozenset("=+-@＝＋－＠")
_NOTHING = frozenset({"-", "--", "—", "/"})
_BLANKS = " \t\u00a0\u3000"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to be told. The repr says nothing of who it is.

    `keys` name the person for the search for duplicates: by the list's own id, else by each address
    together with the name; somebody with neither id nor address cannot be recognised and has none.
    `dropped` says which of several addresses was unusable.
    """

    name: str
    email: str
    phone: Phone | None
    language: str
    keys: tuple[str, ...]
    dropped: tuple[Reason, ...] = ()

    def __repr__(self) -> str:
        """Say how many addresses there are."""
        return f"Person({bool(self.email) + bool(self.phone)} addresses)"

    def route(self, channels: Sequence[str]) -> tuple[str, ...]:
        """Those of the campaign's channels that reach this person, in the campaign's order."""
        reach = {
            "sms": self.phone is not None and self.phone.textable,
            "voice": self.phone is not None,
            "email": bool(self.email),
        }
        return tuple(channel for channel in channels if reach.get(channel, False))


class Columns:
    """Where a list keeps what; made from its header row.

    Raises:
        ListInvalid: `audience_header`, when no column holds an address, or two claim to be the same.

    """

    def __init__(
        self,
        header: Sequence[str],
        names: Mapping[str, Sequence[str]] = DEFAULT_COLUMNS,
        region: str = "CN",
    ) -> None:
        self.width = len(header)
        self._region = region
        places: dict[str, int] = {}
        wanted = {_word(alias): field for field, aliases in names.items() for alias in aliases}
        for place, cell in enumerate(header):
            field = wanted.get(_word(cell))
            if field is not None and field in places:
                raise ListInvalid(
                    "audience_header", f"Two columns of the list are its {field}; keep one of them."
                )
            if field is not None:
                places[field] = place
        if not {"email", "phone"} & set(places):
            raise ListInvalid(
                "audience_header",
                "No column is called email or phone (邮箱, 手机号); the first row names the columns.",
            )
        self._places = places

    def person(self, cells: Sequence[str]) -> Person | Reason:
        """Read one row of the header's width: the person, or why the row is set aside."""
        given = {field: _trimmed(cells[place]) for field, place in self._places.items()}
        name = unicodedata.normalize("NFC", given.get("name", ""))
        wrong = _wrong(name, given)
        if wrong:
            return wrong
        address, dialled, broken = self._addresses(given.get("email", ""), given.get("phone", ""))
        if broken and not address and not dialled:
            return broken[0]
        identity = given.get("id", "")
        if not (identity or name or address or dialled):
            return "no_identity"
        return Person(
            name=name,
            email=address,
            phone=dialled,
            language=_language(given.get("language", "")),
            keys=identity_keys(identity, name, address, dialled),
            dropped=broken,
        )

    def _addresses(self, email_cell: str, phone_cell: str) -> tuple[str, Phone | None, tuple[Reason, ...]]:
        broken: list[Reason] = []
        dialled = phone(phone_cell, self._region) if phone_cell else None
        if phone_cell and dialled is None:
            broken.append("bad_phone")
        address = (email(email_cell) or "") if email_cell else ""
        if address and address[0] in _FORMULA:
            address = ""
            broken.append("formula")
        elif email_cell and not address:
            broken.append("bad_email")
        return address, dialled, tuple(broken)


def _word(text: str) -> str:
    return (
        unicodedata.normalize("NFKC", text)
        .strip()
        .casefold()
        .replace("_", " ")
        .replace("-", "")
        .replace(" ", "")
    )


def _trimmed(cell: str) -> str:
    text = cell.strip(_BLANKS)
    return "" if text in _NOTHING else text


def _wrong(name: str, given: Mapping[str, str]) -> Reason | None:
    if len(name) > LONGEST_NAME or any(len(cell) > LONGEST_CELL for cell in given.values()):
        return "too_long"
    if _CONTROL.search(name) or _CONTROL.search(given.get("id", "")):
        return "control_characters"
    if name and name[0] in _FORMULA:
        return "formula"
    return None


def _language(text: str) -> str:
    tag = text.casefold()
    return CHINESE if not tag or tag.startswith(("zh", "cn", "中", "汉")) else ENGLISH


def identity_keys(identity: str, name: str, address: str, dialled: Phone | None) -> tuple[str, ...]:
    """Name a person for the search: by the list's own id, else by each address together with the name."""
    if identity:
        return (f"id\n{identity}",)
    known = "".join(unicodedata.normalize("NFKC", name).casefold().split())
    addresses = ([dialled.e164] if dialled else []) + ([address.casefold()] if address else [])
    return tuple(f"{each}\n{known}" for each in addresses)
