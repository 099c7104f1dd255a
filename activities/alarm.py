"""Ring a duty's alarm: tell the people in the roles that a deadline comes, or has passed."""

from typing import TYPE_CHECKING

from temporalio import activity

from activities.contacts import Contact, Contacts
from activities.desk import opaque, unreachable
from activities.senders import Senders
from domain.letter import Letter
from domain.line import Instant
from domain.model import Value
from domain.rendering import moment
from notifiers.errors import NotifierError, Unreachable
from notifiers.port import Message

if TYPE_CHECKING:
    from notifiers.port import Accepted

TEXTED = frozenset({"sms", "im", "voice"})


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
    """The voice of the clocks. Its words stand in the code: an alarm must ring whatever file is broken."""

    def __init__(self, contacts: Contacts, senders: Senders, *, domain: str) -> None:
        self._contacts = contacts
        self._senders = senders
        self._domain = domain

    @activity.defn(name="alarm.ring")
    async def ring(self, alarm: Alarm) -> int:
        """Tell everybody in the roles, each address once; how many were told.

        One address that fails does not keep the others from hearing.

        Raises:
            ApplicationError: `unreachable`, to be tried again, when nobody was told and somebody may yet be.

        """
        told, failed = 0, None
        for contact in dict.fromkeys(one for role in alarm.roles for one in self._contacts.of_role(role)):
            try:
                await self._tell(alarm, contact)
                told += 1
            except Unreachable as wrong:
                failed = wrong
            except NotifierError as wrong:
                activity.logger.warning("an alarm over %s failed: %s", contact.channel, wrong.code)
        if failed is not None and told == 0:
            raise unreachable(failed) from failed
        return told

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
        )
        return await self._senders.of(contact.channel, drill=alarm.drill).send(message)


def words(alarm: Alarm, language: str) -> Letter:
    """Say what is due: the subject alone is enough for a text message."""
    if language.startswith("zh"):
        due = moment(alarm.due_at, "zh")
        state = f"已逾期（第 {alarm.overdue} 次提醒）" if alarm.overdue else f"时限已用 {alarm.percent}%"
        kind = "法定时限" if alarm.legal else "内部目标"
        subject = f"【警钟】{alarm.incident}「{alarm.title}」{state}，{kind} {due}"
        return Letter(subject, (f"{subject}\n\n查看：tocsin incident show {alarm.incident}\n",))
    due = moment(alarm.due_at, "en")
    state = (
        f"overdue (reminder {alarm.overdue})" if alarm.overdue else f"{alarm.percent} % of the time is used"
    )
    kind = "the law's deadline" if alarm.legal else "our own target"
    subject = f"Tocsin: {alarm.incident}, {alarm.title}: {state}; {kind} is {due}"
    return Letter(subject, (f"{subject}\n\nLook: tocsin incident show {alarm.incident}\n",))
