"""What every worker, client and replay of ours shares beside the data converter."""

from dataclasses import replace
from typing import Final

from temporalio.plugin import SimplePlugin
from temporalio.worker import WorkflowRunner
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


def runner() -> SandboxedWorkflowRunner:
    """Make the sandbox that workflows run in."""
    return _passing(SandboxedWorkflowRunner())


def plugin() -> SimplePlugin:
    """Make the plugin that a client hands on to the workers made with it."""
    return SimplePlugin("tocsin", workflow_runner=_given)


def _given(given: WorkflowRunner | None) -> WorkflowRunner:
    if given is None:
        return runner()
    return _passing(given) if isinstance(given, SandboxedWorkflowRunner) else given


def _passing(sandbox: SandboxedWorkflowRunner) -> SandboxedWorkflowRunner:
    restrictions = sandbox.restrictions.with_passthrough_modules(*PASSED_THROUGH)
    return replace(sandbox, restrictions=restrictions)
