"""A shard: a range of a campaign's rows, told batch by batch until none is due."""

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from activities.deliver import Batch, Deliver
from workflows import options
from workflows.opening import ShardOpening, Told


@workflow.defn(name="Shard")
class Shard:
    """Sends one range of rows; pausing takes effect between two batches."""

    @workflow.init
    def __init__(self, opening: ShardOpening) -> None:
        self._opening = opening
        self._held = opening.held
        self._batches = opening.batches
        self._told = opening.told

    @workflow.run
    async def run(self, opening: ShardOpening) -> Told:
        """Send until no row of the range is due on any channel."""
        claimed = -1
        while claimed:
            await workflow.wait_condition(lambda: not self._held)
            claimed = 0
            wait = 0.0
            for queue, channels in _by_queue(opening.plan.channels).items():
                count, pause = await self._batch(queue, channels)
                claimed += count
                wait = max(wait, pause)
            if wait:
                claimed = claimed or -1
                await workflow.sleep(timedelta(seconds=wait), summary="the provider asks us to wait")
            if claimed and workflow.info().is_continue_as_new_suggested():
                changes = {"held": self._held, "batches": self._batches, "told": self._told}
                workflow.continue_as_new(opening.model_copy(update=changes))
        return self._told

    @workflow.signal
    def hold(self, held: bool) -> None:
        """Hold or let go."""
        self._held = held

    async def _batch(self, queue: str, channels: tuple[str, ...]) -> tuple[int, float]:
        opening = self._opening
        telling = opening.telling
        self._batches += 1
        info = workflow.info()
        done = await workflow.execute_activity_method(
            Deliver.batch,
            Batch(
                campaign=telling.campaign,
                incident=telling.incident,
                channels=channels,
                first=opening.first,
                last=opening.last,
                limit=opening.plan.batch,
                message=telling.message,
                drill=telling.drill,
                facts=telling.facts,
                organisation=telling.organisation,
                token=f"{info.workflow_id}/{info.run_id}/{self._batches}",
            ),
            summary=f"batch {self._batches} over {', '.join(channels)}",
            **options.deliver(queue, telling.incident),
        )
        self._told = Told(
            tried=self._told.tried + done.claimed,
            failed=self._told.failed + done.refused + done.unknown,
        )
        if done.stop:
            await self._report(done.stop)
        return done.claimed, done.retry_after

    async def _report(self, code: str) -> None:
        self._held = True
        try:
            await workflow.get_external_workflow_handle(self._opening.telling.campaign).signal(
                "trouble", code
            )
        except ApplicationError:
            workflow.logger.info("the campaign had ended before its shard")


def _by_queue(channels: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    queues: dict[str, tuple[str, ...]] = {}
    for channel in channels:
        queue = options.queue_of(channel)
        queues[queue] = (*queues.get(queue, ()), channel)
    return queues
