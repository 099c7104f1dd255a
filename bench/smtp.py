"""E-mails per second through our drivers and their peers: the same bytes to the same sink, in one run.

`python bench/smtp.py [--messages N] [--rounds R]`. Where Postfix's test programs are installed (Debian's
package `postfix`; nothing of it need run), the sink is its `smtp-sink` and `smtp-source` is a peer.
`--sink quick` is a sink of our own that does less, for a machine on which `smtp-sink` is the slowest of all.
Rounds alternate, and a ratio is of the medians; `per CPU second` is what the sender alone could
do on a core of its own. `--delay 20` puts so many milliseconds of round
trip between every sender and the sink. Then MIME: a personalised message from a compiled template, beside
`email.message.EmailMessage`.
"""

import argparse
import asyncio
import os
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import aiosmtplib
import uvloop

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench._delay import delayed  # noqa: E402 - a script finds its checkout first
from bench._mime import FORM, SENDER, classic, personal  # noqa: E402 - as above
from notifiers.email import EmailNotifier  # noqa: E402 - as above
from notifiers.errors import NotifierError  # noqa: E402 - as above
from notifiers.mime import compose  # noqa: E402 - as above
from notifiers.port import Accepted  # noqa: E402 - as above
from notifiers.smtp_line import Envelope, SmtpLine  # noqa: E402 - as above
from notifiers.smtp_pool import Driver, Relay, SmtpPool, Tls  # noqa: E402 - as above
from notifiers.stencil import Composer  # noqa: E402 - as above
from service.demo.stage import free_port  # noqa: E402 - as above

CONNECTIONS = 10
BATCH = 1000
LEAST = 200
Way = Callable[[int, int], Awaitable[None]]


