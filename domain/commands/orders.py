"""What an operator may ask of an incident: imperatives."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from domain.evidence import Evidence
from domain.facts import DutyKey, Filing, Picture, Stage, StepMove
from domain.field_map import FieldMap
from domain.line import Instant
from domain.model import Value
from domain.pack import Pack
from domain.playbook import Playbook


class RecordFacts(Value):
    """Record facts the law reads; values are in the canonical form of `domain.vocabulary.parse`."""

    do: Literal["record_facts"] = "record_facts"
    values: dict[str, JsonValue] = Field(min_length=1)
    basis: str = ""


class Triage(Value):
    """Decide whether this is an incident or a false alarm."""

    do: Literal["triage"] = "triage"
    confirmed: bool
    severity: int | None = Field(default=None, ge=1, le=5)
    playbook: Playbook | None = Field(default=None, description="to go by from now on; None: the one pinned")


class ActivatePlan(Value):
    """Put the response plan in force."""

    do: Literal["activate_plan"] = "activate_plan"
    playbook: Playbook | None = Field(default=None, description="to go by from now on; None: the one pinned")


class AdvanceStep(Value):
    """Move one step of the plan."""

    do: Literal["advance_step"] = "advance_step"
    step: str
    to: StepMove
    note: str = ""


class DraftReport(Value):
    """Draw up a report for one authority from the facts as they stand."""

    do: Literal["draft_report"] = "draft_report"
    form: str
    stage: Stage = "initial"
    duties: tuple[DutyKey, ...] = Field(min_length=1)
    follows: int = Field(default=0, ge=0, description="the filed report it follows on; 0: the latest")


class FileReport(Value):
    """Send a drafted report on its way, or say that a person files it by hand."""

    do: Literal["file_report"] = "file_report"
    report: int
    channel: Filing


class RecordReceipt(Value):
    """Record the authority's receipt, which alone stops the clocks."""

    do: Literal["record_receipt"] = "record_receipt"
    report: int
    number: str = Field(min_length=1, max_length=200)
    received_at: Instant
    channel: Filing
    sha256: str = ""


class Approve(Value):
    """Agree, as a second person, to one content named by its hash."""

    do: Literal["approve"] = "approve"
    subject: str
    sha256: str


class WithdrawDuties(Value):
    """Let duties go that do not apply."""

    do: Literal["withdraw_duties"] = "withdraw_duties"
    duties: tuple[DutyKey, ...] = Field(min_length=1)


class ExtendDuty(Value):
    """Move a deadline, on a basis (the envelope's reason)."""

    do: Literal["extend_duty"] = "extend_duty"
    duty: DutyKey
    due_at: Instant


class RecordRequest(Value):
    """Take up what an authority asked for by an instant of its own; without a basis the reason is it."""

    do: Literal["record_request"] = "record_request"
    authority: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")
    what: str = Field(min_length=1, max_length=200, pattern=r"^[^\r\n]+$")
    received_at: Instant
    due_at: Instant
    by: Literal["record", "report"] = "record"
    basis: str = Field(default="", max_length=200, pattern=r"^[^\r\n]*$")


class SettleDuty(Value):
    """Record that a duty without a report of ours was done, with its evidence."""

    do: Literal["settle_duty"] = "settle_duty"
    duty: DutyKey
    evidence: Evidence


class PlanNotification(Value):
    """Freeze and count an audience."""

    do: Literal["plan_notification"] = "plan_notification"
    audience: str
    sha256: str
    message: str
    duties: tuple[DutyKey, ...] = Field(min_length=1)
    source: str = Field(default="", max_length=64, description="database that the file's query is put to")
    fields: FieldMap = FieldMap()


class StartNotification(Value):
    """Let the messages of a planned campaign go."""

    do: Literal["start_notification"] = "start_notification"
    campaign: int


class PauseNotification(Value):
    """Hold a campaign."""

    do: Literal["pause_notification"] = "pause_notification"
    campaign: int


