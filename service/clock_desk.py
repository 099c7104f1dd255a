"""The operator's desk for clocks: answer for an alarm, or start again a clock that somebody ended."""

import asyncio
import time
from collections.abc import Collection
from datetime import timedelta
from typing import Final
from uuid import uuid4

from temporalio.client import (
    Client,
    WorkflowExecutionStatus,
    WorkflowHandle,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import TypedSearchAttributes, WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from domain.clock import ClockState
from domain.facts import DutyKey
from domain.ids import clock_stream
from domain.orders import clock_order
from domain.playbook import Alarms
from domain.refusal import Refused
from domain.state import State
from service.connection import connected
from service.desk import refused_by
from service.desk_error import DeskError, known_operator
from service.settings import load
from workflows.clock import DutyClock, clock_attributes, clock_summary
from workflows.opening import Acknowledgement, Receipt, clock_opening
from workflows.options import DECIDE

PATIENCE: Final = timedelta(seconds=60)
_TRY: Final = timedelta(seconds=15)
_BETWEEN_S: Final = 0.5


class ClockDesk:
    """Where clocks are answered and started again; `operators` are the handles that the settings know."""

    def __init__(self, client: Client, operators: Collection[str], *, patience: timedelta = PATIENCE) -> None:
        self._client = client
        self._operators = frozenset(operators)
        self._patience = patience

    async def acknowledge(
        self, incident: str, key: DutyKey, *, operator: str | None, alarm: int | None = None
    ) -> Receipt:
        """Answer for a clock's last alarm, or for the one that is named; given twice, it counts once.

        Raises:
            Refused: nothing has rung, a later alarm has, or the clock runs no more.
            DeskError: it did not get there, or nobody can tell.

        """
        answer = Acknowledgement(by=known_operator(operator, self._operators), alarm=alarm)
        stream = clock_stream(incident, str(key))
        handle = self._client.get_workflow_handle_for(DutyClock.run, stream)
        name, until = uuid4().hex, time.monotonic() + self._patience.total_seconds()
        while True:
            try:
                return await handle.execute_update(
                    DutyClock.acknowledge, answer, id=name, rpc_timeout=min(_TRY, self._patience)
                )
            except WorkflowUpdateFailedError as failed:
                raise refused_by(failed) from None
            except (WorkflowUpdateRPCTimeoutOrCancelledError, RPCError) as error:
                if isinstance(error, RPCError) and error.status is RPCStatusCode.NOT_FOUND:
                    raise await self._absent(handle, incident, key) from None
                if time.monotonic() > until:
                    raise DeskError(
                        "desk.outcome_unknown",
                        "No answer came: it may still be taken. Give it again; it counts once.",
                    ) from error
            await asyncio.sleep(_BETWEEN_S)

    async def rearm(
        self, state: State, key: DutyKey, clock: ClockState, plan: Alarms, *, operator: str | None
    ) -> None:
        """Start again the clock of an unsettled duty that was ended in Temporal, where its record stands.

        Args:
            state: the incident, as the ledger has it.
            key: the duty whose clock it is.
            clock: the fold of the clock's own stream.
            plan: the playbook's alarms.
            operator: who starts it.

        Raises:
            Refused: it runs, or there is nothing it could run to.
            DeskError: nobody known gives the order.

        """
        by = known_operator(operator, self._operators)
        duty = state.duties[str(key)]
        order = clock_order(state, duty)
        if duty.settled or order is None:
            raise Refused("nothing_to_run_to", f"{key} is {duty.status} or has no deadline: no clock is due.")
        opening = clock_opening(state, duty, order, plan, rearmed=(by, clock))
        try:
            await self._client.start_workflow(
                DutyClock.run,
                opening,
                id=clock.stream,
                task_queue=DECIDE,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
                static_summary=clock_summary(opening),
                search_attributes=TypedSearchAttributes(clock_attributes(opening)),
            )
        except WorkflowAlreadyStartedError:
            raise Refused("clock_running", f"The clock of {key} runs; nothing was done.") from None

    async def _absent(self, handle: WorkflowHandle[DutyClock, str], incident: str, key: DutyKey) -> Refused:
        """Tell a clock that was settled from one that somebody ended, or that never was: all answer alike."""
        try:
            found = await handle.describe(rpc_timeout=_TRY)
        except RPCError:
            return Refused("no_clock", f"{key} has no clock: it has no deadline yet, or none was started.")
        if found.status is WorkflowExecutionStatus.COMPLETED:
            return Refused("clock_settled", f"The clock of {key} is settled; it rests.")
        return Refused(
            "clock_ended",
            f"Somebody ended the clock of {key} in Temporal; start it again: "
            f"tocsin clock rearm {incident} {key}",
        )


def acknowledge(incident: str, key: DutyKey, *, operator: str | None, alarm: int | None) -> Receipt:
    """Answer for an alarm from a process that does nothing else.

    Raises:
        Refused: nothing has rung, a later alarm has, or the clock runs no more.
        DeskError: nobody known gives the answer, or nobody can tell what became of it.

    """
    settings = load()
    by = known_operator(operator, settings.operators)

    async def given() -> Receipt:
        desk = ClockDesk(await connected(settings), settings.operators)
        return await desk.acknowledge(incident, key, operator=by, alarm=alarm)

    return asyncio.run(given())


def rearm(state: State, key: DutyKey, clock: ClockState, plan: Alarms, *, operator: str | None) -> None:
    """Start a clock again from a process that does nothing else.

    Raises:
        Refused: it runs, or there is nothing it could run to.
        DeskError: nobody known gives the order.

    """
    settings = load()
    by = known_operator(operator, settings.operators)

    async def given() -> None:
        desk = ClockDesk(await connected(settings), settings.operators)
        await desk.rearm(state, key, clock, plan, operator=by)

    asyncio.run(given())
