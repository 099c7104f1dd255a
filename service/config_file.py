"""The settings file: YAML or TOML, with the settings' names in lower case and without their prefix."""

import os
from pathlib import Path
from typing import Any, Final

from service.settings_error import SettingsError

NAMES: Final = ("tocsin.toml", "tocsin.yaml", "tocsin.yml")


def config_file(data_dir: Path) -> Path | None:
    """Find the settings file: the one that `TOCSIN_CONFIG` names, else one lying in the data directory."""
    named = os.environ.get("TOCSIN_CONFIG")
    if named:
        return Path(named).expanduser()
    return next((data_dir / name for name in NAMES if (data_dir / name).is_file()), None)


def read_config(path: Path) -> dict[str, Any]:
    """Read a settings file.

    Raises:
        SettingsError: `settings.file`, when it cannot be read or is no map of settings.

    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingsError(
            "settings.file", f"TOCSIN_CONFIG: {path} cannot be read: {error.strerror}."
        ) from error
    except UnicodeDecodeError as error:
        raise SettingsError("settings.file", f"TOCSIN_CONFIG: {path} is not UTF-8 text.") from error
    parse = _toml if path.suffix == ".toml" else _yaml
    found = parse(path, text)
    if not isinstance(found, dict):
        raise SettingsError("settings.file", f"TOCSIN_CONFIG: {path} is no map of settings.")
    return {str(name).lower(): value for name, value in found.items()}


def _toml(path: Path, text: str) -> object:
    import tomllib  # noqa: PLC0415 - only one of the two parsers is ever needed, and start-up time counts

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        sentence = f"TOCSIN_CONFIG: {path} is not valid TOML."
    # Raised out here, because the parser's own words may quote a secret.
    raise SettingsError("settings.file", sentence)


def _yaml(path: Path, text: str) -> object:
    from ruamel.yaml import YAML  # noqa: PLC0415 - as above
    from ruamel.yaml.error import MarkedYAMLError, YAMLError  # noqa: PLC0415 - as above

    try:
        return YAML(typ="safe", pure=True).load(text) or {}
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        sentence = f"TOCSIN_CONFIG: {path} is not valid YAML (line {line})."
    except (YAMLError, ValueError):
        sentence = f"TOCSIN_CONFIG: {path} is not valid YAML."
    raise SettingsError("settings.file", sentence)
