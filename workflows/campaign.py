"""A campaign: freeze the audience, wait for the word, try a few, tell everyone, settle, count."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import ActivityError, ApplicationError

from activities.audience import Audience, Freeze
from activities.deliver import Count, Deliver, Left, Reconcile
from domain.campaign import (
    CampaignBody,
    CampaignOrder,
    CampaignPaused,
    CampaignState,
    CanaryPassed,
    Wanted,
    evolve_campaign,
    obey,
    shards,
)
from domain.commands import AudienceWord, CampaignHeldWord, CampaignWord, Heard, Word
from domain.disclosure import case_digest
from domain.ids import incident_stream, shard_stream
from workflows import options
from workflows.opening import CampaignOpening, ShardOpening, Told
from workflows.performing import why
from workflows.shard import Shard
from workflows.writing import write

MOST_SHARDS = 100
CANARY = 0


@workflow.defn(name="Campaign")
class Campaign:
    """One notification of one audience, from the frozen list to the counted end."""

    @workflow.init
    def __init__(self, opening: CampaignOpening) -> None:
        self._opening = opening
        self._order = opening.order
        self._state = CampaignState(stream=opening.telling.campaign)
        self._shards: dict[str, Wanted] = {}
        self._trouble = ""
        self._moved = False
        self._done = False
        # The canary, the steering and the run all write: without this lock two of them would decide on
        # one state and number their facts alike.
        self._turn = asyncio.Lock()

    @workflow.run
    async def run(self, opening: CampaignOpening) -> dict[str, int]:
        """Run the campaign; return the counts by state."""
        if not await self._freeze():
            return {}
        await self._obey_until(lambda: self._state.doing in {"running", "ended"})
        if self._state.doing == "ended":
            return {}
        steering = asyncio.create_task(self._steer())
        await self._canary()
        for _ in range(len(opening.plan.channels) + 1):
            if not self._stopped():
                await self._tell_everyone()
            left = await self._settle()
            if not left.due or self._stopped():
                break
        self._done = True
        await steering
        settled = await workflow.execute_activity_method(
            Deliver.count,
            Count(campaign=self._state.stream),
            summary="count the rows and build the Merkle root",
            **options.COUNT,
        )
        await self._happen(lambda: (settled,))
        await self._say(CampaignWord(campaign=opening.number, settled=settled))
        return settled.counts

    @workflow.signal
    def order(self, order: CampaignOrder) -> None:
        """Take what the incident wants of this campaign."""
        self._moved = self._moved or order.offset != self._order.offset
        self._order = order

    @workflow.signal
    def trouble(self, code: str) -> None:
        """Hear from a shard that its channel cannot send at all."""
        self._trouble = code

    @workflow.query
    def state(self) -> CampaignState:
        """Show where the campaign stands."""
        return self._state

    def _now(self) -> datetime:
        return workflow.now() + self._order.offset

    async def _happen(self, decide: Callable[[], tuple[CampaignBody, ...]]) -> None:
        async with self._turn:
            await write(self._state, decide(), self._now(), "system:campaign", self._fold)
        held = "held" if self._state.doing == "paused" else self._state.doing
        workflow.set_current_details(f"campaign {self._opening.number} · {held}")

    def _fold(self, body: CampaignBody, version: int) -> None:
        self._state = evolve_campaign(self._state, body, version)

    async def _say(self, word: Word) -> None:
        handle = workflow.get_external_workflow_handle(incident_stream(self._opening.telling.incident))
        try:
            await handle.signal("hear", Heard(component="campaign", word=word))
        except ApplicationError:
            workflow.logger.info("the incident had ended before its campaign")

    async def _freeze(self) -> bool:
        opening = self._opening
        try:
            frozen = await workflow.execute_activity_method(
                Audience.freeze,
                Freeze(
                    campaign=self._state.stream,
                    incident=opening.telling.incident,
                    audience=opening.audience,
                    sha256=opening.sha256,
                    message=opening.telling.message,
                    channels=opening.plan.channels,
                    drill=opening.telling.drill,
                    source=opening.source,
                    fields=opening.fields,
                ),
                summary="freeze the audience into delivery rows",
                **options.FREEZE,
            )
        except ActivityError as fault:
            await self._say(AudienceWord(campaign=opening.number, code=why(fault)))
            return False
        case = case_digest(opening.telling.facts, opening.telling.organisation)
        frozen = frozen.model_copy(update={"case_sha256": case})
        await self._happen(lambda: (frozen,))
        await self._say(AudienceWord(campaign=opening.number, frozen=frozen))
        return True

    async def _obey_until(self, reached: Callable[[], bool]) -> None:
        while not reached():
            await workflow.wait_condition(lambda: bool(self._obeyed()))
            await self._happen(self._obeyed)

    def _obeyed(self) -> tuple[CampaignBody, ...]:
        return obey(self._state, self._order)

    def _behind(self) -> bool:
        return (
            bool(self._trouble)
            or self._moved
            or bool(self._obeyed())
            or any(told != self._doing() for told in self._shards.values())
        )

    async def _steer(self) -> None:
        """Pass a pause, a resumption or a stop on to every shard; hold by ourselves when a channel fails."""
        while not self._done:
            await workflow.wait_condition(lambda: self._done or self._behind())
            try:
                await self._steer_once()
            except ActivityError:
                workflow.logger.error("a campaign's fact was refused by the ledger")
                await workflow.sleep(timedelta(minutes=1), summary="the ledger refused a fact")

    async def _steer_once(self) -> None:
        if self._trouble:
            code, self._trouble = self._trouble, ""
            await self._hold(code)
        await self._happen(self._obeyed)
        moved, self._moved = self._moved, False
        if moved and self._shards and workflow.patched("shards-hear-of-the-time"):
            await asyncio.gather(*(self._move(shard) for shard in self._shards))
        await asyncio.gather(
            *(self._tell_shard(shard) for shard, told in self._shards.items() if told != self._doing())
        )

    def _held(self) -> bool:
        return self._state.doing == "paused"

    def _stopped(self) -> bool:
        return self._state.doing == "stopped"

    def _doing(self) -> Wanted:
        return self._state.doing if self._held() or self._stopped() else "running"

    async def _hold(self, reason: str) -> None:
        paused = CampaignPaused(reason=reason)
        await self._happen(lambda: (paused,) if self._doing() == "running" else ())
        await self._say(CampaignHeldWord(campaign=self._opening.number, reason=reason))

    async def _tell_shard(self, shard: str) -> None:
        doing = self._doing()
        handle = workflow.get_external_workflow_handle_for(Shard.run, shard)
        try:
            if doing == "stopped":
                await handle.signal(Shard.stop)
            else:
                await handle.signal(Shard.hold, doing == "paused")
        except ApplicationError:
            workflow.logger.info("a shard had ended before it was held")
        if shard in self._shards:
            self._shards[shard] = doing

    async def _move(self, shard: str) -> None:
        handle = workflow.get_external_workflow_handle_for(Shard.run, shard)
        try:
            await handle.signal(Shard.move, self._order.offset)
        except ApplicationError:
            workflow.logger.info("a shard had ended before it heard of the time")

    async def _canary(self) -> None:
        """Try a few first; when most of them fail, a person decides before the rest goes."""
        size = min(self._opening.plan.canary, self._total())
        if size == 0:
            return
        told = await self._shard(CANARY, 1, size)
        if told.failed * 2 > told.tried and not self._stopped():
            await self._hold("canary_failed")
            await workflow.wait_condition(lambda: not self._held())
        if self._stopped():
            return
        await self._happen(lambda: (CanaryPassed(tried=told.tried, failed=told.failed),))

    async def _tell_everyone(self) -> None:
        total, size = self._total(), self._opening.plan.shard
        # Each shard costs some twenty events here, and a campaign is one run, whatever its audience.
        few = total > size * MOST_SHARDS and workflow.patched("few-shards")
        ranges = shards(total, size, MOST_SHARDS if few else total)
        await asyncio.gather(
            *(self._shard(number, first, last) for number, (first, last) in enumerate(ranges, start=1)),
        )

    def _total(self) -> int:
        return self._state.audience.total if self._state.audience else 0

    async def _shard(self, number: int, first: int, last: int) -> Told:
        opening = self._opening
        name = shard_stream(opening.telling.incident, opening.number, number)
        self._shards[name] = self._doing()
        try:
            return await workflow.execute_child_workflow(
                Shard.run,
                ShardOpening(
                    telling=opening.telling,
                    plan=opening.plan,
                    first=first,
                    last=last,
                    held=self._held(),
                    trial=number == CANARY,
                    ahead=self._order.offset,
                ),
                id=name,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                parent_close_policy=workflow.ParentClosePolicy.TERMINATE,
                static_summary=f"people {first} to {last}",
            )
        finally:
            del self._shards[name]

    async def _rest(self, time: timedelta) -> None:
        """Let time pass; a drill that moves its own time forward cuts it short."""
        began = self._order.offset
        try:
            await workflow.wait_condition(
                lambda: self._order.offset != began,
                timeout=time,
                timeout_summary="wait for receipts",
            )
        except TimeoutError:
            return

    async def _settle(self) -> Left:
        """Wait for receipts, then ask the providers about what is still unknown."""
        until = self._now() + self._opening.plan.settle
        while (remaining := until - self._now()) > timedelta():
            await self._rest(remaining)
        return await workflow.execute_activity_method(
            Deliver.reconcile,
            Reconcile(
                campaign=self._state.stream,
                incident=self._opening.telling.incident,
                message=self._opening.telling.message,
                facts=self._opening.telling.facts,
                organisation=self._opening.telling.organisation,
                first=1,
                last=self._total(),
                final=True,
                drill=self._opening.telling.drill,
            ),
            summary="ask the providers about what is still unknown",
            **options.COUNT,
        )
