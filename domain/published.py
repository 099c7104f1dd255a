"""An assessment as programs read it: the public form of `tocsin law assess`, every key always there."""

from datetime import UTC, datetime

from pydantic import JsonValue

from domain.answer import Assessment, DutyAnswer
from domain.grading import Grade
from domain.line import instant


def published(assessment: Assessment, at: datetime) -> dict[str, JsonValue]:
    """Write an assessment in names that stay; instants are UTC, `used` is a share of the time (1 is all)."""
    provisional = [duty.provisional_due_at for duty in assessment.duties if duty.provisional_due_at]
    return {
        "at": instant(at),
        "law_of": instant(assessment.law_of),
        "grade": _grade(assessment.grade),
        "earliest_provisional": _when(min(provisional, default=None)),
        "duties": [_duty(duty) for duty in assessment.duties],
    }


def _when(at: datetime | None) -> JsonValue:
    return None if at is None else instant(at.astimezone(UTC))


def _grade(grade: Grade) -> dict[str, JsonValue]:
    return {
        "value": grade.value,
        "at_least": grade.at_least,
        "at_most": grade.at_most,
        "decided_by": list(grade.decided_by),
        "facts": list(grade.facts),
        "unknown_limbs": list(grade.unknown_limbs),
        "presumed": list(grade.presumed),
        "would_change": [
            {
                "direction": change.direction,
                "limb": change.limb,
                "grade": change.grade,
                "facts": list(change.facts),
            }
            for change in grade.would_change
        ],
    }


def _duty(duty: DutyAnswer) -> dict[str, JsonValue]:
    return {
        "id": duty.id,
        "status": duty.status,
        "kind": duty.kind,
        "title": {"zh": duty.title.zh, "en": duty.title.en},
        "instrument": duty.instrument,
        "article": duty.article,
        "reason": duty.reason,
        "decided_by": list(duty.decided_by),
        "recipients": [
            {"authority": to.authority, "zh": to.zh, "en": to.en, "by": to.by} for to in duty.recipients
        ],
        "due_at": _when(duty.due_at),
        "provisional_due_at": _when(duty.provisional_due_at),
        "clock_start": _when(duty.clock_start),
        "clock_start_fact": duty.clock_start_fact,
        "waiting_on": duty.waiting_on,
        "used": None if duty.used is None else duty.used / 1000,
        "deadline": duty.deadline,
        "deadline_text": duty.deadline_text,
        "urgency": duty.urgency,
        "form": duty.form,
        "confidence": duty.confidence,
        "live": duty.live,
        "blocking": duty.blocking,
        "channel_blocked": duty.channel_blocked,
        "pack": duty.pack,
    }
