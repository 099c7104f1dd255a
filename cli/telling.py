"""Facts as a person reads them, one line each, and what an order changed."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo

from cli.times import shown, used
from domain import facts as f
from domain.fact import Fact
from domain.model import Happened
from domain.state import State

HASH_SHOWN = 12
_HASH = 64
_HEX = frozenset("0123456789abcdef")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
# What is said elsewhere on the same line, or is only for machines.
_QUIET = frozenset(
    {"nonce", "proof", "issued_at", "seen_version", "approvals", "findings", "organisation", "pictures"}
)


def told(fact: Fact, zone: tzinfo | None) -> str:
    """Say in one line what a fact says beside its type."""
    return _duty(fact.body, fact.at, zone) or _case(fact.body, zone)


def _case(happened: Happened, zone: tzinfo | None) -> str:
    match happened:
        case f.AlertObserved() as body:
            alert = body.alert
            return f"{alert.source}, {alert.category}, severity {alert.severity}"
        case f.PlanActivated() as body:
            return f"{body.playbook}: {', '.join(body.steps)}"
        case f.PlaybookChosen() as body:
            return f"{body.playbook.id} version {body.playbook.version} ({body.reason})"
        case f.FactRecorded() as body:
            basis = f" ({body.basis})" if body.basis else ""
            return f"{body.name} = {value_shown(body.value, zone)}{basis}"
        case f.GradeAssessed() as body:
            return graded(body)
    values = happened.model_dump(mode="json", exclude_defaults=True)
    parts = (f"{name}={value_shown(value, zone)}" for name, value in values.items() if name not in _QUIET)
    return ", ".join(parts)


def _duty(happened: Happened, at: datetime, zone: tzinfo | None) -> str:
    match happened:
        case f.DutyOpened() as body:
            return f"{body.key} {body.title} → {body.recipient}, {_terms(body.terms, at, zone)}"
        case f.DutyRevised() as body:
            return f"{body.key}, {_terms(body.terms, at, zone)}"
        case f.DutyWithdrawalProposed() as body:
            return f"{body.key}: {body.reason}"
        case f.DutyMet() as body:
            number = f" {body.evidence.number}" if body.evidence.number else ""
            return f"{body.key} {'late ' if body.late else ''}by {body.evidence.reference}{number}"
    return ""


def fact_json(fact: Fact) -> dict[str, object]:
    """Write a fact for a program."""
    return {
        "version": fact.version,
        "type": type(fact.body).__name__,
        "at": fact.at,
        "actor": fact.actor,
        "body": fact.body,
    }


def worth_telling(facts: Sequence[Fact]) -> tuple[list[Fact], str]:
    """Leave out what a person need not read of an order's facts, and say in a line what was left out.

    Duties that cannot be told yet are many at first; the board lists them with what each depends on.
    """
    told_of: list[Fact] = []
    unclear = 0
    for fact in facts:
        match fact.body:
            case f.CommandAccepted():
                continue
            case f.DutyOpened() | f.DutyRevised() as body if body.terms.answer == "unknown":
                unclear += 1
            case f.DutyRevised() as body if body.terms.answer == "not_owed":
                # The proposal to withdraw it, which follows, says the same.
                continue
            case _:
                told_of.append(fact)
    if not unclear:
        return told_of, ""
    duties = "1 more duty" if unclear == 1 else f"{unclear} more duties"
    return told_of, f"{duties} cannot be told yet; tocsin incident show says what each depends on"


def difference(before: State, after: State) -> str:
    """Say what an order changed: `+ 1 duty, − 0, level 较大 because Q5`; empty where it is nothing.

    A duty counts from when it is owed, until it is settled or no longer owed.
    """
    then, now = _owed(before), _owed(after)
    waiting = _proposed(after) - _proposed(before)
    regraded = before.grade != after.grade
    if then == now and not waiting and not regraded:
        return ""
    more = len(now - then)
    said = [f"+ {more} {'duty' if more == 1 else 'duties'}", f"− {len(then - now)}"]
    if waiting:
        said.append(f"{len(waiting)} proposed for withdrawal")
    if regraded:
        said.append(f"level {graded(after.grade)}")
    return ", ".join(said)


def _owed(state: State) -> frozenset[str]:
    duties = state.duties.items()
    return frozenset(key for key, duty in duties if not duty.settled and duty.terms.answer == "owed")


def _proposed(state: State) -> frozenset[str]:
    return frozenset(key for key, duty in state.duties.items() if duty.status == "proposed")


def graded(grade: f.GradeAssessed | None) -> str:
    """Say a grade and why: `较大 because Q5`."""
    if grade is None:
        return "not assessed"
    because = f" because {', '.join(grade.decided_by)}" if grade.decided_by else ""
    least = f" (at least {grade.at_least})" if grade.at_least and grade.at_least != grade.value else ""
    return f"{grade.value}{least}{because}"


def _terms(terms: f.DutyTerms, at: datetime, zone: tzinfo | None) -> str:
    target = "" if terms.legal else " (our own target)"
    when = f"due {shown(terms.due_at, zone)}{target}; " if terms.due_at else ""
    gone = used(terms.clock_start, terms.due_at, at)
    since = f"{gone} since {shown(terms.clock_start, zone)}; " if gone else ""
    return f"{when}{since}{terms.reason}"


def value_shown(value: object, zone: tzinfo | None) -> str:
    """Write a value as a person reads it."""
    if isinstance(value, Mapping):
        return _map(value, zone)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(value_shown(inner, zone) for inner in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return _text(value, zone) if isinstance(value, str) else str(value)


def _map(value: Mapping[str, object], zone: tzinfo | None) -> str:
    if {"duty", "authority"} <= set(value):
        return f"{value['duty']}/{value['authority']}/{value.get('n', 1)}"
    if value and set(value) <= {"min", "max"}:
        return f"{value.get('min', '')}..{value.get('max', '')}"
    return "{" + ", ".join(f"{name}: {value_shown(inner, zone)}" for name, inner in value.items()) + "}"


def _text(value: str, zone: tzinfo | None) -> str:
    if len(value) == _HASH and set(value) <= _HEX:
        return f"{value[:HASH_SHOWN]}…"
    if _INSTANT.fullmatch(value):
        return shown(datetime.fromisoformat(value), zone)
    return value
