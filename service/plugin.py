"""What every worker, client and replay of ours shares beside the data converter."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

from temporalio.plugin import SimplePlugin
from temporalio.worker import Worker, WorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

# Pure by our own rules, and checked so by import-linter: imported once for the process instead of once for
# every workflow, which would cost tens of milliseconds each and split every pydantic class in two.
PASSED_THROUGH: Final = (
    "domain",
    "activities",
    "ledger.port",
    "ledger.errors",
    "notifiers.errors",
    "notifiers.port",
    "workflows.backlog",
    "workflows.board",
    "workflows.opening",
    "workflows.options",
    "workflows.performing",
    "workflows.search",
    "workflows.siblings",
    "workflows.writing",
    "orjson",
)

# Seconds that a workflow's turn may take before the SDK calls it stuck. A turn takes milliseconds; a machine
# may stand still for longer than the SDK's own two seconds, by which every turn in hand failed, and some
# workers never ended.
PATIENCE: Final = 60


def runner() -> SandboxedWorkflowRunner:
    """Make the sandbox that workflows run in."""
    return _passing(SandboxedWorkflowRunner())


class _Ours(SimplePlugin):
    async def run_worker(self, worker: Worker, next: Callable[[Worker], Awaitable[None]]) -> None:  # noqa: A002  the SDK's name
        workflows = worker._workflow_worker  # noqa: SLF001  no public way to it: sdk-python#1050
        if workflows is not None:
            workflows._deadlock_timeout_seconds = PATIENCE  # noqa: SLF001  as above
        await super().run_worker(worker, next)


def plugin() -> SimplePlugin:
    """Make the plugin that a client hands on to the workers made with it."""
    return _Ours("tocsin", workflow_runner=_given)


def _given(given: WorkflowRunner | None) -> WorkflowRunner:
    if given is None:
        return runner()
    return _passing(given) if isinstance(given, SandboxedWorkflowRunner) else given


def _passing(sandbox: SandboxedWorkflowRunner) -> SandboxedWorkflowRunner:
    restrictions = sandbox.restrictions.with_passthrough_modules(*PASSED_THROUGH)
    return replace(sandbox, restrictions=restrictions)
