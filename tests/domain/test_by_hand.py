"""A case that a person opens: somebody called, and that is a signal, too."""

from datetime import timedelta

import pytest

from domain import commands as c
from domain.alert import ByHand, Observation
from domain.decide import observe
from domain.line import instant
from domain.refusal import Refused

OTHER = "I-BBBBBBBBBBBB"


def by_hand(case, **changes):
    hand = ByHand(**{"operator": "ana", "basis": "a finder's mail", **changes})
    alert = case.alert(source="manual", inbox="", received_at=case.now - timedelta(hours=3))
    return case.take(observe(case.state, Observation(alerts=(alert,), by_hand=hand), case.now, case.book))


def test_it_is_opened_like_any_other_by_who_heard_of_it(blank):
    took = by_hand(blank, kind="vulnerability", linked_to=OTHER)
    assert took[:2] == ["IncidentOpened", "AlertObserved"]
    assert {fact.actor for fact in blank.history} == {"ana"}
    assert blank.state.known("first_signal_at") == instant(blank.now - timedelta(hours=3))
    assert blank.state.facts["kind"].basis == "a finder's mail"
    assert blank.state.known("kind") == "vulnerability"
    assert blank.state.links == (OTHER,)
    assert by_hand(blank) == [], "the same signal again changes nothing"


def test_an_incident_of_ones_own_needs_no_other(blank):
    assert "IncidentLinked" not in by_hand(blank)
    assert blank.state.known("kind") == "incident"
    assert any(duty.key.duty == "GRADING" for duty in blank.state.duties.values())


def test_a_signal_from_the_future_opens_nothing(blank):
    hand = ByHand(operator="ana", basis="a call")
    alert = blank.alert(received_at=blank.now + timedelta(hours=1))
    with pytest.raises(Refused, match="lies in the future"):
        observe(blank.state, Observation(alerts=(alert,), by_hand=hand), blank.now, blank.book)


def test_cases_are_linked_once_and_never_to_themselves(opened):
    assert opened.do(c.LinkIncident(other=OTHER)) == ["IncidentLinked"]
    assert opened.do(c.LinkIncident(other=OTHER)) == []
    assert opened.no(c.LinkIncident(other=opened.state.incident)) == "linked_to_itself"
