"""Whom the settings know: the people behind roles, and the authorities' mailboxes."""

from collections.abc import Iterator

from pydantic import SecretStr

from activities.contacts import Contact, Takes
from service import settings_parts as parts
from service.settings import Settings


class People:
    """The organisation's own people by role; implements `activities.contacts.Contacts`."""

    def __init__(self, settings: Settings) -> None:
        self._operators = settings.operators
        self._roles = settings.roles

    def of_role(self, role: str) -> tuple[Contact, ...]:
        """Everybody in the role, or of that handle, in the order in which they are told; perhaps nobody."""
        found = [
            contact
            for handle, operator in self._operators.items()
            if role in operator.roles or role == handle
            for contact in _contacts(operator, handle)
        ]
        if role in self._roles:
            found += _contacts(self._roles[role], f"role:{role}")
        return tuple(found)


class Mailboxes:
    """Where authorities take reports; implements `activities.contacts.Authorities`."""

    def __init__(self, settings: Settings) -> None:
        self._authorities = settings.authorities

    def address(self, authority: str) -> str | None:
        """The e-mail address behind an authority's slug; None where the settings have none."""
        found = self._authorities.get(authority)
        return found.email.get_secret_value() if found and found.email else None

    def takes(self, authority: str) -> Takes:
        """The files that it takes, where the settings say so; else a page and a Word document."""
        found = self._authorities.get(authority)
        return Takes(found.attach, found.language) if found else Takes()


def _contacts(person: parts.Contact, handle: str) -> Iterator[Contact]:
    ways: tuple[tuple[str, SecretStr | str | None], ...] = (
        ("email", person.email),
        ("sms", person.sms),
        ("im", person.im),
        ("voice", person.voice),
    )
    for channel, way in ways:
        address = way.get_secret_value() if isinstance(way, SecretStr) else way
        if address:
            yield Contact(channel, address, person.language, handle)
