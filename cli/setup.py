"""Set up and run: `init`, `up`, `worker`, `intake`."""

from typing import Annotated

import typer

from cli.output import write
from cli.words import one_of
from service.logs import to_stderr

app = typer.Typer()
ROLES = ("decide", "act", "deliver-mail", "deliver-sms", "all")


@app.command()
def init() -> None:
    """Make what a first start needs: directory, keys, tables, and the namespace where Temporal is set."""
    from service.installation import enrol, install  # noqa: PLC0415 - help must not wait for the engine
    from service.running import run  # noqa: PLC0415 - as above
    from service.settings import load  # noqa: PLC0415 - as above

    settings = load()
    install(settings)
    write(f"{settings.data_dir} has its ledger and its keys; back its keys up apart from it.")
    if settings.temporal_address:
        run(enrol(settings))
        write(f"{settings.temporal_address} knows the namespace {settings.temporal_namespace}.")


@app.command()
def up(ctx: typer.Context) -> None:
    """Run everything on this machine, until Ctrl-C."""
    from service.running import run  # noqa: PLC0415 - help must not wait for the engine
    from service.settings import load  # noqa: PLC0415 - as above
    from service.up import up as everything  # noqa: PLC0415 - as above

    to_stderr(debug=_debug(ctx))
    run(everything(load(), write))


@app.command()
def worker(
    ctx: typer.Context,
    queue: Annotated[
        list[str],
        typer.Option(
            "--queue", help="decide, act, deliver-mail, deliver-sms or all; may be given several times."
        ),
    ],
) -> None:
    """Run workers of one or more queues, until SIGTERM or Ctrl-C."""
    for name in queue:
        one_of(name, ROLES, "queue")
    from service.compose import Role  # noqa: PLC0415 - help must not wait for the engine
    from service.running import run  # noqa: PLC0415 - as above
    from service.settings import load  # noqa: PLC0415 - as above
    from service.up import work  # noqa: PLC0415 - as above

    to_stderr(debug=_debug(ctx))
    roles = set(Role) if "all" in queue else {Role(name) for name in queue}
    run(work(load(), roles, write))


@app.command()
def intake(ctx: typer.Context) -> None:
    """Keep the door open for alerts and receipts, until SIGTERM or Ctrl-C."""
    from service.running import run  # noqa: PLC0415 - help must not wait for the engine
    from service.settings import load  # noqa: PLC0415 - as above
    from service.up import keep_door  # noqa: PLC0415 - as above

    to_stderr(debug=_debug(ctx))
    run(keep_door(load(), write))


def _debug(ctx: typer.Context) -> bool:
    return bool(ctx.find_root().params.get("debug"))
