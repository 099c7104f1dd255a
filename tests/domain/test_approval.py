"""Four eyes: two persons, one content, and no agreement outlives what was looked at."""

import pytest

from domain import commands as c
from domain.approval import TWO_PERSONS, content, fact_subject, second_person
from domain.facts import Approval
from domain.refusal import Refused


@pytest.mark.parametrize(
    "subject",
    [
        "report/1",
        "report/x",
        "campaign/1",
        "announcement/1",
        "referral/1",
        "withdraw/D/a/1",
        "settle/D/a/1",
        "fact/minors=true",
        "fact/harm_avoided=false",
        "fact/harm_avoided",
        "nonsense",
        "nonsense/1",
        "",
    ],
)
def test_what_is_not_there_cannot_be_agreed_to(opened, subject):
    assert content(opened.state, subject) is None
    with pytest.raises(Refused) as refused:
        second_person(opened.state, subject, operator="ana")
    assert refused.value.code == "nothing_to_approve"


def test_nobody_is_their_own_second_person(leak):
    leak.agree("close", who="ana")
    with pytest.raises(Refused) as refused:
        second_person(leak.state, "close", operator="ana")
    assert refused.value.code == "needs_second_person"
    assert "tocsin approve" in refused.value.sentence
    leak.agree("close", who="ben")
    assert second_person(leak.state, "close", operator="ana") == "ben"
    assert second_person(leak.state, "close", operator="ben") == "ana"


def test_an_agreement_that_comes_with_the_command_is_bound_to_the_content_too(leak):
    right = Approval(subject="close", sha256=content(leak.state, "close"), operator="ben")
    assert second_person(leak.state, "close", operator="ana", offered=(right,)) == "ben"
    for wrong in ({"sha256": "0" * 64}, {"subject": "report/1"}, {"operator": "ana"}):
        with pytest.raises(Refused):
            second_person(leak.state, "close", operator="ana", offered=(right.model_copy(update=wrong),))


def test_a_persons_newer_agreement_takes_the_place_of_the_older(leak):
    for number in range(20):
        leak.observe(leak.alert(finding=str(number)))
        leak.agree("close")
        leak.agree("close", who="cai")
    assert [(each.subject, each.operator) for each in leak.state.approvals] == [
        ("close", "ben"),
        ("close", "cai"),
    ]


def test_agreement_to_a_close_ends_with_anything_that_happens_to_the_case(opened):
    opened.do(c.Triage(confirmed=False))
    opened.agree("close")
    opened.observe(opened.alert(finding="new"))
    assert opened.no(c.CloseIncident()) == "needs_second_person"
    opened.agree("close")
    opened.do(c.CloseIncident())
    assert opened.state.phase == "closed"


def test_every_kind_of_work_counts_in_what_a_close_agrees_to(leak):
    hashes = [content(leak.state, "close")]

    def changed(_):
        hashes.append(content(leak.state, "close"))
        assert hashes.count(hashes[-1]) == 1

    changed(leak.do(c.AdvanceStep(step="preserve-evidence", to="done")))
    changed(leak.report(leak.open("report")[0]))
    changed(leak.do(leak.receipt(1)))
    notify = c.PlanNotification(
        audience="a", sha256="a" * 64, message="data-leak", duties=leak.open("notify")
    )
    changed(leak.do(notify))
    changed(leak.hear(c.AudienceWord(campaign=1, code="bad_header")))
    changed(leak.do(c.DraftAnnouncement()))
    changed(leak.do(c.DraftReferral(authority="psb", duties=leak.open("referral"))))
    changed(leak.withdraw(leak.duty("CN-CII-18/psb").key))
    changed(leak.do(c.Triage(confirmed=False)))


def test_agreement_to_a_withdrawal_ends_with_its_reason(leak):
    duty = leak.duty("CN-NCIRM-4-CII/psb")
    leak.agree(f"withdraw/{duty.key}")
    leak.know(cii_affected=True)
    assert leak.duty("CN-NCIRM-4-CII/psb").status == "open"
    assert leak.no(c.WithdrawDuties(duties=(duty.key,))) == "needs_second_person"
    leak.do(c.Triage(confirmed=False))
    assert leak.duty("CN-NCIRM-4-CII/psb").status == "proposed"
    assert leak.no(c.WithdrawDuties(duties=(duty.key,))) == "needs_second_person"


def test_the_facts_that_need_two_persons_are_those_of_the_packs_exemptions(book):
    named = {
        name
        for pack in book.packs
        for rule in pack.duties
        if rule.exemption and rule.exemption.persons > 1
        for name in TWO_PERSONS
        if f"'{name}'" in repr(rule.exemption.when) or f'"{name}"' in repr(rule.exemption.when)
    }
    assert named == set(TWO_PERSONS)


@pytest.mark.parametrize("name", sorted(TWO_PERSONS))
def test_what_switches_protections_off_needs_two_each_time(leak, name):
    order = c.RecordFacts(values={name: TWO_PERSONS[name]}, basis="seen")
    assert leak.no(order) == "needs_second_person"
    leak.agree(fact_subject(name), who="ana")
    assert leak.no(order) == "needs_second_person"
    leak.agree(fact_subject(name))
    leak.do(order)
    assert leak.do(order) == [], "the same value again is no change"
    leak.know(**{name: "unknown"})
    leak.later(seconds=1)
    assert leak.no(order) == "needs_second_person", "an agreement is used up with its change"


def test_a_changed_report_needs_a_new_agreement(leak):
    keys = leak.open("report")[:1]
    assert leak.report(*keys, filed=None) == 1
    assert leak.no(c.FileReport(report=1, channel="portal"), who="ben") == "needs_second_person"
    leak.do(c.DraftReport(form="ncirm-7", duties=keys))
    leak.hear(c.ReportWord(report=2, sha256="f" * 64))
    assert leak.no(c.FileReport(report=2, channel="portal")) == "needs_second_person"
