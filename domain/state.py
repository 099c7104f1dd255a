"""Where one incident stands: the fold of its stream, carried whole across continue-as-new."""

from datetime import timedelta
from typing import Literal

from pydantic import Field, JsonValue

from domain.evidence import Evidence
from domain.facts import (
    Approval,
    By,
    DutyKey,
    DutyTerms,
    Filing,
    GradeAssessed,
    IncidentOpened,
    NotificationPlanned,
    NotificationSettled,
    Picture,
    Stage,
)
from domain.field_map import FieldMap
from domain.filed import Filed
from domain.ids import incident_stream
from domain.line import Instant
from domain.model import Value
from domain.playbook import Playbook

Phase = Literal["detected", "triaged", "activated", "contained", "recovered", "closed"]
PHASES: tuple[Phase, ...] = ("detected", "triaged", "activated", "contained", "recovered", "closed")
DutyStatus = Literal["open", "proposed", "met", "met_late", "withdrawn"]
SETTLED: frozenset[DutyStatus] = frozenset({"met", "met_late", "withdrawn"})
StepStatus = Literal["waiting", "started", "done", "failed", "undoing", "undone", "skipped"]


class Known(Value):
    """One recorded fact: its value, when, by whom, on what basis."""

    value: JsonValue
    at: Instant
    by: str
    basis: str = ""
    since: Instant | None = Field(
        default=None, description="when it first said something, whatever it says now"
    )


class Duty(Value):
    """One duty towards one authority."""

    key: DutyKey
    by: By
    title: str
    article: str
    recipient: str
    terms: DutyTerms
    status: DutyStatus = "open"
    reason: str = ""
    extended: bool = False
    armed: bool = False
    lost: bool = Field(default=False, description="its clock was found ended and must be started again")
    lapsed_at: Instant | None = None
    filed: Filed | None = Field(default=None, description="sent; the receipt that settles it is outstanding")
    evidence: Evidence | None = None

    @property
    def settled(self) -> bool:
        """Say whether nothing more can happen to this duty."""
        return self.status in SETTLED


class Report(Value):
    """One report to an authority."""

    number: int
    form: str
    stage: Stage
    duties: tuple[DutyKey, ...]
    follows: int = Field(default=0, description="the filed report that it follows on; 0 for none")
    sha256: str = ""
    missing: tuple[str, ...] = ()
    pending: tuple[str, ...] = Field(default=(), description="fields that may follow later")
    filed: Filing | None = None
    filings: int = 0
    sent: str = ""
    failed: str = ""
    receipt: str = ""
    receipt_sha256: str = Field(default="", description="of the receipt's own document, where it is kept")
    receipt_by: str = ""
    received_at: Instant | None = None


class Campaign(Value):
    """What the incident knows of one notification campaign."""

    number: int
    audience: str
    sha256: str
    message: str
    duties: tuple[DutyKey, ...]
    source: str = ""
    fields: FieldMap = FieldMap()
    wanted: Literal["planned", "running", "paused", "stopped"] = "planned"
    holds: int = 0
    reason: str = Field(default="", description="why it was held last")
    planned: NotificationPlanned | None = None
    settled: NotificationSettled | None = None
    by_hand: dict[str, int] = Field(default_factory=dict, description="told by hand afterwards, by list")
    failed: str = ""


class Announcement(Value):
    """One version of the public announcement; `follows` is the one that it corrects or withdraws, or 0."""

    number: int
    duties: tuple[DutyKey, ...] = ()
    follows: int = 0
    standing: Literal["issued", "corrected", "withdrawn"] = "issued"
    zh: str = Field(default="", description="why it was corrected or withdrawn, as the public reads it")
    en: str = ""
    verified: bool = Field(default=False, description="the public was seen to get the very page")
    pictures: tuple[Picture, ...] = Field(default=(), description="how a browser showed it, when it was seen")
    sha256: str = Field(default="", description="of the content that was agreed to")
    page_sha256: str = Field(default="", description="of the page as it was published")
    released: bool = False
    path: str = ""
    failed: str = ""


class Referral(Value):
    """What the incident knows of one referral to the police."""

    number: int
    authority: str
    duties: tuple[DutyKey, ...]
    attempt: int = 1
    sha256: str = ""
    missing: tuple[str, ...] = ()
    filed: Filing | None = None
    failed: str = ""
    receipt: str = ""
    receipt_sha256: str = ""
    received_at: Instant | None = None


class State(Value):
    """One incident, whole."""

    incident: str
    version: int = 0
    opened: IncidentOpened | None = None
    playbook: Playbook | None = Field(default=None, description="chosen after the opening; None: its own")
    opened_at: Instant | None = None
    activated_at: Instant | None = None
    phase: Phase = "detected"
    confirmed: bool | None = None
    severity: int = 0
    offset: timedelta = timedelta()
    alerts: int = 0
    links: tuple[str, ...] = Field(default=(), description="other cases that belong with this one")
    findings: dict[str, int] = Field(default_factory=dict, description="finding → newest revision")
    facts: dict[str, Known] = Field(default_factory=dict)
    grade: GradeAssessed | None = None
    duties: dict[str, Duty] = Field(default_factory=dict)
    steps: dict[str, StepStatus] = Field(default_factory=dict)
    tries: dict[str, int] = Field(default_factory=dict, description="step → how often its action was called")
    reports: dict[int, Report] = Field(default_factory=dict)
    campaigns: dict[int, Campaign] = Field(default_factory=dict)
    announcements: dict[int, Announcement] = Field(default_factory=dict)
    referrals: dict[int, Referral] = Field(default_factory=dict)
    approvals: tuple[Approval, ...] = ()
    nonces: tuple[str, ...] = ()
    adopted: str = Field(default="", description="digest of the law packs that two persons adopted")

    @property
    def stream(self) -> str:
        """Name the stream this state is the fold of."""
        return incident_stream(self.incident)

    @property
    def drill(self) -> bool:
        """Say whether this is an exercise."""
        return bool(self.opened and self.opened.drill)

    @property
    def packs_digest(self) -> str:
        """Name the law packs that this incident goes by."""
        return self.adopted or (self.opened.packs_digest if self.opened else "")

    def known(self, name: str) -> JsonValue:
        """Return a fact's value, or None where it is not recorded."""
        fact = self.facts.get(name)
        return fact.value if fact else None

    def latest(self, duty: str, authority: str) -> Duty | None:
        """Return the newest of a duty's openings towards one authority."""
        found = [d for d in self.duties.values() if (d.key.duty, d.key.authority) == (duty, authority)]
        return max(found, key=lambda item: item.key.n, default=None)
