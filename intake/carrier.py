"""Into Temporal: update-with-start, and a follow-up where the incident is closed."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import (
    Priority,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from domain.ids import incident_stream
from intake.ports import Declined, Passage, Unreachable
from ledger.errors import LedgerUnavailable
from ledger.port import Ledger
from workflows.incident import Incident
from workflows.opening import MOVING, Opening
from workflows.options import DECIDE
from workflows.search import DRILL, PHASE, SEVERITY

PATIENCE_S: Final = 30.0
CLOSED: Final = "closed"


@dataclass(frozen=True, slots=True)
class OpeningRequest:
    """What is known of an incident that an alert is about to open; the rest is the installation's."""

    incident: str
    source: str
    drill: bool
    correlation: str
    severity: int
    category: str
    follows: str | None
    kind: Literal["incident", "vulnerability"] = "incident"
    playbook: str = ""


class TemporalCarrier:
    """The port `Carrier` over a Temporal client.

    `openings` writes the book of an incident: its packs, its playbook, its organisation. The ledger is
    asked whether an incident's stream exists already: once Temporal has forgotten a closed workflow, its id
    would be free again, and a second one would write into the first one's stream.
    """

    def __init__(
        self,
        client: Client,
        openings: Callable[[OpeningRequest], Opening],
        ledger: Ledger,
        *,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._client = client
        self._openings = openings
        self._ledger = ledger
        self._patience_s = patience_s

    async def carry(self, passage: Passage) -> str:
        """Let the incident observe, opening it or a follow-up of a closed one; the incident it went to.

        Raises:
            Unreachable: Temporal or the ledger does not answer, or what became of the update is unknown.
            Declined: the incident's rules, or Temporal, will never take this update.

        """
        incident, follows = passage.incident, None
        while not await self._took(passage, incident, follows):
            incident, follows = following(incident), incident
        return incident

    async def _took(self, passage: Passage, incident: str, follows: str | None) -> bool:
        """Let one incident observe; False when it is closed."""
        try:
            known = await asyncio.to_thread(self._ledger.head, incident_stream(incident))
        except LedgerUnavailable as fault:
            raise Unreachable(f"ledger.{fault.code}") from None
        work = self._join(passage, incident) if known else self._open(passage, incident, follows)
        try:
            await self._patiently(work)
        except WorkflowAlreadyStartedError:
            return False
        except WorkflowUpdateFailedError as failed:
            cause = failed.cause
            code = (cause.type if isinstance(cause, ApplicationError) else "") or "update_failed"
            if code == CLOSED:
                return False
            if code == MOVING:
                raise Unreachable("incident.moving") from None
            if code == "AcceptedUpdateCompletedWorkflow":
                # It closed between taking the update and doing it: the next try finds it closed.
                raise Unreachable("temporal.closing") from None
            raise Declined(code) from None
        except RPCError as fault:
            if known and fault.status is RPCStatusCode.NOT_FOUND:
                return False
            if fault.status is RPCStatusCode.INVALID_ARGUMENT:
                raise Declined("temporal.invalid_argument") from None
            raise Unreachable(f"temporal.{fault.status.name.lower()}") from None
        return True

    async def _patiently(self, work: Awaitable[object]) -> None:
        """Wait for an answer, but not for ever: a broken incident must not hold one of the ten places."""
        try:
            async with asyncio.timeout(self._patience_s):
                await work
        except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError):
            task = asyncio.current_task()
            if task and task.cancelling():
                # The client makes this error of our own cancelling, too, which has to go on.
                raise asyncio.CancelledError from None
            raise Unreachable("temporal.no_answer") from None

    async def _join(self, passage: Passage, incident: str) -> None:
        handle = self._client.get_workflow_handle_for(Incident.run, incident_stream(incident))
        await handle.execute_update(Incident.observe, passage.observation, id=passage.update)

    async def _open(self, passage: Passage, incident: str, follows: str | None) -> None:
        opening = self._openings(
            OpeningRequest(
                incident=incident,
                source=passage.source.name,
                drill=passage.source.drill,
                correlation=passage.correlation,
                severity=passage.severity,
                category=passage.category,
                follows=follows,
            )
        )
        start = WithStartWorkflowOperation(
            Incident.run,
            opening,
            id=incident_stream(incident),
            task_queue=DECIDE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            static_summary=_summary(passage, incident),
            search_attributes=TypedSearchAttributes(
                [
                    SearchAttributePair(PHASE, "detected"),
                    SearchAttributePair(SEVERITY, str(passage.severity)),
                    SearchAttributePair(DRILL, passage.source.drill),
                ]
            ),
            priority=Priority(priority_key=1),
        )
        await self._client.execute_update_with_start_workflow(
            Incident.observe,
            passage.observation,
            id=passage.update,
            start_workflow_operation=start,
            rpc_timeout=timedelta(seconds=self._patience_s),
        )


def following(incident: str) -> str:
    """Name the follow-up of an incident: `I-…`, `I-…~2`, `I-…~3`."""
    name, _, number = incident.partition("~")
    return f"{name}~{int(number or 1) + 1}"


def _summary(passage: Passage, incident: str) -> str:
    drill = "演练 DRILL · " if passage.source.drill else ""
    return f"{drill}{incident} · {passage.category} · severity {passage.severity}"
