"""Draw up and publish the public announcement."""

from temporalio import activity

from activities.desk import Drafted
from domain.line import Instant
from domain.model import Value
from domain.organisation import Organisation
from domain.state import Known

__all__ = ["Announce", "DraftAnnouncement", "Drafted", "PublishAnnouncement", "Published"]


class DraftAnnouncement(Value):
    """An announcement to be drawn up from the facts as they stand."""

    incident: str
    number: int
    facts: dict[str, Known]
    organisation: Organisation
    opened_at: Instant
    at: Instant
    drill: bool


class PublishAnnouncement(Value):
    """A frozen announcement to be made public."""

    incident: str
    number: int
    sha256: str
    drill: bool
    at: Instant


class Published(Value):
    """Where the page lies, and the hash of what is public there."""

    path: str
    sha256: str


class Announce:
    """Announcements for those whom no message reaches."""

    @activity.defn(name="announce.draft")
    def draft(self, request: DraftAnnouncement) -> Drafted:
        """Render the announcement and freeze it."""
        raise NotImplementedError

    @activity.defn(name="announce.publish")
    async def publish(self, request: PublishAnnouncement) -> Published:
        """Publish the frozen announcement."""
        raise NotImplementedError
