"""Sent is not settled: a duty shows what left for it until the receipt comes."""

from datetime import timedelta

from domain import commands as c
from domain.filed import Filed

OTHER = "CN-NCIRM-4-OTHER"
POLICE = "CN-D147-14"


def test_by_hand_it_is_filed_when_a_person_says_so(leak):
    key = leak.duty(OTHER).key
    number = leak.report(key, filed=None)
    assert leak.duty(OTHER).filed is None
    leak.later(minutes=5)
    leak.do(c.FileReport(report=number, channel="portal"))
    filed = Filed(at=leak.now, channel="portal", reference=f"report/{number}")
    assert (leak.duty(OTHER).filed, leak.duty(OTHER).status) == (filed, "open")
    leak.do(leak.receipt(number))
    assert (leak.duty(OTHER).filed, leak.duty(OTHER).status) == (filed, "met")


def test_mail_is_filed_when_a_server_took_it(leak):
    number = leak.report(leak.duty(OTHER).key, filed="email")
    assert leak.duty(OTHER).filed is None
    leak.hear(c.FilingWord(report=number, ok=False, code="550"))
    assert leak.duty(OTHER).filed is None
    leak.do(c.FileReport(report=number, channel="email"))
    leak.later(minutes=1)
    leak.hear(c.FilingWord(report=number, ok=True, code="250"))
    assert leak.duty(OTHER).filed == Filed(at=leak.now, channel="email", reference=f"report/{number}")


def test_a_second_report_does_not_mark_what_is_settled(leak):
    key = leak.duty(OTHER).key
    first, second = leak.report(key, filed=None), leak.report(key, filed=None)
    leak.do(c.FileReport(report=first, channel="portal"))
    leak.do(leak.receipt(first))
    before = leak.duty(OTHER)
    leak.do(c.FileReport(report=second, channel="fax"))
    assert leak.duty(OTHER) == before


def test_a_referral_that_could_not_be_mailed_is_not_filed_after_all(leak):
    key = leak.duty(POLICE).key
    leak.do(c.DraftReferral(authority="psb-county", duties=(key,)))
    leak.hear(c.DossierWord(referral=1, sha256="d" * 64))
    leak.agree("referral/1")
    leak.do(c.FileReferral(referral=1, channel="email"))
    assert leak.duty(POLICE).filed.channel == "email"
    leak.hear(c.DossierWord(referral=1, code="550"))
    assert leak.duty(POLICE).filed is None
    leak.do(c.FileReferral(referral=1, channel="in_person"))
    leak.later(hours=1)
    leak.hear(c.DossierWord(referral=1, code="late_answer"))
    assert leak.duty(POLICE).filed.channel == "in_person", "what a person took there has left"
    leak.do(c.RecordReferralReceipt(referral=1, number="1", received_at=leak.now + timedelta(0)))
    assert leak.duty(POLICE).status == "met"
