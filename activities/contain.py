"""Call a configured action of the plan, or its undo."""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from domain.model import Value
from notifiers.errors import Misconfigured, Refused, Unknown, Unreachable
from notifiers.order import Order

if TYPE_CHECKING:
    from notifiers.order import Action

PATIENCE = 5.0


class Call(Value):
    """One action to be called; `idempotency` is the same for every attempt."""

    incident: str
    step: str
    action: str
    undo: bool
    idempotency: str
    drill: bool


class Called(Value):
    """Whether the other side did it, and its code."""

    ok: bool
    code: str


class Contain:
    """The hand on the organisation's own systems; a drill reaches the recording actions and no others."""

    def __init__(self, real: "Mapping[str, Action]", drill: "Mapping[str, Action]") -> None:
        self._real = dict(real)
        self._drill = dict(drill)

    @activity.defn(name="contain.call")
    async def call(self, request: Call) -> Called:
        """Call the action; for an undo, the configured action's own undo.

        The idempotency key makes a repeat safe, so whatever is not a clear answer is tried again.

        Raises:
            ApplicationError: `unreachable` or `unknown`, to be tried again.

        """
        action = (self._drill if request.drill else self._real).get(request.action)
        if action is None:
            return Called(ok=False, code="action.missing")
        order = Order(
            key=request.idempotency,
            incident=request.incident,
            step=request.step,
            target=request.action,
            drill=request.drill,
        )
        try:
            done = await (action.undo(order) if request.undo else action.perform(order))
        except (Refused, Misconfigured) as wrong:
            return Called(ok=False, code=wrong.code)
        except Unreachable as wrong:
            raise _again("unreachable", wrong.code, wrong.retry_after or PATIENCE) from wrong
        except Unknown as wrong:
            raise _again("unknown", wrong.code, PATIENCE) from wrong
        return Called(ok=True, code=done.code)


def _again(kind: str, code: str, wait: float) -> ApplicationError:
    return ApplicationError(
        f"The action gave no clear answer and is asked again ({code}).",
        type=kind,
        next_retry_delay=timedelta(seconds=wait),
        category=ApplicationErrorCategory.BENIGN,
    )
