"""The referral to the police: drawn up, taken there by two persons' word, ended by the receipt."""

from datetime import timedelta

import pytest

from domain import commands as c
from domain.orders import referral_order


@pytest.fixture
def drafted(leak):
    leak.do(c.DraftReferral(authority="psb-county", duties=leak.open("referral")))
    leak.hear(c.DossierWord(referral=1, sha256="a" * 64))
    return leak


def file(channel="in_person"):
    return c.FileReferral(referral=1, channel=channel)


def receipt(case, **changes):
    return c.RecordReferralReceipt(**{"referral": 1, "number": "P-1", "received_at": case.now, **changes})


def test_a_referral_is_drawn_up_for_referral_duties(leak):
    assert leak.no(c.DraftReferral(authority="x", duties=leak.open("notify"))) == "wrong_means"
    assert leak.no(file()) == "unknown_referral"
    leak.do(c.DraftReferral(authority="psb-county", duties=leak.open("referral")))
    assert leak.no(file()) == "not_drafted"
    assert leak.hear(c.DossierWord(referral=7, sha256="a" * 64)) == []


def test_one_that_could_not_be_drawn_up_is_asked_for_again(leak):
    leak.do(c.DraftReferral(authority="psb-county", duties=leak.open("referral")))
    assert leak.hear(c.DossierWord(referral=1, code="no_template")) == ["ReferralFailed"]
    assert leak.no(file()) == "not_drafted"
    leak.do(c.DraftReferral(authority="psb-county", duties=leak.open("referral")))
    assert leak.hear(c.DossierWord(referral=2, sha256="b" * 64)) == ["ReferralDrafted"]


def test_it_is_filed_by_two_and_ended_by_the_receipt(drafted):
    assert drafted.no(file()) == "needs_second_person"
    assert drafted.no(receipt(drafted)) == "not_filed"
    drafted.agree("referral/1")
    drafted.do(file())
    assert drafted.no(receipt(drafted, received_at=drafted.now + timedelta(hours=1))) == "in_future"
    assert drafted.no(receipt(drafted, received_at=drafted.now - timedelta(hours=1))) == "aware_after_report"
    keys = drafted.open("referral")
    drafted.withdraw(keys[0])
    assert drafted.do(receipt(drafted)).count("DutyMet") == len(keys) - 1
    assert drafted.state.duties[str(keys[1])].evidence.number == "P-1"
    assert referral_order(drafted.state, drafted.state.referrals[1]).wanted == "ended"
    assert drafted.no(receipt(drafted)) == "already_filed"
    assert drafted.no(file()) == "already_filed"
    assert drafted.hear(c.DossierWord(referral=1, code="late")) == []


def test_it_is_mailed_once_unless_it_failed_and_may_always_be_taken_there(drafted):
    drafted.agree("referral/1")
    drafted.do(file("email"))
    assert drafted.no(file("email")) == "filing_under_way"
    assert drafted.hear(c.DossierWord(referral=1, code="smtp.550")) == ["ReferralFailed"]
    drafted.do(file("email"))
    assert drafted.state.referrals[1].attempt == 3
    drafted.do(file("in_person"))
    assert drafted.hear(c.DossierWord(referral=1, sha256="f" * 64)) == [], "what was agreed to stands"
    assert drafted.state.referrals[1].sha256 == "a" * 64


def test_the_police_are_late_when_the_receipt_is(drafted):
    drafted.agree("referral/1")
    drafted.do(file())
    drafted.later(hours=25)
    drafted.do(receipt(drafted))
    assert drafted.duty("CN-D147-14").status == "met_late"
