from datetime import UTC, datetime

from domain import facts as f
from domain.fact import Fact
from domain.line import Line

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


def step(stream: str, version: int, step: str = "isolate", actor: str = "alice") -> Line:
    body = f.StepDone(step=step)
    return Fact(stream=stream, version=version, at=NOW, actor=actor, body=body).line()


def steps(stream: str, first: int, last: int) -> list[Line]:
    return [step(stream, version) for version in range(first, last + 1)]
