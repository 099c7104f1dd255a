"""What an incident lead decides beforehand: steps, targets, alarms, messages. Not law."""

import hashlib
from datetime import timedelta
from typing import Annotated, Literal, get_args

from pydantic import Field

from domain.line import canonical
from domain.means import By
from domain.model import Value
from domain.organisation import Jurisdiction

StepPhase = Literal[
    "assessment", "containment", "reporting", "notification", "referral", "recovery", "closing"
]
Mode = Literal["automatic", "manual", "duty"]
# The decision itself, whose clock the engine keeps: a step may serve it like a duty of law.
GRADING_DUTY = "GRADING"
_MEANS = "|".join(get_args(By))
ServedDuty = Annotated[
    str, Field(pattern=rf"^(GRADING|[A-Z]{{2}}-([A-Z0-9]+-)*([A-Z0-9]+|\*))(/({_MEANS}))?$")
]


class Words(Value):
    """A text in both languages."""

    zh: str
    en: str


class Means(Value):
    """Every duty that is settled by these means, wherever its law comes from or in some jurisdictions."""

    by: By
    jurisdictions: tuple[Jurisdiction, ...] = Field(
        default=(), description="whose law; left out, that of every jurisdiction"
    )


class Step(Value):
    """One step of the plan.

    An automatic step calls a configured action, which may have an undo. A manual one is moved by a person.
    A `duty` step is nobody's to move: it is done when the duties that it serves are settled, each by its own
    evidence, and there is nothing to do where none of them is owed.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9-]*$", description="never used for another step again")
    phase: StepPhase = Field(
        description="containment and recovery carry the incident on; what else is done by hand is due "
        "before the close"
    )
    mode: Mode = Field(description="automatic calls an action, manual is a person's, duty follows its duties")
    title: Words
    how: Words | None = Field(default=None, description="what to do and to look out for, in plain sentences")
    owner: str = Field(min_length=1, description="role")
    action: str | None = Field(
        default=None, description="action of the settings that an automatic step calls"
    )
    undo: str | None = Field(default=None, description="action whose undo address takes the step back")
    serves: tuple[ServedDuty | Means, ...] = Field(
        default=(),
        description="duties of the law packs: by id (`CN-DSL-29`), with means (`CN-DSL-29/notify`), by the "
        "beginning of ids (`CN-NFRA-*`), or all that are settled by some means",
    )
    within: timedelta | None = Field(
        default=None,
        gt=timedelta(),
        description="the organisation's own time: for a duty step it stands where the law gives words and "
        "counts from the clock's start, for others it counts from the plan's activation",
    )


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

    id: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    version: int = Field(ge=1)
    title: Words
    kind: Literal["incident", "vulnerability"] = Field(
        default="incident",
        description="what it is for; it serves the duties that law packs give this kind",
    )
    purpose: Words | None = Field(default=None, description="when to choose it")
    steps: tuple[Step, ...]
    targets: Targets
    alarms: Alarms
    notification: Notification
    forms: dict[str, str] = Field(default_factory=dict, description="stage of a report → form id")

    def step(self, name: str) -> Step | None:
        """Find a step by its id."""
        return next((step for step in self.steps if step.id == name), None)

    @property
    def worked(self) -> tuple[Step, ...]:
        """The steps that are moved, by a person or an action; a duty step only follows its duties."""
        return tuple(step for step in self.steps if step.mode != "duty")

    def serving(self, duty: str, by: By) -> Step | None:
        """Find the step that serves a duty by these means: the one that names it most exactly."""
        ranked = [(_closeness(step, duty, by), step) for step in self.steps]
        closest = max((closeness for closeness, _ in ranked), default=0)
        return next((step for closeness, step in ranked if closeness == closest and closest), None)

    def within(self, duty: str, by: By) -> timedelta | None:
        """The organisation's own time for a duty, where the step that serves it sets one."""
        step = self.serving(duty, by)
        return step.within if step and step.mode == "duty" else None

    @property
    def digest(self) -> str:
        """SHA-256, in hex, over the playbook's canonical JSON."""
        return hashlib.sha256(canonical(self.model_dump(mode="json")).encode()).hexdigest()


_BY_MEANS = 1


def _closeness(step: Step, duty: str, by: By) -> int:
    """How exactly a step names a duty: by its id, else by a beginning of it (the longer), else by means."""
    return max((_fits(served, duty, by) for served in step.serves), default=0)


def _fits(served: str | Means, duty: str, by: By) -> int:
    if isinstance(served, Means):
        home = not served.jurisdictions or duty.partition("-")[0] in served.jurisdictions
        return _BY_MEANS if served.by == by and home and duty != GRADING_DUTY else 0
    name, _, means = served.partition("/")
    if means not in {"", by}:
        return 0
    named = duty.startswith(name[:-1]) if name.endswith("*") else name == duty
    # An id outranks every beginning, since none that fits is longer; with its means it outranks itself.
    return 2 * (len(name) + (name == duty)) + bool(means) if named else 0
