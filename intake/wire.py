"""The wire: reading a request's body within its bounds, and sending an answer."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from typing import Final

from starlette.types import Receive, Scope, Send

from intake import answers
from intake.answers import Answer, Denied

BODY_S: Final = 15
LINGER_S: Final = 2
MOST_LINGERED: Final = 32 << 20


class Gone(Exception):  # noqa: N818  the word a person would say
    """The sender left in the middle of its body, and waits for no answer."""


async def received(receive: Receive, most: int) -> bytes:
    """Give the whole body, of at most `most` bytes, once it is there.

    Raises:
        Denied: it is larger, or was not all there after fifteen seconds.
        Gone: the sender left.

    """
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body", False):
        # A body that came in one piece, as nearly all do, needs no clock.
        whole: bytes = message.get("body", b"")
        if len(whole) > most:
            raise Denied(answers.TOO_LARGE)
        return whole
    try:
        async with asyncio.timeout(BODY_S):
            pieces: list[bytes] = []
            size = 0
            while message["type"] == "http.request":
                piece = message.get("body", b"")
                size += len(piece)
                if size > most:
                    raise Denied(answers.TOO_LARGE, unread=True)
                pieces.append(piece)
                if not message.get("more_body", False):
                    return b"".join(pieces)
                message = await receive()
    except TimeoutError:
        raise Denied(answers.SLOW_BODY, unread=True) from None
    raise Gone


async def served(reply: Awaitable[Answer], receive: Receive, send: Send) -> None:
    """Send the answer that comes of a request, or the refusal; nothing to a sender who has left."""
    unread = False
    try:
        answer = await reply
    except Denied as denied:
        answer, unread = denied.answer, denied.unread
    except Gone:
        return
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    if unread:
        await send({"type": "http.response.body", "body": answer.body, "more_body": True})
        await _lingered(receive)
        await send({"type": "http.response.body", "body": b""})
    else:
        await send({"type": "http.response.body", "body": answer.body})


async def _lingered(receive: Receive) -> None:
    """Let go of what a refused sender is still sending: were the line cut, it would never see its answer."""
    left = MOST_LINGERED
    with suppress(TimeoutError):
        async with asyncio.timeout(LINGER_S):
            while left > 0:
                message = await receive()
                if not message.get("more_body", False):
                    return
                left -= len(message["body"])


def posted(scope: Scope, most: int) -> dict[bytes, bytes]:
    """Give the headers of a POST whose body is not known to be too large.

    Raises:
        Denied: another method, or a body said to be larger; it was not read.

    """
    if scope["method"] != "POST":
        raise Denied(answers.POST_ONLY, unread=True)
    head = dict(scope["headers"])
    # The server has refused what is no number before it came here.
    if int(head.get(b"content-length", b"0")) > most:
        raise Denied(answers.TOO_LARGE, unread=True)
    return head
