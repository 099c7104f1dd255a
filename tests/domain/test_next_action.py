"""The one thing to do next, from the first alert to the close."""

from datetime import timedelta

import pytest

from domain import commands as c
from domain.campaign import AudienceFrozen, CampaignSettled
from domain.closing import blockers
from domain.next_action import next_action
from domain.next_step import announcement_next, campaign_next, duty_next, referral_next, report_next

FROZEN = AudienceFrozen(sha256="b" * 64, total=10, rejected=0, unreachable=2, channels={"sms": 8})
NAME = "I-AAAAAAAAAAAA"
OTHER = "CN-NCIRM-4-OTHER"


def following(case):
    return next_action(case.state, case.now, case.book.playbook)


def for_duty(case, name):
    return duty_next(case.state, case.duty(name))


def test_nothing_comes_before_the_alert_and_after_the_close(blank):
    assert following(blank) is None
    blank.observe(blank.alert())
    assert following(blank).command == f"tocsin triage {NAME} --confirmed"
    assert following(blank).due_at == blank.duty("GRADING").terms.due_at
    blank.do(c.Triage(confirmed=False))
    assert following(blank).command == f"tocsin approve {NAME} close"
    blank.agree("close")
    assert following(blank).command == f"tocsin close {NAME}"
    blank.do(c.CloseIncident())
    assert following(blank) is None


def test_without_law_the_decision_has_no_deadline(blank):
    blank.book = blank.book.model_copy(update={"packs": ()})
    blank.observe(blank.alert())
    assert following(blank).due_at is None


def test_what_presses_comes_before_the_plan_and_the_plan_before_the_rest(opened):
    opened.do(c.Triage(confirmed=True))
    opened.know(cii_affected=False, personal_information="leaked", persons_affected=1_204_331)
    opened.withdraw(
        *(d.key for d in opened.state.duties.values() if d.terms.answer == "not_owed" and not d.settled)
    )
    pressing = [d for d in opened.state.duties.values() if not d.settled and d.terms.legal]
    soonest = min(duty.terms.due_at for duty in pressing)
    opened.now = soonest - timedelta(hours=1, seconds=1)
    assert following(opened).command == f"tocsin activate {NAME}"
    opened.later(seconds=2)
    assert following(opened).due_at == soonest
    opened.now = soonest - timedelta(hours=2)
    opened.do(c.ActivatePlan())
    step = following(opened)
    assert step.command == f"tocsin step advance {NAME} preserve-evidence done"
    assert step.owner == "forensics"
    assert next_action(opened.state, opened.now).command.endswith("start")


def test_a_call_under_way_hides_nothing(leak):
    leak.withdraw(*(d.key for d in leak.state.duties.values() if d.status == "proposed"))
    leak.do(c.AdvanceStep(step="preserve-evidence", to="done"))
    leak.do(c.AdvanceStep(step="isolate-source", to="start"))
    assert following(leak).command == f"tocsin step advance {NAME} revoke-access start"


def test_when_only_time_is_needed_it_says_so(leak):
    leak.withdraw(*(duty.key for duty in leak.state.duties.values() if not duty.settled))
    for step in leak.state.steps:
        if step != "isolate-source":
            leak.do(c.AdvanceStep(step=step, to="skip"))
    leak.do(c.AdvanceStep(step="isolate-source", to="start"))
    assert (following(leak).command, following(leak).owner) == ("", "security")
    leak.hear(c.StepWord(step="isolate-source", ok=True))
    assert following(leak).command == f"tocsin approve {NAME} close"


def test_what_still_blocks_comes_before_the_close(leak):
    leak.withdraw(*(duty.key for duty in leak.state.duties.values() if not duty.settled))
    for step in leak.state.steps:
        leak.do(c.AdvanceStep(step=step, to="skip"))
    leak.do(c.DraftAnnouncement())
    leak.hear(c.AnnouncementWord(announcement=1, sha256="d" * 64))
    leak.agree("announcement/1")
    leak.do(c.PublishAnnouncement(announcement=1))
    assert following(leak).what == blockers(leak.state)[0].what


