"""The law packs of this installation, for commands that need nothing else of it."""

from collections.abc import Callable, Iterable
from pathlib import Path

from domain.organisation import Organisation
from domain.pack import Pack
from playbooks.loader import LAW, load_packs
from service.place import cache_dir, packs_dir
from service.settings_error import SettingsError


def law_dir(named: Path | None, say: Callable[[str], None]) -> Path:
    """Find the folder of law packs: the one named, else the installation's, else the one of Tocsin.

    Args:
        named: what was asked for.
        say: is told where the settings cannot be read and Tocsin's own packs are taken.

    """
    try:
        return named or packs_dir() or LAW
    except SettingsError as error:
        say(f"{error} The law packs that come with Tocsin are read.")
        return LAW


def law_here(packs: Iterable[Pack], organisation: Organisation) -> tuple[Pack, ...]:
    """Choose the packs that are law where the organisation is: what its incidents go by."""
    return tuple(pack for pack in packs if pack.jurisdiction in organisation.jurisdictions)


def shelf(directory: Path) -> tuple[Pack, ...]:
    """Read every law pack of a folder.

    Raises:
        PackInvalid: for the first pack that does not hold, with file, line and field.

    """
    return load_packs(directory, cache=cache_dir() / "packs")
