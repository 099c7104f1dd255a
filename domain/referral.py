"""A referral to the police: the dossier drawn up, sent, and answered by a receipt."""

from datetime import timedelta
from typing import Literal, assert_never

from pydantic import Field

from domain.facts import Filing
from domain.line import Instant
from domain.model import Happened, Value


class DossierDrafted(Happened):
    """The dossier's content is frozen under its hash."""

    sha256: str
    missing: tuple[str, ...] = ()


class DossierSent(Happened):
    """The dossier left, by e-mail or by a person's hand."""

    channel: Filing
    attempt: int
    code: str = ""


class DossierFailed(Happened):
    """The dossier could not be drawn up (attempt 1) or sent."""

    code: str
    attempt: int


class ReceiptTaken(Happened):
    """The police's receipt ended the referral."""

    number: str
    received_at: Instant
    sha256: str = ""


ReferralBody = DossierDrafted | DossierSent | DossierFailed | ReceiptTaken


class ReferralOrder(Value):
    """What the incident wants of a referral now; the same order twice changes nothing."""

    wanted: Literal["drafted", "sent", "ended"]
    attempt: int = Field(default=1, description="1 is the drawing up; it rises with every filing")
    channel: Filing | None = None
    receipt: ReceiptTaken | None = None
    offset: timedelta = Field(default=timedelta(), description="a drill's advance over the wall clock")


class ReferralState(Value):
    """Where one referral stands; the fold of its stream."""

    stream: str
    version: int = 0
    sha256: str = ""
    attempt: int = 0
    sent: DossierSent | None = None
    failed: DossierFailed | None = None
    receipt: ReceiptTaken | None = None


def evolve_referral(state: ReferralState, body: ReferralBody, version: int) -> ReferralState:
    """Fold one fact of the referral's stream."""
    changes: dict[str, object]
    match body:
        case DossierDrafted():
            changes = {"sha256": body.sha256, "attempt": 1, "failed": None}
        case DossierSent():
            changes = {"sent": body, "attempt": body.attempt, "failed": None}
        case DossierFailed():
            changes = {"failed": body, "attempt": body.attempt}
        case ReceiptTaken():
            changes = {"receipt": body}
        case _ as never:
            assert_never(never)
    return state.model_copy(update={**changes, "version": version})
