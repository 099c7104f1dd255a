"""Frozen documents, opened for a person: what was drawn up, agreed to and sent."""

import json
from dataclasses import dataclass
from typing import Any

from ledger.artefacts import INSTALLATION
from ledger.master import MasterKey
from ledger.memory import Memory
from service.settings import load


@dataclass(frozen=True, slots=True)
class Paper:
    """A frozen document: its content byte for byte as it was hashed, and the files beside it.

    `files` are called `<kind>-<language>`, such as `html-both` or `docx-zh`; what was frozen before
    there were languages is `html-both`.
    """

    sha256: str
    data: bytes
    files: dict[str, bytes]

    @property
    def content(self) -> dict[str, Any]:
        """The content as a mapping."""
        found: dict[str, Any] = json.loads(self.data)
        return found


def keep(data: bytes, media_type: str) -> str:
    """Keep a document that came from outside, sealed with the installation's key; its SHA-256.

    Raises:
        LedgerUnavailable: the ledger cannot be written now.
        KeyUnavailable: the master key is not here, or not this ledger's.
        SettingsError: the settings cannot be used.

    """
    settings = load()
    memory = Memory(settings.place.ledger_url, MasterKey(settings.master_file))
    try:
        return memory.artefacts.put(data, media_type, INSTALLATION)
    finally:
        memory.close()


def paper(sha256: str) -> Paper | None:
    """Open a frozen document of this installation; None when there is none with this hash.

    Raises:
        LedgerUnavailable: the ledger cannot be read now.
        KeyUnavailable: the master key is not here, or not this ledger's.
        SettingsError: the settings cannot be used.

    """
    settings = load()
    memory = Memory(settings.place.ledger_url, MasterKey(settings.master_file))
    try:
        found = memory.artefacts.get(sha256)
        if found is None:
            return None
        if found.media_type != "application/json":
            return Paper(sha256=sha256, data=found.data, files={"html-both": found.data})
        content = json.loads(found.data)
        page = content.get("html_sha256")
        named = content.get("files") or ({"html-both": page} if page else {})
        opened = {name: memory.artefacts.get(each) for name, each in named.items()}
        files = {name: each.data for name, each in opened.items() if each is not None}
        return Paper(sha256=sha256, data=found.data, files=files)
    finally:
        memory.close()
