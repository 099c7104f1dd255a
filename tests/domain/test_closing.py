"""An incident closes when nothing is owed; until then it says what is, and the command that settles it."""

import re

import pytest
import typer.main

from cli.main import app
from domain import commands as c
from domain.campaign import AudienceFrozen, CampaignSettled
from domain.closing import blockers

FROZEN = AudienceFrozen(sha256="b" * 64, total=10, rejected=0, unreachable=0, channels={"sms": 10})


@pytest.fixture(scope="session")
def typed():
    """Say whether the command line has a command; the words before the incident's id name it."""
    root = typer.main.get_command(app)

    def known(command):
        words = re.match(r"tocsin ([a-z ]+?) I-", command)
        assert words, command
        found = root
        for word in words[1].split():
            found = found.get_command(None, word)
            assert found is not None, command
        options = {option for parameter in found.params for option in parameter.opts}
        assert set(re.findall(r"--[a-z-]+", command)) <= options, command
        assert not hasattr(found, "list_commands"), command

    return known


def what(case):
    return [item.what for item in blockers(case.state)]


def settle_all(case):
    case.withdraw(*(duty.key for duty in case.state.duties.values() if not duty.settled))


def skip_all(case):
    for step in case.state.steps:
        case.do(c.AdvanceStep(step=step, to="skip"))


def test_nothing_closes_before_the_decision(opened):
    (decide, clock) = sorted(blockers(opened.state), key=lambda item: item.due_at is not None)
    assert "nobody has decided" in decide.what
    assert clock.what.startswith("GRADING")
    assert clock.command == f"tocsin triage {opened.state.incident} --confirmed"
    assert opened.no(c.CloseIncident()) == "still_owed"


def test_a_false_alarm_closes_by_two(opened):
    opened.do(c.Triage(confirmed=False))
    assert opened.no(c.CloseIncident()) == "needs_second_person"
    opened.agree("close")
    assert opened.do(c.CloseIncident()) == ["IncidentClosed"]


def test_an_incident_needs_its_plan(opened):
    opened.do(c.Triage(confirmed=True))
    settle_all(opened)
    assert what(opened) == ["the response plan is not in force"]


def test_every_step_ends_before_the_close(leak):
    settle_all(leak)
    assert len(what(leak)) == len(leak.state.steps)
    leak.do(c.AdvanceStep(step="isolate-source", to="start"))
    leak.hear(c.StepWord(step="isolate-source", ok=True))
    for step in leak.state.steps:
        if step != "isolate-source":
            leak.do(c.AdvanceStep(step=step, to="skip"))
    assert what(leak) == []
    leak.do(c.AdvanceStep(step="isolate-source", to="undo"))
    assert what(leak) == ["step isolate-source is undoing"]
    leak.hear(c.StepWord(step="isolate-source", ok=True, undo=True))
    assert what(leak) == []


def test_the_soonest_deadline_comes_first_and_what_has_none_last(leak):
    dues = [item.due_at for item in blockers(leak.state)]
    dated = [due for due in dues if due]
    assert dues == [*sorted(dated), *[None] * (len(dues) - len(dated))]


def test_doubt_and_proposals_block_as_well_as_what_is_owed(leak):
    said = "\n".join(what(leak))
    assert "proposed for withdrawal, not yet agreed" in said
    assert "(cannot tell yet)" in said
    assert "(owed)" in said


def test_a_receipt_is_awaited_while_something_hangs_on_it(leak):
    number = leak.report(leak.duty("CN-NCIRM-4-OTHER").key, filed="email")
    assert f"report {number} is filed without a receipt" in what(leak)
    leak.withdraw(leak.duty("CN-NCIRM-4-OTHER").key)
    assert f"report {number} is filed without a receipt" in what(leak), "it is on its way"
    leak.hear(c.FilingWord(report=number, ok=True, code="250"))
    assert f"report {number} is filed without a receipt" not in what(leak), "nothing hangs on it any more"


def test_a_report_that_never_left_and_was_replaced_does_not_hold_the_close_for_ever(leak):
    key = leak.duty("CN-NCIRM-4-OTHER").key
    first = leak.report(key, filed="email")
    leak.hear(c.FilingWord(report=first, ok=False, code="timed_out"))
    second = leak.report(key)
    leak.do(leak.receipt(second))
    assert not [said for said in what(leak) if said.startswith("report")]


def test_work_under_way_holds_the_close(leak):
    leak.do(
        c.PlanNotification(audience="a", sha256="a" * 64, message="data-leak", duties=leak.open("notify"))
    )
    leak.hear(c.AudienceWord(campaign=1, frozen=FROZEN))
    assert "campaign 1 is planned" not in what(leak)
    leak.agree("campaign/1")
    leak.do(c.StartNotification(campaign=1))
    leak.do(c.DraftReferral(authority="psb", duties=leak.open("referral")))
    leak.hear(c.DossierWord(referral=1, sha256="a" * 64))
    leak.agree("referral/1")
    leak.do(c.FileReferral(referral=1, channel="in_person"))
    leak.do(c.DraftAnnouncement())
    leak.hear(c.AnnouncementWord(announcement=1, sha256="d" * 64))
    leak.agree("announcement/1")
    leak.do(c.PublishAnnouncement(announcement=1))
    assert {
        "campaign 1 is running",
        "referral 1 is filed without a receipt",
        "announcement 1 is let out but not public yet",
    } <= set(what(leak))
    leak.hear(c.AnnouncementWord(announcement=1, sha256="f" * 64, path="p"))
    leak.hear(c.CampaignWord(campaign=1, settled=CampaignSettled(counts={"sent": 10}, merkle_root="e" * 64)))
    leak.do(c.RecordReferralReceipt(referral=1, number="P-1", received_at=leak.now))
    settle_all(leak)
    skip_all(leak)
    assert what(leak) == []


def test_every_blocker_names_a_command_that_exists(opened, typed):
    def check():
        for item in blockers(opened.state):
            typed(item.command)

    check()
    opened.do(c.Triage(confirmed=True))
    check()
    opened.know(crime_suspected=True, cii_affected=False, personal_information="leaked")
    opened.do(c.ActivatePlan())
    check()
    opened.report(opened.open("report")[0])
    check()
    opened.do(c.DraftReferral(authority="psb", duties=opened.open("referral")))
    opened.hear(c.DossierWord(referral=1, sha256="a" * 64))
    opened.agree("referral/1")
    opened.do(c.FileReferral(referral=1, channel="in_person"))
    opened.do(c.DraftAnnouncement())
    opened.hear(c.AnnouncementWord(announcement=1, sha256="d" * 64))
    opened.agree("announcement/1")
    opened.do(c.PublishAnnouncement(announcement=1))
    check()
