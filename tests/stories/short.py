"""An incident whose histories are cut short, so that it continues as new again and again."""

import uuid
from datetime import UTC, datetime

from domain.alert import Alert, Observation
from domain.ids import incident_id
from intake.carrier import TemporalCarrier
from intake.ports import Passage
from service.door import sources
from service.openings import Openings
from tests.stories.case import Case
from tests.stories.house import House


async def opened_short(house: House, limit: int, source: str = "siem") -> Case:
    """Open one as the door would, but continuing as new after so many events."""
    openings = Openings(house.settings, house.parts.library)

    def opening(request):
        return openings(request).model_copy(update={"history_limit": limit})

    name = uuid.uuid4().hex
    now = datetime.now(UTC)
    alert = Alert(
        source=source,
        inbox="1",
        finding=name,
        correlation=name,
        category="detection",
        severity=4,
        observed_at=now,
        received_at=now,
    )
    passage = Passage(
        incident=incident_id(name.encode(), name),
        source=sources(house.settings)[source],
        correlation=name,
        observation=Observation(alerts=(alert,)),
        update=f"{source}/{name}/1",
    )
    carrier = TemporalCarrier(house.client, opening, house.parts.memory.ledger)
    return Case(house, await carrier.carry(passage))
