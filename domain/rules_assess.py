"""Rules of the assessment: after every fact the law is asked again, and its answers become duties."""

from datetime import datetime

from domain import facts as f
from domain.answer import Addressee, Status
from domain.assessment import Assessment, DutyAnswer, assess
from domain.evidence import Evidence
from domain.line import instant
from domain.rules_duty import GRADING, meet
from domain.rules_request import requested
from domain.state import Duty
from domain.turn import Turn

STRENGTH: dict[Status, int] = {"not_owed": 0, "unknown": 1, "owed": 2}


def reassess(turn: Turn) -> None:
    """Bring the duties in line with the facts; settled ones stay settled, none is silenced."""
    state = turn.state
    assessment = assess(
        turn.book.packs,
        turn.book.opening.organisation,
        {name: known.value for name, known in state.facts.items()},
        turn.now,
        {name: known.since or known.at for name, known in state.facts.items()},
    )
    grade = assessment.grade
    fresh = f.GradeAssessed(value=grade.value, at_least=grade.at_least, decided_by=grade.decided_by)
    if fresh != state.grade:
        turn.record(fresh)
    named: set[tuple[str, str]] = set()
    for answer in assessment.duties:
        if answer.blocking:
            for recipient in answer.recipients:
                named.add((answer.id, recipient.authority))
                _compare(turn, answer, recipient)
    for duty in tuple(turn.state.duties.values()):
        known = duty.key == GRADING or (duty.key.duty, duty.key.authority) in named
        if requested(duty.key):
            _bar(turn, duty, assessment)
        elif not known and duty.status not in {"met", "met_late"}:
            _propose(turn, duty, "The law in force at awareness does not name it for these facts.")
    _grading(turn, assessment)
    meet_by_plan(turn)


def meet_by_plan(turn: Turn) -> None:
    """Settle the duties that the plan's activation itself fulfils."""
    activated = turn.state.activated_at
    if activated is None:
        return
    evidence = Evidence(means="plan", reference=turn.book.playbook.id, at=activated, by=turn.actor)
    for duty in tuple(turn.state.duties.values()):
        if duty.by == "plan" and not duty.settled:
            meet(turn, duty, evidence)


def _compare(turn: Turn, answer: DutyAnswer, recipient: Addressee) -> None:
    duty = turn.state.latest(answer.id, recipient.authority)
    wanted = answer.status == "owed" or (answer.status == "unknown" and turn.state.confirmed is True)
    if duty is None:
        if wanted:
            _open(turn, answer, recipient, 1)
        return
    if duty.status == "withdrawn":
        # Two persons let go what the law asked then; only a stronger answer goes beyond their decision.
        if wanted and STRENGTH[answer.status] > STRENGTH[duty.terms.answer]:
            _open(turn, answer, recipient, duty.key.n + 1)
        elif STRENGTH[answer.status] < STRENGTH[duty.terms.answer]:
            terms = duty.terms.model_copy(update={"answer": answer.status})
            turn.record(f.DutyRevised(key=duty.key, terms=terms))
        return
    if duty.settled:
        _judge(turn, duty, answer)
    else:
        _revise(turn, duty, answer)


def _judge(turn: Turn, duty: Duty, answer: DutyAnswer) -> None:
    """Judge again whether what is done was late, where corrected facts moved its deadline."""
    terms = _kept(duty, _terms(turn, answer, duty.by))
    if duty.evidence is None or answer.status == "not_owed" or terms.due_at is None or not terms.legal:
        return
    late = duty.evidence.at > terms.due_at
    if late != (duty.status == "met_late"):
        start = instant(terms.clock_start) if terms.clock_start else "another instant"
        reason = f"By the corrected facts its clock ran from {start}."
        turn.record(f.LatenessRevised(key=duty.key, due_at=terms.due_at, late=late, reason=reason))


def _bar(turn: Turn, duty: Duty, assessment: Assessment) -> None:
    """Bar the ordinary channels to a request's answer where the law bars them to every other."""
    blocked = any(answer.channel_blocked for answer in assessment.duties)
    if not duty.settled and duty.terms.blocked != blocked:
        terms = duty.terms.model_copy(update={"blocked": blocked})
        turn.record(f.DutyRevised(key=duty.key, terms=terms))


