"""A duty's clock: small enough to ring whatever else is broken, and the only writer of its own stream."""

import asyncio
from collections import deque
from datetime import datetime, timedelta
from functools import partial

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

from activities.alarm import Alarm, Ring
from activities.record import Append, Record
from domain.clock import (
    AlarmRung,
    ClockBody,
    ClockOrder,
    ClockStarted,
    ClockState,
    DutyLapsed,
    OverdueRung,
    alarms,
    evolve_clock,
    follow,
    next_ring,
    ring,
)
from domain.commands import ClockLapsedWord, Heard
from domain.fact import Fact
from domain.ids import clock_stream, incident_stream
from domain.line import Line
from workflows import options
from workflows.opening import ClockOpening
from workflows.search import DEADLINE


@workflow.defn(name="DutyClock")
class DutyClock:
    """Rings before a deadline, records its lapse, and ends only when the duty is settled."""

    @workflow.init
    def __init__(self, opening: ClockOpening) -> None:
        self._opening = opening
        stream = clock_stream(opening.incident, str(opening.key))
        self._state = opening.state or ClockState(key=opening.key, stream=stream)
        self._order = opening.order
        self._orders: deque[ClockOrder] = deque()
        # The clock never waits for the ledger: facts queue here while it is away.
        self._unwritten: deque[Line] = deque(opening.unwritten)
        self._tasks: set[asyncio.Task[None]] = set()
        self._going = False

    @workflow.run
    async def run(self, opening: ClockOpening) -> str:
        """Run until the duty is settled; return how it was."""
        if self._state.version == 0:
            self._start(opening)
        writer = asyncio.create_task(self._write())
        while not self._state.settled:
            await self._wait()
            while self._orders:
                self._order = self._orders.popleft()
                self._happen(*follow(self._state, self._order, opening.percents))
            self._speak(ring(self._state, self._now(), opening.repeat))
            if self._leaving():
                await workflow.wait_condition(lambda: bool(self._orders) or not self._tasks)
                if not self._orders:
                    break
        await workflow.wait_condition(lambda: not self._tasks)
        if not self._state.settled:
            # Nothing may follow the command to continue as new, so the writer ends before it.
            self._going = True
            await workflow.wait_condition(lambda: writer.done() and workflow.all_handlers_finished())
            workflow.continue_as_new(
                opening.model_copy(
                    update={
                        "state": self._state,
                        "order": self._order,
                        "unwritten": tuple(self._unwritten),
                    },
                ),
            )
        await workflow.wait_condition(lambda: not self._unwritten)
        return self._state.settled.outcome

    @workflow.signal
    def order(self, order: ClockOrder) -> None:
        """Take what the incident wants of this clock."""
        self._orders.append(order)

    @workflow.query
    def state(self) -> ClockState:
        """Show where the clock stands."""
        return self._state

    def _now(self) -> datetime:
        return workflow.now() + self._order.offset

    def _start(self, opening: ClockOpening) -> None:
        order = opening.order
        self._happen(
            ClockStarted(
                key=opening.key,
                started_at=opening.started_at,
                due_at=order.due_at,
                legal=order.legal,
                alarms=alarms(opening.started_at, order.due_at, opening.percents),
            ),
        )

    async def _wait(self) -> None:
        when = next_ring(self._state, self._opening.repeat)
        if when is None or when <= self._now():
            return
        try:
            await workflow.wait_condition(
                lambda: bool(self._orders) or self._leaving(),
                timeout=when - self._now(),
                timeout_summary=f"next alarm of {self._opening.key}",
            )
        except TimeoutError:
            return

    def _speak(self, bodies: tuple[ClockBody, ...]) -> None:
        self._happen(*bodies)
        for body in bodies:
            match body:
                case AlarmRung():
                    self._spawn_ring(body.percent, 0)
                case OverdueRung():
                    self._spawn_ring(100, body.count)
                case DutyLapsed():
                    self._spawn(asyncio.create_task(self._tell_lapse(body)))

    def _happen(self, *bodies: ClockBody) -> None:
        for body in bodies:
            version = self._state.version + 1
            fact = Fact(
                stream=self._state.stream,
                version=version,
                at=self._now(),
                actor="system:clock",
                body=body,
            )
            self._state = evolve_clock(self._state, body, version, fact.at)
            self._unwritten.append(fact.line())
        if bodies and self._state.due_at:
            workflow.upsert_search_attributes([DEADLINE.value_set(self._state.due_at)])
            workflow.set_current_details(self._details())

    def _details(self) -> str:
        state = self._state
        ended = state.settled.outcome if state.settled else "running"
        due = state.due_at.isoformat() if state.due_at else "–"
        lapsed = f" · **lapsed {state.lapsed_at.isoformat()}**" if state.lapsed_at else ""
        return f"**{state.key}** {self._opening.title} · due {due} · {ended}{lapsed}"

    def _spawn(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _spawn_ring(self, percent: int, overdue: int) -> None:
        opening = self._opening
        alarm = Alarm(
            incident=opening.incident,
            key=str(opening.key),
            title=opening.title,
            due_at=self._state.due_at or opening.order.due_at,
            percent=percent,
            overdue=overdue,
            legal=self._state.legal,
            drill=opening.drill,
            roles=opening.roles,
            key_id=f"{self._state.stream}/{self._state.version}",
        )
        self._spawn(asyncio.create_task(_ring(alarm)))

    async def _tell_lapse(self, lapse: DutyLapsed) -> None:
        word = ClockLapsedWord(key=self._opening.key, at=lapse.due_at)
        handle = workflow.get_external_workflow_handle(incident_stream(self._opening.incident))
        try:
            await handle.signal("hear", Heard(component="clock", word=word))
        except ApplicationError:
            workflow.logger.info("the incident had ended when its clock lapsed")

    async def _write(self) -> None:
        """Bring facts to the ledger until the clock goes on as new: its next run writes the rest.

        A flag ends it and no cancelling, which an activity that has just been answered swallows.
        """
        while not self._going:
            await workflow.wait_condition(lambda: bool(self._unwritten) or self._going)
            if self._going:
                return
            lines = tuple(self._unwritten)
            append = workflow.start_activity_method(
                Record.append,
                Append(stream=self._state.stream, lines=lines),
                summary=f"{len(lines)} facts from version {lines[0].version}",
                **options.APPEND,
            )
            await workflow.wait_condition(partial(self._answered, append))
            if append.done() and await self._written(append):
                for _ in lines:
                    self._unwritten.popleft()

    def _answered(self, append: asyncio.Task[int]) -> bool:
        return append.done() or self._going

    async def _written(self, append: asyncio.Task[int]) -> bool:
        try:
            await append
        except ActivityError:
            workflow.logger.error("the ledger refused a clock's facts for good")
            await self._pause(timedelta(minutes=10))
            return False
        return True

    async def _pause(self, time: timedelta) -> None:
        try:
            await workflow.wait_condition(
                lambda: self._going, timeout=time, timeout_summary="the ledger refused a fact"
            )
        except TimeoutError:
            return

    def _leaving(self) -> bool:
        limit = self._opening.history_limit
        info = workflow.info()
        return info.is_continue_as_new_suggested() or (
            limit is not None and info.get_current_history_length() >= limit
        )


async def _ring(alarm: Alarm) -> None:
    try:
        await workflow.execute_activity_method(
            Ring.ring,
            alarm,
            summary=f"alarm at {alarm.percent} %" + (f", overdue {alarm.overdue}" if alarm.overdue else ""),
            **options.RING,
        )
    except ActivityError:
        workflow.logger.error("an alarm reached nobody")
