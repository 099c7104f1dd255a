"""What the local servers really took, held against the rows person by person."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import orjson

from ledger.master import MasterKey
from ledger.memory import Memory
from ledger.port import DeliveryState
from service.place import Place
from service.settings import Settings

Heard = Mapping[str, Mapping[str, int]]
"""By channel: how often the server there took something for an address, by the address's SHA-256."""

TOLD = frozenset({DeliveryState.SENT, DeliveryState.DELIVERED})
# Under which key of a sealed row the address of a channel lies.
ADDRESS = {"sms": "phone", "voice": "phone", "im": "im", "email": "email"}


@dataclass(frozen=True, slots=True)
class Row:
    """One person: how the row ended, and the SHA-256 of the address on each channel of the route."""

    seq: int
    state: DeliveryState
    channel: str
    flagged: bool
    addresses: Mapping[str, str]


@dataclass(slots=True)
class Reckoning:
    """The comparison; `missing` and `twice` are row numbers, and both are empty where nothing is wrong.

    `told` counts rows by the channel that reached them, `heard` the people of the list whom a server took
    something for, `flagged` those of them who heard twice and whose row had said so before the second time.
    """

    people: int = 0
    told: Counter[str] = field(default_factory=Counter)
    heard: Counter[str] = field(default_factory=Counter)
    flagged: int = 0
    missing: list[int] = field(default_factory=list)
    twice: list[int] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        """Say it, a line for each channel."""
        for channel in ADDRESS:
            told, heard = self.told[channel], self.heard[channel]
            yield f"{channel:6} told {told:6,} people; its server heard of {heard:6,}"
        yield (
            f"of {self.people:,} people nobody is missing" if not self.missing else f"missing: {self.missing}"
        )
        yield f"told twice without a flag: {len(self.twice)}, with one: {self.flagged}"


def reckon(rows: Iterable[Row], heard: Heard) -> Reckoning:
    """Compare: whoever counts as told was heard of, and nobody twice on a channel unless flagged before."""
    found = Reckoning()
    for row in rows:
        found.people += 1
        for channel, address in row.addresses.items():
            times = heard.get(channel, {}).get(address, 0)
            found.heard[channel] += times > 0
            if times > 1 and row.flagged:
                found.flagged += 1
            elif times > 1:
                found.twice.append(row.seq)
        if row.state in TOLD:
            found.told[row.channel] += 1
            if not heard.get(row.channel, {}).get(row.addresses.get(row.channel, "")):
                found.missing.append(row.seq)
    return found


def rows(settings: Settings, stream: str) -> list[Row]:
    """Open every row of a campaign.

    Raises:
        LedgerUnavailable: the ledger cannot be read now.

    """
    place: Place = settings.place
    memory = Memory(place.ledger_url, MasterKey(settings.master_file))
    try:
        key, found, after = memory.keys.campaign(stream), [], 0
        while page := memory.deliveries.page(stream, after, 5_000):
            sealed = {
                one.seq: one.sealed for one in memory.deliveries.sealed(stream, page[0].seq, page[-1].seq)
            }
            for row in page:
                person = orjson.loads(key.open(sealed[row.seq], str(row.seq)))
                addresses = {channel: hashed(person[ADDRESS[channel]]) for channel in row.route}
                found.append(Row(row.seq, row.state, row.channel, row.possible_duplicate, addresses))
            after = page[-1].seq
    finally:
        memory.close()
    return found


def hashed(address: str) -> str:
    """SHA-256 of an address, in hex, as the servers write it down."""
    return hashlib.sha256(address.encode()).hexdigest()
