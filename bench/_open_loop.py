"""Requests sent on a schedule that no answer can slow down, and what was seen of their answers."""

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field
from typing import cast

CONNECTIONS = 512
DRAIN_S = 30.0


@dataclass
class Figures:
    """What one open loop saw: latencies in seconds, by the scheduled instant, and statuses."""

    latencies: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    sent: int = 0
    first: float = 0.0
    last: float = 0.0
    cpu_s: float = 0.0

    def quantile(self, share: float) -> float:
        """A quantile of the latencies in milliseconds."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000

    @property
    def reached(self) -> float:
        """Answers per second, from the first scheduled instant to the last answer."""
        return len(self.latencies) / (self.last - self.first)


class Sender(asyncio.Protocol):
    """One kept-open connection with at most one request on its way."""

    def __init__(self, loop: "OpenLoop") -> None:
        self._loop = loop
        self._buffer = b""
        self._due = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Be free."""
        self._transport = cast("asyncio.Transport", transport)
        self._loop.free.append(self)

    def send(self, due: float, request: bytes) -> None:
        """Send what was due at that instant."""
        self._due = due
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Take the answer, once it is whole."""
        self._buffer += data
        head, end, body = self._buffer.partition(b"\r\n\r\n")
        if not end:
            return
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        if len(body) < length:
            return
        self._buffer = b""
        self._loop.answered(self, self._due, int(head[9:12]))


class OpenLoop:
    """Arrivals on schedule: what finds no free connection waits its turn, and its wait counts."""

    def __init__(self, rate: float, written: list[bytes]) -> None:
        self._rate = rate
        self._written = written
        self._late: deque[tuple[float, bytes]] = deque()
        self.free: deque[Sender] = deque()
        self.figures = Figures()

    async def run(self, port: int, warm_up: int) -> Figures:
        """Send everything; the figures leave out the first `warm_up` requests."""
        loop = asyncio.get_running_loop()
        for _ in range(CONNECTIONS):
            await loop.create_connection(lambda: Sender(self), "127.0.0.1", port)
        begin = time.perf_counter() + 0.1
        self._counts_from = self.figures.first = begin + warm_up / self._rate
        for place, request in enumerate(self._written):
            due = begin + place / self._rate
            while (ahead := due - time.perf_counter()) > 0:  # noqa: ASYNC110 - the schedule is the clock's
                await asyncio.sleep(ahead if ahead > 0.001 else 0)
            self._late.append((due, request))
            self._dispatch()
        wanted = len(self._written)
        deadline = time.perf_counter() + DRAIN_S
        while sum(self.figures.statuses.values()) < wanted and time.perf_counter() < deadline:  # noqa: ASYNC110 - a drain
            await asyncio.sleep(0.01)
        return self.figures

    def _dispatch(self) -> None:
        while self._late and self.free:
            self.free.popleft().send(*self._late.popleft())

    def answered(self, sender: Sender, due: float, status: int) -> None:
        """Count an answer and let the connection go on."""
        now = time.perf_counter()
        self.figures.statuses[status] = self.figures.statuses.get(status, 0) + 1
        if due >= self._counts_from:
            self.figures.latencies.append(now - due)
            self.figures.last = now
        self.free.append(sender)
        self._dispatch()
