"""Which duties the law lays on this organisation for these facts: owed, not owed, or cannot tell yet."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache

from pydantic import JsonValue

from domain.answer import Assessment, DutyAnswer
from domain.grading import graded
from domain.organisation import Organisation
from domain.pack import Pack
from domain.reading import Reading
from domain.situation import Situation, law_of
from domain.tristate import Tristate
from domain.vocabulary import VOCABULARY

__all__ = ["Assessment", "DutyAnswer", "assess"]

_DEFAULTS: dict[str, JsonValue] = {
    term.name: term.default for term in VOCABULARY.values() if term.default is not None
}


def assess(
    packs: tuple[Pack, ...],
    organisation: Organisation,
    facts: Mapping[str, JsonValue],
    at: datetime,
    recorded_at: Mapping[str, datetime] | None = None,
) -> Assessment:
    """Answer for every duty of the packs whether it is owed, by the law in force at awareness.

    Args:
        packs: every pack of the installation; those of other jurisdictions are left aside.
        organisation: the profile that the incident pinned.
        facts: canonical values by name; what is missing is unknown.
        at: the instant of asking: how much time is used, and the law's day while nobody is aware.
        recorded_at: when each fact was recorded, for clocks that start at that instant.

    """
    held = {**_DEFAULTS, **_profile(organisation), **facts}
    situation = Situation(held, at, law_of(held, at), recorded_at or {})
    readings = [Reading(pack, situation) for pack in packs if pack.jurisdiction in organisation.jurisdictions]
    for reading in readings:
        if reading.grading is not None:
            situation.graded = graded(reading.grading, reading.known)
    blocking = {
        reading.pack.id
        for reading in readings
        if reading.pack.blocks_channels is not None
        and reading.holds(reading.pack.blocks_channels) is Tristate.TRUE
    }
    return Assessment(
        law_of=situation.law_of,
        grade=situation.graded.grade,
        duties=tuple(
            answer
            for reading in readings
            for answer in reading.answers(channel_blocked=bool(blocking - {reading.pack.id}))
        ),
    )


@lru_cache(maxsize=16)
def _profile(organisation: Organisation) -> dict[str, JsonValue]:
    return organisation.facts()
