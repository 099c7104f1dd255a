"""Facts on their way to the ledger: they queue while it is away, and whoever makes them never waits."""

import asyncio
from collections import deque
from datetime import timedelta
from functools import partial

from temporalio import workflow
from temporalio.exceptions import ActivityError

from activities.record import Append, Record
from domain.line import Line
from workflows import options

REFUSED_PAUSE = timedelta(minutes=10)


class Backlog:
    """The unwritten end of one stream."""

    def __init__(self, stream: str, lines: tuple[Line, ...]) -> None:
        self._stream = stream
        self._lines: deque[Line] = deque(lines)
        self._going = False

    @property
    def lines(self) -> tuple[Line, ...]:
        """What has not been written yet, in order."""
        return tuple(self._lines)

    def add(self, line: Line) -> None:
        """Queue the stream's next fact."""
        self._lines.append(line)

    def leave(self) -> None:
        """End `write` before the workflow continues as new: the next run writes the rest.

        A flag ends it and no cancelling, which an activity that has just been answered swallows.
        """
        self._going = True

    async def write(self) -> None:
        """Bring facts to the ledger for as long as there is somebody to make them."""
        while not self._going:
            await workflow.wait_condition(lambda: bool(self._lines) or self._going)
            if self._going:
                return
            lines = self.lines
            append = workflow.start_activity_method(
                Record.append,
                Append(stream=self._stream, lines=lines),
                summary=f"{len(lines)} facts from version {lines[0].version}",
                **options.APPEND,
            )
            await workflow.wait_condition(partial(self._answered, append))
            if append.done() and await self._written(append):
                for _ in lines:
                    self._lines.popleft()

    def _answered(self, append: asyncio.Task[int]) -> bool:
        return append.done() or self._going

    async def _written(self, append: asyncio.Task[int]) -> bool:
        try:
            await append
        except ActivityError:
            workflow.logger.error("the ledger refused a clock's facts for good")
            await self._pause(REFUSED_PAUSE)
            return False
        return True

    async def _pause(self, time: timedelta) -> None:
        try:
            await workflow.wait_condition(
                lambda: self._going, timeout=time, timeout_summary="the ledger refused a fact"
            )
        except TimeoutError:
            return
