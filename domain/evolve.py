"""Fold one fact into an incident's state; the same facts always give the same state."""

from domain import facts as f
from domain.evolve_filed import evolve_filed
from domain.evolve_work import evolve_work
from domain.fact import Fact
from domain.situation import NOTHING
from domain.state import Duty, Known, State

FINDINGS_KEPT = 5000
NONCES_KEPT = 1000


def evolve(state: State, fact: Fact) -> State:
    """Return the state after `fact`.

    Raises:
        ValueError: when the fact is not the next of this state's stream.

    """
    if (fact.stream, fact.version) != (state.stream, state.version + 1):
        message = f"{fact.stream}/{fact.version} does not follow {state.stream}/{state.version}"
        raise ValueError(message)
    changes = _incident(state, fact) or _duty(state, fact) or evolve_work(state, fact)
    if filed := evolve_filed(state, fact):
        changes = {**changes, "duties": {**state.duties, **filed}}
    return state.model_copy(update={**changes, "version": fact.version})


def fold(incident: str, history: list[Fact]) -> State:
    """Fold a whole stream."""
    state = State(incident=incident)
    for fact in history:
        state = evolve(state, fact)
    return state


def _incident(state: State, fact: Fact) -> dict[str, object]:
    match fact.body:
        case f.IncidentOpened() as body:
            return {"opened": body, "opened_at": fact.at, "severity": body.severity}
        case f.IncidentLinked() as body:
            return {"links": (*state.links, body.other)}
        case f.AlertObserved() as body:
            findings = {**state.findings, body.alert.finding: body.alert.revision}
            while len(findings) > FINDINGS_KEPT:
                del findings[next(iter(findings))]
            severity = state.severity
            if state.confirmed is None:
                severity = max(severity, body.alert.severity)
            return {"alerts": state.alerts + 1, "findings": findings, "severity": severity}
        case f.CommandAccepted() as body:
            return {"nonces": (*state.nonces, body.nonce)[-NONCES_KEPT:]}
        case f.FactRecorded() as body:
            before = state.facts.get(body.name)
            since = before.since if before else None
            if since is None and body.value not in NOTHING:
                since = fact.at
            known = Known(value=body.value, at=fact.at, by=fact.actor, basis=body.basis, since=since)
            return {"facts": {**state.facts, body.name: known}}
        case f.IncidentTriaged() as body:
            phase = "triaged" if state.phase == "detected" else state.phase
            return {"confirmed": body.confirmed, "severity": body.severity, "phase": phase}
        case f.PlanActivated() as body:
            steps = dict.fromkeys(body.steps, "waiting")
            return {"phase": "activated", "activated_at": fact.at, "steps": steps}
        case f.PlaybookChosen() as body:
            return {"playbook": body.playbook}
        case f.IncidentContained():
            return {"phase": "contained"}
        case f.IncidentRecovered():
            return {"phase": "recovered"}
        case f.IncidentClosed():
            return {"phase": "closed"}
        case f.GradeAssessed() as body:
            return {"grade": body}
        case f.PackAdopted() as body:
            return {"adopted": body.new_digest}
        case f.TimeAdvanced() as body:
            return {"offset": state.offset + body.by}
        case f.Approved() as body:
            agreed = f.Approval(subject=body.subject, sha256=body.sha256, operator=fact.actor)
            others = (e for e in state.approvals if (e.subject, e.operator) != (body.subject, fact.actor))
            return {"approvals": (*others, agreed)}
    return {}


def _duty(state: State, fact: Fact) -> dict[str, object]:
    match fact.body:
        case f.DutyOpened() as body:
            duty = Duty(**body.model_dump())
            return _with(state, duty, {})
        case f.DutyRevised() as body:
            duty = state.duties[str(body.key)]
            extended = duty.extended and body.terms.due_at == duty.terms.due_at
            return _with(state, duty, {"terms": body.terms, "extended": extended})
        case f.DutyWithdrawalProposed() as body:
            return _change(state, body.key, {"status": "proposed", "reason": body.reason})
        case f.DutyUpheld() as body:
            return _change(state, body.key, {"status": "open", "reason": body.reason})
        case f.DutyWithdrawn() as body:
            return _change(state, body.key, {"status": "withdrawn", "reason": body.reason})
        case f.DutyExtended() as body:
            terms = state.duties[str(body.key)].terms.model_copy(update={"due_at": body.due_at})
            return _change(state, body.key, {"terms": terms, "extended": True})
        case f.DutyMet() as body:
            status = "met_late" if body.late else "met"
            return _change(state, body.key, {"status": status, "evidence": body.evidence})
        case f.LatenessRevised() as body:
            terms = state.duties[str(body.key)].terms.model_copy(update={"due_at": body.due_at})
            status = "met_late" if body.late else "met"
            return _change(state, body.key, {"status": status, "terms": terms})
        case f.LapseNoted() as body:
            return _change(state, body.key, {"lapsed_at": body.at})
        case f.ClockArmed() as body:
            return _change(state, body.key, {"armed": True, "lost": False})
        case f.ClockLost() as body:
            return _change(state, body.key, {"armed": False, "lost": True})
    return {}


def _change(state: State, key: f.DutyKey, changes: dict[str, object]) -> dict[str, object]:
    return _with(state, state.duties[str(key)], changes)


def _with(state: State, duty: Duty, changes: dict[str, object]) -> dict[str, object]:
    return {"duties": {**state.duties, str(duty.key): duty.model_copy(update=changes)}}