def test_a_proposal_needs_agreement_and_then_the_word(leak):
    key = leak.duty("CN-CII-18/psb").key
    assert for_duty(leak, "CN-CII-18/psb")[1] == f"tocsin approve {NAME} withdraw/{key}"
    leak.agree(f"withdraw/{key}")
    assert for_duty(leak, "CN-CII-18/psb")[1] == f"tocsin duty withdraw {NAME} {key} --reason …"
    assert for_duty(leak, "CN-NFRA-2H")[1] == f"tocsin fact set {NAME} NAME=VALUE"


def test_the_way_of_a_report(leak):
    key = leak.duty(OTHER).key
    said = [for_duty(leak, OTHER)]
    leak.do(c.DraftReport(form="ncirm-7", duties=(key,)))
    said.append(for_duty(leak, OTHER))
    leak.hear(c.ReportWord(report=1, sha256="a" * 64))
    said.append(for_duty(leak, OTHER))
    leak.agree("report/1")
    said.append(for_duty(leak, OTHER))
    leak.do(c.FileReport(report=1, channel="email"))
    said.append(for_duty(leak, OTHER))
    leak.hear(c.FilingWord(report=1, ok=False, code="timed_out"))
    said.append(for_duty(leak, OTHER))
    leak.do(c.FileReport(report=1, channel="portal"))
    said.append(for_duty(leak, OTHER))
    assert [command for _, command in said] == [
        f"tocsin report draft {NAME} {key}",
        "",
        f"tocsin approve {NAME} report/1",
        f"tocsin report file {NAME} 1 --channel email",
        "",
        f"tocsin report file {NAME} 1 --channel portal",
        f"tocsin report receipt {NAME} 1 --number …",
    ]
    leak.do(leak.receipt(1))
    assert report_next(leak.state, leak.state.reports[1]) == ("report 1 has its receipt R-1", "")


def test_what_is_reported_provisionally_is_brought_on_its_way(opened):
    opened.do(c.Triage(confirmed=True))
    duty = opened.duty(OTHER)
    assert duty.terms.answer == "unknown"
    assert for_duty(opened, OTHER)[1] == f"tocsin fact set {NAME} NAME=VALUE"
    number = opened.report(duty.key, filed=None)
    assert for_duty(opened, OTHER)[1] == f"tocsin report file {NAME} {number} --channel email"
    opened.do(c.FileReport(report=number, channel="portal"))
    assert for_duty(opened, OTHER)[1] == f"tocsin report receipt {NAME} {number} --number …"


def test_a_report_that_could_not_be_drawn_up_is_drawn_anew(leak):
    key = leak.duty(OTHER).key
    leak.do(c.DraftReport(form="ncirm-7", duties=(key,)))
    leak.hear(c.ReportWord(report=1, code="form_unknown"))
    said, command = for_duty(leak, OTHER)
    assert said == "report 1 could not be drawn up (form_unknown)"
    assert command == f"tocsin report draft {NAME} {key}"


def test_the_way_of_a_referral(leak):
    name = "CN-D147-14"
    key = leak.duty(name).key
    said = [for_duty(leak, name)]
    for code in ("no_template", ""):
        leak.do(c.DraftReferral(authority="psb", duties=(key,)))
        said.append(for_duty(leak, name))
        number = len(leak.state.referrals)
        leak.hear(c.DossierWord(referral=number, sha256="" if code else "a" * 64, code=code))
        said.append(for_duty(leak, name))
    leak.agree("referral/2")
    leak.do(c.FileReferral(referral=2, channel="email"))
    said.append(for_duty(leak, name))
    leak.hear(c.DossierWord(referral=2, code="smtp.550"))
    said.append(for_duty(leak, name))
    assert [command for _, command in said] == [
        f"tocsin refer draft {NAME} {key}",
        "",
        f"tocsin refer draft {NAME}",
        "",
        f"tocsin approve {NAME} referral/2",
        f"tocsin refer receipt {NAME} 2 --number …",
        f"tocsin refer file {NAME} 2 --channel in_person",
    ]
    leak.do(c.FileReferral(referral=2, channel="in_person"))
    leak.do(c.RecordReferralReceipt(referral=2, number="P-1", received_at=leak.now))
    assert referral_next(leak.state, leak.state.referrals[2])[1] == ""


