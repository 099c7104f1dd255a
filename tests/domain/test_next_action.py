from datetime import UTC, datetime, timedelta

import pytest

from domain.approval import content
from domain.facts import (
    Approval,
    DutyKey,
    DutyTerms,
    NotificationPlanned,
    NotificationSettled,
)
from domain.next_action import next_action
from domain.next_step import agreed_to, announcement_next, campaign_next, referral_next, report_next
from domain.playbook import Alarms, Notification, Playbook, Step, Targets, Words
from domain.rules_duty import GRADING
from domain.state import Announcement, Campaign, Duty, Referral, Report, State

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
SHA = "a" * 64
KEY = DutyKey(duty="CN-X-1", authority="office")
PLAYBOOK = Playbook(
    id="p",
    version=1,
    title=Words(zh="预案", en="plan"),
    steps=(
        Step(
            id="keep-logs",
            phase="containment",
            mode="manual",
            title=Words(zh="留存", en="keep"),
            owner="forensics",
        ),
        Step(
            id="isolate",
            phase="containment",
            mode="automatic",
            title=Words(zh="隔离", en="isolate"),
            owner="security",
            action="isolate",
        ),
    ),
    targets=Targets(immediate=timedelta(hours=1), promptly=timedelta(days=1)),
    alarms=Alarms(percents=(50, 100), repeat=timedelta(minutes=30), roles=("lead",)),
    notification=Notification(
        channels=("email",), canary=0, batch=1, shard=1, settle=timedelta(), messages=("m",)
    ),
)
PLANNED = NotificationPlanned(
    campaign=1, sha256=SHA, total=2, rejected=0, unreachable=0, channels={"email": 2}
)
SETTLED = NotificationSettled(campaign=1, counts={"sent": 1, "bounced": 1}, merkle_root=SHA)


def duty(key=KEY, by="report", *, due=None, legal=True, answer="owed", status="open", started=NOW):
    terms = DutyTerms(answer=answer, reason="Because.", clock_start=started, due_at=due, legal=legal)
    return Duty(key=key, by=by, title="报告", article="4", recipient="办公室", terms=terms, status=status)


def case(*duties, **more):
    known = {
        "incident": "I-1",
        "version": 9,
        "opened_at": NOW,
        "confirmed": True,
        "phase": "recovered",
        "activated_at": NOW,
        "duties": {str(each.key): each for each in duties},
    }
    return State(**{**known, **more})


def agreed(state, subject):
    approval = Approval(subject=subject, sha256=content(state, subject), operator="bob")
    return state.model_copy(update={"approvals": (*state.approvals, approval)})


def command(state, playbook=None):
    found = next_action(state, NOW, playbook)
    return found.command if found else None


def test_nothing_comes_next_before_the_first_alert_and_after_the_close():
    assert next_action(State(incident="I-1"), NOW) is None
    assert next_action(case(phase="closed"), NOW) is None


def test_first_somebody_decides_whether_it_is_real():
    due = NOW + timedelta(minutes=50)
    clock = duty(GRADING, "record", due=due, legal=False)
    found = next_action(case(clock, confirmed=None, phase="detected", activated_at=None), NOW)
    assert (found.owner, found.due_at, found.command) == ("lead", due, "tocsin triage I-1 --confirmed")
    assert next_action(case(confirmed=None, phase="detected"), NOW).due_at is None


def test_what_the_law_wants_within_the_hour_goes_before_the_plan():
    soon = duty(due=NOW + timedelta(minutes=59))
    state = case(soon, phase="triaged", activated_at=None)
    assert command(state) == "tocsin report draft I-1 CN-X-1/office/1"
    later = duty(due=NOW + timedelta(hours=4))
    assert command(case(later, phase="triaged", activated_at=None)) == "tocsin activate I-1"
    target = duty(due=NOW, legal=False)
    assert command(case(target, phase="triaged", activated_at=None)) == "tocsin activate I-1"


