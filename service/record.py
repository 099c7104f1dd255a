"""One incident as the record has it: its state folded from the ledger, and its facts in order."""

from datetime import UTC, datetime
from typing import cast

from domain.evolve import evolve, fold
from domain.fact import Fact, read
from domain.ids import campaign_stream, incident_stream
from domain.line import Line
from domain.state import State
from domain.views import CampaignView, blank, project
from service.desk_error import no_incident
from service.reading import Reading


class Record:
    """An incident's stream, read once and then only what is new."""

    def __init__(self, reading: Reading, incident: str) -> None:
        self.incident = incident
        self._reading = reading
        self.facts: list[Fact] = [read(line) for line in reading.lines(incident_stream(incident))]
        if not self.facts:
            raise no_incident(incident)
        self.state: State = fold(incident, self.facts)

    def refresh(self) -> list[Fact]:
        """Read what was written since; return the new facts."""
        fresh = [read(line) for line in self._reading.lines(self.state.stream, self.state.version + 1)]
        for fact in fresh:
            self.state = evolve(self.state, fact)
        self.facts += fresh
        return fresh

    @property
    def now(self) -> datetime:
        """The incident's own time: in a drill it runs ahead."""
        return datetime.now(UTC) + self.state.offset

    def campaign(self, number: int) -> CampaignView:
        """One notification campaign of this incident at a glance."""
        stream = campaign_stream(self.incident, number)
        view = blank(stream)
        lines: list[Line] = self._reading.lines(stream)
        return cast("CampaignView", project(view, lines)) if view else CampaignView(stream=stream)