class ResumeNotification(Value):
    """Let a held campaign go on."""

    do: Literal["resume_notification"] = "resume_notification"
    campaign: int


class StopNotification(Value):
    """End a campaign for good: who was not told by then is not told by it."""

    do: Literal["stop_notification"] = "stop_notification"
    campaign: int


class RecordByHand(Value):
    """Take down how many of those whom a counted campaign did not reach were told by hand, by which list."""

    do: Literal["record_by_hand"] = "record_by_hand"
    campaign: int
    means: Literal["telephone", "letter", "in_person"]
    told: int = Field(ge=1)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class DraftAnnouncement(Value):
    """Draw up the public announcement."""

    do: Literal["draft_announcement"] = "draft_announcement"
    duties: tuple[DutyKey, ...] = ()


class ReviseAnnouncement(Value):
    """Draw up a version that corrects a published announcement, or withdraws it; the public reads why."""

    do: Literal["revise_announcement"] = "revise_announcement"
    announcement: int
    standing: Literal["corrected", "withdrawn"]
    zh: str = Field(min_length=1, max_length=500, pattern=r"^[^\r\n]+$")
    en: str = Field(min_length=1, max_length=500, pattern=r"^[^\r\n]+$")


class PublishAnnouncement(Value):
    """Publish a drafted announcement."""

    do: Literal["publish_announcement"] = "publish_announcement"
    announcement: int


class VerifyAnnouncement(Value):
    """Take down that the public sees a published page: the address, and what was found there."""

    do: Literal["verify_announcement"] = "verify_announcement"
    announcement: int
    url: str = Field(max_length=2000)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    pictures: tuple[Picture, ...] = Field(default=(), max_length=8)


class DraftReferral(Value):
    """Draw up the report to the police."""

    do: Literal["draft_referral"] = "draft_referral"
    authority: str
    duties: tuple[DutyKey, ...] = Field(min_length=1)


class FileReferral(Value):
    """Send the police report on its way, or say that a person takes it there."""

    do: Literal["file_referral"] = "file_referral"
    referral: int
    channel: Filing


class RecordReferralReceipt(Value):
    """Record the police's receipt, 报案回执."""

    do: Literal["record_referral_receipt"] = "record_referral_receipt"
    referral: int
    number: str = Field(min_length=1, max_length=200)
    received_at: Instant
    sha256: str = ""


class CloseIncident(Value):
    """Close the incident, when nothing is owed."""

    do: Literal["close_incident"] = "close_incident"


class LinkIncident(Value):
    """Record that another case belongs with this one."""

    do: Literal["link_incident"] = "link_incident"
    other: str = Field(pattern=r"^I-[A-Z2-7]{12}(~[0-9]+)?$")


class AdvanceTime(Value):
    """Move a drill's own time forward."""

    do: Literal["advance_time"] = "advance_time"
    by: timedelta


class AdoptPacks(Value):
    """Go by other law packs from here on; they come with the order, because an incident reads no files."""

    do: Literal["adopt_packs"] = "adopt_packs"
    packs: tuple[Pack, ...] = Field(min_length=1)


Order = Annotated[
    RecordFacts
    | Triage
    | ActivatePlan
    | AdvanceStep
    | DraftReport
    | FileReport
    | RecordReceipt
    | Approve
    | WithdrawDuties
    | ExtendDuty
    | RecordRequest
    | SettleDuty
    | PlanNotification
    | StartNotification
    | PauseNotification
    | ResumeNotification
    | StopNotification
    | RecordByHand
    | DraftAnnouncement
    | ReviseAnnouncement
    | PublishAnnouncement
    | VerifyAnnouncement
    | DraftReferral
    | FileReferral
    | RecordReferralReceipt
    | LinkIncident
    | CloseIncident
    | AdvanceTime
    | AdoptPacks,
    Field(discriminator="do"),
]
