"""The workflows beside an incident: started once, told again whenever what is wanted of them differs.

They are abandoned children with fixed ids, because an incident that continues as new takes every other
child with it, and a clock must ring even if the incident's own code is broken.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from temporalio import workflow
from temporalio.common import (
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError

from domain.clock import ClockOrder
from domain.commands import ClockArmedWord, ClockLostWord
from domain.facts import DutyKey
from domain.ids import campaign_stream, clock_stream, referral_stream
from domain.model import Value
from domain.orders import campaign_order, clock_order, referral_order
from domain.state import Campaign, Duty, Referral, State
from workflows.campaign import Campaign as CampaignWorkflow
from workflows.clock import SUMMARY_LENGTH, DutyClock, clock_attributes, clock_summary
from workflows.opening import CampaignOpening, Opening, Telling, clock_opening, referral_opening
from workflows.referral import Referral as ReferralWorkflow
from workflows.search import DRILL

ClockWord = ClockArmedWord | ClockLostWord


@dataclass(frozen=True, slots=True)
class _Sibling:
    stream: str
    order: Value
    begin: Callable[[], Awaitable[object]]
    armed: bool = False
    runs: bool = False
    key: DutyKey | None = None


class Siblings:
    """Keeps clocks, campaigns and referrals at what the incident's state wants of them."""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        # Lost at continue-as-new on purpose: every order is then sent once more, which changes nothing.
        self._told: dict[str, Value] = {}
        # Incidents that began before told their clocks nothing of filings and doubts.
        self._whole = workflow.patched("clocks-hear-of-filings-and-doubts")

    def behind(self, state: State) -> bool:
        """Say whether some sibling has not been told what is wanted of it."""
        return bool(self._late(state))

    async def steer(self, state: State) -> tuple[ClockWord, ...]:
        """Start and tell every sibling that is behind; say which duties' clocks now run, and which do not."""
        late = self._late(state)
        there = await asyncio.gather(*(self._tell(each) for each in late))
        told = [(each, found) for each, found in zip(late, there, strict=True) if each.key]
        armed = tuple(each.key for each, found in told if each.key and found and not each.armed)
        lost = tuple(each.key for each, found in told if each.key and not found and each.runs)
        return (
            *((ClockArmedWord(keys=armed),) if armed else ()),
            *((ClockLostWord(keys=lost),) if lost else ()),
        )

    def _late(self, state: State) -> list[_Sibling]:
        wanted = [*self._clocks(state), *self._campaigns(state), *self._referrals(state)]
        return [each for each in wanted if self._told.get(each.stream) != each.order]

    async def _tell(self, sibling: _Sibling) -> bool:
        """Start or tell one; say whether it is there."""
        started = False
        if not sibling.armed and sibling.stream not in self._told:
            try:
                await sibling.begin()
                started = True
            except WorkflowAlreadyStartedError:
                workflow.logger.info("a sibling runs already")
        if not started:
            try:
                await workflow.get_external_workflow_handle(sibling.stream).signal("order", sibling.order)
                started = True
            except ApplicationError:
                # It has ended: whatever it was to hear, it needs it no longer, unless it is a clock that
                # nothing has settled: somebody ended that one from outside.
                workflow.logger.info("a sibling had ended before it was told")
        self._told[sibling.stream] = sibling.order
        return started

    def _clocks(self, state: State) -> list[_Sibling]:
        return [
            _Sibling(
                stream=clock_stream(state.incident, key),
                order=order,
                begin=partial(self._begin_clock, state, duty, order),
                armed=duty.armed,
                runs=not duty.settled,
                key=duty.key,
            )
            for key, duty in state.duties.items()
            if (order := self._clock_order(state, duty)) and (duty.armed or not duty.settled)
        ]

    def _campaigns(self, state: State) -> list[_Sibling]:
        return [
            _Sibling(
                stream=campaign_stream(state.incident, number),
                order=campaign_order(state, campaign),
                begin=partial(self._begin_campaign, state, campaign),
            )
            for number, campaign in state.campaigns.items()
            if not campaign.settled and not campaign.failed
        ]

    def _referrals(self, state: State) -> list[_Sibling]:
        return [
            _Sibling(
                stream=referral_stream(state.incident, number),
                order=referral_order(state, referral),
                begin=partial(self._begin_referral, state, referral),
            )
            for number, referral in state.referrals.items()
        ]

    def _clock_order(self, state: State, duty: Duty) -> ClockOrder | None:
        order = clock_order(state, duty)
        if order is None or self._whole:
            return order
        return order.model_copy(update={"filed": None, "undecided": False})

    def _begin_clock(self, state: State, duty: Duty, order: ClockOrder) -> Awaitable[object]:
        plan, limit = self._opening.book.of(state).playbook.alarms, self._opening.history_limit
        opening = clock_opening(state, duty, order, plan).model_copy(update={"history_limit": limit})
        stream = clock_stream(state.incident, str(duty.key))
        return _begin(DutyClock.run, opening, stream, clock_summary(opening), clock_attributes(opening))

    def _begin_campaign(self, state: State, campaign: Campaign) -> Awaitable[object]:
        stream = campaign_stream(state.incident, campaign.number)
        opening = CampaignOpening(
            number=campaign.number,
            telling=Telling(
                campaign=stream,
                incident=state.incident,
                message=campaign.message,
                drill=state.drill,
                facts=state.facts,
                organisation=self._opening.book.opening.organisation,
            ),
            audience=campaign.audience,
            sha256=campaign.sha256,
            source=campaign.source,
            fields=campaign.fields,
            plan=self._opening.book.of(state).playbook.notification,
            order=campaign_order(state, campaign),
        )
        drill = SearchAttributePair(DRILL, state.drill)
        return _begin(CampaignWorkflow.run, opening, stream, f"campaign {campaign.number}", [drill])

    def _begin_referral(self, state: State, referral: Referral) -> Awaitable[object]:
        stream = referral_stream(state.incident, referral.number)
        opening = referral_opening(state, referral, self._opening.book.of(state), workflow.now())
        drill = SearchAttributePair(DRILL, state.drill)
        return _begin(ReferralWorkflow.run, opening, stream, f"referral {referral.number}", [drill])


def _begin(
    run: Callable[..., Awaitable[Any]],
    opening: Value,
    stream: str,
    summary: str,
    attributes: list[SearchAttributePair[Any]],
) -> Awaitable[object]:
    return workflow.start_child_workflow(
        run,
        opening,
        id=stream,
        id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        parent_close_policy=workflow.ParentClosePolicy.ABANDON,
        static_summary=summary[:SUMMARY_LENGTH],
        search_attributes=TypedSearchAttributes(attributes),
    )
