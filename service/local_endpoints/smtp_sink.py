"""A fast SMTP server that takes everything, counts it, and fails where a script says so.

As a process: `python -m service.local_endpoints.smtp_sink --port 0` prints `{"port": ...}` once it listens
and `{"messages": ..., "distinct": ...}` when it is ended by SIGTERM.
"""

import argparse
import asyncio
import hashlib
import json
import signal
import ssl
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Self, TextIO

import uvloop

from service.local_endpoints.sink_session import SinkSession
from service.local_endpoints.sink_transaction import Mail, SinkTransaction
from service.local_endpoints.smtp_fault import Fault, Stage

EXTENSIONS = ("PIPELINING", "8BITMIME", "SMTPUTF8", "DSN", "CHUNKING", "SIZE 52428800")


class SmtpSink:
    """The server; `async with SmtpSink(...) as sink` listens on `sink.port` of the loopback.

    `received` counts messages by Message-ID, `recipients` by SHA-256 of the address, and `mails` holds them
    whole where `keep` is set. `log` gets a line per message: Message-ID, TAB, SHA-256 of the recipient.
    `struck` are the sessions that met a scripted fault, `silent` those
    in which it is silence.
    """

    def __init__(  # noqa: PLR0913 - one keyword for each trait of a server
        self,
        *,
        faults: Iterable[Fault] = (),
        tls: ssl.SSLContext | None = None,
        implicit_tls: bool = False,
        users: dict[str, str] | None = None,
        extensions: tuple[str, ...] = EXTENSIONS,
        keep: bool = False,
        log: Path | None = None,
    ) -> None:
        self.faults = list(faults)
        self.tls = tls
        self.implicit_tls = implicit_tls
        self.users = users or {}
        self.extensions = extensions
        self.keep = keep
        self.received: Counter[str] = Counter()
        self.recipients: Counter[str] = Counter()
        self.mails: list[Mail] = []
        self.connections = 0
        self.commands: Counter[str] = Counter()
        self.open: set[SinkTransaction] = set()
        self.silent: set[SinkTransaction] = set()
        self.struck: set[SinkTransaction] = set()
        self.port = 0
        self._log_path = log
        self._log: TextIO | None = None
        self._server: asyncio.Server | None = None

    async def start(self, port: int = 0, host: str = "127.0.0.1") -> None:
        """Listen; port 0 takes a free one."""
        if self._log_path is not None:
            self._log = self._log_path.open("a", encoding="utf-8", buffering=1 << 16)
        self._server = await asyncio.get_running_loop().create_server(
            lambda: SinkSession(self),
            host,
            port,
            ssl=self.tls if self.implicit_tls else None,
            backlog=1024,
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening and drop every session."""
        if self._server is not None:
            self._server.close()
            for session in list(self.open):
                session.drop()
            await self._server.wait_closed()
            await asyncio.sleep(0)
            self._server = None
        if self._log is not None:
            self._log.close()
            self._log = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def fault_at(self, stage: Stage, recipient: str) -> Fault | None:
        """The first scripted fault that strikes on this occasion."""
        for fault in self.faults:
            if fault.strikes(stage, recipient):
                return fault
        return None

    def take(self, mail: Mail) -> None:
        """Count a message that is from now on the server's to deliver."""
        hashed = hashlib.sha256(mail.recipient.encode()).hexdigest()
        self.received[mail.message_id] += 1
        self.recipients[hashed] += 1
        if self.keep:
            self.mails.append(mail)
        if self._log is not None:
            self._log.write(f"{mail.message_id}\t{hashed}\n")

    def counts(self) -> dict[str, int]:
        """Messages taken, distinct Message-IDs among them, distinct recipients, connections."""
        return {
            "messages": self.received.total(),
            "distinct": len(self.received),
            "recipients": len(self.recipients),
            "connections": self.connections,
        }


async def _serve(options: argparse.Namespace) -> None:
    sink = SmtpSink(faults=[Fault.parse(text) for text in options.fault], log=options.log)
    await sink.start(options.port)
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    sys.stdout.write(json.dumps({"port": sink.port}) + "\n")
    sys.stdout.flush()
    await ended.wait()
    await sink.stop()
    sys.stdout.write(json.dumps(sink.counts()) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Run the sink as a process of its own."""
    parser = argparse.ArgumentParser(description="An SMTP server that takes everything and counts it.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--log", type=Path, help="a file that gets a line for each message")
    parser.add_argument("--fault", action="append", default=[], help="stage=rcpt,reply=450 later,times=1")
    uvloop.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    main()
