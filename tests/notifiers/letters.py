"""What the tests of this room send, and how they wait."""

import asyncio
from collections.abc import Callable

from notifiers.mime import Sender
from notifiers.port import Message

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


async def until(holds: Callable[[], object], seconds: float = 10.0) -> None:
    """Let the other tasks run until something holds."""
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 - what is awaited lies in another program's state
            await asyncio.sleep(0.001)
