"""The pump: carries what the door stored to its incidents, and loses nothing on the way."""

import asyncio
import logging
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

from intake.body import Unreadable
from intake.lane import Lane, Row, Waiting
from intake.naming import Naming
from intake.ports import Declined, Passage, Ports, Unreachable
from intake.reading import Reader, Reading
from ledger.errors import LedgerUnavailable
from ledger.port import InboxItem

IN_FLIGHT: Final = 10
BATCH: Final = 64
MOST_ROWS: Final = 1_000
MOST_IN_LANE: Final = 250
LARGE: Final = 131_072
LOOK_S: Final = 1.0
FIRST_PAUSE_S: Final = 0.25
LONGEST_PAUSE_S: Final = 15.0

P = ParamSpec("P")
T = TypeVar("T")
_log = logging.getLogger(__name__)


class Pump:
    """Takes deliveries oldest first, at most ten updates at once and one for each incident.

    A delivery is marked as carried when every incident has taken its alerts; until then it is pending, and
    a pump that starts anew takes it up again: the incident knows what it has seen. One pump runs for one
    inbox; a second one would only repeat the work.
    """

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._reader = Reader(ports)
        self._carriage = Naming(ports.hide).carriage
        self._rows: dict[int, Row] = {}
        self._lanes: dict[str, Lane] = {}
        self._full: dict[int, str] = {}
        # A look at the inbox may be older than what settled while it was taken: these are not taken up again.
        self._gone: set[int] = set()
        self._flying = asyncio.Semaphore(IN_FLIGHT)
        self._settled = asyncio.Event()

    async def run(self) -> None:
        """Carry until cancelled."""
        async with asyncio.TaskGroup() as lanes:
            while True:
                self._ports.stored.clear()
                self._settled.clear()
                if not await self._take(lanes):
                    await self._wait()

    async def _wait(self) -> None:
        """Wait for the door, for room, or a second: another process's door cannot ring here."""
        ring = asyncio.create_task(self._ports.stored.wait())
        room = asyncio.create_task(self._settled.wait())
        # Where there is no room, the door's ringing changes nothing.
        wanted = {room} if self._crowded() else {room, ring} if self._full else {ring}
        try:
            await asyncio.wait(wanted, timeout=LOOK_S, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ring.cancel()
            room.cancel()

    async def _take(self, lanes: asyncio.TaskGroup) -> int:
        """Take up deliveries that are not on their way yet; how many."""
        if self._crowded():
            return 0
        limit = len(self._rows) + len(self._full) + BATCH
        self._gone.clear()
        pending = await self._surely(self._ports.inbox.pending, limit)
        taken = self._rows.keys() | self._gone
        new = [item for item in pending if item.id not in taken and not self._held(item.id)][:BATCH]
        small = [item for item in new if len(item.body) <= LARGE]
        for item in new:
            if len(item.body) > LARGE:
                self._rows[item.id] = Row(item.id, item.source, item.delivery, "", left=0)
                lanes.create_task(self._take_aside(item, lanes))
        for item, reading in zip(small, await asyncio.gather(*map(self._read, small)), strict=True):
            if reading:
                self._admit(item, reading, lanes)
        return len(new)

    async def _take_aside(self, item: InboxItem, lanes: asyncio.TaskGroup) -> None:
        """Take up a body of thousands of findings while others go by."""
        reading = await self._read(item)
        del self._rows[item.id]
        if reading:
            self._admit(item, reading, lanes)
        else:
            self._gone.add(item.id)
        self._settled.set()

    def _crowded(self) -> bool:
        return len(self._rows) + BATCH > MOST_ROWS

    def _held(self, row: int) -> bool:
        """Say whether a delivery stays where it is because one of its incidents has too much before it."""
        lane = self._lanes.get(self._full.get(row, ""))
        if lane and len(lane) >= MOST_IN_LANE:
            return True
        self._full.pop(row, None)
        return False

    async def _read(self, item: InboxItem) -> Reading | None:
        """Read a delivery; one that has nothing to carry is settled here."""
        inbox = self._ports.inbox
        try:
            reading = await self._surely(self._reader.read, item)
        except Unreadable as unreadable:
            code = unreadable.code
            _log.warning("a delivery cannot be understood", extra={"delivery": item.id, "code": code})
            await self._surely(inbox.quarantine, item.id, code)
            return None
        if reading.alerts:
            return reading
        if reading.malformed:
            await self._surely(inbox.quarantine, item.id, reading.malformed)
        else:
            await self._surely(inbox.ignored, item.id, reading.ignored)
        return None

    def _admit(self, item: InboxItem, reading: Reading, lanes: asyncio.TaskGroup) -> None:
        for found in reading.alerts:
            lane = self._lanes.get(found.incident)
            if lane and len(lane) >= MOST_IN_LANE:
                self._full[item.id] = found.incident
                return
        row = Row(item.id, item.source, item.delivery, reading.malformed, left=len(reading.alerts))
        self._rows[item.id] = row
        for found in reading.alerts:
            lane = self._lanes.get(found.incident)
            if lane is None:
                lane = Lane(found.incident, self._ports.sources[item.source], self._carriage)
                self._lanes[found.incident] = lane
                lanes.create_task(self._drive(lane))
            lane.add(Waiting(row, found.alert))

    async def _drive(self, lane: Lane) -> None:
        """Carry a lane's alerts until none waits."""
        while group := lane.next():
            await self._carry(lane, group)
        del self._lanes[lane.incident]

    async def _carry(self, lane: Lane, group: list[Waiting]) -> None:
        try:
            incident = await self._arrived(lane.passage(group), group)
        except Declined as declined:
            if len(group) > 1:
                # One of them may be at fault; the others must not suffer for it.
                for waiting in group:
                    await self._carry(lane, [waiting])
                return
            _log.error(
                "an incident declined an alert", extra={"delivery": group[0].row.id, "code": declined.code}
            )
            group[0].row.declined = declined.code
        else:
            if incident != lane.incident:
                await self._moved(group, incident)
            for waiting in group:
                waiting.row.incidents.add(incident)
        await self._count_down(group)

    async def _arrived(self, passage: Passage, group: list[Waiting]) -> str:
        """Try until the incident has it; the same update every time."""
        pause = FIRST_PAUSE_S
        while True:
            try:
                async with self._flying:
                    return await self._ports.carrier.carry(passage)
            except Unreachable as unreachable:
                code = unreachable.code
            _log.warning("an incident cannot be reached", extra={"delivery": group[0].row.id, "code": code})
            for row in {waiting.row.id for waiting in group}:
                await self._surely(self._ports.inbox.retried, row, code)
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)

    async def _moved(self, group: list[Waiting], incident: str) -> None:
        """Remember that these findings belong to a follow-up now."""
        for waiting in group:
            alert = waiting.alert
            await self._surely(self._ports.inbox.correlate, alert.source, alert.finding, incident)

    async def _count_down(self, group: list[Waiting]) -> None:
        done: list[Row] = []
        for waiting in group:
            waiting.row.left -= 1
            if not waiting.row.left:
                done.append(waiting.row)
        await asyncio.gather(*(self._settle(row) for row in done))

    async def _settle(self, row: Row) -> None:
        inbox = self._ports.inbox
        code = row.declined or row.malformed
        if code:
            await self._surely(inbox.quarantine, row.id, code)
        else:
            await self._surely(inbox.carried, row.id, sorted(row.incidents))
        self._gone.add(row.id)
        del self._rows[row.id]
        self._settled.set()

    async def _surely(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do something with the ledger in a thread, however long the ledger is away."""
        while True:
            try:
                return await asyncio.to_thread(work, *args, **kwargs)
            except LedgerUnavailable as fault:
                _log.error("the inbox cannot be used", extra={"code": fault.code})
                await asyncio.sleep(LOOK_S)
