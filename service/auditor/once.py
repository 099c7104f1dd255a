"""One look for a person: everything read anew, and compared with what the auditor noted before."""

import sys
from dataclasses import dataclass

from domain.finding import Finding
from service.auditor.look import Look, opened
from service.auditor.notebook import FILE, Notebook
from service.settings import Settings


@dataclass(frozen=True, slots=True)
class Audit:
    """What was found, and what of it somebody answers for already."""

    look: Look
    findings: tuple[Finding, ...]
    accepted: tuple[Finding, ...]


async def audited(settings: Settings) -> Audit:
    """Look once; no patience is had with what cannot be reached.

    Raises:
        SettingsError: the settings cannot be used.

    """
    auditor = opened(settings, new_runs=sys.maxsize)
    accepted: frozenset[str] = frozenset()
    if (settings.data_dir / "auditor" / FILE).exists():
        notes = Notebook(settings.data_dir)
        auditor.ledger.note(notes.heads())
        accepted = frozenset(notes.accepted())
    look = await auditor.look()
    return Audit(
        look,
        tuple(finding for finding in look.findings if finding.key not in accepted),
        tuple(finding for finding in look.findings if finding.key in accepted),
    )


def accept(settings: Settings, key: str, operator: str, reason: str) -> None:
    """Note that somebody answers for a finding: it is not told any more.

    Raises:
        SettingsError: the notes cannot be written.

    """
    Notebook(settings.data_dir).accept(key, operator, reason)
