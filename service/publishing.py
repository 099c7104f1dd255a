"""Where announcements go: the publisher that the settings ask for, and the recording one of drills."""

from pathlib import Path
from zoneinfo import ZoneInfo

from notifiers.announcement import AnnouncementPublisher
from notifiers.bucket import Bucket, BucketShelf
from notifiers.directory import DirectoryShelf
from notifiers.recording import RecordingPublisher
from notifiers.shelf import Shelf
from playbooks.templating import TEMPLATES
from service.settings import Settings

ZONE = "Asia/Shanghai"


def publisher(settings: Settings) -> AnnouncementPublisher:
    """Publish in the directory or the bucket of the settings.

    Raises:
        Misconfigured: the bucket's endpoint or CA file cannot serve.

    """
    page, style = _page()
    announcements = settings.announcements
    return AnnouncementPublisher(
        _shelf(settings),
        page=page,
        style=style,
        public_url=announcements.base_url or settings.announcements_dir.absolute().as_uri(),
        zone=_zone(settings),
        contacts=announcements.contacts,
    )


def drill_publisher(settings: Settings, outbox: Path) -> RecordingPublisher:
    """Write a drill's announcements into the outbox, whatever the settings say."""
    page, style = _page()
    return RecordingPublisher(outbox, page=page, style=style, zone=_zone(settings))


def _shelf(settings: Settings) -> Shelf:
    bucket = settings.announcements.bucket
    if bucket is None:
        return DirectoryShelf(settings.announcements_dir)
    return BucketShelf(
        Bucket(
            endpoint=bucket.endpoint,
            name=bucket.name,
            key_id=bucket.key_id,
            key_secret=bucket.key_secret.get_secret_value(),
            region=bucket.region,
            prefix=bucket.prefix,
            by_host=bucket.address == "host",
            ca_file=bucket.ca_file,
        )
    )


def _page() -> tuple[str, str]:
    folder = TEMPLATES / "announcement"
    return (folder / "page.html.j2").read_text(encoding="utf-8"), (folder / "page.css").read_text(
        encoding="utf-8"
    )


def _zone(settings: Settings) -> ZoneInfo:
    return ZoneInfo(settings.timezone or ZONE)
