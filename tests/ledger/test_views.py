from datetime import timedelta

from domain import campaign as c
from domain import clock as k
from domain import facts as f
from domain import referral as r
from domain.evidence import Evidence
from domain.fact import Fact
from domain.line import Line
from domain.organisation import Organisation
from tests.ledger.samples import NOW

INCIDENT = "I-AAAAAAAAAAAA"
STREAM = f"incident/{INCIDENT}"
KEY = f.DutyKey(duty="cac-initial", authority="cac-zj")
DUE = NOW + timedelta(hours=4)


def written(stream: str, bodies: list) -> list[Line]:
    return [
        Fact(
            stream=stream, version=version, at=NOW + timedelta(minutes=version), actor="alice", body=body
        ).line()
        for version, body in enumerate(bodies, 1)
    ]


def opened(**more) -> f.IncidentOpened:
    return f.IncidentOpened(
        incident=INCIDENT,
        correlation="c" * 64,
        severity=3,
        category="exfiltration",
        organisation=Organisation(),
        playbook="breach",
        playbook_digest="d" * 64,
        packs_digest="e" * 64,
        **more,
    )


def duty() -> f.DutyOpened:
    return f.DutyOpened(
        key=KEY,
        by="report",
        title="报告",
        article="Art. 11",
        recipient="省级网信办",
        terms=f.DutyTerms(answer="owed", reason="较大", clock_start=NOW, due_at=DUE, legal=True),
    )


def story(memory) -> None:
    memory.ledger.append(
        STREAM,
        written(
            STREAM,
            [
                opened(),
                f.FactRecorded(name="persons_affected", value={"min": 1_000_000}),
                f.IncidentTriaged(confirmed=True, severity=4, reason="seen"),
                duty(),
            ],
        ),
    )
    clock = f"{STREAM}/duty/{KEY}"
    alarms = k.alarms(NOW, DUE, (50,))
    memory.ledger.append(
        clock,
        written(clock, [k.ClockStarted(key=KEY, started_at=NOW, due_at=DUE, legal=True, alarms=alarms)]),
    )
    campaign = f"{STREAM}/campaign/1"
    frozen = c.AudienceFrozen(sha256="a" * 64, total=10, rejected=1, unreachable=2, channels={"sms": 8})
    memory.ledger.append(campaign, written(campaign, [frozen, c.CampaignStarted()]))
    referral = f"{STREAM}/referral/1"
    memory.ledger.append(referral, written(referral, [r.DossierDrafted(sha256="b" * 64)]))
    memory.ledger.append(
        "anchor/daily", [Line(stream="anchor/daily", version=1, type="X", at=NOW, actor="s", body="{}")]
    )


def test_views_stand_where_their_streams_stand(memory):
    story(memory)
    view = memory.views.incident(INCIDENT)
    assert (view.version, view.phase, view.severity, view.confirmed) == (4, "triaged", 4, True)
    assert view.persons_affected == {"min": 1_000_000}
    assert (view.open_duties, view.next_due_at) == (1, DUE)
    assert view.duties[str(KEY)].recipient == "省级网信办"
    assert [clock.due_at for clock in memory.views.clocks(INCIDENT)] == [DUE]
    assert [campaign.doing for campaign in memory.views.campaigns(INCIDENT)] == ["running"]
    assert [referral.sha256 for referral in memory.views.referrals(INCIDENT)] == ["b" * 64]
    assert memory.views.incident("I-NONE") is None
    assert memory.views.clocks("I-NONE") == []


def test_views_follow_every_append(memory):
    story(memory)
    late = Evidence(means="report", reference="report/1", at=DUE + timedelta(hours=1), by="alice")
    met = Fact(
        stream=STREAM, version=5, at=DUE, actor="alice", body=f.DutyMet(key=KEY, evidence=late, late=True)
    )
    closed = Fact(
        stream=STREAM,
        version=6,
        at=DUE,
        actor="alice",
        body=f.IncidentClosed(reason="done", approved_by="bob"),
    )
    memory.ledger.append(STREAM, [met.line()])
    memory.ledger.append(STREAM, [closed.line()])
    view = memory.views.incident(INCIDENT)
    assert (view.version, view.phase, view.closed_at, view.open_duties, view.next_due_at) == (
        6,
        "closed",
        DUE,
        0,
        None,
    )
    assert memory.views.incidents(open_only=True) == []
    assert [each.incident for each in memory.views.incidents()] == [INCIDENT]
    clock = f"{STREAM}/duty/{KEY}"
    settled = Fact(
        stream=clock,
        version=2,
        at=DUE,
        actor="system:clock",
        body=k.ClockSettled(outcome="met_late", evidence=late),
    )
    memory.ledger.append(clock, [settled.line()])
    assert memory.views.clocks(open_only=True) == []
    assert memory.views.clocks()[0].outcome == "met_late"


def test_a_rebuild_gives_the_same_views(memory):
    story(memory)
    before = list(memory.views.everything())
    assert len(before) == 4
    assert memory.ledger.rebuild() == 9
    assert list(memory.views.everything()) == before


def test_a_view_that_was_tampered_with_is_rebuilt(memory):
    story(memory)
    before = list(memory.views.everything())
    with memory.database.writing() as connection:
        connection.exec_driver_sql("UPDATE incident_view SET phase = 'closed'")
        connection.exec_driver_sql("DELETE FROM clock_view")
    memory.ledger.rebuild()
    assert list(memory.views.everything()) == before
