"""Rules of the referral to the police: drawn up, taken there by two persons' word, ended by the 报案回执."""

from domain import commands as c
from domain import facts as f
from domain.approval import second_person
from domain.evidence import Evidence
from domain.refusal import Refused
from domain.rules_duty import meet_all, not_before_awareness, not_in_future, owed, see_channel
from domain.state import Referral
from domain.turn import Turn


def draft_referral(turn: Turn, order: c.DraftReferral) -> None:
    """Ask for a report to the police."""
    for key in order.duties:
        owed(turn, key, "referral")
    turn.record(
        f.ReferralRequested(
            referral=len(turn.state.referrals) + 1,
            authority=order.authority,
            duties=order.duties,
        ),
    )


def file_referral(turn: Turn, order: c.FileReferral, envelope: c.Envelope) -> None:
    """Send the police report on its way."""
    referral = _referral(turn, order.referral)
    if referral.filed == order.channel == "email" and not referral.failed:
        raise Refused(
            "filing_under_way",
            f"Referral {referral.number} went by email already; record its receipt, or take it there.",
        )
    see_channel(turn, referral.duties, order.channel)
    by = second_person(
        turn.state,
        f"referral/{referral.number}",
        operator=envelope.operator,
        offered=envelope.approvals,
    )
    turn.record(
        f.ReferralFiled(
            referral=referral.number,
            channel=order.channel,
            sha256=referral.sha256,
            approved_by=by,
        ),
    )


def take_referral_receipt(turn: Turn, order: c.RecordReferralReceipt) -> None:
    """Take the receipt and settle the duties that the referral answered."""
    referral = _referral(turn, order.referral)
    if not referral.filed:
        raise Refused("not_filed", f"Referral {referral.number} was not filed; file it first.")
    not_in_future(turn, order.received_at)
    not_before_awareness(turn, order.received_at)
    turn.record(
        f.ReferralReceiptRecorded(
            referral=referral.number,
            number=order.number,
            received_at=order.received_at,
            sha256=order.sha256,
        ),
    )
    evidence = Evidence(
        means="referral",
        reference=f"referral/{referral.number}",
        number=order.number,
        sha256=referral.sha256,
        channel=referral.filed,
        at=order.received_at,
        by=turn.actor,
    )
    meet_all(turn, referral.duties, evidence)


def _referral(turn: Turn, number: int) -> Referral:
    referral = turn.state.referrals.get(number)
    if referral is None:
        raise Refused("unknown_referral", f"{turn.state.incident} has no referral {number}.")
    if not referral.sha256:
        raise Refused("not_drafted", f"Referral {number} is still being drawn up.")
    if referral.receipt:
        raise Refused("already_filed", f"Referral {number} has its receipt ({referral.receipt}).")
    return referral
