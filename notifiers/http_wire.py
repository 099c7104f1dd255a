"""HTTP/1.1 over connections that stay: one request, one answer, and nothing between them and the socket.

A client library spends most of a small request's time on what a provider's API never uses. Requests come here
as bytes; answers are read by httptools. No request is sent on a connection before the last one is answered,
so that at most one message per connection can ever be in doubt.
"""

import asyncio
import ssl
from dataclasses import dataclass, field
from time import monotonic
from typing import cast

import httptools

MOST_BYTES = 1 << 20
_LOOKS = 20
IDLE = 10.0
"""Seconds after which a connection is not used again: the other side may be about to close it."""


class NotConnected(Exception):  # noqa: N818 - a state, not a fault
    """No connection came about: nothing was sent."""


class Lost(Exception):  # noqa: N818 - as above
    """The connection ended, or what came was no answer, after the request was sent."""


class Silent(Exception):  # noqa: N818 - as above
    """No answer came in time."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A whole answer; `wait` is the text of its Retry-After."""

    status: int
    body: bytes = field(repr=False)
    wait: str = ""


class Wires:
    """Connections to one host; `connect` and `reply` are seconds, `limit` how many are open at most."""

    def __init__(  # noqa: PLR0913 -- where to, and the bounds
        self, host: str, port: int, *, tls: bool, limit: int, connect: float, reply: float
    ) -> None:
        self._host = host
        self._port = port
        self._tls = ssl.create_default_context() if tls else None
        self._connect = connect
        self._reply = reply
        self._free = asyncio.Semaphore(limit)
        self._idle: list[_Wire] = []
        self._busy: set[_Wire] = set()
        self._watch: asyncio.TimerHandle | None = None

    async def ask(self, request: bytes) -> Answered:
        """Send one request and wait for its answer.

        Raises:
            NotConnected: nothing was sent; its cause may be an `ssl.SSLError`.
            Lost: it was sent, perhaps in part.
            Silent: it was sent.

        """
        async with self._free:
            wire = self._kept() or await self._fresh()
            self._busy.add(wire)
            if self._watch is None:
                self._watched()
            try:
                answer = await wire.ask(request)
            except BaseException:
                wire.close()
                raise
            finally:
                self._busy.discard(wire)
            if wire.usable:
                self._idle.append(wire)
            else:
                wire.close()
            return answer

    async def aclose(self) -> None:
        """Close every connection."""
        if self._watch is not None:
            self._watch.cancel()
        for wire in self._idle:
            wire.close()
        self._idle.clear()

    def _watched(self) -> None:
        """End what has waited too long: one clock for all costs each request less than one of its own."""
        late = monotonic() - self._reply
        for wire in self._busy:
            if wire.since < late:
                wire.failed(Silent())
        again = bool(self._busy)
        loop = asyncio.get_running_loop()
        self._watch = loop.call_later(self._reply / _LOOKS, self._watched) if again else None

    def _kept(self) -> "_Wire | None":
        while self._idle:
            wire = self._idle.pop()
            if wire.usable and monotonic() - wire.since < IDLE:
                return wire
            wire.close()
        return None

    async def _fresh(self) -> "_Wire":
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._connect):
                _, wire = await loop.create_connection(_Wire, self._host, self._port, ssl=self._tls)
        except (OSError, TimeoutError, UnicodeError) as error:
            raise NotConnected from error
        return wire


class _Wire(asyncio.Protocol):
    """One connection, from which one answer is expected at a time."""

    def __init__(self) -> None:
        self.usable = True
        self.since = monotonic()
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[Answered] | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._body = b""
        self._wait = ""

    async def ask(self, request: bytes) -> Answered:
        if self._transport is None or not self.usable:
            raise Lost
        self._body, self._wait = b"", ""
        waiting: asyncio.Future[Answered] = self._loop.create_future()
        self._waiting = waiting
        self.since = monotonic()
        self._transport.write(request)
        try:
            return await waiting
        finally:
            self._waiting = None
            self.since = monotonic()

    def close(self) -> None:
        self.usable = False
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's form
        self.failed(Lost())

    def data_received(self, data: bytes) -> None:
        if self._waiting is None or self._waiting.done():
            # An answer that nobody asked for: what comes next would be taken for the next one's.
            self.close()
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self.failed(Lost())

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"retry-after":
            self._wait = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        self._body += body
        if len(self._body) > MOST_BYTES:
            self.failed(Lost())

    def on_message_complete(self) -> None:
        status = self._parser.get_status_code()
        if status < 200:  # noqa: PLR2004 - a word on the way; the answer follows
            self._body = b""
            return
        self.usable = self.usable and self._parser.should_keep_alive()
        if self._waiting is None or self._waiting.done():
            self.usable = False
            return
        self._waiting.set_result(Answered(status, self._body, self._wait))

    def failed(self, why: Exception) -> None:
        self.usable = False
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(why)
