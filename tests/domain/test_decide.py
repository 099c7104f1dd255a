"""What comes in: alerts once, commands once, words once, each only where it may."""

from datetime import timedelta

import pytest

from domain import commands as c
from domain.alert import Observation
from domain.approval import content
from domain.decide import decide, hear, observe
from domain.refusal import Refused


def test_the_first_alert_opens_the_incident_and_names_the_first_signal(blank):
    late = blank.alert(finding="b", received_at=blank.now + timedelta(minutes=1))
    took = blank.observe(late, blank.alert())
    assert took[:4] == ["IncidentOpened", "AlertObserved", "AlertObserved", "FactRecorded"]
    assert blank.state.known("first_signal_at") == "2026-11-23T03:00:00.000000Z"
    assert "GRADING/internal/1" in blank.state.duties


def test_a_known_finding_changes_nothing_in_whatever_order_it_comes(opened):
    revised = opened.alert(revision=2)
    older = opened.alert(revision=1)
    assert opened.observe(opened.alert()) == []
    assert opened.observe(revised, older, revised) == ["AlertObserved"]
    assert opened.observe(older) == opened.observe(revised) == []
    assert opened.state.alerts == 2


@pytest.mark.parametrize("revision", [-3, 0, 7])
def test_a_finding_not_seen_before_is_taken_whatever_its_revision(opened, revision):
    assert opened.observe(opened.alert(finding="new", revision=revision)) == ["AlertObserved"]


def test_only_while_nobody_has_decided_a_worse_alert_raises_the_severity(opened):
    opened.observe(opened.alert(finding="b", severity=5))
    opened.observe(opened.alert(finding="c", severity=1))
    assert opened.state.severity == 5
    opened.do(c.Triage(confirmed=True, severity=2))
    opened.observe(opened.alert(finding="d", severity=5))
    assert opened.state.severity == 2


def test_the_oldest_findings_are_forgotten_first(opened, monkeypatch):
    monkeypatch.setattr("domain.evolve.FINDINGS_KEPT", 3)
    opened.observe(*(opened.alert(finding=name) for name in "bcd"))
    assert list(opened.state.findings) == ["b", "c", "d"]


def test_a_command_is_done_once(opened):
    command = opened.command(c.Triage(confirmed=True))
    assert opened.take(decide(opened.state, command, opened.now, opened.book))
    assert decide(opened.state, command, opened.now, opened.book) == ()


def test_nothing_is_commanded_before_an_alert_or_after_the_close(blank):
    assert blank.no(c.ActivatePlan()) == "not_open"
    blank.observe(blank.alert())
    blank.do(c.Triage(confirmed=False))
    blank.agree("close")
    last = blank.command(c.CloseIncident())
    assert blank.take(decide(blank.state, last, blank.now, blank.book))[-1] == "IncidentClosed"
    assert decide(blank.state, last, blank.now, blank.book) == (), "the close itself may be repeated"
    assert blank.no(c.ActivatePlan()) == "closed"


def test_a_closed_incident_takes_no_new_alert_but_knows_its_old_ones(opened):
    opened.do(c.Triage(confirmed=False))
    opened.agree("close")
    opened.do(c.CloseIncident())
    assert opened.observe(opened.alert()) == []
    for alerts in ((opened.alert(finding="b"),), (opened.alert(), opened.alert(revision=1))):
        with pytest.raises(Refused, match="follow-up") as refused:
            observe(opened.state, Observation(alerts=alerts), opened.now, opened.book)
        assert refused.value.code == "closed"
    word = c.Heard(component="clock", word=c.ClockArmedWord(keys=()))
    assert hear(opened.state, word, opened.now, opened.book) == ()


def test_a_command_given_to_an_older_version_is_refused(opened):
    seen = opened.state.version
    opened.do(c.Triage(confirmed=True), seen_version=seen)
    assert opened.no(c.ActivatePlan(), seen_version=seen) == "stale"
    assert opened.do(c.ActivatePlan(), seen_version=opened.state.version)


def test_only_a_drill_has_a_time_of_its_own(opened):
    assert opened.no(c.AdvanceTime(by=timedelta())) == "backwards"
    assert opened.no(c.AdvanceTime(by=timedelta(hours=-1))) == "backwards"
    opened.do(c.AdvanceTime(by=timedelta(hours=3)))
    opened.do(c.AdvanceTime(by=timedelta(days=1)))
    assert opened.state.offset == timedelta(days=1, hours=3)
    real = opened.state.opened.model_copy(update={"drill": False})
    opened.state = opened.state.model_copy(update={"opened": real})
    assert opened.no(c.AdvanceTime(by=timedelta(hours=1))) == "not_a_drill"


def test_one_agrees_to_what_is_there_now(opened):
    assert opened.no(c.Approve(subject="report/1", sha256="0" * 64)) == "nothing_to_approve"
    assert opened.no(c.Approve(subject="close", sha256="0" * 64)) == "content_changed"
    opened.do(c.Approve(subject="close", sha256=content(opened.state, "close")))
