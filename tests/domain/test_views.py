"""Views say at a glance what the folds say at length, however the facts arrive."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import campaign as c
from domain import clock as k
from domain import facts as f
from domain import referral as r
from domain.evidence import Evidence
from domain.evolve import fold
from domain.fact import Fact
from domain.filed import Filed
from domain.line import Line
from domain.organisation import Organisation
from domain.views import CampaignView, ClockView, IncidentView, ReferralView, blank, project

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
DUE = NOW + timedelta(hours=4)
INCIDENT = "I-AAAAAAAAAAAA"
STREAM = f"incident/{INCIDENT}"
FIRST = f.DutyKey(duty="cac-initial", authority="cac-zj")
SECOND = f.DutyKey(duty="police", authority="psb-hz")
EVIDENCE = Evidence(means="report", reference="report/1", at=DUE, by="alice")

OPENED = f.IncidentOpened(
    incident=INCIDENT,
    correlation="c" * 64,
    severity=3,
    category="exfiltration",
    drill=True,
    follows="I-BBBBBBBBBBBB",
    organisation=Organisation(),
    playbook="breach",
    playbook_digest="d" * 64,
    packs_digest="e" * 64,
)


def terms(due_at: datetime | None, answer: str = "owed") -> f.DutyTerms:
    return f.DutyTerms(answer=answer, reason="r", clock_start=NOW, due_at=due_at, legal=True)


def duty(key: f.DutyKey, due_at: datetime | None) -> f.DutyOpened:
    return f.DutyOpened(key=key, by="report", title="t", article="a", recipient="r", terms=terms(due_at))


LIFE = [
    OPENED,
    f.IncidentTriaged(confirmed=True, severity=4, reason="seen"),
    f.FactRecorded(name="aware_at", value="2026-11-23T03:00:00Z"),
    f.FactRecorded(name="persons_affected", value=1_204_331),
    f.FactRecorded(name="minors", value=False),
    f.GradeAssessed(value="较大"),
    duty(FIRST, DUE),
    duty(SECOND, None),
    f.PlanActivated(playbook="breach", steps=("isolate",)),
    f.StepDone(step="isolate"),
    f.IncidentTriaged(confirmed=True, severity=5, reason="worse"),
    f.DutyRevised(key=SECOND, terms=terms(DUE + timedelta(days=1), "unknown")),
    f.DutyWithdrawalProposed(key=SECOND, reason="no crime"),
    f.DutyUpheld(key=SECOND, reason="crime after all"),
    f.DutyExtended(key=FIRST, due_at=DUE + timedelta(hours=2), basis="agreed"),
    f.LapseNoted(key=FIRST, at=DUE),
    f.IncidentContained(),
    f.IncidentRecovered(),
    f.DutyMet(key=FIRST, evidence=EVIDENCE, late=True),
    f.DutyWithdrawn(key=SECOND, reason="no", approved_by="bob"),
    f.IncidentClosed(reason="done", approved_by="bob"),
]


def facts(stream: str, bodies: list) -> list[Fact]:
    return [
        Fact(stream=stream, version=version, at=NOW + timedelta(minutes=version), actor="alice", body=body)
        for version, body in enumerate(bodies, 1)
    ]


def lines(stream: str, bodies: list) -> list[Line]:
    return [fact.line() for fact in facts(stream, bodies)]


@given(st.integers(0, len(LIFE)))
def test_an_incidents_view_agrees_with_its_fold(length):
    state = fold(INCIDENT, facts(STREAM, LIFE[:length]))
    view = project(blank(STREAM), lines(STREAM, LIFE[:length]))
    assert isinstance(view, IncidentView)
    assert (view.version, view.phase, view.confirmed) == (state.version, state.phase, state.confirmed)
    assert (view.severity, view.opened_at, view.drill) == (state.severity, state.opened_at, state.drill)
    assert view.grade == (state.grade.value if state.grade else "")
    assert view.persons_affected == state.known("persons_affected")
    assert {key: each.status for key, each in view.duties.items()} == {
        key: each.status for key, each in state.duties.items()
    }
    assert {key: each.due_at for key, each in view.duties.items()} == {
        key: each.terms.due_at for key, each in state.duties.items()
    }
    waiting = [each for each in state.duties.values() if not each.settled]
    assert view.open_duties == len(waiting)
    assert view.next_due_at == min((each.terms.due_at for each in waiting if each.terms.due_at), default=None)


@given(st.lists(st.integers(1, 5), min_size=1))
def test_facts_may_arrive_in_any_parts(parts):
    whole = lines(STREAM, LIFE)
    view, rest = blank(STREAM), whole
    for part in parts:
        view, rest = project(view, rest[:part]), rest[part:]
    assert project(view, rest) == project(blank(STREAM), whole)


def test_a_closed_incident_owes_nothing():
    view = project(blank(STREAM), lines(STREAM, LIFE))
    assert (view.phase, view.closed_at) == ("closed", NOW + timedelta(minutes=len(LIFE)))
    assert (view.open_duties, view.next_due_at, view.follows) == (0, None, "I-BBBBBBBBBBBB")
    assert view.duties[str(FIRST)].status == "met_late"
    assert view.duties[str(FIRST)].lapsed_at == DUE


def test_a_finding_is_counted():
    alert = {
        "source": "guardduty",
        "inbox": "1",
        "finding": "f" * 64,
        "correlation": "c" * 64,
        "severity": 3,
        "observed_at": NOW,
        "received_at": NOW,
    }
    bodies = [OPENED, *[f.AlertObserved.model_validate({"alert": alert})] * 3]
    assert project(blank(STREAM), lines(STREAM, bodies)).alerts == 3


def test_a_clock_at_a_glance():
    stream = f"{STREAM}/duty/{FIRST}"
    later = DUE + timedelta(hours=1)
    bodies = [
        k.ClockStarted(key=FIRST, started_at=NOW, due_at=DUE, legal=True, alarms=()),
        k.AlarmRung(percent=100, due_at=DUE),
        k.DutyLapsed(due_at=DUE),
        k.OverdueRung(count=2),
    ]
    view = project(blank(stream), lines(stream, bodies))
    assert isinstance(view, ClockView)
    assert (view.key, view.percent, view.overdue, view.lapsed_at, view.outcome) == (
        str(FIRST),
        100,
        2,
        DUE,
        "",
    )
    bodies += [
        k.ClockRescheduled(due_at=later, legal=False, alarms=()),
        k.TargetMissed(due_at=later),
        k.ClockSettled(outcome="met_late", evidence=EVIDENCE),
    ]
    view = project(blank(stream), lines(stream, bodies))
    assert (view.due_at, view.legal, view.percent, view.overdue) == (later, False, 0, 0)
    assert (view.lapsed_at, view.outcome, view.settled_at) == (DUE, "met_late", EVIDENCE.at)
    withdrawn = [bodies[0], k.ClockSettled(outcome="withdrawn", reason="no")]
    assert project(blank(stream), lines(stream, withdrawn)).settled_at == NOW + timedelta(minutes=2)


def test_a_clock_shows_who_answers_and_what_is_filed():
    stream = f"{STREAM}/duty/{FIRST}"
    filed = Filed(at=NOW, channel="portal", reference="report/1")
    bodies = [
        k.ClockStarted(key=FIRST, started_at=NOW, due_at=DUE, legal=True, alarms=()),
        k.AlarmRung(percent=50, due_at=DUE),
        k.AlarmTold(alarm=1, level=0, people=()),
        k.AlarmEscalated(alarm=1, level=1, why="unreached"),
        k.AlarmAcknowledged(alarm=1, by="ana"),
        k.FilingNoted(filed=filed),
    ]
    view = project(blank(stream), lines(stream, bodies))
    assert (view.alarm, view.level, view.acknowledged_by) == (1, 1, "ana")
    assert (view.filed_at, view.filed_channel, view.filed_as) == (NOW, "portal", "report/1")
    bodies += [
        k.ProvisionalRung(percent=0, due_at=DUE, level=0),
        k.AlarmEscalated(alarm=1, level=2, why="unanswered"),
        k.AlarmAcknowledged(alarm=1, by="ben"),
        k.FilingNoted(filed=None),
        k.ClockRearmed(by="ana"),
    ]
    view = project(blank(stream), lines(stream, bodies))
    assert (view.alarm, view.percent, view.level, view.acknowledged_by) == (2, 50, 0, "")
    assert (view.filed_at, view.filed_channel, view.filed_as) == (None, "", "")


def test_an_incident_shows_what_was_judged_late_afterwards():
    met = f.DutyMet(key=FIRST, evidence=EVIDENCE, late=False)
    revised = f.LatenessRevised(key=FIRST, due_at=NOW, late=True, reason="r")
    bodies = [OPENED, duty(FIRST, DUE), met, revised]
    view = project(blank(STREAM), lines(STREAM, bodies)).duties[str(FIRST)]
    assert (view.status, view.due_at) == ("met_late", NOW)
    bodies.append(revised.model_copy(update={"late": False}))
    assert project(blank(STREAM), lines(STREAM, bodies)).duties[str(FIRST)].status == "met"


def test_a_campaign_at_a_glance():
    stream = f"{STREAM}/campaign/2"
    bodies = [
        c.AudienceFrozen(sha256="a" * 64, total=9, rejected=1, unreachable=2, channels={"sms": 7}),
        c.CampaignStarted(),
        c.CanaryPassed(tried=1, failed=0),
        c.CampaignPaused(),
    ]
    view = project(blank(stream), lines(stream, bodies))
    assert isinstance(view, CampaignView)
    assert (view.number, view.total, view.rejected, view.unreachable, view.doing) == (2, 9, 1, 2, "paused")
    bodies += [c.CampaignResumed(), c.CampaignSettled(counts={"sent": 9}, merkle_root="b" * 64)]
    view = project(blank(stream), lines(stream, bodies))
    assert (view.doing, view.counts, view.merkle_root) == ("running", {"sent": 9}, "b" * 64)
    assert view.settled_at == NOW + timedelta(minutes=6)
    stopped = [*bodies[:4], c.CampaignStopped(reason="the list is last year's")]
    assert project(blank(stream), lines(stream, stopped)).doing == "stopped"


def test_a_referral_at_a_glance():
    stream = f"{STREAM}/referral/1"
    bodies = [
        r.DossierDrafted(sha256="a" * 64),
        r.DossierFailed(code="550", attempt=1),
        r.DossierSent(channel="in_person", attempt=2),
        r.ReceiptTaken(number="杭公受字〔2026〕1号", received_at=DUE),
    ]
    views = [project(blank(stream), lines(stream, bodies[:length])) for length in range(1, 5)]
    assert all(isinstance(view, ReferralView) for view in views)
    assert [(view.sha256, view.failed, view.channel, view.receipt) for view in views] == [
        ("a" * 64, "", "", ""),
        ("a" * 64, "550", "", ""),
        ("a" * 64, "", "in_person", ""),
        ("a" * 64, "", "in_person", "杭公受字〔2026〕1号"),
    ]


@pytest.mark.parametrize(
    "stream",
    [
        "anchor/daily",
        "incident",
        f"{STREAM}/campaign/1/shard/2",
        f"{STREAM}/campaign/x",
        f"{STREAM}/duty/half",
    ],
)
def test_other_streams_have_no_view(stream):
    assert blank(stream) is None


@pytest.mark.parametrize("name", ["", f"/duty/{FIRST}", "/campaign/1", "/referral/1"])
def test_what_no_view_shows_only_moves_the_version(name):
    stream = STREAM + name
    changed = {"version", "updated_at"}
    view = project(blank(stream), lines(stream, [f.StepStarted(step="isolate")]))
    assert view.version == 1
    assert view.model_dump(exclude=changed) == blank(stream).model_dump(exclude=changed)


def test_a_type_of_a_newer_version_only_moves_the_version():
    newer = Line(stream=STREAM, version=1, type="ThingInvented", at=NOW, actor="system:new", body='{"x":1}')
    view = project(blank(STREAM), [newer])
    assert (view.version, view.updated_at, view.phase) == (1, NOW, "detected")


def test_a_body_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="reason"):
        project(
            blank(STREAM),
            [Line(stream=STREAM, version=1, type="IncidentTriaged", at=NOW, actor="a", body="{}")],
        )
