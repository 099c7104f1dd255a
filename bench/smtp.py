"""E-mails per second through EmailNotifier and through its peers, to the same sink in the same run.

`python bench/smtp.py [--messages N] [--rounds R]`. The sink is a process of its own; on two cores the sender
has one and the sink the other. `per cpu second` is what the sender alone could do on one full core.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import uvloop

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from notifiers.email import EmailNotifier  # noqa: E402 - a script finds its checkout first
from notifiers.mime import Sender, compose  # noqa: E402 - as above
from notifiers.port import Accepted, Message  # noqa: E402 - as above
from notifiers.smtp_pool import Relay, Tls  # noqa: E402 - as above

SENDER = Sender("notice@tocsin.invalid", "警钟")
TEXT = "尊敬的用户：我们于2026年11月23日发现您的部分信息可能被泄露，请修改密码并警惕诈骗电话。\n" * 8
HTML = "<html><body><p>" + TEXT.replace("\n", "</p>\n<p>") + "</p></body></html>"
BATCH = 1000


@contextmanager
def sink() -> Iterator[int]:
    """Run the sink and give its port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "service.local_endpoints.smtp_sink"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())["port"]
    finally:
        process.terminate()
        process.stdout.read()
        process.wait()


def messages(number: int) -> list[Message]:
    """Personalised messages of text and HTML, about 4 kB each on the wire."""
    return [
        Message(
            reference=f"r{place}",
            to=f"person{place}@example.invalid",
            subject="关于网络数据安全事件的通知",
            text=f"编号 {place}\n{TEXT}",
            html=f"<!-- {place} -->{HTML}",
            message_id=f"<c1.{place}@tocsin.invalid>",
        )
        for place in range(number)
    ]


async def ours(port: int, batch: list[Message]) -> None:
    """EmailNotifier.send_many, in batches as an activity sends them."""
    relay = Relay(host="127.0.0.1", port=port, tls=Tls.NONE)
    async with EmailNotifier(relay, SENDER) as notifier:
        for start in range(0, len(batch), BATCH):
            outcomes = await notifier.send_many(batch[start : start + BATCH])
            assert all(isinstance(outcome, Accepted) for outcome in outcomes)


def classic(message: Message) -> EmailMessage:
    """The same message, as the standard library makes it."""
    mail = EmailMessage()
    mail["From"] = f"{SENDER.name} <{SENDER.address}>"
    mail["To"] = message.to
    mail["Subject"] = message.subject
    mail["Message-ID"] = message.message_id
    mail.set_content(message.text)
    mail.add_alternative(message.html or "", subtype="html")
    return mail


async def pooled(port: int, batch: list[Message]) -> None:
    """What one writes with aiosmtplib and some care: ten connections, EmailMessage, send_message."""
    waiting = iter(batch)

    async def work() -> None:
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as line:
            for message in waiting:
                await line.send_message(classic(message))

    await asyncio.gather(*(work() for _ in range(10)))


async def naive(port: int, batch: list[Message]) -> None:
    """Call aiosmtplib.send, one message after the other, a connection each."""
    for message in batch:
        await aiosmtplib.send(classic(message), hostname="127.0.0.1", port=port, start_tls=False)


def measured(
    way: Callable[[int, list[Message]], Awaitable[None]], batch: list[Message]
) -> tuple[float, float]:
    """Messages per second, and per second of the sender's CPU."""

    async def run(port: int) -> None:
        await way(port, batch)

    with sink() as port:
        wall, cpu = time.perf_counter(), time.process_time()
        uvloop.run(run(port))
        return len(batch) / (time.perf_counter() - wall), len(batch) / (time.process_time() - cpu)


def composed(batch: list[Message]) -> tuple[float, float]:
    """Messages per CPU second made by `compose` and by EmailMessage."""
    at = datetime.now(UTC)
    started = time.process_time()
    for message in batch:
        compose(message, SENDER, at)
    fast = len(batch) / (time.process_time() - started)
    few = batch[:200]
    started = time.process_time()
    for message in few:
        classic(message).as_bytes()
    return fast, len(few) / (time.process_time() - started)


def main() -> None:
    """Print the figures, medians over alternating rounds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    batch = messages(options.messages)
    ways = {
        "EmailNotifier.send_many": (ours, batch),
        "aiosmtplib pooled": (pooled, batch[: max(100, len(batch) // 20)]),
        "aiosmtplib.send": (naive, batch[: max(100, len(batch) // 40)]),
    }
    seen: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for _ in range(options.rounds):
        for name, (way, share) in ways.items():
            seen[name].append(measured(way, share))
    middle = {
        name: (statistics.median(wall for wall, _ in runs), statistics.median(cpu for _, cpu in runs))
        for name, runs in seen.items()
    }
    best_wall, best_cpu = middle["EmailNotifier.send_many"]
    for name, (wall, cpu) in middle.items():
        print(
            f"{name:26} {wall:9,.0f}/s  {cpu:9,.0f} per cpu second"
            f"  we are {best_wall / wall:5.1f}x ({best_cpu / cpu:.1f}x per cpu)",
        )
    fast, slow = composed(batch)
    print(f"{'compose':26} {fast:9,.0f}/s  EmailMessage {slow:,.0f}/s  {fast / slow:.0f}x")


if __name__ == "__main__":
    main()
