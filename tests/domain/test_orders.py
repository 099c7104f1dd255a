"""What an incident wants of the parts beside it."""

from datetime import timedelta

from domain import commands as c
from domain.orders import campaign_order, clock_order, referral_order


def test_a_clock_is_told_its_deadline_its_end_and_the_drills_time(leak):
    leak.do(c.AdvanceTime(by=timedelta(hours=2)))
    for duty in leak.state.duties.values():
        order = clock_order(leak.state, duty)
        if duty.terms.due_at is None:
            assert order is None
            continue
        assert (order.due_at, order.legal) == (duty.terms.due_at, duty.terms.legal)
        assert order.offset == timedelta(hours=2)
        assert (order.settled.evidence == duty.evidence) if duty.settled else order.settled is None


def test_what_never_started_ends_with_its_incident(leak):
    leak.do(
        c.PlanNotification(audience="a", sha256="a" * 64, message="data-leak", duties=leak.open("notify"))
    )
    leak.do(c.DraftReferral(authority="psb", duties=leak.open("referral")))
    assert campaign_order(leak.state, leak.state.campaigns[1]).wanted == "planned"
    assert referral_order(leak.state, leak.state.referrals[1]).wanted == "drafted"
    leak.do(c.Triage(confirmed=False))
    leak.withdraw(*(duty.key for duty in leak.state.duties.values() if not duty.settled))
    leak.agree("close")
    leak.do(c.CloseIncident())
    assert campaign_order(leak.state, leak.state.campaigns[1]).wanted == "ended"
    assert referral_order(leak.state, leak.state.referrals[1]).wanted == "ended"


def test_a_referral_is_told_to_go_and_then_its_receipt(leak):
    leak.do(c.DraftReferral(authority="psb", duties=leak.open("referral")))
    leak.hear(c.DossierWord(referral=1, sha256="a" * 64))
    leak.agree("referral/1")
    leak.do(c.FileReferral(referral=1, channel="fax"))
    order = referral_order(leak.state, leak.state.referrals[1])
    assert (order.wanted, order.channel, order.attempt, order.receipt) == ("sent", "fax", 2, None)
    leak.do(c.RecordReferralReceipt(referral=1, number="P-1", received_at=leak.now))
    order = referral_order(leak.state, leak.state.referrals[1])
    assert (order.wanted, order.receipt.number, order.receipt.received_at) == ("ended", "P-1", leak.now)