def test_containment_goes_before_what_has_hours_left():
    later = duty(due=NOW + timedelta(hours=4))
    steps = {"keep-logs": "waiting", "isolate": "failed"}
    state = case(later, phase="activated", steps=steps)
    found = next_action(state, NOW, PLAYBOOK)
    assert (found.owner, found.command) == ("forensics", "tocsin step advance I-1 keep-logs done")
    started = case(later, phase="activated", steps={"keep-logs": "done", "isolate": "failed"})
    assert command(started, PLAYBOOK) == "tocsin step advance I-1 isolate start"
    busy = case(later, phase="activated", steps={"keep-logs": "done", "isolate": "started"})
    assert command(busy, PLAYBOOK) == "tocsin report draft I-1 CN-X-1/office/1"
    assert next_action(case(phase="activated", steps={"isolate": "started"}), NOW).command == ""
    assert next_action(case(phase="contained", steps={"isolate": "waiting"}), NOW).owner == "lead"


def test_the_soonest_is_first_and_owed_before_what_cannot_be_told():
    first, second = (DutyKey(duty=f"CN-X-{n}", authority="office") for n in (1, 2))
    at = NOW + timedelta(hours=2)
    state = case(duty(first, due=at, answer="unknown"), duty(second, due=at), duty(KEY, due=None))
    assert command(case(duty(first, due=at, answer="unknown"), duty(second, due=at))).endswith(
        "CN-X-2/office/1"
    )
    assert command(state) == "tocsin report draft I-1 CN-X-2/office/1"
    unknown = next_action(case(duty(first, due=at, answer="unknown")), NOW)
    assert unknown.what == "CN-X-1/office/1: cannot tell yet: Because."
    assert unknown.command == "tocsin fact set I-1 NAME=VALUE"


def test_a_duty_that_no_longer_applies_is_let_go_by_two_persons():
    state = case(duty(status="proposed", due=NOW))
    subject = f"withdraw/{KEY}"
    assert command(state) == f"tocsin approve I-1 {subject}"
    assert command(agreed(state, subject)) == f"tocsin duty withdraw I-1 {KEY} --reason …"


def test_the_last_thing_is_the_close():
    state = case()
    assert command(state) == "tocsin approve I-1 close"
    assert agreed_to(agreed(state, "close"), "close") == "bob"
    assert command(agreed(state, "close")) == "tocsin close I-1"
    # A false alarm needs no plan, and a plan that the state alone does not show blocks the close.
    assert command(case(confirmed=False, phase="triaged", activated_at=None)) == "tocsin approve I-1 close"
    assert command(case(phase="triaged")) == "tocsin activate I-1"
    assert command(case(duty(by="plan"))) == "tocsin activate I-1"


@pytest.mark.parametrize(
    ("changes", "said", "wanted"),
    [
        ({"sha256": ""}, "being drawn up", ""),
        ({}, "to be read, agreed to and filed", "tocsin approve I-1 report/1"),
        ({"filed": "email"}, "being sent", ""),
        (
            {"filed": "email", "failed": "smtp.rcpt.550"},
            "smtp.rcpt.550",
            "tocsin report file I-1 1 --channel portal",
        ),
        ({"filed": "portal"}, "waits for the authority's receipt", "tocsin report receipt I-1 1 --number …"),
        ({"filed": "email", "sent": "250"}, "waits for", "tocsin report receipt I-1 1 --number …"),
        ({"filed": "portal", "receipt": "17"}, "has its receipt 17", ""),
    ],
)
def test_a_report_says_what_it_waits_for(changes, said, wanted):
    report = Report(
        **{"number": 1, "form": "f", "stage": "initial", "duties": (KEY,), "sha256": SHA, **changes}
    )
    state = case(duty(due=NOW), reports={1: report})
    what, then = report_next(state, report)
    assert said in what
    assert then == wanted
    assert next_action(state, NOW).command == wanted


def test_a_report_that_is_agreed_to_is_filed():
    report = Report(number=1, form="f", stage="initial", duties=(KEY,), sha256=SHA)
    state = agreed(case(duty(due=NOW), reports={1: report}), "report/1")
    assert command(state) == "tocsin report file I-1 1 --channel email"


