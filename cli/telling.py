"""Facts as a person reads them, one line each, and what an order changed."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo

from cli.times import shown
from domain import facts as f
from domain.fact import Fact
from domain.model import Happened

HASH_SHOWN = 12
_HASH = 64
_HEX = frozenset("0123456789abcdef")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
# What is said elsewhere on the same line, or is only for machines.
_QUIET = frozenset({"nonce", "proof", "issued_at", "seen_version", "approvals", "findings", "organisation"})


def told(fact: Fact, zone: tzinfo | None) -> str:
    """Say in one line what a fact says beside its type."""
    return _duty(fact.body, zone) or _case(fact.body, zone)


def _case(happened: Happened, zone: tzinfo | None) -> str:
    match happened:
        case f.AlertObserved() as body:
            alert = body.alert
            return f"{alert.source}, {alert.category}, severity {alert.severity}"
        case f.FactRecorded() as body:
            basis = f" ({body.basis})" if body.basis else ""
            return f"{body.name} = {value_shown(body.value, zone)}{basis}"
        case f.GradeAssessed() as body:
            return graded(body)
    values = happened.model_dump(mode="json", exclude_defaults=True)
    parts = (f"{name}={value_shown(value, zone)}" for name, value in values.items() if name not in _QUIET)
    return ", ".join(parts)


def _duty(happened: Happened, zone: tzinfo | None) -> str:
    match happened:
        case f.DutyOpened() as body:
            return f"{body.key} {body.title} → {body.recipient}, {_terms(body.terms, zone)}"
        case f.DutyRevised() as body:
            return f"{body.key}, {_terms(body.terms, zone)}"
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


def difference(facts: Sequence[Fact]) -> str:
    """Say what an order changed in the duties and the grade: `+ 1 duty, − 0, level 较大 because Q5`."""
    more = sum(isinstance(fact.body, f.DutyOpened) for fact in facts)
    gone = sum(isinstance(fact.body, f.DutyMet | f.DutyWithdrawn) for fact in facts)
    waiting = sum(isinstance(fact.body, f.DutyWithdrawalProposed) for fact in facts)
    grades = [fact.body for fact in facts if isinstance(fact.body, f.GradeAssessed)]
    if not (more or gone or waiting or grades):
        return ""
    said = [f"+ {more} {'duty' if more == 1 else 'duties'}", f"− {gone}"]
    if waiting:
        said.append(f"{waiting} proposed for withdrawal")
    if grades:
        said.append(f"level {graded(grades[-1])}")
    return ", ".join(said)


def graded(grade: f.GradeAssessed | None) -> str:
    """Say a grade and why: `较大 because Q5`."""
    if grade is None:
        return "not assessed"
    because = f" because {', '.join(grade.decided_by)}" if grade.decided_by else ""
    least = f" (at least {grade.at_least})" if grade.at_least and grade.at_least != grade.value else ""
    return f"{grade.value}{least}{because}"


def _terms(terms: f.DutyTerms, zone: tzinfo | None) -> str:
    target = "" if terms.legal else " (our own target)"
    when = f"due {shown(terms.due_at, zone)}{target}; " if terms.due_at else ""
    return f"{when}{terms.reason}"


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
