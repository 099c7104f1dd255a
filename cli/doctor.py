"""`tocsin doctor`: does everything hold."""

from typing import Annotated

import typer

from cli.output import Output, as_json, write, write_json

app = typer.Typer()
_MARKS = {"well": "ok  ", "mind": "mind", "ill": "ILL "}


@app.command()
def doctor(
    queue: Annotated[
        str, typer.Option("--queue", help="Only whether a worker of this queue is alive, for a health check.")
    ] = "",
    output: Output = None,
) -> None:
    """Look everything over, a line each; the exit code is that of the first thing that does not hold."""
    from service.doctor import examine  # noqa: PLC0415 - help must not wait for the engine
    from service.running import run  # noqa: PLC0415 - as above
    from service.settings import load  # noqa: PLC0415 - as above

    found = run(examine(load(), queue))
    if as_json(output):
        write_json(found)
    else:
        for each in found:
            write(f"{_MARKS[each.how]}  {each.what}: {each.said}")
    raise typer.Exit(next((each.exit_code for each in found if each.how == "ill"), 0))
