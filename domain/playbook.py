"""What an incident lead decides beforehand: steps, targets, alarms, messages. Not law."""

import hashlib
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from domain.line import canonical
from domain.model import Value


class Words(Value):
    """A text in both languages."""

    zh: str
    en: str


class Step(Value):
    """One step of the plan; an automatic one names a configured action and perhaps its undo."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    phase: Literal["containment", "recovery"]
    mode: Literal["automatic", "manual"]
    title: Words
    owner: str = Field(description="role")
    action: str | None = None
    undo: str | None = None


class Targets(Value):
    """The organisation's own time for duties whose law gives words instead of a number."""

    immediate: timedelta
    promptly: timedelta


Called = Annotated[tuple[str, ...], Field(min_length=1)]


class Escalation(Value):
    """Who hears of an alarm next, when nobody acknowledges it in time or nobody could be reached."""

    after: timedelta = Field(gt=timedelta(), description="how long one level has to acknowledge")
    roles: tuple[Called, ...] = Field(
        min_length=1, description="the levels in their order, each of roles or operators' handles"
    )


class Alarms(Value):
    """When a clock speaks, to whom, and how often once it is overdue."""

    percents: tuple[int, ...] = Field(min_length=1)
    repeat: timedelta = Field(gt=timedelta())
    roles: Called = Field(description="told at once; with an escalation, from the deadline on")
    escalation: Escalation | None = None
    provisional_before: timedelta | None = Field(
        default=None,
        gt=timedelta(),
        description="how long before a deadline that nobody has decided to report provisionally",
    )

    @property
    def last(self) -> int:
        """The last level, counted from 0."""
        return len(self.escalation.roles) - 1 if self.escalation else 0

    @property
    def everybody(self) -> tuple[str, ...]:
        """Name whoever may be told, each role once."""
        levels = self.escalation.roles if self.escalation else ()
        return tuple(dict.fromkeys((*(role for level in levels for role in level), *self.roles)))

    def called(self, level: int, *, overdue: bool) -> tuple[str, ...]:
        """Name who is told at a level: it and those before it; from the deadline on, everybody."""
        if overdue or self.escalation is None:
            return self.everybody
        return tuple(dict.fromkeys(role for each in self.escalation.roles[: level + 1] for role in each))


class Notification(Value):
    """How an audience is told."""

    channels: tuple[Literal["sms", "voice", "im", "email"], ...] = Field(min_length=1)
    canary: int = Field(ge=0)
    batch: int = Field(ge=1, le=1000)
    shard: int = Field(ge=1)
    settle: timedelta = Field(description="how long receipts are waited for after the last message")
    messages: tuple[str, ...] = Field(min_length=1, description="ids of message templates")


class Playbook(Value):
    """One way of handling one kind of incident."""

    id: str
    version: int = Field(ge=1)
    title: Words
    steps: tuple[Step, ...]
    targets: Targets
    alarms: Alarms
    notification: Notification
    forms: dict[str, str] = Field(default_factory=dict, description="stage of a report → form id")

    def step(self, name: str) -> Step | None:
        """Find a step by its id."""
        return next((step for step in self.steps if step.id == name), None)

    @property
    def digest(self) -> str:
        """SHA-256, in hex, over the playbook's canonical JSON."""
        return hashlib.sha256(canonical(self.model_dump(mode="json")).encode()).hexdigest()
