"""A shard: a range of a campaign's rows, told batch by batch until none is due."""

from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, is_cancelled_exception

from activities.deliver import Batch, Deliver, Delivered
from domain.campaign import stretches
from workflows import options
from workflows.opening import ShardOpening, Told


@workflow.defn(name="Shard")
class Shard:
    """Sends one range of rows; a hold or a stop reaches the batch that is under way."""

    @workflow.init
    def __init__(self, opening: ShardOpening) -> None:
        self._opening = opening
        self._held = opening.held
        self._stopped = False
        self._cut = False
        self._ahead = opening.ahead
        self._batches = opening.batches
        self._told = opening.told
        # Stretches in which a row was put off, and until when.
        self._put_off: dict[tuple[int, int], datetime] = {}

    @workflow.run
    async def run(self, opening: ShardOpening) -> Told:
        """Send until no row of the range is due on any channel, a stretch after the other.

        A stretch is as long as the plan's shards: each batch looks through the whole of it. One in which a
        server puts somebody off is come back to when the others are through.
        """
        left = stretches(opening.first, opening.last, opening.plan.shard)
        while left and not self._stopped:
            for first, last in left:
                self._put_off.pop((first, last), None)
                wait = await self._stretch(first, last)
                if self._stopped:
                    break
                if wait:
                    self._put_off[first, last] = workflow.now() + timedelta(seconds=wait)
            left = () if opening.trial else tuple(self._put_off)
            if left and not self._stopped:
                until = min(self._put_off.values())
                await self._rest((until - workflow.now()).total_seconds(), "a server put somebody off")
        return self._told

    async def _stretch(self, first: int, last: int) -> float:
        """Send what is due; seconds until somebody who was put off is due again, 0 where nobody was."""
        while True:
            await workflow.wait_condition(lambda: self._stopped or not self._held)
            if self._stopped:
                return 0
            claimed = 0
            self._cut = False
            wait = 0.0
            put_off: list[float] = []
            for queue, channels in _by_queue(self._opening.plan.channels).items():
                count, pause = await self._batch(queue, channels, first, last)
                claimed += count
                if count:
                    wait = max(wait, pause)
                elif pause:
                    put_off.append(pause)
                if self._cut:
                    break
            if wait:
                await self._rest(wait, "the provider asks us to wait")
            if not (claimed or self._cut):
                return min(put_off, default=0.0)
            if not self._stopped and workflow.info().is_continue_as_new_suggested():
                self._continue(min([first, *(start for start, _ in self._put_off)]))

    def _continue(self, first: int) -> None:
        """Begin a new run where the first stretch lies that is not through."""
        changes = {
            "first": first,
            "held": self._held,
            "ahead": self._ahead,
            "batches": self._batches,
            "told": self._told,
        }
        workflow.continue_as_new(self._opening.model_copy(update=changes))

    @workflow.signal
    def hold(self, held: bool) -> None:
        """Hold or let go."""
        self._held = held

    @workflow.signal
    def stop(self) -> None:
        """End, whatever is still due."""
        self._stopped = True

    @workflow.signal
    def move(self, ahead: timedelta) -> None:
        """Hear that a drill's time was moved forward; whoever was put off may be due by it."""
        self._ahead = ahead

    async def _rest(self, seconds: float, why: str) -> None:
        ahead = self._ahead
        try:
            await workflow.wait_condition(
                lambda: self._stopped or self._ahead != ahead,
                timeout=timedelta(seconds=seconds),
                timeout_summary=why,
            )
        except TimeoutError:
            return

    async def _batch(self, queue: str, channels: tuple[str, ...], first: int, last: int) -> tuple[int, float]:
        opening = self._opening
        telling = opening.telling
        self._batches += 1
        info = workflow.info()
        sending = workflow.start_activity_method(
            Deliver.batch,
            Batch(
                campaign=telling.campaign,
                incident=telling.incident,
                channels=channels,
                first=first,
                last=last,
                limit=opening.plan.batch,
                message=telling.message,
                drill=telling.drill,
                facts=telling.facts,
                organisation=telling.organisation,
                token=f"{info.workflow_id}/{info.run_id}/{self._batches}",
                ahead=self._ahead,
            ),
            summary=f"batch {self._batches} over {', '.join(channels)}",
            cancellation_type=workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
            **options.deliver(queue, telling.incident),
        )
        done = await self._outcome(sending)
        self._told = Told(
            tried=self._told.tried + done.claimed,
            failed=self._told.failed + done.refused + done.unknown,
        )
        if done.stop:
            await self._report(done.stop)
        return done.claimed, done.retry_after

    async def _outcome(self, sending: workflow.ActivityHandle[Delivered]) -> Delivered:
        """Wait for a batch, and cut it short when the shard is to hold or to stop."""
        await workflow.wait_condition(lambda: sending.done() or self._held or self._stopped)
        if not sending.done() and workflow.patched("a-hold-reaches-the-batch"):
            self._cut = True
            sending.cancel()
        try:
            return await sending
        except ActivityError as fault:
            if not is_cancelled_exception(fault):
                raise
            # It had not begun, or waited to be tried again; the range's last batch finds what it left.
            return Delivered()

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
