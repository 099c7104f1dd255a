"""A process that answers Twilio's Message requests as fast as it can: the provider of `bench/sms.py`.

Prints its port, and ends when its standard input does.
"""

import asyncio
import re
import sys
from typing import cast

import uvloop

_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
_BODY = (
    b'{"account_sid":"AC00000000000000000000000000000000","api_version":"2010-04-01","body":"%s","date_created":'
    b'"Thu, 26 Nov 2026 00:00:00 +0000","date_sent":null,"date_updated":"Thu, 26 Nov 2026 00:00:00 +0000",'
    b'"direction":"outbound-api","error_code":null,"error_message":null,"from":"+15550001111",'
    b'"messaging_service_sid":null,"num_media":"0","num_segments":"1","price":null,"price_unit":"USD",'
    b'"sid":"SM%032x","status":"queued","to":"+8613800138000","uri":"/2010-04-01/Accounts/AC0/Messages/SM0.json",'
    b'"subresource_uris":{"media":"/2010-04-01/Accounts/AC0/Messages/SM0/Media.json"}}'
)
_ECHO = b"x" * 120


class Sink(asyncio.Protocol):
    """One connection; `taken` counts over all of them."""

    taken = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast("asyncio.Transport", transport)
        self._held = b""

    def data_received(self, data: bytes) -> None:
        """Answer every request that is whole."""
        held = self._held + data
        while (end := held.find(b"\r\n\r\n")) >= 0:
            length = _LENGTH.search(held, 0, end)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(held) < whole:
                break
            held = held[whole:]
            Sink.taken += 1
            body = _BODY % (_ECHO, Sink.taken)
            self._transport.write(
                b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                % (len(body), body)
            )
        self._held = held


async def main() -> None:
    """Serve until standard input ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Sink, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    uvloop.run(main())
