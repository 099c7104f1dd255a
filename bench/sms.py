"""Text messages per second through our drivers and Twilio's own asynchronous client, to one endpoint.

`python bench/sms.py [--messages N] [--rounds R]`. The endpoint is a process of its own that answers at once.
Rounds alternate, every way has 16 requests under way and uvloop, a ratio is of the medians; `per CPU second`
is what the sender alone could do on a core of its own. Also printed: what the endpoint spent, which shows
that it held nobody up.
"""

import argparse
import asyncio
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import uvloop
from twilio.http.async_http_client import AsyncTwilioHttpClient  # type: ignore[import-untyped] # no types
from twilio.rest import Client  # type: ignore[import-untyped] # as above

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from notifiers.port import Accepted, Form, Message  # noqa: E402 - a script finds its checkout first
from notifiers.sms import SmsNotifier  # noqa: E402 - as above
from notifiers.twilio_line import TwilioAccount  # noqa: E402 - as above

AT_ONCE = 16
CHUNK = 500
SID = "AC" + "0" * 32
FORM = Form(("【警钟】尊敬的", "：您的个人信息可能泄露，请修改密码并留意诈骗电话。咨询：400-000-0000。"))
Way = Callable[[int, int], Awaitable[None]]


@contextmanager
def endpoint() -> Iterator[int]:
    """Run the endpoint as a process of its own and give its port."""
    program = [sys.executable, str(ROOT / "bench" / "_sms_sink.py")]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline())


def personal(number: int) -> Message:
    """One person's message."""
    return Message(f"{number:056x}", f"+86138{number:08d}", "", form=FORM, name=f"张{number}")


async def ours(port: int, number: int, *, direct: bool) -> None:
    """SmsNotifier.send_many in chunks, outcomes included."""
    account = TwilioAccount(
        SID,
        SID,
        "token",
        "+15550001111",
        public_url="https://tocsin.example",
        base_url=f"http://127.0.0.1:{port}",
        concurrency=AT_ONCE,
        direct=direct,
    )
    async with SmsNotifier(account) as notifier:
        for start in range(0, number, CHUNK):
            some = [personal(place) for place in range(start, min(start + CHUNK, number))]
            assert all(isinstance(outcome, Accepted) for outcome in await notifier.send_many(some))


async def library(port: int, number: int) -> None:
    """Twilio's package as its documentation uses it, with as many requests under way."""
    http = AsyncTwilioHttpClient()
    client = Client(SID, "token", http_client=http)
    client.api.base_url = f"http://127.0.0.1:{port}"
    waiting = iter(range(number))

    async def work() -> None:
        for place in waiting:
            message = personal(place)
            made = await client.messages.create_async(
                to=message.to,
                from_="+15550001111",
                body=message.text,
                status_callback=f"https://tocsin.example/receipts/twilio/{message.reference}",
            )
            assert made.sid

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    await http.close()


def measured(way: Way, number: int) -> tuple[float, float, float]:
    """Messages per second, per CPU second of the sender, and per CPU second of the endpoint."""

    async def run(port: int) -> None:
        await way(port, number)

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with endpoint() as port:
        began, cpu = time.perf_counter(), time.process_time()
        uvloop.run(run(port))
        wall, mine = time.perf_counter() - began, time.process_time() - cpu
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    theirs = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return number / wall, number / mine, number / theirs


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    ways: dict[str, tuple[Way, float]] = {
        "SmsNotifier, direct": (partial(ours, direct=True), 1),
        "SmsNotifier, library": (partial(ours, direct=False), 0.2),
        "twilio's async client": (library, 0.2),
    }
    seen: dict[str, list[tuple[float, float, float]]] = {name: [] for name in ways}
    for _ in range(options.rounds):
        for name, (way, share) in ways.items():
            seen[name].append(measured(way, max(200, round(options.messages * share))))
    middle = {
        name: [statistics.median(column) for column in zip(*runs, strict=True)] for name, runs in seen.items()
    }
    best, best_cpu, _ = middle["SmsNotifier, direct"]
    print(f"{options.rounds} alternating rounds, medians; load {os.getloadavg()[0]:.1f}")
    for name, (rate, cpu, theirs) in middle.items():
        print(
            f"  {name:22} {rate:8,.0f}/s  {cpu:8,.0f} per CPU second  (endpoint {theirs:8,.0f})"
            f"  direct is {best / rate:.1f}x, {best_cpu / cpu:.1f}x per CPU"
        )


if __name__ == "__main__":
    main()
