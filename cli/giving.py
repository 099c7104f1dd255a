"""What every command that acts takes beside its own words: who, why, having seen what, and how to answer."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Annotated, Any, Concatenate, ParamSpec

import typer

from cli.output import Form, Output
from cli.stop import Stop, usage

P = ParamSpec("P")
Incident = Annotated[str, typer.Argument(metavar="INCIDENT", help="The incident's id, `I-…`.")]


@dataclass(frozen=True, slots=True)
class Giving:
    """How an order is given; `operator` is None where nobody said who they are."""

    operator: str | None = None
    reason: str = ""
    seen: int | None = None
    nonce: str | None = None
    wait: float = 0.0
    output: Form | None = None


def giving(  # noqa: PLR0913 - one parameter for each shared option
    *,
    as_: Annotated[
        str | None,
        typer.Option(
            "--as", metavar="HANDLE", envvar="TOCSIN_OPERATOR", help="Who you are, as the settings know you."
        ),
    ] = None,
    reason: Annotated[
        str,
        typer.Option(
            "--reason", help="Why; needed wherever a rule is overridden, and written into the record."
        ),
    ] = "",
    seen: Annotated[
        int | None,
        typer.Option(
            "--seen", metavar="VERSION", help="Refuse when the incident has moved on since this version."
        ),
    ] = None,
    nonce: Annotated[
        str | None, typer.Option("--nonce", help="Name of this one order; given again, it is done once.")
    ] = None,
    wait: Annotated[
        float,
        typer.Option("--wait", metavar="SECONDS", min=0, help="How long to wait for what the order starts."),
    ] = 60.0,
    no_wait: Annotated[
        bool, typer.Option("--no-wait", help="Do not wait for what the order starts.")
    ] = False,
    output: Output = None,
) -> Giving:
    """Take the shared options together."""
    return Giving(
        operator=as_, reason=reason, seen=seen, nonce=nonce, wait=0.0 if no_wait else wait, output=output
    )


_SHARED = inspect.signature(giving, eval_str=True).parameters


def order(command: Callable[Concatenate[Giving, P], None]) -> Callable[..., None]:
    """Give a command the shared options after its own; it takes them as one `Giving`, first."""

    @wraps(command)
    def taking(**given: Any) -> None:  # noqa: ANN401 - what typer parsed
        shared = {name: given.pop(name) for name in _SHARED}
        try:
            command(giving(**shared), **given)  # type: ignore[call-arg] # typer passes a command's own by name
        except ValueError as error:
            raise _misfit(error) or error from None

    _, *own = inspect.signature(command, eval_str=True).parameters.values()
    parameters = [*own, *_SHARED.values()]
    taking.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined] # read by inspect
    taking.__annotations__ = {each.name: each.annotation for each in parameters}
    del taking.__wrapped__
    return taking


def _misfit(error: ValueError) -> Stop | None:
    """Say what of an order does not fit; None for an error that has nothing to do with what was typed."""
    from pydantic import ValidationError  # noqa: PLC0415 - help needs no models

    from domain import commands  # noqa: PLC0415 - as above

    if not isinstance(error, ValidationError) or not hasattr(commands, error.title):
        return None
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    name = ".".join(str(part) for part in first["loc"])
    return usage(f"The {name} does not fit: {first['msg'][:1].lower()}{first['msg'][1:]}.")