def test_the_way_of_a_campaign_and_the_announcement_for_the_rest(leak):
    name = "CN-PIPL-57-IND"
    keys = leak.open("notify")
    said = [for_duty(leak, name)]

    def step(happened):
        del happened
        said.append(for_duty(leak, name))

    plan = c.PlanNotification(audience="a", sha256="a" * 64, message="data-leak", duties=keys)
    leak.do(plan)
    step(leak.hear(c.AudienceWord(campaign=1, code="bad_header")))
    assert campaign_next(leak.state, leak.state.campaigns[1])[1].startswith("tocsin notify plan")
    step(leak.do(plan))
    step(leak.hear(c.AudienceWord(campaign=2, frozen=FROZEN)))
    step(leak.agree("campaign/2"))
    step(leak.do(c.StartNotification(campaign=2)))
    step(leak.do(c.PauseNotification(campaign=2)))
    leak.do(c.ResumeNotification(campaign=2))
    ended = CampaignSettled(counts={"sent": 8, "unreachable": 2}, merkle_root="e" * 64)
    step(leak.hear(c.CampaignWord(campaign=2, settled=ended)))
    step(leak.do(c.DraftAnnouncement()))
    step(leak.hear(c.AnnouncementWord(announcement=1, code="no_template")))
    leak.do(c.DraftAnnouncement())
    step(leak.hear(c.AnnouncementWord(announcement=2, sha256="d" * 64)))
    step(leak.agree("announcement/2"))
    step(leak.do(c.PublishAnnouncement(announcement=2)))
    assert [command for _, command in said] == [
        f"tocsin notify plan {NAME} AUDIENCE.csv",
        f"tocsin notify plan {NAME} AUDIENCE.csv",
        "",
        f"tocsin approve {NAME} campaign/2",
        f"tocsin notify start {NAME} 2",
        "",
        f"tocsin notify resume {NAME} 2",
        f"tocsin announce draft {NAME}",
        "",
        f"tocsin announce draft {NAME}",
        f"tocsin approve {NAME} announcement/2",
        f"tocsin announce publish {NAME} 2",
        "",
    ]
    leak.hear(c.AnnouncementWord(announcement=2, sha256="f" * 64, path="p"))
    assert announcement_next(leak.state, leak.state.announcements[2]) == ("announcement 2 is public", "")


def test_an_announcement_alone_is_followed_too(leak):
    key = leak.duty("CN-PIPL-57-IND").key
    leak.do(c.DraftAnnouncement(duties=(key,)))
    assert for_duty(leak, "CN-PIPL-57-IND") == ("announcement 1 is being drawn up", "")


@pytest.mark.parametrize("started", [True, False])
def test_a_campaign_whose_duties_are_gone_is_still_watched(leak, started):
    plan = c.PlanNotification(audience="a", sha256="a" * 64, message="data-leak", duties=leak.open("notify"))
    leak.do(plan)
    leak.hear(c.AudienceWord(campaign=1, frozen=FROZEN))
    leak.agree("campaign/1")
    if started:
        leak.do(c.StartNotification(campaign=1))
        leak.do(c.PauseNotification(campaign=1))
    leak.withdraw(*(duty.key for duty in leak.state.duties.values() if not duty.settled))
    for step in leak.state.steps:
        leak.do(c.AdvanceStep(step=step, to="skip"))
    expected = f"tocsin notify resume {NAME} 1" if started else f"tocsin approve {NAME} close"
    assert following(leak).command == expected
