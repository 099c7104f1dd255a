"""`tocsin ledger`: is the record whole."""

import typer

from cli.output import Output, as_json, write, write_json
from cli.stop import Exit, Stop
from service.place import place

app = typer.Typer(help="Verify the record, and rebuild what is read from it.", no_args_is_help=True)


@app.command()
def verify(output: Output = None) -> None:
    """Walk every chain of hashes; name the first row that does not hold (exit code 5)."""
    from service.proving import verified  # noqa: PLC0415 - walking the chains takes the ledger's libraries

    found = verified(place())
    if as_json(output):
        write_json(found)
    if found.first_bad:
        bad = found.first_bad
        sentence = f"The record does not hold: {bad.stream} version {bad.version}, {bad.what}."
        raise Stop("cli.ledger_bad", sentence, Exit.BAD_LEDGER)
    if not as_json(output):
        write(
            f"The record holds: {found.facts:,} facts in {found.streams:,} streams, "
            "every hash as it was written."
        )


@app.command()
def rebuild(output: Output = None) -> None:
    """Empty the views and fold every fact again."""
    from service.proving import rebuilt  # noqa: PLC0415 - as above

    facts = rebuilt(place())
    if as_json(output):
        write_json({"facts": facts})
    else:
        write(f"The views were rebuilt from {facts:,} facts.")
