"""A fact in its place: which stream, which version, when, by whom. Its written form is a `Line`."""

import json

from domain import campaign, clock, disclosure, facts, referral
from domain.line import Instant, Line, canonical
from domain.model import Happened, Value

BODIES: dict[str, type[Happened]] = {
    name: kind
    for module in (facts, clock, campaign, referral, disclosure)
    for name, kind in vars(module).items()
    if isinstance(kind, type)
    and issubclass(kind, Happened)
    and f"{kind.__module__}.".startswith(f"{module.__name__}.")
}


class Fact(Value):
    """One thing that happened."""

    stream: str
    version: int
    at: Instant
    actor: str
    body: Happened

    def line(self) -> Line:
        """Write the fact in the form that is hashed and stored."""
        return Line(
            stream=self.stream,
            version=self.version,
            type=type(self.body).__name__,
            at=self.at,
            actor=self.actor,
            body=canonical(self.body.model_dump(mode="json")),
        )


def read(line: Line) -> Fact:
    """Read a stored line back.

    Raises:
        ValueError: for a type that this version does not know, or a body that does not fit it.

    """
    kind = BODIES.get(line.type)
    if kind is None:
        message = f"{line.stream}/{line.version} is a {line.type!r}, which this version does not know"
        raise ValueError(message)
    body = kind.model_validate(json.loads(line.body))
    return Fact(stream=line.stream, version=line.version, at=line.at, actor=line.actor, body=body)
