"""Open a case without an alert: a complaint, a call, an auditor's letter are signals, too."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from domain.alert import Alert, ByHand, Observation
from domain.ids import incident_id, incident_stream
from domain.refusal import Refused
from intake.carrier import OpeningRequest, TemporalCarrier
from intake.ports import Declined, Passage, Unreachable
from ledger.database import Database
from ledger.store import Store
from playbooks.forms import FormLibrary
from playbooks.messages import MESSAGES, message_ids
from service.connection import connected
from service.desk_error import DeskError
from service.library import Library
from service.openings import Openings
from service.settings import Settings
from workflows.opening import Opening

SOURCE = "manual"


@dataclass(frozen=True, slots=True)
class Signal:
    """What was heard: since when we hold it, how bad it looks, and which playbook fits, if one was named."""

    at: datetime
    severity: int
    playbook: str = ""
    drill: bool = False


@dataclass(frozen=True, slots=True)
class _Desk:
    """The sender of what a person at the desk writes down."""

    drill: bool
    name: str = SOURCE


async def open_by_hand(settings: Settings, hand: ByHand, signal: Signal, nonce: str) -> str:
    """Open a case as the door would, once for each nonce; return its id.

    Raises:
        Refused: the case's rules do not allow it.
        DeskError: nobody can tell whether it was opened; the same nonce opens it once.
        PackInvalid: a playbook or law pack does not hold.

    """
    library = Library(settings)
    library.see_playbooks(FormLibrary(), message_ids(MESSAGES))
    openings = Openings(settings, library)

    def opening(request: OpeningRequest) -> Opening:
        return openings(replace(request, kind=hand.kind, playbook=signal.playbook))

    incident = incident_id(SOURCE.encode(), nonce)
    passage = _passage(incident, hand, signal, nonce)
    database = Database(settings.place.ledger_url)
    try:
        ledger = Store(database)
        if ledger.head(incident_stream(incident)):
            return incident
        carrier = TemporalCarrier(await connected(settings), opening, ledger)
        return await carrier.carry(passage)
    except Declined as declined:
        sentence = f"The case was not opened ({declined.code}): its first signal must lie in the past."
        raise Refused(declined.code, sentence) from declined
    except Unreachable as unknown:
        raise DeskError(
            "desk.outcome_unknown",
            f"No answer came ({unknown.code}): {incident} may be opened still. Repeat it with "
            f"--nonce {nonce}, which opens it once.",
        ) from unknown
    finally:
        database.close()


def _passage(incident: str, hand: ByHand, signal: Signal, nonce: str) -> Passage:
    name = hashlib.sha256(f"{SOURCE}/{nonce}".encode()).hexdigest()
    alert = Alert(
        source=SOURCE,
        inbox="",
        finding=name,
        correlation=name,
        category=SOURCE,
        severity=signal.severity,
        observed_at=signal.at,
        received_at=signal.at,
    )
    return Passage(
        incident=incident,
        source=_Desk(drill=signal.drill),
        correlation=name,
        observation=Observation(alerts=(alert,), by_hand=hand),
        update=f"{SOURCE}/{nonce}/1",
    )
