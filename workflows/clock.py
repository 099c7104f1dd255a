"""A duty's clock: small enough to ring whatever else is broken, and the only writer of its own stream."""

import asyncio
from collections import deque
from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import SearchAttributePair
from temporalio.exceptions import ActivityError, ApplicationError

from activities.alarm import Alarm, Ring, Told
from domain.clock import (
    WHOLE,
    AlarmEscalated,
    AlarmRung,
    AlarmTold,
    ClockBody,
    ClockOrder,
    ClockRearmed,
    ClockStarted,
    ClockState,
    DutyLapsed,
    OverdueRung,
    ProvisionalRung,
    Rung,
    alarms,
    follow,
    hear_told,
    next_ring,
    ring,
    used,
)
from domain.clock_answer import acknowledge
from domain.commands import ClockArmedWord, ClockLapsedWord, Heard, Word
from domain.evolve_clock import evolve_clock
from domain.fact import Fact
from domain.ids import clock_stream, incident_stream
from domain.refusal import Refused
from workflows import options
from workflows.backlog import Backlog
from workflows.opening import Acknowledgement, ClockOpening, Receipt
from workflows.search import DEADLINE, DRILL, REGULATOR

SUMMARY_LENGTH = 100


def clock_summary(opening: ClockOpening) -> str:
    """Title a clock in Temporal's lists."""
    return f"{opening.key} {opening.title}"[:SUMMARY_LENGTH]


def clock_attributes(opening: ClockOpening) -> list[SearchAttributePair[Any]]:
    """List what a clock is found by from its start on."""
    return [
        SearchAttributePair(REGULATOR, opening.authority),
        SearchAttributePair(DEADLINE, opening.order.due_at),
        SearchAttributePair(DRILL, opening.drill),
    ]


