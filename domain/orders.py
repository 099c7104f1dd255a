"""What an incident wants of the parts that run beside it; sent again whenever it differs from the last."""

from domain.campaign import CampaignOrder
from domain.clock import ClockOrder, ClockSettled
from domain.referral import ReceiptTaken, ReferralOrder
from domain.rules_duty import GRADING
from domain.state import Campaign, Duty, Referral, State


def clock_order(state: State, duty: Duty) -> ClockOrder | None:
    """Write what a duty's clock is to do; None while no instant is known to run to."""
    if duty.terms.due_at is None:
        return None
    settled = None
    match duty.status:
        case "met" | "met_late" | "withdrawn":
            settled = ClockSettled(outcome=duty.status, evidence=duty.evidence, reason=duty.reason)
    return ClockOrder(
        due_at=duty.terms.due_at,
        legal=duty.terms.legal,
        settled=settled,
        filed=duty.filed,
        undecided=duty.key == GRADING or duty.terms.answer == "unknown",
        offset=state.offset,
    )


def campaign_order(state: State, campaign: Campaign) -> CampaignOrder:
    """Write what a campaign is to do; one that never started ends with its incident."""
    wanted = "ended" if state.phase == "closed" else campaign.wanted
    return CampaignOrder(wanted=wanted, reason=campaign.reason, holds=campaign.holds, offset=state.offset)


def referral_order(state: State, referral: Referral) -> ReferralOrder:
    """Write what a referral is to do; one that was never filed ends with its incident."""
    receipt = None
    if referral.received_at:
        receipt = ReceiptTaken(number=referral.receipt, received_at=referral.received_at)
    ended = receipt or state.phase == "closed"
    return ReferralOrder(
        wanted="ended" if ended else "sent" if referral.filed else "drafted",
        attempt=referral.attempt,
        channel=referral.filed,
        receipt=receipt,
        offset=state.offset,
    )
