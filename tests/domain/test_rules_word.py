"""Words from the incident's own parts: each taken once (`Case.hear` repeats every one of them)."""

from datetime import timedelta

from domain import commands as c
from domain.facts import DutyKey
from domain.next_action import next_action
from domain.orders import clock_order

OTHER = "CN-NCIRM-4-OTHER"


def test_a_lapse_is_noted_once_and_the_duty_stays_open(leak):
    duty = leak.duty(OTHER)
    word = c.ClockLapsedWord(key=duty.key, at=duty.terms.due_at)
    assert leak.hear(word) == ["LapseNoted"]
    assert (leak.duty(OTHER).status, leak.duty(OTHER).lapsed_at) == ("open", duty.terms.due_at)
    assert leak.hear(word.model_copy(update={"at": leak.now + timedelta(days=1)})) == []
    assert leak.hear(c.ClockLapsedWord(key=DutyKey(duty="X", authority="a"), at=leak.now)) == []
    leak.do(leak.receipt(leak.report(leak.duty("CN-PIPL-57-AUTH").key)))
    assert leak.hear(c.ClockLapsedWord(key=leak.duty("CN-PIPL-57-AUTH").key, at=leak.now)) == []


def test_a_clock_is_armed_once(leak):
    keys = (leak.duty(OTHER).key, leak.duty("CN-D147-14").key)
    assert leak.hear(c.ClockArmedWord(keys=keys)) == ["ClockArmed", "ClockArmed"]
    assert clock_order(leak.state, leak.duty(OTHER)).settled is None


def test_a_report_is_drawn_up_once(leak):
    leak.do(c.DraftReport(form="ncirm-7", duties=(leak.duty(OTHER).key,)))
    assert leak.hear(c.ReportWord(report=1, sha256="a" * 64)) == ["ReportDrafted"]
    assert leak.hear(c.ReportWord(report=1, sha256="b" * 64)) == []


def test_an_announcement_that_could_not_be_drawn_up_is_asked_for_again(leak):
    leak.do(c.DraftAnnouncement())
    assert leak.hear(c.AnnouncementWord(announcement=1, code="no_template")) == ["AnnouncementFailed"]
    leak.do(c.DraftAnnouncement())
    assert leak.hear(c.AnnouncementWord(announcement=2, sha256="d" * 64)) == ["AnnouncementDrafted"]


def test_a_step_that_is_not_there_answers_nothing(leak):
    assert leak.hear(c.StepWord(step="nonsense", ok=True)) == []


def test_a_clock_that_was_ended_comes_before_everything_until_it_runs_again(leak):
    key = leak.duty("CN-NCIRM-4-OTHER").key
    leak.hear(c.ClockArmedWord(keys=(key,)))
    assert leak.hear(c.ClockLostWord(keys=(key,))) == ["ClockLost"]
    lost = leak.state.duties[str(key)]
    assert (lost.lost, lost.armed) == (True, False)
    assert next_action(leak.state, leak.now).command == f"tocsin clock rearm {leak.state.incident} {key}"
    assert leak.hear(c.ClockArmedWord(keys=(key,))) == ["ClockArmed"]
    assert not leak.state.duties[str(key)].lost
    number = leak.report(key)
    leak.do(leak.receipt(number))
    assert leak.hear(c.ClockLostWord(keys=(key,))) == [], "what is settled needs no clock"
