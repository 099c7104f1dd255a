"""Facts of duties: what is owed, moved, proposed to go, and done."""

from domain.evidence import Evidence
from domain.facts.words import By, DutyKey, DutyTerms
from domain.line import Instant
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
