"""What an incident lead decides beforehand: steps, targets, alarms, messages. Not law."""

import hashlib
from datetime import timedelta
from typing import Literal

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


class Alarms(Value):
    """When a clock speaks, to whom, and how often once it is overdue."""

    percents: tuple[int, ...] = Field(min_length=1)
    repeat: timedelta = Field(gt=timedelta())
    roles: tuple[str, ...] = Field(min_length=1)


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
