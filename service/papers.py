"""Frozen documents, opened for a person: what was drawn up, agreed to and sent."""

import json
from dataclasses import dataclass
from typing import Any

from ledger.master import MasterKey
from ledger.memory import Memory
from service.settings import load


@dataclass(frozen=True, slots=True)
class Paper:
    """A frozen document: its content byte for byte as it was hashed, and the page beside it."""

    sha256: str
    data: bytes
    page: bytes

    @property
    def content(self) -> dict[str, Any]:
        """The content as a mapping."""
        found: dict[str, Any] = json.loads(self.data)
        return found


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
            return Paper(sha256=sha256, data=found.data, page=found.data)
        named = str(json.loads(found.data).get("html_sha256", ""))
        page = memory.artefacts.get(named) if named else None
        return Paper(sha256=sha256, data=found.data, page=page.data if page else b"")
    finally:
        memory.close()