@pytest.mark.parametrize(
    ("changes", "said", "wanted"),
    [
        ({}, "being drawn up", ""),
        ({"failed": "form_unknown"}, "could not be drawn up", "tocsin refer draft I-1"),
        ({"sha256": SHA}, "to be agreed to and filed", "tocsin approve I-1 referral/1"),
        (
            {"sha256": SHA, "filed": "email", "failed": "smtp"},
            "the last attempt failed",
            "tocsin approve I-1 referral/1",
        ),
        (
            {"sha256": SHA, "filed": "in_person"},
            "waits for the 报案回执",
            "tocsin refer receipt I-1 1 --number …",
        ),
        ({"sha256": SHA, "filed": "in_person", "receipt": "5"}, "has its receipt 5", ""),
    ],
)
def test_a_referral_says_what_it_waits_for(changes, said, wanted):
    referral = Referral(**{"number": 1, "authority": "psb", "duties": (KEY,), **changes})
    state = case(duty(by="referral", due=NOW), referrals={1: referral})
    what, then = referral_next(state, referral)
    assert said in what
    assert then == wanted
    assert next_action(state, NOW).command == wanted


@pytest.mark.parametrize(
    ("changes", "said", "wanted"),
    [
        ({}, "counts its audience", ""),
        ({"planned": PLANNED}, "to be agreed to and started", "tocsin approve I-1 campaign/1"),
        ({"planned": PLANNED, "wanted": "running"}, "is running", ""),
        ({"planned": PLANNED, "wanted": "paused"}, "is paused", "tocsin notify resume I-1 1"),
        ({"planned": PLANNED, "settled": SETTLED}, "did not reach everyone", "tocsin announce draft I-1"),
    ],
)
def test_a_campaign_says_what_it_waits_for(changes, said, wanted):
    campaign = Campaign(
        **{"number": 1, "audience": "a", "sha256": SHA, "message": "m", "duties": (KEY,), **changes}
    )
    state = case(duty(by="notify", due=NOW), campaigns={1: campaign})
    what, then = campaign_next(state, campaign)
    assert said in what
    assert then == wanted
    assert next_action(state, NOW).command == wanted


def test_a_campaign_that_goes_on_is_waited_for_before_the_close():
    running = Campaign(
        number=1, audience="a", sha256=SHA, message="m", duties=(), planned=PLANNED, wanted="running"
    )
    found = next_action(case(campaigns={1: running}), NOW)
    assert (found.what, found.owner, found.command) == ("campaign 1 is running", "privacy", "")


def test_a_campaign_without_an_audience_is_planned_again():
    campaign = Campaign(
        number=1, audience="a", sha256=SHA, message="m", duties=(KEY,), failed="audience_empty"
    )
    state = case(duty(by="notify", due=NOW), campaigns={1: campaign})
    assert campaign_next(state, campaign) == (
        "campaign 1 has no audience (audience_empty)",
        "tocsin notify plan I-1 AUDIENCE.csv",
    )
    assert command(state) == "tocsin notify plan I-1 AUDIENCE.csv"


@pytest.mark.parametrize(
    ("changes", "said", "wanted"),
    [
        ({}, "being drawn up", ""),
        ({"failed": "x"}, "could not be drawn up", "tocsin announce draft I-1"),
        ({"sha256": SHA}, "to be agreed to and published", "tocsin approve I-1 announcement/1"),
        ({"sha256": SHA, "released": True}, "being published", ""),
        ({"sha256": SHA, "released": True, "path": "/p/"}, "is public", ""),
    ],
)
def test_an_announcement_says_what_it_waits_for(changes, said, wanted):
    announcement = Announcement(**{"number": 1, "duties": (KEY,), **changes})
    state = case(duty(by="notify", due=NOW), announcements={1: announcement})
    what, then = announcement_next(state, announcement)
    assert said in what
    assert then == wanted
    assert next_action(state, NOW).command == wanted


def test_after_a_campaign_its_announcement_is_followed():
    campaign = Campaign(
        number=1, audience="a", sha256=SHA, message="m", duties=(KEY,), planned=PLANNED, settled=SETTLED
    )
    drafted = Announcement(number=1, sha256=SHA)
    state = case(duty(by="notify", due=NOW), campaigns={1: campaign}, announcements={1: drafted})
    assert command(state) == "tocsin approve I-1 announcement/1"
    assert command(agreed(state, "announcement/1")) == "tocsin announce publish I-1 1"
