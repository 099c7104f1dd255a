"""Read models: what a stream's facts say at a glance, for lists; pure, so that they can be rebuilt."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import Field, JsonValue

from domain import campaign as c
from domain import clock as k
from domain import facts as f
from domain import referral as r
from domain.fact import BODIES, Fact, read
from domain.filed import Filed
from domain.line import Instant, Line
from domain.model import Value
from domain.state import SETTLED, DutyStatus, Phase


class DutyView(Value):
    """One duty of an incident, as a list shows it."""

    title: str
    article: str
    recipient: str
    answer: f.Answer
    legal: bool = False
    due_at: Instant | None = None
    status: DutyStatus = "open"
    lapsed_at: Instant | None = None


class IncidentView(Value):
    """One incident at a glance; `duties` by `duty/authority/n`, `next_due_at` of the unsettled ones."""

    stream: str
    version: int = 0
    incident: str = ""
    phase: Phase = "detected"
    confirmed: bool | None = None
    severity: int = 0
    category: str = ""
    grade: str = ""
    drill: bool = False
    follows: str = ""
    playbook: str = ""
    alerts: int = 0
    aware_at: JsonValue = Field(default=None, description="as recorded, None while it is not")
    persons_affected: JsonValue = Field(
        default=None, description="a number, a range or `unknown`, as recorded"
    )
    opened_at: Instant | None = None
    closed_at: Instant | None = None
    updated_at: Instant | None = None
    open_duties: int = 0
    next_due_at: Instant | None = None
    duties: dict[str, DutyView] = Field(default_factory=dict)


class ClockView(Value):
    """One duty's clock at a glance; `percent` is the last alarm that rang."""

    stream: str
    version: int = 0
    incident: str = ""
    key: str = ""
    started_at: Instant | None = None
    due_at: Instant | None = None
    legal: bool = True
    percent: int = 0
    overdue: int = 0
    alarm: int = Field(default=0, description="how often it rang")
    level: int = Field(default=0, description="how far the last alarm has climbed")
    acknowledged_by: str = Field(default="", description="who answers for the last alarm; empty: nobody")
    filed_at: Instant | None = None
    filed_channel: str = ""
    filed_as: str = Field(default="", description="the paper that left, whose receipt is outstanding")
    lapsed_at: Instant | None = None
    outcome: Literal["", "met", "met_late", "withdrawn"] = ""
    settled_at: Instant | None = None
    updated_at: Instant | None = None


class CampaignView(Value):
    """One notification campaign at a glance; `counts` are the final ones, by state."""

    stream: str
    version: int = 0
    incident: str = ""
    number: int = 0
    total: int = 0
    rejected: int = 0
    unreachable: int = 0
    channels: dict[str, int] = Field(default_factory=dict)
    doing: c.Wanted = "planned"
    counts: dict[str, int] = Field(default_factory=dict)
    merkle_root: str = ""
    settled_at: Instant | None = None
    updated_at: Instant | None = None


class ReferralView(Value):
    """One referral to the police at a glance."""

    stream: str
    version: int = 0
    incident: str = ""
    number: int = 0
    sha256: str = ""
    channel: str = ""
    failed: str = ""
    receipt: str = ""
    received_at: Instant | None = None
    updated_at: Instant | None = None


View = IncidentView | ClockView | CampaignView | ReferralView
_INCIDENT, _CLOCK, _NUMBERED = 2, 6, 4


def blank(stream: str) -> View | None:
    """The empty view of a stream by its name; None where a stream has none."""
    parts = stream.split("/")
    if parts[0] != "incident" or len(parts) < _INCIDENT:
        return None
    incident = parts[1]
    match parts[2:]:
        case []:
            return IncidentView(stream=stream, incident=incident)
        case ["duty", *key] if len(parts) == _CLOCK:
            return ClockView(stream=stream, incident=incident, key="/".join(key))
        case ["campaign", number] if number.isdecimal():
            return CampaignView(stream=stream, incident=incident, number=int(number))
        case ["referral", number] if number.isdecimal():
            return ReferralView(stream=stream, incident=incident, number=int(number))
    return None


def project(view: View, lines: Sequence[Line]) -> View:
    """Fold further lines of the view's stream into it; facts that no view shows only move its version.

    Raises:
        ValueError: for a body that does not fit its type.

    """
    draft: dict[str, Any] = dict(view)
    for line in lines:
        if line.type in BODIES:
            _FOLDS[type(view)](draft, read(line))
    if lines:
        draft |= {"version": lines[-1].version, "updated_at": lines[-1].at}
    if isinstance(view, IncidentView):
        waiting = [duty for duty in draft["duties"].values() if duty.status not in SETTLED]
        draft["open_duties"] = len(waiting)
        draft["next_due_at"] = min((duty.due_at for duty in waiting if duty.due_at), default=None)
    return type(view).model_construct(**draft)


