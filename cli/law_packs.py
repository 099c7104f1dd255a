"""Which law packs a command reads, and the zone that it shows times in."""

from datetime import tzinfo
from pathlib import Path
from typing import Annotated

import typer

from cli.times import zone_of
from domain.pack import Pack
from service.law import law_dir, shelf
from service.place import place
from service.settings_error import SettingsError

Packs = Annotated[
    Path | None,
    typer.Option(
        "--packs",
        metavar="DIRECTORY",
        help="A folder of law packs; left out, that of TOCSIN_PACKS_DIR, or the packs that come with Tocsin.",
    ),
]


def law_packs(named: Path | None) -> tuple[Pack, ...]:
    """Read the packs; broken settings stop nothing.

    Raises:
        PackInvalid: a pack does not hold.

    """
    return shelf(law_folder(named))


def law_folder(named: Path | None) -> Path:
    """Find the folder of the packs."""
    return law_dir(named, _aside)


def zone() -> tzinfo | None:
    """Find the zone that the settings name; this machine's where they cannot be read."""
    try:
        return zone_of(place().timezone)
    except SettingsError:
        return None


def _aside(sentence: str) -> None:
    typer.echo(sentence, err=True)
