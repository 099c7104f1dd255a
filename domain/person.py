"""Somebody to be told, and on which of a campaign's channels."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from domain.address import Phone, calling_code
from domain.kind import GUARDIAN, INDIVIDUAL, Kind

Reason = Literal[
    "bad_email",
    "bad_im",
    "bad_minor",
    "bad_phone",
    "contradictory_kind",
    "control_characters",
    "formula",
    "no_identity",
    "too_long",
]


class Person(NamedTuple):
    """Somebody to be told. The repr says nothing of who it is.

    `keys` name the person for the search for duplicates: by the list's own id, else by each address
    together with the name; somebody with neither id nor address cannot be recognised and has none.
    `dropped` says which of several addresses was unusable. `contact` is whom an organisation names.
    A child's `guardian` is told as well, or alone where the child has no address; `guarded_by` is the id of
    the row in which the guardian stands, where the child's own row does not say more.
    """

    name: str
    email: str
    phone: Phone | None
    language: str
    keys: tuple[str, ...]
    dropped: tuple[Reason, ...] = ()
    im: str = ""
    kind: Kind = INDIVIDUAL
    contact: str = ""
    guardian: "Person | None" = None
    guarded_by: str = ""

    def __repr__(self) -> str:
        """Say how many addresses there are."""
        return f"Person({bool(self.email) + bool(self.phone) + bool(self.im)} addresses)"

    @property
    def identity(self) -> str:
        """The list's own id of the row; empty where there is none."""
        named = (key.removeprefix(f"{GUARDIAN}\n") for key in self.keys)
        return next((key.removeprefix("id\n") for key in named if key.startswith("id\n")), "")

    @property
    def addressed(self) -> bool:
        """Whether there is any address."""
        return bool(self.email or self.phone or self.im)

    @property
    def prefix(self) -> str:
        """The calling code of the telephone number, such as `+86`; empty where there is none."""
        return calling_code(self.phone.e164[:4]) if self.phone else ""

    @property
    def domain(self) -> str:
        """The domain of the e-mail address."""
        return self.email.rpartition("@")[2]

    def route(self, channels: Sequence[str]) -> tuple[str, ...]:
        """Those of the campaign's channels that reach this person, in the campaign's order."""
        dialled = self.phone is not None
        texted = self.phone is not None and self.phone.textable
        return _route(tuple(channels), texted, dialled, bool(self.im), bool(self.email))


@lru_cache(maxsize=256)
def _route(channels: tuple[str, ...], *reached: bool) -> tuple[str, ...]:
    reach = dict(zip(("sms", "voice", "im", "email"), reached, strict=True))
    return tuple(channel for channel in channels if reach.get(channel, False))
