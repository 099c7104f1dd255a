"""A way to a port of this machine that takes a while: half the round trip in each direction."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import cast

import uvloop


class Side(asyncio.Protocol):
    """One end of a connection through the proxy; what comes in leaves at the other end later."""

    def __init__(self, seconds: float) -> None:
        self.loop = asyncio.get_running_loop()
        self.seconds = seconds
        self.other: Side | None = None
        self.line: asyncio.Transport | None = None
        self.early: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, with what came before the other end was there."""
        self.line = cast("asyncio.Transport", transport)
        for data in self.early:
            self.line.write(data)

    def data_received(self, data: bytes) -> None:
        """Pass on, later."""
        self.loop.call_later(self.seconds, self._pass_on, data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - all the same
        """Close the other end, later."""
        self.loop.call_later(self.seconds, self._leave)

    def _pass_on(self, data: bytes) -> None:
        if self.other is not None:
            if self.other.line is None:
                self.other.early.append(data)
            else:
                self.other.line.write(data)

    def _leave(self) -> None:
        if self.other is not None and self.other.line is not None:
            self.other.line.close()


async def _serve(to: int, seconds: float) -> None:
    loop = asyncio.get_running_loop()
    opening: set[asyncio.Task[object]] = set()

    def accept() -> Side:
        near, far = Side(seconds), Side(seconds)
        near.other, far.other = far, near
        task = loop.create_task(loop.create_connection(lambda: far, "127.0.0.1", to))
        opening.add(cast("asyncio.Task[object]", task))
        task.add_done_callback(opening.discard)
        return near

    server = await loop.create_server(accept, "127.0.0.1", 0, backlog=1000)
    sys.stdout.write(json.dumps(server.sockets[0].getsockname()[1]) + "\n")
    sys.stdout.flush()
    with suppress(asyncio.CancelledError):
        await server.serve_forever()


@contextmanager
def delayed(port: int, milliseconds: float) -> Iterator[int]:
    """Give a port that leads to another one with this round trip; the same port where it is none."""
    if not milliseconds:
        yield port
        return
    process = subprocess.Popen(
        [sys.executable, __file__, str(port), str(milliseconds / 2000)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1]), float(sys.argv[2])))
