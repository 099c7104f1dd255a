"""The plan's steps: who may move them where, and how the incident passes on."""

import pytest

from domain import commands as c

AUTOMATIC, STUCK, MANUAL = "isolate-source", "revoke-access", "preserve-evidence"


def move(step, to, **more):
    return c.AdvanceStep(step=step, to=to, **more)


def answer(step, *, ok=True, undo=False, attempt=0):
    return c.StepWord(step=step, ok=ok, undo=undo, code="200" if ok else "500", attempt=attempt)


def test_a_step_needs_a_plan_in_force(opened):
    assert opened.no(move(MANUAL, "done")) == "not_activated"
    assert opened.no(move("nonsense", "done")) == "unknown_step"
    assert opened.no(move("report-cyberspace", "done")) == "duty_step"


def test_an_automatic_step_is_done_by_its_action(leak):
    assert leak.no(move(AUTOMATIC, "done")) == "automatic_step"
    leak.do(move(AUTOMATIC, "start"))
    assert leak.no(move(AUTOMATIC, "done")) == "automatic_step"
    assert leak.no(move(AUTOMATIC, "start")) == "step_order"
    assert leak.hear(answer(AUTOMATIC)) == ["StepDone"]
    assert leak.state.steps[AUTOMATIC] == "done"
    assert leak.no(move(AUTOMATIC, "skip")) == "step_order"


def test_a_failed_action_is_tried_again_or_done_by_hand(leak):
    leak.do(move(AUTOMATIC, "start"))
    leak.hear(answer(AUTOMATIC, ok=False))
    leak.do(move(AUTOMATIC, "start"))
    assert leak.state.tries[AUTOMATIC] == 2
    leak.hear(answer(AUTOMATIC, ok=False, attempt=2))
    assert leak.do(move(AUTOMATIC, "done", note="cable pulled")) == ["StepDone"]
    assert leak.hear(answer(AUTOMATIC)) == [], "an answer that comes late changes nothing"


def test_an_answer_counts_for_the_call_that_it_answers(leak):
    leak.do(move(AUTOMATIC, "start"))
    leak.do(move(AUTOMATIC, "failed"))
    leak.do(move(AUTOMATIC, "start"))
    assert leak.hear(answer(AUTOMATIC, attempt=1)) == []
    assert leak.state.steps[AUTOMATIC] == "started"
    assert leak.hear(answer(AUTOMATIC, attempt=2)) == ["StepDone"]


def test_what_is_done_may_be_taken_back(leak):
    leak.do(move(AUTOMATIC, "start"))
    leak.hear(answer(AUTOMATIC))
    leak.do(move(AUTOMATIC, "undo"))
    assert leak.hear(answer(AUTOMATIC)) == [], "the first call's answer is not the undo's"
    leak.hear(answer(AUTOMATIC, ok=False, undo=True))
    assert leak.state.steps[AUTOMATIC] == "done", "what could not be taken back stands"
    leak.do(move(AUTOMATIC, "undo"))
    assert leak.hear(answer(AUTOMATIC, undo=True)) == ["StepUndone"]
    leak.do(move(AUTOMATIC, "start"))
    assert leak.state.steps[AUTOMATIC] == "started"


def test_what_has_no_undo_is_taken_back_by_hand(leak):
    leak.do(move(STUCK, "start"))
    leak.hear(answer(STUCK))
    assert leak.no(move(STUCK, "undo")) == "no_undo"


def test_a_manual_step_is_a_persons(leak):
    assert leak.no(move(MANUAL, "undo")) == "step_order"
    leak.do(move(MANUAL, "start"))
    assert leak.do(move(MANUAL, "failed")) == ["StepFailed"]
    assert leak.do(move(MANUAL, "done")) == ["StepDone"]
    assert leak.no(move(MANUAL, "failed")) == "step_order"
    assert leak.do(move(MANUAL, "undo")) == ["StepUndone"]


def test_a_step_is_skipped_with_a_reason(leak):
    assert leak.no(move(MANUAL, "skip"), why="") == "needs_reason"
    assert leak.do(move(MANUAL, "skip")) == ["StepSkipped"]


@pytest.mark.parametrize("first", ["containment", "recovery"])
def test_the_incident_passes_on_when_a_phases_steps_are_ended(leak, first):
    phases = {
        phase: [step.id for step in leak.book.playbook.worked if step.phase == phase]
        for phase in ("containment", "recovery")
    }
    second = "recovery" if first == "containment" else "containment"
    said = [word for step in phases[first] for word in leak.do(move(step, "skip"))]
    assert said.count("IncidentContained") == (first == "containment")
    assert "IncidentRecovered" not in said
    said = [word for step in phases[second] for word in leak.do(move(step, "skip"))]
    assert said[-1] == "IncidentRecovered"
    assert leak.state.phase == "recovered"
