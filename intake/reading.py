"""From a stored body to alerts: what a person or a host is called stays behind here."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from domain.alert import Alert
from domain.ids import correlation, incident_id
from intake import body
from intake.adapters import ADAPTERS, CARRIERS
from intake.adapters.finding import Finding, Ignored, Item, Malformed
from intake.body import Unreadable
from intake.naming import Naming
from intake.ports import Ports
from intake.source import Source
from ledger.port import InboxItem

# Clocks differ, but not by more than this: what lies further ahead is a mistake, and would make every
# later revision look old.
AHEAD: Final = timedelta(days=1)
AT_ONCE: Final = 16


@dataclass(frozen=True, slots=True)
class Sorted:
    """An alert and the incident it belongs to."""

    incident: str
    alert: Alert


@dataclass(frozen=True, slots=True)
class Reading:
    """What one delivery holds; `malformed` and `ignored` are the first code of each, empty where none."""

    alerts: tuple[Sorted, ...]
    malformed: str
    ignored: str


class Reader:
    """Runs the adapters over deliveries, drops what is known, and names the rest by keyed hashes."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._naming = Naming(ports.hide)
        self._key = ports.hide("incident", "id")

    def read(self, item: InboxItem) -> Reading:
        """Read one delivery; it blocks, and may be called from any thread.

        Raises:
            Unreadable: with its code; nothing of the delivery can be used.
            LedgerUnavailable: the inbox cannot be asked now.

        """
        source = self._ports.sources.get(item.source)
        if source is None:
            raise Unreadable("unknown_source")
        items = _items(source, item.body)
        found = [one for one in items if isinstance(one, Finding)]
        new = self._news(item, found)
        fresh = [one for one, is_new in zip(found, new, strict=True) if is_new]
        malformed = next((one.code for one in items if isinstance(one, Malformed)), "")
        ignored = next((one.code for one in items if isinstance(one, Ignored)), "already_known")
        return Reading(tuple(self._sorted(item, one) for one in fresh), malformed, ignored)

    def _news(self, item: InboxItem, found: Sequence[Finding]) -> list[bool]:
        if len(found) <= 1:
            return [self._fresh(item, one) for one in found]
        # Asked at once, they share the inbox's commits; one after the other each would wait for its own.
        with ThreadPoolExecutor(min(AT_ONCE, len(found))) as at_once:
            return list(at_once.map(lambda one: self._fresh(item, one), found))

    def _fresh(self, item: InboxItem, found: Finding) -> bool:
        revision = _revision(found, item.received_at)
        return self._ports.inbox.fresh(item.source, self._name(item.source, found), revision, item.id)

    def _name(self, source: str, found: Finding) -> str:
        # The two kinds of name cannot meet: a sender's own id is written with its length.
        own = f"{len(found.external_id)}:{found.external_id}" if found.external_id else found.content
        return self._naming.finding(source, own)

    def _sorted(self, item: InboxItem, found: Finding) -> Sorted:
        observed = _believable(found.observed_at, item.received_at)
        key = correlation(
            item.source,
            external=found.external_id or None,
            rule=found.rule,
            asset=found.asset,
            day=observed.date(),
        )
        name = self._name(item.source, found)
        alert = Alert(
            source=item.source,
            inbox=str(item.id),
            finding=name,
            revision=_revision(found, item.received_at),
            correlation=self._naming.correlation(key),
            category=found.category,
            severity=found.severity,
            observed_at=observed,
            received_at=item.received_at,
        )
        incident = self._ports.inbox.incident_of(item.source, name)
        return Sorted(incident or incident_id(self._key, key), alert)


def _items(source: Source, raw: bytes) -> Sequence[Item]:
    value = body.read(raw)
    for carrier in source.carriers:
        value = CARRIERS[carrier](value)
    return ADAPTERS[source.adapter](value)


def _believable(at: datetime | None, received_at: datetime) -> datetime:
    return at if at and at <= received_at + AHEAD else received_at


def _revision(found: Finding, received_at: datetime) -> int:
    """Milliseconds of the finding's last change; 0 for one without an id, whose content is its name."""
    if not found.external_id:
        return 0
    return int(_believable(found.updated_at, received_at).timestamp() * 1000)
