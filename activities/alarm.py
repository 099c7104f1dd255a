"""Ring a duty's alarm: tell the people of a level that a deadline comes, or has passed, and say who heard."""

from typing import TYPE_CHECKING

from pydantic import model_validator
from temporalio import activity

from activities.alarm_words import words
from activities.contacts import Contact, Contacts
from activities.desk import opaque, unreachable
from activities.senders import Senders
from domain.facts import By
from domain.filed import Filed
from domain.line import Instant
from domain.model import Value
from notifiers.errors import NotifierError, Unreachable
from notifiers.port import Message

if TYPE_CHECKING:
    from notifiers.port import Accepted

TEXTED = frozenset({"sms", "im", "voice"})
TEMPLATE = "alarm"
"""What an alarm is called where a provider sends approved wordings only."""


class Alarm(Value):
    """What is due, when, and who must hear of it; `key_id` is the same for every attempt."""

    incident: str
    key: str
    title: str
    due_at: Instant
    percent: int
    overdue: int = 0
    legal: bool
    drill: bool
    roles: tuple[str, ...]
    key_id: str
    number: int = 0
    level: int = 0
    climbed: bool = False
    provisional: bool = False
    patient: bool = True
    by: By = "report"
    filed: Filed | None = None


class Told(Value):
    """Whom an alarm reached and whom it missed, by handle."""

    people: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _counted(cls, told: object) -> object:
        # Histories recorded before hold how many were told.
        return {} if isinstance(told, int) else told


class Ring:
    """The voice of the clocks. Its words stand in the code: an alarm must ring whatever file is broken."""

    def __init__(self, contacts: Contacts, senders: Senders, *, domain: str) -> None:
        self._contacts = contacts
        self._senders = senders
        self._domain = domain

    @activity.defn(name="alarm.ring")
    async def ring(self, alarm: Alarm) -> Told:
        """Tell everybody in the roles, each address once; who was told, over whatever channel.

        One address that fails does not keep the others from hearing.

        Raises:
            ApplicationError: `unreachable`, to be tried again, when nobody was told, somebody may yet be, and
                nobody further on can be told instead.

        """
        asked: dict[str, bool] = {}
        failed = None
        for contact in self._called(alarm.roles):
            reached = False
            try:
                await self._tell(alarm, contact)
                reached = True
            except Unreachable as wrong:
                failed = wrong
            except NotifierError as wrong:
                activity.logger.warning("an alarm over %s failed: %s", contact.channel, wrong.code)
            asked[contact.handle] = reached or asked.get(contact.handle, False)
        if failed is not None and alarm.patient and not any(asked.values()):
            raise unreachable(failed) from failed
        return Told(
            people=tuple(handle for handle, reached in asked.items() if reached),
            missed=tuple(handle for handle, reached in asked.items() if not reached),
        )

    def _called(self, roles: tuple[str, ...]) -> list[Contact]:
        called: dict[tuple[str, str], Contact] = {}
        for role in roles:
            for contact in self._contacts.of_role(role):
                called.setdefault((contact.channel, contact.address), contact)
        return list(called.values())

    async def _tell(self, alarm: Alarm, contact: Contact) -> "Accepted":
        letter = words(alarm, contact.language)
        said = (letter.drilled() if alarm.drill else letter).to("")
        reference = opaque(f"{alarm.key_id}/{contact.channel}/{contact.address}")
        message = Message(
            reference=reference,
            to=contact.address,
            subject=said.subject,
            text=said.subject if contact.channel in TEXTED else said.text,
            language=contact.language,
            message_id=f"<{reference}@{self._domain}>",
            template=TEMPLATE,
        )
        return await self._senders.of(contact.channel, drill=alarm.drill).send(message)
