"""Freeze an audience: a list of people becomes delivery rows, and broken rows are set aside."""

from temporalio import activity

from domain.campaign import AudienceFrozen
from domain.model import Value


class Freeze(Value):
    """A list to be frozen for a campaign; `sha256` is of the list's bytes."""

    campaign: str
    incident: str
    audience: str
    sha256: str
    message: str
    channels: tuple[str, ...]
    drill: bool


class Audience:
    """The people to be told."""

    @activity.defn(name="audience.freeze")
    def freeze(self, request: Freeze) -> AudienceFrozen:
        """Write one sealed row per person; a repeat goes on where the last attempt stopped."""
        raise NotImplementedError
