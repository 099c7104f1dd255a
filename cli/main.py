"""`tocsin`: the operator's hand."""

import os
import sys
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from cli.lazy import lazily
from service.ending import answered

COMMANDS = {
    "init": "cli.setup:init",
    "up": "cli.setup:up",
    "worker": "cli.setup:worker",
    "intake": "cli.setup:intake",
    "demo": "cli.demo",
    "doctor": "cli.doctor",
    "incident": "cli.incident",
    "triage": "cli.case:triage",
    "fact": "cli.fact",
    "activate": "cli.case:activate",
    "step": "cli.step",
    "playbook": "cli.playbook",
    "template": "cli.template",
    "clock": "cli.clock",
    "duty": "cli.duty",
    "report": "cli.report",
    "notify": "cli.notify",
    "announce": "cli.announce",
    "refer": "cli.refer",
    "approve": "cli.case:approve",
    "close": "cli.case:close",
    "time": "cli.time",
    "law": "cli.law",
    "ledger": "cli.ledger",
    "audit": "cli.audit:audit",
    "auditor": "cli.audit:auditor",
}


class Root(TyperGroup):
    """Answers for every command: one sentence and a documented exit code."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - typer's own context class differs by version
        """Run the command that was named."""
        with answered(_complain, debug=bool(ctx.params.get("debug"))):
            return super().invoke(ctx)


app = typer.Typer(
    cls=lazily(COMMANDS, Root),
    help="Carry an incident from its alert to its close: no duty missed, no proof lost.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415 - asked for once in a while

        typer.echo(f"tocsin {version('tocsin')}")
        raise typer.Exit


@app.callback()
def _root(
    debug: Annotated[
        bool, typer.Option("--debug", envvar="TOCSIN_DEBUG", help="Show where a fault of Tocsin's own arose.")
    ] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which version this is.")
    ] = False,
) -> None:
    del debug, version


def _complain(sentence: str) -> None:
    typer.echo(sentence, err=True)


def main() -> NoReturn:
    """Run one command and end this process with its exit code."""
    code: int | str | None = 0
    try:
        app()
    except SystemExit as end:
        code = end.code
    number = code if isinstance(code, int) else int(code is not None)
    if "temporalio" in sys.modules:
        from service.client import leave  # noqa: PLC0415 - what used no client ends in the ordinary way

        leave(number)
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has gone; nothing more can be said, and Python would try once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(number)


if __name__ == "__main__":
    main()
