"""An SMTP server that takes every message as fast as it can: the sink of `bench/smtp.py --sink quick`.

It looks at no content, so that a sender on the other core is not kept waiting.
`python bench/_smtp_sink.py PORT` serves until it is ended.
"""

import asyncio
import sys
from typing import cast

import uvloop

_GREETING = b"220 sink ESMTP\r\n"
_REPLIES = {
    b"EHLO": b"250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE 52428800\r\n",
    b"HELO": b"250 sink\r\n",
    b"DATA": b"354 End with a dot\r\n",
    b"QUIT": b"221 Bye\r\n",
}
_OK = b"250 Ok\r\n"
_DOT = b"\r\n.\r\n"


class Sink(asyncio.Protocol):
    """One connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        self._transport = cast("asyncio.Transport", transport)
        self._held = b""
        self._content = False
        self._transport.write(_GREETING)

    def data_received(self, data: bytes) -> None:
        """Answer every command and every message that is whole."""
        held = self._held + data if self._held else data
        place, replies = 0, []
        while (end := held.find(_DOT if self._content else b"\r\n", place)) >= 0:
            if self._content:
                self._content = False
                replies.append(_OK)
                place = end + len(_DOT)
                continue
            verb = held[place : place + 4].upper()
            place = end + 2
            self._content = verb == b"DATA"
            replies.append(_REPLIES.get(verb, _OK))
            if verb == b"QUIT":
                self._transport.write(b"".join(replies))
                self._transport.close()
                return
        self._held = held[place:]
        if replies:
            self._transport.write(b"".join(replies))


async def main() -> None:
    """Serve."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Sink, "127.0.0.1", int(sys.argv[1]), backlog=1024)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
