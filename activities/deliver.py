"""Tell people in batches, find out what became of doubtful attempts, and count."""

from temporalio import activity

from domain.campaign import CampaignSettled
from domain.model import Value
from domain.organisation import Organisation
from domain.state import Known


class Batch(Value):
    """A range of rows to be told, up to `limit` of them; `token` fences other workers off."""

    campaign: str
    incident: str
    channels: tuple[str, ...]
    first: int
    last: int
    limit: int
    message: str
    drill: bool
    facts: dict[str, Known]
    organisation: Organisation
    token: str


class Delivered(Value):
    """What a batch did: counts only."""

    claimed: int = 0
    sent: int = 0
    refused: int = 0
    unknown: int = 0
    again: int = 0
    retry_after: float = 0
    stop: str = ""


class Reconcile(Value):
    """A range whose unknown rows are to be asked about; `final` leaves none unknown."""

    campaign: str
    first: int
    last: int
    final: bool
    drill: bool


class Left(Value):
    """What is still open in the range."""

    unknown: int
    due: int


class Count(Value):
    """A campaign to be closed and counted."""

    campaign: str


class Deliver:
    """The way from a row to a person."""

    @activity.defn(name="deliver.batch")
    async def batch(self, request: Batch) -> Delivered:
        """Tell up to `limit` people of the range."""
        raise NotImplementedError

    @activity.defn(name="deliver.reconcile")
    async def reconcile(self, request: Reconcile) -> Left:
        """Ask the providers what became of unknown rows."""
        raise NotImplementedError

    @activity.defn(name="campaign.count")
    def count(self, request: Count) -> CampaignSettled:
        """Close the campaign's rows, count them by state, and fold them into one Merkle root."""
        raise NotImplementedError
