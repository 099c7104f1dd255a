"""An alarm climbs until somebody answers; no answer, filing or doubt keeps the next one or the lapse away."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.clock import (
    AlarmAcknowledged,
    AlarmEscalated,
    AlarmRung,
    AlarmTold,
    ClockOrder,
    ClockRearmed,
    ClockRescheduled,
    ClockSettled,
    DutyLapsed,
    FilingNoted,
    OverdueRung,
    ProvisionalRung,
    alarms,
    follow,
    hear_told,
    next_ring,
    ring,
    used,
)
from domain.clock_answer import acknowledge
from domain.evolve_clock import evolve_clock, fold_clock
from domain.fact import Fact
from domain.filed import Filed
from domain.playbook import Alarms, Escalation
from domain.refusal import Refused
from tests.domain.test_clock import START, started

PLAN = Alarms(
    percents=(50, 75, 90, 100),
    repeat=timedelta(minutes=30),
    roles=("lead", "legal"),
    escalation=Escalation(after=timedelta(minutes=10), roles=(("lead",), ("legal", "privacy"), ("officer",))),
    provisional_before=timedelta(minutes=30),
)
FILED = Filed(at=START, channel="portal", reference="report/1")


class Clock:
    """One clock and its time."""

    def __init__(self, **changes):
        self.plan = PLAN.model_copy(update=changes)
        self.state = started()
        self.now = START
        self.undecided = False

    def take(self, *bodies):
        for body in bodies:
            self.state = evolve_clock(self.state, body, self.state.version + 1, self.now)
        return bodies

    def at(self, **length):
        """Say what is said at so long after the start."""
        self.now = START + timedelta(**length)
        return self.take(*ring(self.state, self.now, self.plan, undecided=self.undecided))

    def due(self):
        return next_ring(self.state, self.plan, undecided=self.undecided) - START

    def told(self, *people, alarm=None, level=None):
        number = self.state.alarm if alarm is None else alarm
        at = self.state.level if level is None else level
        return self.take(*hear_told(self.state, AlarmTold(alarm=number, level=at, people=people), self.plan))


DUE = START + timedelta(hours=4)


def test_it_climbs_until_the_last_level_and_there_it_rests():
    clock = Clock()
    assert clock.at(hours=2) == (AlarmRung(percent=50, due_at=DUE, level=0),)
    clock.told("ana")
    assert clock.due() == timedelta(hours=2, minutes=10)
    assert clock.at(hours=2, minutes=9) == ()
    assert clock.at(hours=2, minutes=10) == (AlarmEscalated(alarm=1, level=1, why="unanswered"),)
    assert clock.at(hours=2, minutes=20) == (AlarmEscalated(alarm=1, level=2, why="unanswered"),)
    assert clock.due() == timedelta(hours=3)


def test_without_an_escalation_everybody_hears_at_once():
    clock = Clock(escalation=None)
    clock.at(hours=2)
    assert clock.told() == (AlarmTold(alarm=1, level=0, people=()),)
    assert clock.due() == timedelta(hours=3)
    assert clock.plan.called(0, overdue=False) == ("lead", "legal") == clock.plan.everybody
    assert clock.plan.last == 0


def test_whom_each_level_calls():
    assert PLAN.called(0, overdue=False) == ("lead",)
    assert PLAN.called(1, overdue=False) == ("lead", "legal", "privacy")
    assert PLAN.called(0, overdue=True) == ("lead", "legal", "privacy", "officer") == PLAN.everybody


def test_an_answer_stops_the_climb_of_its_own_alarm_only():
    clock = Clock()
    clock.at(hours=2)
    assert clock.take(*acknowledge(clock.state, "ana")) == (AlarmAcknowledged(alarm=1, by="ana"),)
    assert acknowledge(clock.state, "ana") == acknowledge(clock.state, "ben", 1) == ()
    assert clock.due() == timedelta(hours=3)
    assert clock.at(hours=3) == (AlarmRung(percent=75, due_at=DUE, level=0),)
    assert clock.state.acknowledged_by == ""
    assert clock.due() == timedelta(hours=3, minutes=10)
    clock.take(*acknowledge(clock.state, "ana", 2))
    clock.at(hours=3, minutes=36)
    clock.take(*acknowledge(clock.state, "ana"))
    rung, lapsed = clock.at(hours=4)
    assert (rung, lapsed) == (AlarmRung(percent=100, due_at=DUE, level=2), DutyLapsed(due_at=DUE))
    clock.take(*acknowledge(clock.state, "ana"))
    assert clock.at(hours=4, minutes=30) == (OverdueRung(count=1, level=2),)


def test_an_alarm_after_one_that_nobody_answered_begins_where_that_had_climbed_to():
    clock = Clock(escalation=PLAN.escalation.model_copy(update={"after": timedelta(minutes=55)}))
    clock.at(hours=2)
    clock.at(hours=2, minutes=55)
    assert clock.at(hours=3) == (AlarmRung(percent=75, due_at=DUE, level=1),)
    # The second level heard five minutes ago: the alarm between makes nobody wait longer.
    assert clock.due() == timedelta(hours=3, minutes=36)
    clock.at(hours=3, minutes=36)
    assert clock.due() == timedelta(hours=3, minutes=50)
    assert clock.at(hours=3, minutes=50) == (AlarmEscalated(alarm=3, level=2, why="unanswered"),)


def test_a_climb_that_is_due_with_an_alarm_is_the_alarms_own():
    clock = Clock()
    clock.at(hours=2)
    clock.at(hours=2, minutes=10)
    assert clock.at(hours=3) == (AlarmRung(percent=75, due_at=DUE, level=2),)
    assert clock.due() == timedelta(hours=3, minutes=36)


def test_whoever_reaches_nobody_goes_on_to_the_next_at_once_and_not_twice():
    clock = Clock()
    clock.at(hours=2)
    nobody = AlarmTold(alarm=1, level=0, people=())
    assert clock.told() == (nobody, AlarmEscalated(alarm=1, level=1, why="unreached"))
    assert clock.told(level=0) == (nobody,), "it has gone on already"
    assert clock.told("fa") == (AlarmTold(alarm=1, level=1, people=("fa",)),)
    assert clock.state.told == ("fa",)
    clock.at(hours=2, minutes=10)
    assert clock.told()[1:] == ()
    clock.at(hours=3)
    assert clock.told("late", alarm=1, level=0)[1:] == ()
    assert clock.state.told == (), "an answer about an earlier alarm says nothing of this one"
    clock.take(AlarmAcknowledged(alarm=1, by="late"), AlarmEscalated(alarm=1, level=2, why="unreached"))
    assert (clock.state.acknowledged_by, clock.state.level) == ("", 2)
    clock.take(*acknowledge(clock.state, "ana"))
    assert clock.told()[1:] == (), "somebody has answered"


@pytest.mark.parametrize(("alarm", "code"), [(None, "nothing_rung"), (1, "nothing_rung")])
def test_there_must_be_something_to_answer(alarm, code):
    with pytest.raises(Refused) as refused:
        acknowledge(Clock().state, "ana", alarm)
    assert refused.value.code == code


def test_an_answer_to_an_earlier_alarm_or_to_a_settled_clock_is_refused():
    clock = Clock()
    clock.at(hours=2)
    clock.at(hours=3)
    for alarm, code in ((1, "alarm_passed"), (3, "nothing_rung")):
        with pytest.raises(Refused) as refused:
            acknowledge(clock.state, "ana", alarm)
        assert refused.value.code == code
    clock.take(ClockSettled(outcome="met_late"))
    with pytest.raises(Refused) as refused:
        acknowledge(clock.state, "ana")
    assert refused.value.code == "clock_settled"
    assert clock.told() == ()


def test_a_doubt_calls_for_a_provisional_report_once_for_each_deadline():
    clock = Clock(percents=(50, 100))
    clock.state = started(percents=(50, 100))
    clock.undecided = True
    clock.at(hours=2)
    clock.take(*acknowledge(clock.state, "ana"))
    assert clock.due() == timedelta(hours=3, minutes=30)
    assert clock.at(hours=3, minutes=30) == (ProvisionalRung(percent=0, due_at=DUE, level=0),)
    assert clock.state.rung == (50,)
    clock.take(*acknowledge(clock.state, "ana"))
    assert clock.due() == timedelta(hours=4)
    later = DUE + timedelta(hours=1)
    clock.take(*follow(clock.state, ClockOrder(due_at=later, legal=True), clock.plan))
    clock.at(hours=4, minutes=29)
    assert clock.at(hours=4, minutes=30) == (ProvisionalRung(percent=0, due_at=later, level=0),)


def test_a_doubt_takes_the_place_of_an_alarm_of_the_same_instant_and_yields_to_the_deadline():
    clock = Clock()
    clock.undecided = True
    clock.now = START + timedelta(hours=3, minutes=36)
    assert clock.at(hours=3, minutes=36) == (ProvisionalRung(percent=90, due_at=DUE, level=0),)
    assert clock.state.rung == (50, 75, 90)
    late = Clock()
    late.undecided = True
    assert late.at(hours=5)[1:] == (DutyLapsed(due_at=DUE),)
    assert late.due() == timedelta(hours=5, minutes=30)
    known = Clock()
    assert known.at(hours=3, minutes=30) == (AlarmRung(percent=75, due_at=DUE, level=0),)
    quiet = Clock(provisional_before=None)
    quiet.undecided = True
    assert quiet.at(hours=3, minutes=36) == (AlarmRung(percent=90, due_at=DUE, level=0),)


def test_what_was_filed_is_noted_and_stops_nothing():
    clock = Clock()
    order = ClockOrder(due_at=DUE, legal=True, filed=FILED)
    assert clock.take(*follow(clock.state, order, clock.plan)) == (FilingNoted(filed=FILED),)
    assert clock.state.filed == FILED
    assert follow(clock.state, order, clock.plan) == ()
    assert clock.at(hours=4)[1:] == (DutyLapsed(due_at=DUE),)
    back = order.model_copy(update={"filed": None})
    assert clock.take(*follow(clock.state, back, clock.plan)) == (FilingNoted(filed=None),)


def test_a_moved_deadline_climbs_no_further_with_what_was_told_of_the_old_one():
    clock = Clock()
    clock.at(hours=2)
    later = DUE + timedelta(days=1)
    (moved,) = clock.take(*follow(clock.state, ClockOrder(due_at=later, legal=True), clock.plan))
    assert isinstance(moved, ClockRescheduled)
    assert clock.due() == timedelta(hours=14)
    assert clock.told()[1:] == ()


def test_a_stream_folds_to_where_its_clock_stands():
    clock = Clock()
    rung = AlarmRung(percent=50, due_at=DUE)
    history = [Fact(stream="s", version=2, at=START, actor="system:clock", body=rung)]
    assert fold_clock(clock.state, history) == evolve_clock(clock.state, rung, 2, START)
    assert fold_clock(clock.state, []) == clock.state


def test_starting_it_again_changes_nothing_but_its_record():
    clock = Clock()
    before = clock.state
    clock.take(ClockRearmed(by="ana"))
    assert clock.state == before.model_copy(update={"version": before.version + 1})


@given(st.lists(st.integers(0, 40), max_size=12), st.booleans(), st.data())
def test_however_it_is_answered_the_deadline_rings_and_lapses_once(waits, undecided, data):
    clock = Clock()
    clock.undecided = undecided
    said = []
    while clock.state.lapsed_at is None:
        when = next_ring(clock.state, clock.plan, undecided=undecided)
        assert when is not None
        clock.now = max(clock.now, when) + timedelta(minutes=waits.pop() if waits else 0)
        spoken = clock.take(*ring(clock.state, clock.now, clock.plan, undecided=undecided))
        assert spoken
        said += spoken
        if data.draw(st.booleans()):
            clock.take(*acknowledge(clock.state, "ana"))
        elif data.draw(st.booleans()):
            clock.told()
        assert clock.state.level <= clock.plan.last
    assert sum(isinstance(body, DutyLapsed) for body in said) == 1
    assert clock.now >= DUE
    assert sum(isinstance(body, ProvisionalRung) for body in said) <= 1


def test_how_much_of_the_time_is_used():
    clock = Clock()
    assert used(clock.state, START + timedelta(hours=1)) == 25
    assert used(clock.state, START - timedelta(hours=1)) == 0
    clock.at(hours=3, minutes=50)
    assert used(clock.state, START + timedelta(hours=1)) == 90
    at_once = started(due=START, percents=(50,))
    assert at_once.alarms == alarms(START, START, (50,))
    assert used(at_once, START) == 100
