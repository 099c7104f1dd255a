"""What must run by the facts, compared with what does: nothing is missed, and nothing is found too soon."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.audit import Moment, Seen, compare, expected, part_of
from domain.clock import alarms
from domain.docket import CampaignDocket, ClockDocket, Debt, IncidentDocket
from domain.finding import ENDS, KINDS

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
PATIENCE = timedelta(minutes=3)
LONG_AGO = NOW - timedelta(hours=1)
DUE = NOW + timedelta(hours=3)
STREAM = "incident/I-AAAAAAAAAAAA"
KEY = "CN-NCIRM-4-OTHER/cac-provincial/1"
CLOCK = f"{STREAM}/duty/{KEY}"
CAMPAIGN, REFERRAL = f"{STREAM}/campaign/1", f"{STREAM}/referral/1"
MOMENT = Moment(NOW, PATIENCE)


def incident(**changes):
    debts = {KEY: Debt(due_at=DUE, since=LONG_AGO)}
    given = {"stream": STREAM, "opened_at": LONG_AGO, "debts": debts}
    return IncidentDocket(**{**given, **changes})


def clock(**changes):
    given = {
        "stream": CLOCK,
        "due_at": DUE,
        "scheduled_at": LONG_AGO,
        "alarms": alarms(LONG_AGO, DUE, (50, 100)),
    }
    return ClockDocket(**{**given, **changes})


def seen(stream, status="running", **more):
    due = {"due_at": DUE} if "/duty/" in stream else {}
    return Seen(**{"stream": stream, "status": status, "run": "r", "started_at": LONG_AGO, **due, **more})


def found(*known, dockets=None, moment=MOMENT):
    ours = (incident(), clock()) if dockets is None else dockets
    return compare({d.stream: d for d in ours}, {s.stream: s for s in known}, moment)


def kinds(*known, dockets=None, moment=MOMENT):
    return [finding.kind for finding in found(*known, dockets=dockets, moment=moment)]


def test_where_all_runs_nothing_is_found():
    assert found(seen(STREAM), seen(CLOCK)) == ()


@pytest.mark.parametrize(
    ("stream", "part"),
    [
        (STREAM, "incident"),
        (CLOCK, "clock"),
        (CAMPAIGN, "campaign"),
        (REFERRAL, "referral"),
        (f"{CAMPAIGN}/shard/1", None),
        ("anything", None),
    ],
)
def test_a_workflows_id_says_what_it_is(stream, part):
    assert part_of(stream) == part


def test_a_clock_must_run_for_each_open_duty_with_an_instant():
    debts = {
        "A/x/1": Debt(due_at=DUE, since=NOW),
        "B/x/1": Debt(due_at=None, since=NOW),
        "C/x/1": Debt(due_at=DUE, since=NOW, settled_at=NOW),
    }
    docket = incident(debts=debts, siblings={CAMPAIGN: NOW, REFERRAL: NOW, f"{STREAM}/other": NOW})
    wanted = expected({STREAM: docket, CAMPAIGN: CampaignDocket(stream=CAMPAIGN)})
    assert set(wanted) == {STREAM, f"{STREAM}/duty/A/x/1", CAMPAIGN, REFERRAL}
    settled = CampaignDocket(stream=CAMPAIGN, settled=True)
    assert CAMPAIGN not in expected({STREAM: docket, CAMPAIGN: settled})
    assert expected({STREAM: incident(closed_at=NOW)}) == {}
    assert expected({STREAM: incident(opened_at=None)}) == {}


def test_what_is_not_there_is_missing_once_it_had_its_time():
    assert kinds() == ["clock.missing", "incident.missing"]
    [of_clock, _] = found()
    assert (of_clock.subject, of_clock.due_at, of_clock.key) == (CLOCK, DUE, f"clock.missing {CLOCK}")
    fresh = incident(opened_at=NOW, debts={KEY: Debt(due_at=DUE, since=NOW)})
    assert kinds(dockets=[fresh]) == []


@pytest.mark.parametrize("status", ENDS)
def test_what_has_ended_is_found_however_it_ended(status):
    ended = seen(CLOCK, status, closed_at=NOW - 2 * PATIENCE)
    assert [(f.kind, f.mark) for f in found(seen(STREAM), ended)] == [(f"clock.{status}", "r")]


def test_who_ended_by_itself_has_time_to_tell_its_incident():
    assert kinds(seen(STREAM), seen(CLOCK, "completed", closed_at=NOW)) == []
    assert kinds(seen(STREAM), seen(CLOCK, "terminated", closed_at=NOW)) == ["clock.terminated"]


def test_pauses_problems_and_resets_are_found():
    assert kinds(seen(STREAM), seen(CLOCK, "paused")) == ["clock.paused"]
    trouble = seen(CLOCK, problems=("a", "b"), paused_activity=True, reset_at=NOW)
    assert sorted((f.kind, f.detail) for f in found(seen(STREAM), trouble)) == [
        ("clock.activity_paused", ""),
        ("clock.problems", "a, b"),
        ("clock.reset", "2026-11-23T03:00:00+00:00"),
    ]
    assert kinds(seen(STREAM, problems=("a",)), seen(CLOCK)) == ["incident.problems"]


def test_a_clock_without_facts_is_found_once_it_had_its_time():
    everything = seen(STREAM), seen(CLOCK)
    assert kinds(*everything, dockets=[incident()]) == ["clock.unrecorded"]
    assert kinds(*everything, dockets=[incident(), ClockDocket(stream=CLOCK)]) == ["clock.unrecorded"]
    fresh = incident(debts={KEY: Debt(due_at=DUE, since=NOW)})
    assert kinds(*everything, dockets=[fresh]) == []


def test_a_wrong_deadline_is_found_wherever_it_stands():
    other = DUE + timedelta(hours=1)
    assert kinds(seen(STREAM), seen(CLOCK, due_at=other)) == ["clock.wrong_due"]
    assert kinds(seen(STREAM), seen(CLOCK, due_at=None)) == ["clock.wrong_due"]
    [wrong] = found(seen(STREAM), seen(CLOCK), dockets=[incident(), clock(due_at=other)])
    assert wrong.detail == "its own stream: 2026-11-23T07:00:00+00:00"
    nearly = DUE + timedelta(milliseconds=500)
    assert kinds(seen(STREAM), seen(CLOCK, due_at=nearly)) == []
    fresh = incident(debts={KEY: Debt(due_at=other, since=NOW)})
    assert kinds(seen(STREAM), seen(CLOCK), dockets=[fresh, clock()]) == []


def test_an_alarm_that_did_not_ring_is_found():
    due = NOW - 2 * PATIENCE
    started = due - timedelta(hours=4)
    owed = incident(debts={KEY: Debt(due_at=due, since=started)})

    def after(**changes):
        silent = clock(due_at=due, scheduled_at=started, alarms=alarms(started, due, (50, 100)), **changes)
        return [
            (f.kind, f.detail) for f in found(seen(STREAM), seen(CLOCK, due_at=due), dockets=[owed, silent])
        ]

    assert after() == [
        ("clock.silent", "100 %, 2026-11-23T02:54:00+00:00"),
        ("clock.unlapsed", ""),
    ]
    assert after(rung=50) == after()
    assert after(rung=100) == [("clock.unlapsed", "")]
    assert after(rung=100, lapsed=True) == []
    no_due = clock(due_at=None, alarms=())
    assert kinds(seen(STREAM), seen(CLOCK, due_at=due), dockets=[owed, no_due]) == ["clock.wrong_due"]


def test_a_drill_has_time_to_follow_when_its_time_was_advanced():
    ahead = timedelta(hours=5)
    for advanced_at, expected_kinds in ((NOW, []), (LONG_AGO, ["clock.silent", "clock.unlapsed"])):
        drill = incident(drill=True, offset=ahead, advanced_at=advanced_at)
        all_found = found(seen(STREAM), seen(CLOCK), dockets=[drill, clock()])
        assert [f.kind for f in all_found] == expected_kinds
        assert all(f.drill for f in all_found)


def test_what_runs_though_nothing_needs_it_is_found():
    settled = incident(debts={KEY: Debt(due_at=DUE, since=LONG_AGO, settled_at=LONG_AGO)})
    assert kinds(seen(STREAM), seen(CLOCK), dockets=[settled]) == ["clock.stray"]
    just = incident(debts={KEY: Debt(due_at=DUE, since=LONG_AGO, settled_at=NOW)})
    assert kinds(seen(STREAM), seen(CLOCK), dockets=[just]) == []
    assert kinds(seen(STREAM), seen(CLOCK, "paused"), dockets=[settled]) == ["clock.stray"]
    assert kinds(seen(STREAM), seen(CLOCK, "completed"), dockets=[settled]) == []
    closed = incident(closed_at=LONG_AGO)
    assert sorted(kinds(seen(STREAM), seen(CLOCK), seen(CAMPAIGN), dockets=[closed])) == [
        "campaign.stray",
        "clock.stray",
        "incident.stray",
    ]
    assert kinds(seen(STREAM), seen(CAMPAIGN), dockets=[incident(debts={})]) == []
    assert kinds(seen(STREAM), seen(CLOCK), dockets=[incident(debts={})]) == ["clock.stray"]


def test_a_clock_whose_instant_is_no_longer_known_runs_on():
    unknown = incident(debts={KEY: Debt(due_at=None, since=LONG_AGO)})
    assert kinds(seen(STREAM), seen(CLOCK), dockets=[unknown]) == []


def test_what_runs_and_is_in_no_ledger_is_found_once_it_had_its_time():
    assert kinds(seen(STREAM), dockets=[]) == ["incident.unrecorded"]
    assert kinds(seen(CLOCK), dockets=[IncidentDocket(stream=STREAM)]) == ["clock.unrecorded"]
    assert kinds(seen(STREAM, started_at=NOW), dockets=[]) == []
    assert kinds(seen("somebody/elses"), dockets=[]) == []


def test_what_cannot_be_read_is_found():
    strange = incident(unreadable=(4, 7))
    [unreadable] = found(seen(STREAM), seen(CLOCK), dockets=[strange, clock()])
    assert (unreadable.kind, unreadable.detail) == ("ledger.unreadable", "version 4, 7")


def test_a_clocks_facts_without_an_incident_ask_for_nothing():
    assert found(dockets=[clock()]) == ()


STATUS = st.sampled_from(["running", "paused", *ENDS])


@given(
    st.dictionaries(st.sampled_from([STREAM, CLOCK, CAMPAIGN, REFERRAL]), STATUS),
    st.booleans(),
    st.booleans(),
)
def test_whatever_is_seen_every_finding_has_a_meaning_and_each_duty_a_running_clock_or_a_finding(
    statuses, closed, drill
):
    docket = incident(
        closed_at=LONG_AGO if closed else None, drill=drill, siblings={CAMPAIGN: LONG_AGO, REFERRAL: LONG_AGO}
    )
    known = [seen(stream, status, closed_at=LONG_AGO) for stream, status in statuses.items()]
    all_found = found(*known, dockets=[docket, clock()])
    assert {finding.kind for finding in all_found} <= set(KINDS)
    assert len({finding.key for finding in all_found}) == len(all_found)
    told = {finding.subject for finding in all_found}
    for wanted in expected({STREAM: docket}):
        assert statuses.get(wanted) == "running" or wanted in told