def _open(turn: Turn, answer: DutyAnswer, recipient: Addressee, n: int) -> None:
    turn.record(
        f.DutyOpened(
            key=f.DutyKey(duty=answer.id, authority=recipient.authority, n=n),
            by=recipient.by,
            title=answer.title.zh,
            article=f"{answer.instrument} {answer.article}",
            recipient=recipient.zh,
            terms=_terms(turn, answer, recipient.by),
        ),
    )


def _revise(turn: Turn, duty: Duty, answer: DutyAnswer) -> None:
    if answer.status == "not_owed":
        _propose(turn, duty, answer.reason)
        return
    terms = _kept(duty, _terms(turn, answer, duty.by))
    # Why a duty is owed may be worded by ever more facts; why it cannot be told must stay true.
    worded = terms.reason if answer.status == "unknown" else duty.terms.reason
    if terms.model_copy(update={"reason": worded}) != duty.terms:
        turn.record(f.DutyRevised(key=duty.key, terms=terms))
    if duty.status == "proposed":
        turn.record(f.DutyUpheld(key=duty.key, reason=answer.reason))


def _kept(duty: Duty, terms: f.DutyTerms) -> f.DutyTerms:
    """Keep what new facts cannot take away: a deadline that runs, and an extension that reaches further."""
    old = duty.terms
    if old.due_at is None:
        return terms
    if terms.due_at is None:
        kept = {"clock_start": old.clock_start, "due_at": old.due_at, "legal": old.legal}
        return terms.model_copy(update=kept)
    if duty.extended and (terms.clock_start == old.clock_start or terms.due_at < old.due_at):
        return terms.model_copy(update={"due_at": old.due_at})
    return terms


def _propose(turn: Turn, duty: Duty, reason: str) -> None:
    """Propose to let a duty go; its instants stay, so its clock rings on."""
    if duty.terms.answer != "not_owed":
        terms = duty.terms.model_copy(update={"answer": "not_owed", "reason": reason})
        turn.record(f.DutyRevised(key=duty.key, terms=terms))
    if duty.status == "open":
        turn.record(f.DutyWithdrawalProposed(key=duty.key, reason=reason))


def _terms(turn: Turn, answer: DutyAnswer, by: f.By) -> f.DutyTerms:
    due = answer.due_at or answer.provisional_due_at
    legal = due is not None and answer.live
    if due is None or not legal:
        due = _target(turn, answer, by)
    return f.DutyTerms(
        answer=answer.status,
        reason=answer.reason,
        clock_start=answer.clock_start,
        due_at=due,
        legal=legal,
        waiting_on=answer.waiting_on,
        blocked=answer.channel_blocked,
    )


def _target(turn: Turn, answer: DutyAnswer, by: f.By) -> datetime | None:
    if answer.clock_start is None:
        return None
    playbook = turn.book.playbook
    own = playbook.within(answer.id, by)
    if own is None and answer.urgency is not None:
        targets = playbook.targets
        own = targets.immediate if answer.urgency == "immediate" else targets.promptly
    return answer.clock_start + own if own else None


def _grading(turn: Turn, assessment: Assessment) -> None:
    """Keep one clock running to the earliest deadline that might apply, until someone has decided."""
    state = turn.state
    due = assessment.earliest_provisional
    clock = state.duties.get(str(GRADING))
    if state.confirmed is not None:
        if clock and not clock.settled:
            evidence = Evidence(means="record", reference="triage", at=turn.now, by=turn.actor)
            meet(turn, clock, evidence)
        return
    if due is None:
        return
    terms = f.DutyTerms(
        answer="owed",
        reason="Until somebody decides, the shortest deadline that may apply runs.",
        clock_start=state.opened_at,
        due_at=due,
        legal=False,
    )
    if clock is None:
        turn.record(
            f.DutyOpened(
                key=GRADING,
                by="record",
                title="研判定级",
                article="",
                recipient="internal",
                terms=terms,
            ),
        )
    elif not clock.settled and clock.terms != terms:
        turn.record(f.DutyRevised(key=GRADING, terms=terms))
