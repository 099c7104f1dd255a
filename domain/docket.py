"""What a stream's facts oblige Temporal to be doing, read without `decide`, `evolve` or any workflow.

A second, smaller reading of the same facts on purpose: an error in the first would otherwise hide itself.
Instants named `since` and `…_at` of an incident's docket are real ones, also in a drill, whose facts carry
the drill's own time.
"""

from datetime import datetime, timedelta

from pydantic import Field

from domain import campaign as p
from domain import clock as k
from domain import facts as f
from domain.fact import Fact, read
from domain.ids import campaign_stream, referral_stream
from domain.line import Instant, Line
from domain.model import Happened, Value

_READ = frozenset(
    kind.__name__
    for kind in (
        f.IncidentOpened,
        f.IncidentClosed,
        f.TimeAdvanced,
        f.DutyOpened,
        f.DutyRevised,
        f.DutyExtended,
        f.DutyMet,
        f.DutyWithdrawn,
        f.NotificationRequested,
        f.NotificationSettled,
        f.NotificationFailed,
        f.ReferralRequested,
        f.ReferralReceiptRecorded,
        k.ClockStarted,
        k.ClockRescheduled,
        k.AlarmRung,
        k.ProvisionalRung,
        k.DutyLapsed,
        k.TargetMissed,
        k.ClockSettled,
        p.CampaignSettled,
    )
)


class Debt(Value):
    """One duty as the auditor sees it: when due, since when so, and when it was settled."""

    due_at: Instant | None
    since: Instant
    settled_at: Instant | None = None


class IncidentDocket(Value):
    """One incident: its open duties, and the campaigns and referrals that must be under way."""

    stream: str
    opened_at: Instant | None = None
    closed_at: Instant | None = None
    drill: bool = False
    offset: timedelta = timedelta()
    advanced_at: Instant | None = None
    debts: dict[str, Debt] = Field(default_factory=dict)
    siblings: dict[str, Instant] = Field(default_factory=dict)
    unreadable: tuple[int, ...] = ()


class ClockDocket(Value):
    """One clock as its own stream tells it, in the time of its incident."""

    stream: str
    due_at: Instant | None = None
    scheduled_at: Instant | None = None
    alarms: tuple[k.Alarm, ...] = ()
    rung: int = 0
    lapsed: bool = False
    settled: bool = False
    unreadable: tuple[int, ...] = ()


class CampaignDocket(Value):
    """One campaign as its own stream tells it."""

    stream: str
    settled: bool = False
    unreadable: tuple[int, ...] = ()


Docket = IncidentDocket | ClockDocket | CampaignDocket
_INCIDENT, _CLOCK, _NUMBERED = 2, 6, 4


def blank(stream: str) -> Docket | None:
    """The empty docket of a stream by its name; None where nothing is asked of it."""
    parts = stream.split("/")
    if parts[0] != "incident":
        return None
    if len(parts) == _INCIDENT:
        return IncidentDocket(stream=stream)
    if len(parts) == _CLOCK and parts[2] == "duty":
        return ClockDocket(stream=stream)
    if len(parts) == _NUMBERED and parts[2] == "campaign":
        return CampaignDocket(stream=stream)
    return None


def entered(docket: Docket, line: Line) -> Docket:
    """Enter one line; a type that the auditor does not need changes nothing, also one it does not know."""
    if line.type not in _READ:
        return docket
    try:
        fact = read(line)
    except ValueError:
        return docket.model_copy(update={"unreadable": (*docket.unreadable, line.version)})
    return docket.model_copy(update=_changes(docket, fact))


def _changes(docket: Docket, fact: Fact) -> dict[str, object]:
    match docket:
        case ClockDocket():
            return _clock(docket, fact.body, fact.at)
        case CampaignDocket():
            return {"settled": docket.settled or isinstance(fact.body, p.CampaignSettled)}
    at = fact.at - docket.offset
    return _incident(docket, fact.body, at) or _duty(docket, fact.body, at) or _sibling(docket, fact.body, at)


def _incident(docket: IncidentDocket, body: Happened, at: datetime) -> dict[str, object]:
    match body:
        case f.IncidentOpened():
            return {"opened_at": at, "drill": body.drill}
        case f.IncidentClosed():
            return {"closed_at": at}
        case f.TimeAdvanced():
            return {"offset": docket.offset + body.by, "advanced_at": at}
    return {}


def _duty(docket: IncidentDocket, body: Happened, at: datetime) -> dict[str, object]:
    match body:
        case f.DutyOpened():
            return _debt(docket, body.key, Debt(due_at=body.terms.due_at, since=at))
        case f.DutyRevised():
            return _moved(docket, body.key, body.terms.due_at, at)
        case f.DutyExtended():
            return _moved(docket, body.key, body.due_at, at)
        case f.DutyMet() | f.DutyWithdrawn():
            debt = docket.debts.get(str(body.key)) or Debt(due_at=None, since=at)
            return _debt(docket, body.key, debt.model_copy(update={"settled_at": at}))
    return {}


def _moved(
    docket: IncidentDocket, key: f.DutyKey, due_at: datetime | None, at: datetime
) -> dict[str, object]:
    debt = docket.debts.get(str(key)) or Debt(due_at=None, since=at)
    if debt.due_at == due_at:
        return _debt(docket, key, debt)
    return _debt(docket, key, debt.model_copy(update={"due_at": due_at, "since": at}))


def _debt(docket: IncidentDocket, key: f.DutyKey, debt: Debt) -> dict[str, object]:
    return {"debts": {**docket.debts, str(key): debt}}


def _sibling(docket: IncidentDocket, body: Happened, at: datetime) -> dict[str, object]:
    incident = docket.stream.partition("/")[2]
    match body:
        case f.NotificationRequested():
            return {"siblings": {**docket.siblings, campaign_stream(incident, body.campaign): at}}
        case f.NotificationSettled() | f.NotificationFailed():
            return {"siblings": _without(docket, campaign_stream(incident, body.campaign))}
        case f.ReferralRequested():
            return {"siblings": {**docket.siblings, referral_stream(incident, body.referral): at}}
        case f.ReferralReceiptRecorded():
            return {"siblings": _without(docket, referral_stream(incident, body.referral))}
    return {}


def _without(docket: IncidentDocket, stream: str) -> dict[str, Instant]:
    return {name: since for name, since in docket.siblings.items() if name != stream}


def _clock(docket: ClockDocket, body: Happened, at: datetime) -> dict[str, object]:
    match body:
        case k.ClockStarted() | k.ClockRescheduled():
            return {
                "due_at": body.due_at,
                "alarms": body.alarms,
                "scheduled_at": at,
                "rung": 0,
                "lapsed": False,
            }
        case k.AlarmRung() | k.ProvisionalRung():
            return {"rung": max(docket.rung, body.percent)}
        case k.DutyLapsed() | k.TargetMissed():
            return {"lapsed": True}
        case k.ClockSettled():
            return {"settled": True}
    return {}
