"""How a small workflow keeps its own stream: number, append, and only then go on."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol, TypeVar

from temporalio import workflow

from activities.record import Append, Record
from domain.fact import Fact
from domain.model import Happened
from workflows import options

Body = TypeVar("Body", bound=Happened)


class Numbered(Protocol):
    """A state that knows its stream and how far it has come."""

    @property
    def stream(self) -> str:
        """The stream's name."""

    @property
    def version(self) -> int:
        """The version of the last fact."""


async def write(
    state: Numbered,
    bodies: tuple[Body, ...],
    at: datetime,
    actor: str,
    fold: Callable[[Body, int], None],
) -> None:
    """Append bodies as the next facts of a stream, then fold them, one by one."""
    if not bodies:
        return
    first = state.version + 1
    lines = tuple(
        Fact(stream=state.stream, version=first + i, at=at, actor=actor, body=body).line()
        for i, body in enumerate(bodies)
    )
    await workflow.execute_activity_method(
        Record.append,
        Append(stream=state.stream, lines=lines),
        summary=f"{len(lines)} facts from version {first}",
        **options.APPEND,
    )
    for i, body in enumerate(bodies):
        fold(body, first + i)
