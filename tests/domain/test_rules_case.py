"""What is known and decided of the case itself."""

from datetime import timedelta

import pytest

from domain import commands as c
from domain.line import instant


def test_facts_are_recorded_one_by_one_and_once(opened):
    took = opened.know(minors=False, persons_affected=10)
    assert took[:2] == ["FactRecorded", "FactRecorded"]
    assert opened.know(minors=False, persons_affected=10) == []
    assert opened.state.facts["minors"].by == "ana"
    assert opened.state.facts["minors"].basis == "seen"


def test_the_reason_stands_in_for_the_basis(opened):
    opened.do(c.RecordFacts(values={"minors": True}), why="the file says so")
    assert opened.state.facts["minors"].basis == "the file says so"


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"confirmed": True}, "use_triage"),
        ({"moon_phase": "full"}, "fact-unknown"),
        ({"minors": "perhaps"}, "fact-type"),
        ({"handling_ended_at": "2026-11-23T03:02:00Z"}, "in_future"),
        ({"aware_at": "2026-11-23T12:00:00Z"}, "in_future"),
        ({"minors": True, "persons_affected": -1}, "fact-negative"),
    ],
)
def test_what_cannot_be_recorded(opened, values, code):
    assert opened.no(c.RecordFacts(values=values, basis="seen")) == code


def test_a_clock_a_little_ahead_is_no_lie(opened):
    assert opened.know(handling_ended_at=instant(opened.now + timedelta(seconds=50)))


@pytest.mark.parametrize("name", ["aware_at", "first_signal_at"])
@pytest.mark.parametrize("value", ["2026-11-23T02:00:00Z", "unknown"])
def test_awareness_never_changes_without_a_reason(opened, name, value):
    order = c.RecordFacts(values={name: value})
    assert opened.no(order, why="") == "needs_reason"
    assert opened.do(order, why="the guard's log")


def test_an_instant_is_corrected_with_a_reason(opened):
    def order(value):
        return c.RecordFacts(values={"handling_ended_at": value})

    opened.do(order("2026-11-23T03:00:00Z"), why="")
    opened.do(order("2026-11-23T03:00:00Z"), why="")
    assert opened.no(order("2026-11-23T02:00:00Z"), why="") == "needs_reason"
    assert opened.do(order("2026-11-23T02:00:00Z"), why="misread")


def test_awareness_cannot_lie_after_a_receipt_nor_a_receipt_before_awareness(leak):
    number = leak.report(leak.duty("CN-NCIRM-4-OTHER").key)
    early = leak.receipt(number, received_at=leak.now - timedelta(hours=2))
    assert leak.no(early) == "aware_after_report"
    leak.know(aware_at=instant(leak.now - timedelta(hours=2)))
    leak.do(early)
    assert (
        leak.no(c.RecordFacts(values={"aware_at": instant(leak.now)}, basis="seen")) == "aware_after_report"
    )
    leak.know(aware_at="unknown")


def test_awareness_cannot_lie_after_a_filing_or_what_was_reported_elsewhere(leak):
    leak.report(leak.duty("CN-NCIRM-4-OTHER").key)
    assert leak.duty("CN-NCIRM-4-OTHER").filed
    later = {"aware_at": instant(leak.now + timedelta(seconds=30))}
    assert leak.no(c.RecordFacts(values=later, basis="seen")) == "aware_after_report"
    before = {"reported_at": {"CN-PIPL-57-AUTH": instant(leak.now - timedelta(days=3))}}
    assert leak.no(c.RecordFacts(values=before)) == "aware_after_report"
    ahead = {"reported_at": {"CN-PIPL-57-AUTH": instant(leak.now + timedelta(days=3))}}
    assert leak.no(c.RecordFacts(values=ahead)) == "in_future"
    leak.know(first_signal_at="unknown")
    leak.know(**before)
    signal = {"first_signal_at": instant(leak.now - timedelta(days=2))}
    assert leak.no(c.RecordFacts(values=signal, basis="seen")) == "aware_after_report"


def test_where_no_awareness_is_known_a_receipt_is_taken_as_it_is(leak):
    number = leak.report(leak.duty("CN-NCIRM-4-OTHER").key)
    leak.know(first_signal_at="unknown")
    assert "DutyMet" in leak.do(leak.receipt(number, received_at=leak.now - timedelta(days=2)))


def test_triage_moves_on_and_is_corrected_with_a_reason(opened):
    assert opened.no(c.Triage(confirmed=False), why="") == "needs_reason"
    opened.do(c.Triage(confirmed=True), why="")
    assert (opened.state.phase, opened.state.confirmed, opened.state.severity) == ("triaged", True, 3)
    assert opened.state.facts["confirmed"].basis == "triage"
    assert opened.no(c.Triage(confirmed=True, severity=5), why="") == "needs_reason"
    opened.do(c.Triage(confirmed=True, severity=5))
    assert opened.state.severity == 5


def test_the_plan_is_put_in_force_once_and_only_for_an_incident(opened):
    assert opened.no(c.ActivatePlan()) == "not_confirmed"
    opened.do(c.Triage(confirmed=False))
    assert opened.no(c.ActivatePlan()) == "not_confirmed"
    opened.do(c.Triage(confirmed=True))
    opened.do(c.ActivatePlan())
    assert set(opened.state.steps.values()) == {"waiting"}
    assert opened.no(c.ActivatePlan()) == "already_activated"


def test_a_false_alarm_found_after_activation_proposes_all_and_silences_none(leak):
    before = {key: duty.terms.due_at for key, duty in leak.state.duties.items() if not duty.settled}
    leak.do(c.Triage(confirmed=False))
    for key, due in before.items():
        duty = leak.state.duties[key]
        assert (duty.status, duty.terms.answer, duty.terms.due_at) == ("proposed", "not_owed", due)
    assert leak.no(c.CloseIncident()) == "still_owed"
    leak.do(c.Triage(confirmed=True))
    for key, due in before.items():
        duty = leak.state.duties[key]
        if duty.terms.answer != "not_owed":
            assert (duty.status, duty.terms.due_at) == ("open", due)


def test_a_plan_without_steps_of_a_phase_passes_it(opened):
    recovery = tuple(step for step in opened.book.playbook.steps if step.phase == "recovery")
    for steps, phase in ((recovery, "contained"), ((), "recovered")):
        playbook = opened.book.playbook.model_copy(update={"steps": steps})
        opened.book = opened.book.model_copy(update={"playbook": playbook})
        state = opened.state
        opened.do(c.Triage(confirmed=True))
        opened.do(c.ActivatePlan())
        assert opened.state.phase == phase
        opened.state = state
        opened.history = opened.history[: state.version]
