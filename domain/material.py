"""What a paper is drawn from: the facts as they stand, and what was done about the incident."""

from pydantic import Field

from domain.facts import Filing, GradeAssessed, Stage
from domain.form import DutyLine
from domain.line import Instant
from domain.model import Value
from domain.organisation import Organisation
from domain.playbook import Words
from domain.state import Known


class ReportLine(Value):
    """One report or referral that was filed, and the receipt for it."""

    number: int
    what: Stage | None
    authority: str
    sha256: str
    channel: Filing | None
    receipt: str = ""
    received_at: Instant | None = None


class NoticeLine(Value):
    """One way in which people were told: a campaign's counts, or a public page (`path`)."""

    number: int
    counts: dict[str, int] = Field(default_factory=dict)
    path: str = ""


class EvidenceLine(Value):
    """One thing that can be shown, kept under its SHA-256; `by` and `at` say who took it in, and when."""

    what: Words
    sha256: str = ""
    by: str = ""
    at: Instant | None = None


class Done(Value):
    """What was done about an incident, in references, counts and hashes."""

    reports: tuple[ReportLine, ...] = ()
    notices: tuple[NoticeLine, ...] = ()
    evidence: tuple[EvidenceLine, ...] = ()
    closed_at: Instant | None = None


class Material(Value):
    """What a paper is drawn from."""

    incident: str
    number: int
    duties: tuple[DutyLine, ...]
    facts: dict[str, Known]
    organisation: Organisation
    grade: GradeAssessed | None = None
    opened_at: Instant
    severity: int
    steps: dict[str, str]
    at: Instant
    drill: bool
    done: Done = Done()
