"""Set an installation up: its directory, its keys, its tables; each only where it is missing."""

import tempfile
from pathlib import Path

from ledger.master import MasterKey
from ledger.memory import Memory
from ledger.migrate import migrate
from service.connection import connected
from service.payload_keys import ensured_keys
from service.registration import register
from service.settings import Settings
from service.settings_error import SettingsError


def install(settings: Settings) -> None:
    """Make what a first start needs; a repeat changes nothing.

    Raises:
        SettingsError: the data directory or a key file cannot be used.
        LedgerUnavailable: the ledger cannot be used now.
        KeyUnavailable: the master key is not one, or not this ledger's.

    """
    ensure_dir(settings.data_dir)
    master = MasterKey.ensured(settings.master_file)
    ensured_keys(settings.codec_file)
    migrate(settings.place.ledger_url)
    # The first opening draws the installation's own key, which every process then finds.
    Memory(settings.place.ledger_url, master).close()


async def enrol(settings: Settings) -> None:
    """Register the namespace and the search attributes with the Temporal server of the settings.

    Raises:
        TemporalError: it does not answer, or refuses.

    """
    await register(await connected(settings))


def ensure_dir(folder: Path) -> None:
    """Make the data directory where it is missing, and see that it can be written.

    Raises:
        SettingsError: `settings.data_dir`.

    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            "settings.data_dir",
            f"TOCSIN_DATA_DIR: {folder} cannot be made ({error.strerror}); name another one.",
        ) from error
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise SettingsError(
            "settings.data_dir",
            f"TOCSIN_DATA_DIR: {folder} cannot be written ({error.strerror}); "
            "make it writable, or name another.",
        ) from error
