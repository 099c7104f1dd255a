"""Call a configured action of the plan, or its undo."""

from typing import TYPE_CHECKING

from temporalio import activity

from domain.model import Value

if TYPE_CHECKING:
    from collections.abc import Mapping


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
    """The hand on the organisation's own systems."""

    def __init__(self, actions: "Mapping[str, object]") -> None:
        self._actions = actions

    @activity.defn(name="contain.call")
    async def call(self, request: Call) -> Called:
        """Call the action."""
        raise NotImplementedError
