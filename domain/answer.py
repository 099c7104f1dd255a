"""What the assessment says of one duty, and of them all."""

from typing import Literal

from pydantic import computed_field

from domain.duty_rule import Addressee, Confidence, Kind, Urgency
from domain.grading import Grade
from domain.line import Instant
from domain.model import Value
from domain.playbook import Words

__all__ = ["Addressee", "Assessment", "DutyAnswer", "Status"]

Status = Literal["owed", "not_owed", "unknown"]


class DutyAnswer(Value):
    """Whether a duty is owed, until when, to whom, and which facts say so.

    `due_at` is set where the duty is owed and its clock runs, `provisional_due_at` where it cannot be told
    yet; neither for a duty without a number, a standing one, or one that is not `live`. `used` is in
    thousandths of the time, above 1000 when it has passed. For an unknown duty `decided_by` names the facts
    that would decide. `waiting_on` names the instant that an owed duty's clock waits for. `caution` says in
    one sentence what the instant rests on where the law's own days are not all known.
    """

    id: str
    status: Status
    kind: Kind
    title: Words
    instrument: str
    article: str
    reason: str
    decided_by: tuple[str, ...] = ()
    recipients: tuple[Addressee, ...] = ()
    due_at: Instant | None = None
    provisional_due_at: Instant | None = None
    clock_start: Instant | None = None
    clock_start_fact: str | None = None
    waiting_on: str | None = None
    used: int | None = None
    deadline: str | None = None
    deadline_text: str | None = None
    urgency: Urgency | None = None
    confidence: Confidence = "VERIFIED_PRIMARY"
    live: bool = True
    blocking: bool = False
    channel_blocked: bool = False
    form: str | None = None
    pack: str = ""
    caution: str | None = None


class Assessment(Value):
    """What the law asks of this organisation for these facts, by the law in force at `law_of`."""

    law_of: Instant
    grade: Grade = Grade()
    duties: tuple[DutyAnswer, ...] = ()

    @computed_field
    def earliest_provisional(self) -> Instant | None:
        """The instant of the grading clock: the first at which a duty not yet told would be due."""
        return min((duty.provisional_due_at for duty in self.duties if duty.provisional_due_at), default=None)

    def duty(self, name: str) -> DutyAnswer | None:
        """Find the answer for one duty."""
        return next((duty for duty in self.duties if duty.id == name), None)

    @property
    def owed(self) -> tuple[DutyAnswer, ...]:
        """The duties that are owed."""
        return tuple(duty for duty in self.duties if duty.status == "owed")

    @property
    def unknown(self) -> tuple[DutyAnswer, ...]:
        """The duties that cannot be told yet."""
        return tuple(duty for duty in self.duties if duty.status == "unknown")
