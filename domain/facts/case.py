"""Facts of the case: alerts, decisions, what is known, the steps of the plan."""

from datetime import timedelta

from pydantic import JsonValue

from domain.alert import Alert
from domain.facts.words import Approval, Proof
from domain.line import Instant
from domain.model import Happened
from domain.organisation import Organisation
from domain.playbook import Playbook


class IncidentOpened(Happened):
    """The first alert made an incident; its law, playbook and organisation are pinned by digest."""

    incident: str
    correlation: str
    severity: int
    category: str
    drill: bool = False
    follows: str | None = None
    organisation: Organisation
    playbook: str
    playbook_digest: str
    packs_digest: str


class IncidentLinked(Happened):
    """Another case belongs with this one: the incident that revealed a vulnerability, or the like."""

    other: str
    reason: str


class AlertObserved(Happened):
    """A finding, new or revised, belongs to this incident."""

    alert: Alert


class CommandAccepted(Happened):
    """Someone gave a command that was allowed; what follows in the stream is its consequence."""

    command: str
    nonce: str
    issued_at: Instant
    seen_version: int | None = None
    reason: str = ""
    approvals: tuple[Approval, ...] = ()
    proof: Proof = Proof()


class FactRecorded(Happened):
    """An operator recorded one fact that the law reads; `value` is canonical, `"unknown"` is a value."""

    name: str
    value: JsonValue
    basis: str = ""


class IncidentTriaged(Happened):
    """Someone looked and decided: an incident, or a false alarm."""

    confirmed: bool
    severity: int
    reason: str


class PlanActivated(Happened):
    """The response plan was put in force."""

    playbook: str
    steps: tuple[str, ...]


class PlaybookChosen(Happened):
    """Another playbook than the one pinned at the opening is gone by; it stands here whole."""

    playbook: Playbook
    digest: str
    reason: str


class GradeAssessed(Happened):
    """The grading guide's answer changed."""

    value: str
    at_least: str | None = None
    decided_by: tuple[str, ...] = ()


class Approved(Happened):
    """A second person agreed to exactly this content."""

    subject: str
    sha256: str


class StepStarted(Happened):
    """A step of the plan is under way; for an automatic one its action is about to be called."""

    step: str


class StepDone(Happened):
    """A step is finished."""

    step: str
    code: str = ""
    note: str = ""


class StepFailed(Happened):
    """A step's action was refused or nobody could do it; it may be started again."""

    step: str
    code: str
    note: str = ""


class StepUndoStarted(Happened):
    """A finished step is being taken back."""

    step: str


class StepUndone(Happened):
    """A finished step was taken back."""

    step: str
    code: str = ""


class StepSkipped(Happened):
    """Someone decided, with a reason, that a step is not needed."""

    step: str
    reason: str


class IncidentContained(Happened):
    """Every containment step is done or was skipped with a reason."""


class IncidentRecovered(Happened):
    """Every recovery step is done or was skipped with a reason."""


class TimeAdvanced(Happened):
    """A drill's own time was moved forward."""

    by: timedelta


class PackAdopted(Happened):
    """Two persons decided that the incident goes by other law packs; both sets are named by digest."""

    old_digest: str
    new_digest: str
    reason: str
    approved_by: str


class IncidentClosed(Happened):
    """Nothing is owed any more."""

    reason: str
    approved_by: str
