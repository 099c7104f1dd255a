"""The operator's desk: an order goes to its incident as one update, once, and its answer comes back."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar
from uuid import uuid4

from temporalio.client import (
    Client,
    WorkflowHandle,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from domain.commands import Command, Envelope, Order
from domain.ids import incident_stream
from domain.law_effect import Effect
from domain.pack import Pack
from domain.refusal import Refused
from domain.state import State
from service.desk_error import DeskError, known_operator, no_incident
from service.temporal_error import TemporalError
from workflows.incident import Incident
from workflows.opening import MOVING, Preview, Receipt

Asked = TypeVar("Asked")

PATIENCE: Final = timedelta(seconds=60)
_TRY: Final = timedelta(seconds=15)
# A question waits out the time that a task is kept for a worker that was killed (`worker.KEPT`), and more.
_QUESTION: Final = timedelta(seconds=30)
_BETWEEN_S: Final = 0.5
_PASSING: Final = frozenset(
    {RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.RESOURCE_EXHAUSTED}
)


def _now() -> datetime:
    return datetime.now(UTC)


class Desk:
    """Where operators' orders are handed in; `operators` are the handles that the settings know."""

    def __init__(
        self,
        client: Client,
        operators: Collection[str],
        *,
        now: Callable[[], datetime] = _now,
        patience: timedelta = PATIENCE,
    ) -> None:
        self._client = client
        self._operators = frozenset(operators)
        self._now = now
        self._patience = patience

    def see_operator(self, handle: str | None) -> str:
        """Let a known handle pass.

        Raises:
            DeskError: `desk.no_operator` or `desk.unknown_operator`.

        """
        return known_operator(handle, self._operators)

    async def order(  # noqa: PLR0913 - the fields of the envelope, each named at the call
        self,
        incident: str,
        order: Order,
        *,
        operator: str,
        reason: str = "",
        seen_version: int | None = None,
        nonce: str | None = None,
    ) -> Receipt:
        """Give one order; a time-out means *unknown*, so the same nonce is sent until an answer comes.

        Raises:
            Refused: the incident's rules do not allow it; nothing was written.
            DeskError: it did not get there, or nobody can tell.

        """
        command = self._command(order, operator, reason, seen_version, nonce)
        handle = self._client.get_workflow_handle_for(Incident.run, incident_stream(incident))
        until = time.monotonic() + self._patience.total_seconds()
        while True:
            try:
                return await handle.execute_update(
                    Incident.advance,
                    command,
                    id=command.envelope.nonce,
                    rpc_timeout=min(_TRY, self._patience),
                )
            except WorkflowUpdateFailedError as failed:
                refused = refused_by(failed)
                if refused.code != MOVING or time.monotonic() > until:
                    raise refused from None
            except WorkflowUpdateRPCTimeoutOrCancelledError as unknown:
                if time.monotonic() > until:
                    raise _unknown(command) from unknown
            except RPCError as error:
                if error.status is RPCStatusCode.NOT_FOUND:
                    raise await self._absent(handle, incident) from None
                if error.status not in _PASSING or time.monotonic() > until:
                    raise _unknown(command) from error
            await asyncio.sleep(_BETWEEN_S)

    async def preview(  # noqa: PLR0913 - as above
        self,
        incident: str,
        order: Order,
        *,
        operator: str,
        reason: str = "",
        seen_version: int | None = None,
        nonce: str | None = None,
    ) -> Preview:
        """Ask the incident what an order would do now; nothing is written.

        Raises:
            Refused: its rules would not allow it.
            DeskError: `desk.no_incident`.
            TemporalError: it does not answer.

        """
        command = self._command(order, operator, reason, seen_version, nonce)
        handle = self._client.get_workflow_handle_for(Incident.run, incident_stream(incident))
        found = await self._asked(
            incident, handle.query(Incident.preview, command, rpc_timeout=self._patience)
        )
        if found.code:
            raise Refused(found.code, found.sentence)
        return found

    async def consider(self, incident: str, packs: tuple[Pack, ...]) -> Effect:
        """Ask the incident what other law packs would change for it; nothing is written.

        Raises:
            DeskError: `desk.no_incident`.
            TemporalError: it does not answer.

        """
        handle = self._client.get_workflow_handle_for(Incident.run, incident_stream(incident))
        query = handle.query(Incident.consider, packs, rpc_timeout=self._patience)
        return await self._asked(incident, query)

    def _command(
        self, order: Order, operator: str, reason: str, seen_version: int | None, nonce: str | None
    ) -> Command:
        return Command(
            envelope=Envelope(
                operator=self.see_operator(operator),
                nonce=nonce or uuid4().hex,
                issued_at=self._now(),
                seen_version=seen_version,
                reason=reason,
            ),
            order=order,
        )

    async def state(self, incident: str) -> State:
        """Ask the incident itself where it stands; the record is what others read.

        Raises:
            DeskError: `desk.no_incident`.

        """
        handle = self._client.get_workflow_handle_for(Incident.run, incident_stream(incident))
        return await self._asked(incident, handle.query(Incident.state, rpc_timeout=_QUESTION))

    async def _asked(self, incident: str, query: Awaitable[Asked]) -> Asked:
        try:
            return await query
        except (RPCError, WorkflowQueryFailedError) as error:
            if isinstance(error, RPCError) and error.status is RPCStatusCode.NOT_FOUND:
                raise no_incident(incident) from None
            raise TemporalError(
                "temporal.unreachable", f"{incident} does not answer: see that a worker runs."
            ) from error

    async def _absent(self, handle: WorkflowHandle[Incident, int], incident: str) -> Refused | DeskError:
        """Tell a closed incident from one that never was: an update finds neither."""
        try:
            await handle.describe(rpc_timeout=_TRY)
        except RPCError:
            return no_incident(incident)
        return Refused("closed", f"{incident} is closed; a new alert opens a follow-up.")


def refused_by(failed: WorkflowUpdateFailedError) -> Refused | DeskError:
    """Read what an update was refused for."""
    cause = failed.cause
    if isinstance(cause, ApplicationError) and cause.type:
        return Refused(cause.type, cause.message)
    return DeskError("desk.failed", "The incident could not carry out the order; see the worker's log.")


def _unknown(command: Command) -> DeskError:
    return DeskError(
        "desk.outcome_unknown",
        "No answer came: the order may still be taken. See tocsin incident show, or repeat it with "
        f"--nonce {command.envelope.nonce}, which does it once.",
    )