# The sandbox is entered anew for each payload and takes a third of a ring's time, which clocks of one second
# wait for. What it would catch, ruff's banned names and the replayed histories catch here.
@workflow.defn(name="DutyClock", sandboxed=False)
class DutyClock:
    """Rings before a deadline, records its lapse, and ends only when the duty is settled."""

    @workflow.init
    def __init__(self, opening: ClockOpening) -> None:
        self._opening = opening
        self._plan = opening.plan
        stream = clock_stream(opening.incident, str(opening.key))
        self._state = opening.state or ClockState(key=opening.key, stream=stream)
        self._order = opening.order
        self._orders: deque[ClockOrder] = deque()
        # The clock never waits for the ledger: facts queue here while it is away.
        self._backlog = Backlog(stream, opening.unwritten)
        self._tasks: set[asyncio.Task[None]] = set()

    @workflow.run
    async def run(self, opening: ClockOpening) -> str:
        """Run until the duty is settled; return how it was."""
        if self._state.version == 0:
            self._start(opening)
        if opening.rearmed_by:
            self._rearm(opening)
        writer = asyncio.create_task(self._backlog.write())
        while not self._state.settled:
            await self._wait()
            while self._orders:
                self._order = self._orders.popleft()
                self._happen(*follow(self._state, self._order, self._plan))
            self._speak(*ring(self._state, self._now(), self._plan, undecided=self._order.undecided))
            if self._leaving() and await self._left():
                break
        await workflow.wait_condition(lambda: not self._tasks)
        if not self._state.settled:
            # Nothing may follow the command to continue as new, so the writer ends before it.
            self._backlog.leave()
            await workflow.wait_condition(lambda: writer.done() and workflow.all_handlers_finished())
            workflow.continue_as_new(
                opening.model_copy(
                    update={
                        "state": self._state,
                        "order": self._order,
                        "unwritten": self._backlog.lines,
                        "tells": True,
                        "sparing": True,
                        "rearmed_by": "",
                    },
                ),
            )
        await workflow.wait_condition(lambda: not self._backlog.lines)
        return self._state.settled.outcome

    @workflow.signal
    def order(self, order: ClockOrder) -> None:
        """Take what the incident wants of this clock."""
        self._orders.append(order)

    @workflow.update
    def acknowledge(self, answer: Acknowledgement) -> Receipt:
        """Let somebody answer for an alarm: it climbs no further; once is enough."""
        before = self._state.version
        self._happen(*_deciding(self._state, answer), actor=answer.by)
        lines = tuple(line for line in self._backlog.lines if line.version > before)
        return Receipt(version=self._state.version, lines=lines)

    @acknowledge.validator
    def _may_acknowledge(self, answer: Acknowledgement) -> None:
        _deciding(self._state, answer)

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

    def _rearm(self, opening: ClockOpening) -> None:
        self._happen(
            ClockRearmed(by=opening.rearmed_by),
            *follow(self._state, self._order, self._plan),
            actor=opening.rearmed_by,
        )
        self._spawn(self._say(ClockArmedWord(keys=(opening.key,))))

    def _next_ring(self) -> datetime | None:
        return next_ring(self._state, self._plan, undecided=self._order.undecided)

    async def _wait(self) -> None:
        when = self._next_ring()
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

    async def _left(self) -> bool:
        """Let what is under way end before continuing as new, but never past the next ring."""
        if not self._tasks:
            return True
        when = self._next_ring() if self._opening.tells else None
        try:
            await workflow.wait_condition(
                lambda: bool(self._orders) or not self._tasks,
                timeout=max(when - self._now(), timedelta()) if when else None,
                timeout_summary=f"next alarm of {self._opening.key}" if when else None,
            )
        except TimeoutError:
            return False
        return not self._orders

    def _speak(self, *bodies: ClockBody) -> None:
        self._happen(*bodies)
        for body in bodies:
            match body:
                case AlarmRung() | ProvisionalRung() | OverdueRung() | AlarmEscalated():
                    self._spawn(self._ring(self._alarm(body), body.level))
                case DutyLapsed():
                    self._spawn(self._say(ClockLapsedWord(key=self._opening.key, at=body.due_at)))

    def _happen(self, *bodies: ClockBody, actor: str = "system:clock") -> None:
        before = self._state.due_at or self._opening.order.due_at
        for body in bodies:
            version = self._state.version + 1
            fact = Fact(stream=self._state.stream, version=version, at=self._now(), actor=actor, body=body)
            self._state = evolve_clock(self._state, body, version, fact.at)
            self._backlog.add(fact.line())
        if bodies and self._state.due_at:
            if self._state.due_at != before or not self._opening.sparing:
                workflow.upsert_search_attributes([DEADLINE.value_set(self._state.due_at)])
            workflow.set_current_details(self._details())

    def _details(self) -> str:
        state = self._state
        ended = state.settled.outcome if state.settled else "filed" if state.filed else "running"
        due = state.due_at.isoformat() if state.due_at else "–"
        parts = [f"**{state.key}** {self._opening.title}", f"due {due}", ended]
        if state.filed and not state.settled:
            at, paper = state.filed.at.isoformat(), state.filed.reference
            parts.append(f"{paper} left {at} by {state.filed.channel}, receipt outstanding")
        if state.lapsed_at:
            parts.append(f"**lapsed {state.lapsed_at.isoformat()}**")
        if state.alarm:
            answer = f"acknowledged by {state.acknowledged_by}" if state.acknowledged_by else "unanswered"
            parts.append(f"alarm {state.alarm}, level {state.level}, {answer}")
        return " · ".join(parts)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _alarm(self, body: Rung | AlarmEscalated) -> Alarm:
        opening, state = self._opening, self._state
        overdue = state.overdue if WHOLE in state.rung else 0
        late = WHOLE in state.rung
        return Alarm(
            incident=opening.incident,
            key=str(opening.key),
            title=opening.title,
            due_at=state.due_at or opening.order.due_at,
            percent=used(state, self._now()),
            overdue=overdue,
            legal=state.legal,
            drill=opening.drill,
            roles=self._plan.called(body.level, overdue=late),
            key_id=f"{state.stream}/{state.version}",
            number=state.alarm if opening.tells else 0,
            level=body.level,
            climbed=isinstance(body, AlarmEscalated),
            provisional=self._order.undecided and state.provisional,
            patient=late or body.level >= self._plan.last,
            by=opening.by,
            filed=state.filed,
        )

    async def _ring(self, alarm: Alarm, level: int) -> None:
        """Tell the people of a level; take down whom it reached, and go on where that is nobody."""
        told = Told()
        try:
            told = await workflow.execute_activity_method(
                Ring.ring,
                alarm,
                summary=f"alarm at {alarm.percent} %"
                + (f", overdue {alarm.overdue}" if alarm.overdue else ""),
                **options.RING,
            )
        except ActivityError:
            workflow.logger.error("an alarm reached nobody")
        if self._opening.tells:
            heard = AlarmTold(alarm=alarm.number, level=level, people=told.people, missed=told.missed)
            self._speak(*hear_told(self._state, heard, self._plan))

    async def _say(self, word: Word) -> None:
        handle = workflow.get_external_workflow_handle(incident_stream(self._opening.incident))
        try:
            await handle.signal("hear", Heard(component="clock", word=word))
        except ApplicationError:
            workflow.logger.info("the incident had ended before its clock")

    def _leaving(self) -> bool:
        limit = self._opening.history_limit
        info = workflow.info()
        return info.is_continue_as_new_suggested() or (
            limit is not None and info.get_current_history_length() >= limit
        )


def _deciding(state: ClockState, answer: Acknowledgement) -> tuple[ClockBody, ...]:
    """Decide on an answer; a plain exception out of a handler would fail the workflow task for ever."""
    try:
        return acknowledge(state, answer.by, answer.alarm)
    except Refused as refused:
        raise ApplicationError(refused.sentence, type=refused.code, non_retryable=True) from refused
