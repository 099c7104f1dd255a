"""What the tests of this room send, and how they wait."""

import asyncio
from collections.abc import Callable

from notifiers.email import EmailNotifier
from notifiers.mime import Sender
from notifiers.port import Message
from notifiers.smtp_line import SmtpLine
from notifiers.smtp_pool import Relay, Tls
from notifiers.smtp_stage import Patience, Stage
from service.local_endpoints.smtp_sink import SmtpSink

SENDER = Sender("notice@tocsin.invalid", "警钟")


def message(number: int = 1, **changes) -> Message:
    fields = {
        "reference": f"row-{number}",
        "to": f"person{number}@example.invalid",
        "subject": "关于网络数据安全事件的通知",
        "text": f"编号 {number}：请修改密码。",
        "message_id": f"<c1.{number}@tocsin.invalid>",
    }
    return Message(**{**fields, **changes})


def relayed(port: int, **changes) -> Relay:
    """A relay of this machine over one connection, patient with a machine that has much to do."""
    patience = Patience(connect=30.0, reply=30.0, final=30.0)
    fields = {"host": "127.0.0.1", "port": port, "tls": Tls.NONE, "connections": 1, "patience": patience}
    return Relay(**{**fields, "cool_off": 0.0, **changes})


async def until(holds: Callable[[], object], seconds: float = 10.0) -> None:
    """Let the other tasks run until something holds."""
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 - what is awaited lies in another program's state
            await asyncio.sleep(0.001)


async def impatient(sink: SmtpSink, notifier: EmailNotifier, at: Stage) -> None:
    """Let the line that the server has left in silence come to the end of its patience."""

    def silent() -> SmtpLine | None:
        lines = list(notifier._pool._lent)
        return lines[0] if sink.silent and len(lines) == 1 and lines[0]._stage is at else None

    await until(silent, 60.0)
    line = silent()
    assert line is not None
    line._watch.cancel()
    line._deadline = 0.0
    line._look_at_the_clock()
