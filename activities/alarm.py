"""Ring a duty's alarm: tell the people in the roles that a deadline comes, or has passed."""

from temporalio import activity

from activities.contacts import Contacts
from activities.senders import Senders
from domain.line import Instant
from domain.model import Value


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


class Ring:
    """The voice of the clocks."""

    def __init__(self, contacts: Contacts, senders: Senders) -> None:
        self._contacts = contacts
        self._senders = senders

    @activity.defn(name="alarm.ring")
    async def ring(self, alarm: Alarm) -> int:
        """Tell everybody in the roles; how many were told."""
        raise NotImplementedError
