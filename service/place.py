"""Where this installation lives: the few settings that reading the ledger needs, read without the rest."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.config_file import config_file, read_config


@dataclass(frozen=True, slots=True)
class Place:
    """Data directory, ledger and clock of an installation.

    A list of incidents must come at once, and also where another setting is broken; the whole
    `Settings`, with every library they need, are for what acts.
    """

    data_dir: Path
    ledger_url: str
    timezone: str

    @property
    def sqlite_file(self) -> Path | None:
        """The ledger's file; None when the ledger is no SQLite file."""
        kind, found, path = self.ledger_url.partition(":///")
        return Path(path) if found and kind.split("+")[0] == "sqlite" and path else None


def place() -> Place:
    """Read where this installation lives.

    Raises:
        SettingsError: `settings.file`.

    """
    directory = os.environ.get("TOCSIN_DATA_DIR")
    data_dir = Path(directory).expanduser() if directory else default_data_dir()
    file = config_file(data_dir)
    config: dict[str, Any] = read_config(file) if file else {}
    if not directory and config.get("data_dir"):
        data_dir = Path(str(config["data_dir"])).expanduser()
    url = os.environ.get("TOCSIN_LEDGER_URL") or str(config.get("ledger_url") or default_ledger_url(data_dir))
    zone = os.environ.get("TOCSIN_TIMEZONE") or str(config.get("timezone") or "")
    return Place(data_dir=data_dir, ledger_url=url, timezone=zone)


def packs_dir() -> Path | None:
    """Where this installation's own law packs lie; None for those that come with Tocsin.

    Raises:
        SettingsError: `settings.file`.

    """
    named = os.environ.get("TOCSIN_PACKS_DIR")
    if not named:
        directory = os.environ.get("TOCSIN_DATA_DIR")
        file = config_file(Path(directory).expanduser() if directory else default_data_dir())
        named = str(read_config(file).get("packs_dir") or "") if file else ""
    return Path(named).expanduser() if named else None


def cache_dir() -> Path:
    """The user's cache folder, where what was downloaded, built or read once is kept."""
    named = os.environ.get("TOCSIN_CACHE_DIR")
    if named:
        return Path(named)
    import platformdirs  # noqa: PLC0415 - rarely needed, and start-up time counts

    return platformdirs.user_cache_path("tocsin")


def default_data_dir() -> Path:
    """Where the data lies when no setting says otherwise: the user's own data folder."""
    import platformdirs  # noqa: PLC0415 - rarely needed, and start-up time counts

    return platformdirs.user_data_path("tocsin")


def default_ledger_url(data_dir: Path) -> str:
    """The ledger of a machine with no other setting: a SQLite file in its data directory."""
    return f"sqlite:///{data_dir / 'ledger.db'}"
