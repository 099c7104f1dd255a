"""The auditor's own reading of the facts: enough to know what must run, and deaf to everything else."""

from datetime import UTC, datetime, timedelta

import pytest

from domain import campaign as p
from domain import clock as k
from domain import facts as f
from domain.docket import CampaignDocket, ClockDocket, Debt, IncidentDocket, blank, entered
from domain.evidence import Evidence
from domain.fact import Fact
from domain.line import Line
from domain.organisation import Organisation

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
DUE = NOW + timedelta(hours=4)
STREAM = "incident/I-AAAAAAAAAAAA"
KEY = f.DutyKey(duty="CN-NCIRM-4-OTHER", authority="cac-provincial")
CLOCK = f"{STREAM}/duty/{KEY}"
EVIDENCE = Evidence(means="report", reference="report/1", at=DUE, by="ana")
OPENED = f.IncidentOpened(
    incident="I-AAAAAAAAAAAA",
    correlation="c",
    severity=3,
    category="exfiltration",
    drill=True,
    organisation=Organisation(),
    playbook="p",
    playbook_digest="d",
    packs_digest="d",
)


def terms(due_at):
    return f.DutyTerms(answer="owed", reason="r", due_at=due_at, legal=True)


def duty(due_at=DUE, key=KEY):
    return f.DutyOpened(key=key, by="report", title="t", article="a", recipient="r", terms=terms(due_at))


def docket(stream, *bodies, at=NOW, every=timedelta(minutes=1)):
    found = blank(stream)
    for number, body in enumerate(bodies):
        fact = Fact(stream=stream, version=number + 1, at=at + number * every, actor="ana", body=body)
        found = entered(found, fact.line())
    return found


@pytest.mark.parametrize(
    ("stream", "kind"),
    [
        (STREAM, IncidentDocket),
        (CLOCK, ClockDocket),
        (f"{STREAM}/campaign/1", CampaignDocket),
        (f"{STREAM}/referral/1", type(None)),
        (f"{STREAM}/other/a/b/1", type(None)),
        ("anchor/1", type(None)),
    ],
)
def test_a_stream_has_the_docket_of_its_name(stream, kind):
    assert type(blank(stream)) is kind


def test_an_open_duty_is_owed_until_it_is_settled():
    extended = f.DutyExtended(key=KEY, due_at=DUE + timedelta(hours=1), basis="b")
    same = f.DutyRevised(key=KEY, terms=terms(DUE))
    moved = f.DutyRevised(key=KEY, terms=terms(None))
    minute = timedelta(minutes=1)
    assert docket(STREAM, OPENED, duty()).debts == {str(KEY): Debt(due_at=DUE, since=NOW + minute)}
    assert docket(STREAM, OPENED, duty(), same).debts[str(KEY)].since == NOW + minute
    late = docket(STREAM, OPENED, duty(), extended).debts[str(KEY)]
    assert (late.due_at, late.since) == (extended.due_at, NOW + 2 * minute)
    assert docket(STREAM, OPENED, duty(), moved).debts[str(KEY)].due_at is None
    for end in (
        f.DutyMet(key=KEY, evidence=EVIDENCE, late=False),
        f.DutyWithdrawn(key=KEY, reason="r", approved_by="ben"),
    ):
        assert docket(STREAM, OPENED, duty(), end).debts[str(KEY)].settled_at == NOW + 2 * minute


def test_a_fact_about_a_duty_that_was_never_opened_is_no_reason_to_stumble():
    assert docket(STREAM, f.DutyExtended(key=KEY, due_at=DUE, basis="b")).debts[str(KEY)].due_at == DUE
    assert docket(STREAM, f.DutyMet(key=KEY, evidence=EVIDENCE, late=True)).debts[str(KEY)].settled_at == NOW


def test_a_drills_instants_are_told_in_real_time():
    by = timedelta(hours=3)
    found = docket(STREAM, OPENED, f.TimeAdvanced(by=by), f.TimeAdvanced(by=by))
    assert (found.drill, found.offset, found.opened_at) == (True, 2 * by, NOW)
    closing = Fact(
        stream=STREAM,
        version=4,
        at=NOW + 2 * by,
        actor="ana",
        body=f.IncidentClosed(reason="r", approved_by="ben"),
    )
    assert entered(found, closing.line()).closed_at == NOW


def test_campaigns_and_referrals_are_under_way_until_they_have_ended():
    campaign = f.NotificationRequested(campaign=1, audience="a", sha256="s", message="m", duties=())
    referral = f.ReferralRequested(referral=2, authority="psb", duties=())
    both = docket(STREAM, OPENED, campaign, referral)
    assert set(both.siblings) == {f"{STREAM}/campaign/1", f"{STREAM}/referral/2"}
    ended = f.NotificationSettled(campaign=1, counts={}, merkle_root="m")
    failed = f.NotificationFailed(campaign=1, code="c")
    receipt = f.ReferralReceiptRecorded(referral=2, number="n", received_at=NOW)
    for end in (ended, failed):
        assert docket(STREAM, OPENED, campaign, referral, end, receipt).siblings == {}
    settled = p.CampaignSettled(counts={}, merkle_root="m")
    assert docket(f"{STREAM}/campaign/1", settled, OPENED).settled


def test_a_clock_tells_its_alarms_and_a_new_deadline_begins_anew():
    alarms = k.alarms(NOW, DUE, (50, 100))
    started = k.ClockStarted(key=KEY, started_at=NOW, due_at=DUE, legal=True, alarms=alarms)
    rung = k.AlarmRung(percent=100, due_at=DUE)
    found = docket(CLOCK, started, rung, k.DutyLapsed(due_at=DUE), k.OverdueRung(count=1))
    assert (found.due_at, found.rung, found.lapsed, found.settled) == (DUE, 100, True, False)
    assert found.alarms == alarms
    provisional = k.ProvisionalRung(percent=50, due_at=DUE)
    assert docket(CLOCK, started, provisional).rung == 50, "it rings in the place of an alarm"
    later = k.ClockRescheduled(due_at=DUE + timedelta(hours=1), legal=True, alarms=())
    found = docket(CLOCK, started, rung, k.TargetMissed(due_at=DUE), later)
    assert (found.rung, found.lapsed, found.due_at) == (0, False, later.due_at)
    assert docket(CLOCK, started, k.ClockSettled(outcome="met")).settled
    assert docket(CLOCK, duty()) == ClockDocket(stream=CLOCK)


def test_what_is_not_needed_or_not_known_changes_nothing():
    for noise in (f.StepDone(step="s"), k.ClockSettled(outcome="met")):
        assert docket(STREAM, noise) == IncidentDocket(stream=STREAM)
    line = Line(stream=STREAM, version=1, type="SomethingNewer", at=NOW, actor="ana", body="{}")
    assert entered(blank(STREAM), line) == IncidentDocket(stream=STREAM)


@pytest.mark.parametrize("body", ["{}", "no json"])
def test_a_fact_that_is_needed_and_cannot_be_read_is_remembered(body):
    line = Line(stream=STREAM, version=7, type="DutyOpened", at=NOW, actor="ana", body=body)
    assert entered(blank(STREAM), line).unreadable == (7,)
