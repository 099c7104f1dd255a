"""Who is called in a role, and where an authority takes mail: settings know, activities ask."""

from typing import Literal, NamedTuple, Protocol

from domain.layout import Tongue

Kind = Literal["html", "docx", "json"]


class Contact(NamedTuple):
    """One address of somebody on duty, whom `handle` names; the repr of it stays out of logs."""

    channel: str
    address: str
    language: str
    handle: str = ""

    def __repr__(self) -> str:
        """Say the channel only."""
        return f"Contact({self.channel})"


class Contacts(Protocol):
    """The organisation's own people, by role or handle."""

    def of_role(self, role: str) -> tuple[Contact, ...]:
        """Everybody in the role, or of that handle, in the order in which they are told; perhaps nobody."""


class Takes(NamedTuple):
    """Which files an authority takes by e-mail, and in which language."""

    kinds: tuple[Kind, ...] = ("html", "docx")
    tongue: Tongue = "both"


class Authorities(Protocol):
    """Where an authority takes reports by e-mail."""

    def address(self, authority: str) -> str | None:
        """The e-mail address behind an authority's slug; None where the settings have none."""

    def takes(self, authority: str) -> Takes:
        """The files that it takes, where the settings say so; else a page and a Word document."""
