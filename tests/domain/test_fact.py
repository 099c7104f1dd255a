"""Facts of every kind: written, read back, and folded only in their place."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from domain import campaign, clock, facts, referral
from domain.evidence import Evidence
from domain.evolve import evolve, fold
from domain.fact import BODIES, Fact, read
from domain.line import Line
from domain.model import Happened
from domain.state import State

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
KEY = facts.DutyKey(duty="D", authority="a")
ALARM = clock.Alarm(percent=100, at=NOW)


def test_every_body_is_known_by_one_name():
    bodies = [kind for kind in Happened.__subclasses__() if kind.__module__.startswith("domain.")]
    assert sorted(BODIES) == sorted(kind.__name__ for kind in bodies)
    assert {BODIES[name].__name__ for name in BODIES} == set(BODIES)


@pytest.mark.parametrize(
    "body",
    [
        clock.ClockStarted(key=KEY, started_at=NOW, due_at=NOW, legal=True, alarms=(ALARM,)),
        clock.ClockSettled(
            outcome="met", evidence=Evidence(means="report", reference="report/1", at=NOW, by="ana")
        ),
        campaign.CampaignSettled(counts={"sent": 1}, merkle_root="a" * 64),
        referral.DossierSent(channel="fax", attempt=2),
        facts.FactRecorded(name="persons_affected", value={"min": 1, "max": None}),
        facts.TimeAdvanced(by=timedelta(days=30, microseconds=1)),
    ],
)
def test_a_fact_reads_back(body):
    at = datetime(2026, 11, 23, 11, 0, tzinfo=timezone(timedelta(hours=8)))
    fact = Fact(stream="s", version=1, at=at, actor="ana", body=body)
    assert read(fact.line()) == fact
    assert read(fact.line()).line() == fact.line()
    assert fact.at == NOW


def test_an_unknown_kind_is_refused_by_its_name():
    line = Line(stream="s", version=3, type="MoonLanded", at=NOW, actor="ana", body="{}")
    with pytest.raises(ValueError, match="s/3 is a 'MoonLanded'"):
        read(line)


def test_a_newer_writers_field_is_passed_over():
    body = '{"campaign":1,"colour":"red"}'
    line = Line(stream="s", version=1, type="NotificationResumed", at=NOW, actor="ana", body=body)
    assert read(line).body == facts.NotificationResumed(campaign=1)


@pytest.mark.parametrize(
    ("stream", "version"), [("incident/I-B", 1), ("incident/I-A", 2), ("incident/I-A", 0)]
)
def test_facts_fold_in_their_order_alone(stream, version):
    body = facts.IncidentContained()
    with pytest.raises(ValueError, match="does not follow"):
        evolve(State(incident="I-A"), Fact(stream=stream, version=version, at=NOW, actor="a", body=body))


def test_what_an_incident_has_no_eye_for_only_counts():
    body = clock.OverdueRung(count=1)
    fact = Fact(stream="incident/I-A", version=1, at=NOW, actor="a", body=body)
    assert fold("I-A", [fact]) == State(incident="I-A", version=1)
