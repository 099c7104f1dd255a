"""Facts of duties: what is owed, moved, proposed to go, and done."""

from pydantic import Field

from domain.evidence import Evidence
from domain.facts.words import DutyKey, DutyTerms
from domain.line import Instant
from domain.means import By
from domain.model import Happened


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
    approved_by: str = Field(default="", description="empty where the deadline is our own target")


class DutyMet(Happened):
    """The duty was done; `late` is judged from the evidence's instant."""

    key: DutyKey
    evidence: Evidence
    late: bool


class LatenessRevised(Happened):
    """Corrected facts moved the deadline of a duty that is done; whether it was late is judged anew."""

    key: DutyKey
    due_at: Instant
    late: bool
    reason: str


class RequestReceived(Happened):
    """An authority asked for something by an instant of its own; a duty of its own answers for it."""

    number: int
    authority: str
    what: str = Field(description="what was asked for, in a few words without personal data")
    received_at: Instant
    due_at: Instant
    basis: str = ""


class LapseNoted(Happened):
    """The duty's clock passed its deadline without evidence; the duty stays open."""

    key: DutyKey
    at: Instant


class ClockArmed(Happened):
    """The duty's clock runs as a workflow of its own."""

    key: DutyKey


class ClockLost(Happened):
    """The duty's clock was found ended, though nothing settled the duty: somebody must start it again."""

    key: DutyKey
