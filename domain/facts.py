"""What can happen to an incident: the bodies of its stream's facts, all past participles.

None of them may carry personal data; texts that people type (`reason`, `basis`) are theirs to keep clean.
"""

from datetime import timedelta
from typing import Literal

from pydantic import Field, JsonValue

from domain.alert import Alert
from domain.evidence import Evidence
from domain.line import Instant
from domain.model import Happened, Value
from domain.organisation import Organisation

Answer = Literal["owed", "unknown", "not_owed"]
By = Literal["report", "notify", "referral", "plan", "record"]
Stage = Literal["initial", "supplement", "update", "final"]
Filing = Literal["email", "portal", "hotline", "fax", "mini_program", "in_person"]
StepMove = Literal["start", "done", "failed", "undo", "skip"]


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


class AlertObserved(Happened):
    """A finding, new or revised, belongs to this incident."""

    alert: Alert


class Approval(Value):
    """One person's agreement to one content; another content needs another agreement."""

    subject: str
    sha256: str
    operator: str


class Proof(Value):
    """How the acting person was proven; `none` is recorded as what it is."""

    kind: Literal["none"] = "none"


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


class GradeAssessed(Happened):
    """The grading guide's answer changed."""

    value: str
    at_least: str | None = None
    decided_by: tuple[str, ...] = ()


class DutyKey(Value):
    """One duty towards one authority, for the n-th time."""

    duty: str
    authority: str
    n: int = Field(default=1, ge=1)

    def __str__(self) -> str:
        """Write the key as it stands in stream names: `duty/authority/n`."""
        return f"{self.duty}/{self.authority}/{self.n}"


class DutyTerms(Value):
    """What the assessment says of a duty now."""

    answer: Answer
    reason: str
    clock_start: Instant | None = None
    due_at: Instant | None = None
    legal: bool = Field(default=False, description="the deadline is the law's, not an internal target")
    waiting_on: str | None = Field(
        default=None, description="the instant its clock waits for, unrecorded yet"
    )
    blocked: bool = Field(default=False, description="ordinary channels are barred: secrets are suspected")


class DutyOpened(Happened):
    """A duty is owed, or may be: from here on it must be settled."""

    key: DutyKey
    by: By
    title: str
    article: str
    recipient: str
    terms: DutyTerms


class DutyRevised(Happened):
    """New facts changed a duty's answer or its instants."""

    key: DutyKey
    terms: DutyTerms


class DutyWithdrawalProposed(Happened):
    """The trigger no longer holds; the clock rings on until two persons agree to let it go."""

    key: DutyKey
    reason: str


class DutyUpheld(Happened):
    """The trigger holds again before anyone agreed to the withdrawal."""

    key: DutyKey
    reason: str


class DutyWithdrawn(Happened):
    """Two persons decided that the duty does not apply."""

    key: DutyKey
    reason: str
    approved_by: str


class DutyExtended(Happened):
    """The deadline was moved, on a basis."""

    key: DutyKey
    due_at: Instant
    basis: str


class DutyMet(Happened):
    """The duty was done; `late` is judged from the evidence's instant."""

    key: DutyKey
    evidence: Evidence
    late: bool


class LapseNoted(Happened):
    """The duty's clock passed its deadline without evidence; the duty stays open."""

    key: DutyKey
    at: Instant


class ClockArmed(Happened):
    """The duty's clock runs as a workflow of its own."""

    key: DutyKey


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


class ReportRequested(Happened):
    """A report is to be drawn up from the facts as they stand."""

    report: int
    form: str
    stage: Stage
    duties: tuple[DutyKey, ...]


class ReportDrafted(Happened):
    """The report's content is frozen under its hash; `missing` names the fields without a fact."""

    report: int
    sha256: str
    missing: tuple[str, ...] = ()


class ReportFiled(Happened):
    """Two persons sent this content on its way; sending is not filing until the receipt comes."""

    report: int
    channel: Filing
    authority: str
    sha256: str
    approved_by: str


class FilingSent(Happened):
    """The report left by e-mail and the receiving server took it."""

    report: int
    code: str


class FilingFailed(Happened):
    """The report could not be sent, or nobody can tell; it must be filed by hand."""

    report: int
    code: str


class ReceiptRecorded(Happened):
    """The authority's receipt for a report."""

    report: int
    number: str
    received_at: Instant
    channel: Filing
    sha256: str = ""


class NotificationRequested(Happened):
    """An audience is to be frozen and counted."""

    campaign: int
    audience: str = Field(description="where the list lies, as the workers see it; never an address")
    sha256: str = Field(description="of the list's bytes")
    message: str = Field(description="id of the message in the playbook")
    duties: tuple[DutyKey, ...]


class NotificationPlanned(Happened):
    """The audience is frozen: so many people, over these channels."""

    campaign: int
    sha256: str
    total: int
    rejected: int
    unreachable: int
    channels: dict[str, int]


class NotificationFailed(Happened):
    """The audience could not be frozen; the plan must be made again."""

    campaign: int
    code: str


class NotificationStarted(Happened):
    """Two persons let the messages go."""

    campaign: int
    sha256: str
    approved_by: str


class NotificationPaused(Happened):
    """No further message leaves until it is resumed."""

    campaign: int
    reason: str = ""


class NotificationResumed(Happened):
    """Messages leave again."""

    campaign: int


class NotificationSettled(Happened):
    """Everyone was told or counted: the rows' counts and the Merkle root over them."""

    campaign: int
    counts: dict[str, int]
    merkle_root: str


class AnnouncementRequested(Happened):
    """A public announcement is to be drawn up."""

    announcement: int
    duties: tuple[DutyKey, ...]


class AnnouncementDrafted(Happened):
    """The announcement's content is frozen under its hash."""

    announcement: int
    sha256: str


class AnnouncementReleased(Happened):
    """Two persons let the announcement out."""

    announcement: int
    sha256: str
    approved_by: str


class AnnouncementPublished(Happened):
    """The page and the feed are public."""

    announcement: int
    sha256: str
    path: str


class AnnouncementFailed(Happened):
    """The announcement could not be drawn up or published; it may be tried again."""

    announcement: int
    code: str


class ReferralRequested(Happened):
    """A report to the police is to be drawn up."""

    referral: int
    authority: str
    duties: tuple[DutyKey, ...]


class ReferralDrafted(Happened):
    """The police report's content is frozen under its hash."""

    referral: int
    sha256: str
    missing: tuple[str, ...] = ()


class ReferralFiled(Happened):
    """Two persons sent the police report on its way."""

    referral: int
    channel: Filing
    sha256: str
    approved_by: str


class ReferralFailed(Happened):
    """The police report could not be drawn up or sent; it may be tried again or filed by hand."""

    referral: int
    code: str


class ReferralReceiptRecorded(Happened):
    """The police's receipt, 报案回执."""

    referral: int
    number: str
    received_at: Instant
    sha256: str = ""


class TimeAdvanced(Happened):
    """A drill's own time was moved forward."""

    by: timedelta


class IncidentClosed(Happened):
    """Nothing is owed any more."""

    reason: str
    approved_by: str