def _incident(draft: dict[str, Any], fact: Fact) -> None:
    match fact.body:
        case f.IncidentOpened() as body:
            draft |= {
                "incident": body.incident,
                "severity": body.severity,
                "category": body.category,
                "drill": body.drill,
                "follows": body.follows or "",
                "playbook": body.playbook,
                "opened_at": fact.at,
            }
        case f.AlertObserved():
            draft["alerts"] += 1
        case f.FactRecorded(name="aware_at" | "persons_affected") as body:
            draft[body.name] = body.value
        case f.IncidentTriaged() as body:
            draft |= {"confirmed": body.confirmed, "severity": body.severity}
            if draft["phase"] == "detected":
                draft["phase"] = "triaged"
        case f.PlanActivated():
            draft["phase"] = "activated"
        case f.PlaybookChosen() as body:
            draft["playbook"] = body.playbook.id
        case f.IncidentContained():
            draft["phase"] = "contained"
        case f.IncidentRecovered():
            draft["phase"] = "recovered"
        case f.IncidentClosed():
            draft |= {"phase": "closed", "closed_at": fact.at}
        case f.GradeAssessed() as body:
            draft["grade"] = body.value
        case _:
            _duty(draft, fact.body)


def _duty(draft: dict[str, Any], body: object) -> None:
    match body:
        case f.DutyOpened():
            duty = DutyView(
                title=body.title,
                article=body.article,
                recipient=body.recipient,
                answer=body.terms.answer,
                legal=body.terms.legal,
                due_at=body.terms.due_at,
            )
            draft["duties"] = {**draft["duties"], str(body.key): duty}
        case f.DutyRevised():
            terms = body.terms
            _change(draft, body.key, answer=terms.answer, legal=terms.legal, due_at=terms.due_at)
        case f.DutyWithdrawalProposed():
            _change(draft, body.key, status="proposed")
        case f.DutyUpheld():
            _change(draft, body.key, status="open")
        case f.DutyWithdrawn():
            _change(draft, body.key, status="withdrawn")
        case f.DutyExtended():
            _change(draft, body.key, due_at=body.due_at)
        case f.DutyMet():
            _change(draft, body.key, status="met_late" if body.late else "met")
        case f.LatenessRevised():
            _change(draft, body.key, status="met_late" if body.late else "met", due_at=body.due_at)
        case f.LapseNoted():
            _change(draft, body.key, lapsed_at=body.at)


def _change(draft: dict[str, Any], key: f.DutyKey, **changes: datetime | str | bool | None) -> None:
    duty = draft["duties"][str(key)]
    draft["duties"] = {**draft["duties"], str(key): duty.model_copy(update=changes)}


def _clock(draft: dict[str, Any], fact: Fact) -> None:
    match fact.body:
        case k.ClockStarted() as body:
            draft |= {"started_at": body.started_at, "due_at": body.due_at, "legal": body.legal}
        case k.AlarmRung() | k.ProvisionalRung() as body:
            draft["percent"] = max(body.percent, draft["percent"])
            _rung(draft, body.level)
        case k.OverdueRung() as body:
            draft["overdue"] = body.count
            _rung(draft, body.level)
        case k.AlarmEscalated() as body if body.alarm == draft["alarm"]:
            draft["level"] = body.level
        case k.AlarmAcknowledged() as body if body.alarm == draft["alarm"]:
            draft["acknowledged_by"] = body.by
        case k.FilingNoted() as body:
            _filed(draft, body.filed)
        case k.DutyLapsed() | k.TargetMissed() as body:
            draft["lapsed_at"] = draft["lapsed_at"] or body.due_at
        case k.ClockRescheduled() as body:
            draft |= {"due_at": body.due_at, "legal": body.legal, "percent": 0, "overdue": 0, "level": 0}
        case k.ClockSettled() as body:
            draft |= {"outcome": body.outcome, "settled_at": body.evidence.at if body.evidence else fact.at}


def _rung(draft: dict[str, Any], level: int) -> None:
    draft |= {"alarm": draft["alarm"] + 1, "level": level, "acknowledged_by": ""}


def _filed(draft: dict[str, Any], filed: Filed | None) -> None:
    draft |= {
        "filed_at": filed.at if filed else None,
        "filed_channel": filed.channel if filed else "",
        "filed_as": filed.reference if filed else "",
    }


def _campaign(draft: dict[str, Any], fact: Fact) -> None:
    match fact.body:
        case c.AudienceFrozen() as body:
            draft |= {
                "total": body.total,
                "rejected": body.rejected,
                "unreachable": body.unreachable,
                "channels": body.channels,
            }
        case c.CampaignStarted() | c.CampaignResumed():
            draft["doing"] = "running"
        case c.CampaignPaused():
            draft["doing"] = "paused"
        case c.CampaignStopped():
            draft["doing"] = "stopped"
        case c.CampaignSettled() as body:
            draft |= {"counts": body.counts, "merkle_root": body.merkle_root, "settled_at": fact.at}


def _referral(draft: dict[str, Any], fact: Fact) -> None:
    match fact.body:
        case r.DossierDrafted() as body:
            draft |= {"sha256": body.sha256, "channel": "", "failed": ""}
        case r.DossierSent() as body:
            draft |= {"channel": body.channel, "failed": ""}
        case r.DossierFailed() as body:
            draft["failed"] = body.code
        case r.ReceiptTaken() as body:
            draft |= {"receipt": body.number, "received_at": body.received_at}


_FOLDS = {IncidentView: _incident, ClockView: _clock, CampaignView: _campaign, ReferralView: _referral}
