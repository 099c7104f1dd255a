"""Who may see who stands in a campaign's rows, and the note that is taken of each look."""

from collections.abc import Iterable
from datetime import UTC, datetime

from domain.disclosure import EvidenceRevealed, UnreachedListed
from domain.fact import Fact
from domain.ids import evidence_stream
from ledger.errors import Conflict
from ledger.port import Ledger
from service.desk_error import known_operator
from service.evidence_error import EvidenceError
from service.settings import Settings

_REFUSED, _USAGE = 1, 2


def allowed(settings: Settings, operator: str | None, reason: str, hidden: Iterable[str] = ()) -> str:
    """Let an operator pass who may look, and says why without saying whom (`hidden`).

    Raises:
        DeskError: nobody known asks.
        EvidenceError: `evidence.not_allowed` or `evidence.reason`.

    """
    known = known_operator(operator, settings.operators)
    if not set(settings.operators[known].roles) & set(settings.evidence_roles):
        roles = ", ".join(settings.evidence_roles) or "nobody"
        raise EvidenceError(
            "evidence.not_allowed",
            f"Who stands in the rows is shown only to who has one of the roles {roles} in TOCSIN_OPERATORS.",
            _REFUSED,
        )
    if not reason.strip():
        raise EvidenceError(
            "evidence.reason", "Say why, with --reason; it is written into the ledger.", _USAGE
        )
    if any(each and each.strip() in reason for each in hidden):
        raise EvidenceError(
            "evidence.reason", "The reason names the person; it stays in the ledger for good.", _USAGE
        )
    return known


def noted(ledger: Ledger, incident: str, operator: str, body: EvidenceRevealed | UnreachedListed) -> None:
    """Write down who looks; each look is a fact, and two at once take their turns.

    Raises:
        LedgerUnavailable: nothing was written, and nothing may be shown.

    """
    stream = evidence_stream(incident)
    while True:
        head = ledger.head(stream)
        version = head.version + 1 if head else 1
        fact = Fact(stream=stream, version=version, at=datetime.now(UTC), actor=operator, body=body)
        try:
            ledger.append(stream, [fact.line()])
        except Conflict:
            continue
        return