def sinks() -> dict[str, list[str]]:
    """The commands that start a sink, where its port stands as PORT."""
    quick = [sys.executable, str(Path(__file__).with_name("_smtp_sink.py")), "PORT"]
    postfix = shutil.which("smtp-sink", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    return ({"postfix": [postfix, "-u", "nobody", "127.0.0.1:PORT", "1000"]} if postfix else {}) | {
        "quick": quick
    }


@contextmanager
def sink(command: list[str]) -> Iterator[int]:
    """Run the sink as a process of its own and give its port."""
    port = free_port()
    started = [word.replace("PORT", str(port)) for word in command]
    process = subprocess.Popen(started, stdout=subprocess.DEVNULL, cwd=ROOT)
    try:
        for _ in range(500):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except ConnectionRefusedError:
                time.sleep(0.01)
        yield port
    finally:
        process.terminate()
        process.wait()


CONTENT = compose(personal(0), SENDER, datetime.now(UTC))


class Prepared:
    """So many messages whose bytes are there already: what is measured is the driver alone."""

    def __init__(self, number: int) -> None:
        self.left = number
        self.taken = 0

    def take(self, line: SmtpLine) -> Envelope | None:  # noqa: ARG002 - the protocol's own
        """Give the next one."""
        if not self.left:
            return None
        self.left -= 1
        to = b"RCPT TO:<person%d@example.invalid>\r\n" % self.left
        return Envelope(self.left, b"MAIL FROM:<notice@tocsin.invalid>\r\n", to, CONTENT)

    def halted(self) -> bool:
        """Say that nobody asks for an end."""
        return False

    def settle(self, envelope: Envelope, outcome: int | NotifierError) -> None:
        """Count."""
        assert outcome == 250, (envelope.place, outcome)
        self.taken += 1

    def again(self, envelope: Envelope) -> None:
        """Refuse: on this machine no line is lost."""
        raise AssertionError(envelope.place)


async def ours(driver: Driver, port: int, number: int) -> None:
    """One of our drivers, over ten connections."""
    pool = SmtpPool(Relay(host="127.0.0.1", port=port, tls=Tls.NONE, driver=driver))
    work = Prepared(number)

    async def carry() -> None:
        while work.left:
            line = await pool.acquire()
            await line.carry(work)
            pool.release(line)

    await asyncio.gather(*(carry() for _ in range(CONNECTIONS)))
    await pool.aclose()
    assert work.taken == number


async def notified(port: int, number: int) -> None:
    """EmailNotifier.send_many in batches, MIME included."""
    relay = Relay(host="127.0.0.1", port=port, tls=Tls.NONE)
    async with EmailNotifier(relay, SENDER) as notifier:
        for start in range(0, number, BATCH):
            some = range(start, min(start + BATCH, number))
            outcomes = await notifier.send_many([personal(place) for place in some])
            assert all(isinstance(outcome, Accepted) for outcome in outcomes)


async def pooled(port: int, number: int) -> None:
    """What one writes with aiosmtplib and care: ten connections that stay, the bytes prepared."""
    waiting = iter(range(number))

    async def work() -> None:
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as line:
            for place in waiting:
                await line.sendmail("notice@tocsin.invalid", f"person{place}@example.invalid", CONTENT)

    await asyncio.gather(*(work() for _ in range(CONNECTIONS)))


async def source(*more: str, program: str, port: int, number: int) -> None:
    """Postfix's smtp-source, ten sessions, the same bytes."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(CONTENT.replace(b"\r\n", b"\n"))
        file.flush()
        options = ("-s", str(CONNECTIONS), "-m", str(number), "-F", file.name, *more)
        addresses = ("-f", "notice@tocsin.invalid", "-t", "person@example.invalid")
        running = await asyncio.create_subprocess_exec(
            program, *options, *addresses, f"inet:127.0.0.1:{port}", stdout=subprocess.DEVNULL
        )
        assert await running.wait() == 0


def ways() -> dict[str, tuple[Way, float]]:
    """Who takes part, and with what share of the messages."""
    found: dict[str, tuple[Way, float]] = {
        "driver pipelined": (partial(ours, Driver.PIPELINED), 1),
        "driver aiosmtplib": (partial(ours, Driver.AIOSMTPLIB), 0.5),
        "EmailNotifier.send_many": (notified, 1),
        "aiosmtplib, pooled": (pooled, 0.1),
    }
    program = shutil.which("smtp-source", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    if program:

        async def fresh(port: int, number: int) -> None:
            await source(program=program, port=port, number=number)

        async def kept(port: int, number: int) -> None:
            await source("-d", program=program, port=port, number=number)

        found["smtp-source -s 10"] = (fresh, 0.5)
        found["smtp-source -s 10 -d"] = (kept, 0.5)
    return found


def used() -> float:
    """CPU seconds of this process and of the children that have ended."""
    mine, theirs = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return mine.ru_utime + mine.ru_stime + theirs.ru_utime + theirs.ru_stime


def measured(way: Way, number: int, delay: float, command: list[str]) -> tuple[float, float]:
    """Messages per second, and per CPU second of the sender."""

    async def run(port: int) -> None:
        await way(port, number)

    with sink(command) as port, delayed(port, delay) as there:
        began, cpu = time.perf_counter(), used()
        uvloop.run(run(there))
        return number / (time.perf_counter() - began), number / (used() - cpu)


def line(messages: int, rounds: int, delay: float, command: list[str]) -> None:
    """Measure and print what goes over the line."""
    seen: dict[str, list[tuple[float, float]]] = {name: [] for name in ways()}
    for _ in range(rounds):
        for name, (way, share) in ways().items():
            seen[name].append(measured(way, max(LEAST, round(messages * share)), delay, command))
    middle = {
        name: (statistics.median(wall for wall, _ in runs), statistics.median(cpu for _, cpu in runs))
        for name, runs in seen.items()
    }
    best, best_cpu = middle["driver pipelined"]
    print(f"round trip {delay:g} ms, {rounds} alternating rounds, medians; load {os.getloadavg()[0]:.1f}")
    for name, (rate, cpu) in middle.items():
        print(
            f"  {name:24} {rate:9,.0f}/s  {cpu:9,.0f} per CPU second"
            f"  the pipelined driver is {best / rate:.1f}x, {best_cpu / cpu:.1f}x per CPU",
        )


def mime(rounds: int) -> None:
    """Measure and print how messages are written."""
    at = datetime.now(UTC)
    composer = Composer(SENDER)
    fast, slow = [], []
    for _ in range(rounds):
        batch = [personal(place) for place in range(20_000)]
        began = time.process_time()
        for message in batch:
            composer.write(message, message.to, at)
        fast.append(len(batch) / (time.process_time() - began))
        few = batch[:100]
        began = time.process_time()
        for message in few:
            classic(message).as_bytes()
        slow.append(len(few) / (time.process_time() - began))
    ours, theirs = statistics.median(fast), statistics.median(slow)
    print(
        f"MIME of {len(CONTENT):,} bytes, personalised ({len(FORM.text) - 1} names): {ours:,.0f}/s; "
        f"EmailMessage.as_bytes {theirs:,.0f}/s; {ours / theirs:.0f}x"
    )


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, help="40,000 unless given, and 1,000 over a delay")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--delay", type=float, default=0.0, help="milliseconds of round trip")
    known = sinks()
    parser.add_argument("--sink", choices=tuple(known), default=next(iter(known)), help="what takes them")
    parser.add_argument("--only", choices=("line", "mime"), help="measure one thing")
    options = parser.parse_args()
    if options.only != "mime":
        messages = options.messages or (1_000 if options.delay else 40_000)
        line(messages, options.rounds, options.delay, known[options.sink])
    if options.only != "line" and not options.delay:
        mime(options.rounds)


if __name__ == "__main__":
    main()
