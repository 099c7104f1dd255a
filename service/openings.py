"""What an incident is pinned to when an alert opens it: its law, its playbook, its organisation."""

from domain.facts import IncidentOpened
from domain.organisation import Organisation
from domain.pack import digest
from domain.turn import Book
from intake.carrier import OpeningRequest
from service.law import law_here
from service.library import Library
from service.settings import Settings
from workflows.opening import Opening


class Openings:
    """Writes the opening of an incident from what the installation goes by now."""

    def __init__(self, settings: Settings, library: Library) -> None:
        self._organisation = Organisation.read(settings.organisation)
        self._packs = law_here(library.packs, self._organisation)
        self._choose = library.choose
        self._packs_digest = digest(*self._packs) if self._packs else ""

    def __call__(self, request: OpeningRequest) -> Opening:
        """Write one."""
        playbook = self._choose(request.category, request.kind, request.playbook)
        opened = IncidentOpened(
            incident=request.incident,
            correlation=request.correlation,
            severity=request.severity,
            category=request.category,
            drill=request.drill,
            follows=request.follows,
            organisation=self._organisation,
            playbook=playbook.id,
            playbook_digest=playbook.digest,
            packs_digest=self._packs_digest,
        )
        book = Book(opening=opened, packs=self._packs, playbook=playbook)
        return Opening(incident=request.incident, book=book)
