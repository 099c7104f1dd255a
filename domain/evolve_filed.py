"""Fold what a paper's leaving means for the duties it answers: filed, until the receipt comes."""

from collections.abc import Iterator

from domain import facts as f
from domain.fact import Fact
from domain.facts import DutyKey
from domain.filed import Filed
from domain.state import Duty, State


def evolve_filed(state: State, fact: Fact) -> dict[str, Duty]:
    """Return the duties that a fact marks as filed, or no longer; settled ones stay as they are.

    Mail of ours has left when a server took it, anything else when a person says so.
    """
    match fact.body:
        case f.ReportFiled() as body if body.channel != "email":
            how = Filed(at=fact.at, channel=body.channel, reference=f"report/{body.report}")
            keys = state.reports[body.report].duties
        case f.FilingSent() as body:
            how = Filed(at=fact.at, channel="email", reference=f"report/{body.report}")
            keys = state.reports[body.report].duties
        case f.ReferralFiled() as body:
            how = Filed(at=fact.at, channel=body.channel, reference=f"referral/{body.referral}")
            keys = state.referrals[body.referral].duties
        case f.ReferralFailed() as body:
            # Only mail can turn out not to have left.
            keys = state.referrals[body.referral].duties
            return dict(_unfiled(state, keys, f"referral/{body.referral}"))
        case _:
            return {}
    return {
        str(key): state.duties[str(key)].model_copy(update={"filed": how})
        for key in keys
        if not state.duties[str(key)].settled
    }


def _unfiled(state: State, keys: tuple[DutyKey, ...], paper: str) -> Iterator[tuple[str, Duty]]:
    for key in map(str, keys):
        duty = state.duties[key]
        if duty.filed and not duty.settled and (duty.filed.reference, duty.filed.channel) == (paper, "email"):
            yield key, duty.model_copy(update={"filed": None})
