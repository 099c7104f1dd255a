"""A reply is the same reply however the network cuts it, and never more than one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from notifiers.errors import Unknown, Unreachable
from notifiers.smtp_session import Patience, SmtpSession, owned

ANSWERS = {b"MAIL": b"250 ok\r\n", b"RCPT": b"250 ok\r\n", b"DATA": b"354 go\r\n", b".": b"250 taken\r\n"}
PATIENCE = Patience(connect=0.5, reply=0.5, final=0.5)


@asynccontextmanager
async def line(answers: dict[bytes, bytes], piece: int = 4096) -> AsyncIterator[SmtpSession]:
    """A connection to a server that sends its answers in pieces."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        in_data = False
        while command := await reader.readline():
            if in_data and command != b".\r\n":
                continue
            word = command.split()[0]
            in_data = word == b"DATA"
            answer = {**ANSWERS, b"RSET": b"250 ok\r\n", b"QUIT": b"221 bye\r\n", **answers}[word]
            for start in range(0, len(answer), piece):
                writer.write(answer[start : start + piece])
                await writer.drain()
                await asyncio.sleep(0.001)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_connection(asyncio.Protocol, *server.sockets[0].getsockname())
    session = owned(transport, PATIENCE)
    try:
        yield session
    finally:
        await session.quit()
        server.close()
        await server.wait_closed()


async def carried(session: SmtpSession) -> int:
    return await session.transact(
        b"MAIL FROM:<a@b>\r\n", b"RCPT TO:<c@d>\r\n", b"Subject: x\r\n\r\n.\r\nx\r\n"
    )


MANY_LINES = {
    b"MAIL": b"250-sender\r\n250-is\r\n250 fine\r\n",
    b"RCPT": b"250-2.1.5 recipient\r\n250 2.1.5 is fine\r\n",
    b".": b"250-2.0.0\r\n250 2.0.0 taken\r\n",
}


@pytest.mark.parametrize("piece", [1, 2, 3, 5, 7, 11, 4096])
@pytest.mark.parametrize("answers", [{}, MANY_LINES], ids=["one line", "many lines"])
async def test_replies_in_pieces(answers, piece):
    async with line(answers, piece) as session:
        assert await carried(session) == 250
        assert await carried(session) == 250
        assert session.usable


@pytest.mark.parametrize("piece", [1, 3, 4096])
async def test_a_refusal_in_pieces(piece):
    async with line({b"RCPT": b"550-5.1.1 no\r\n550 5.1.1 such user\r\n"}, piece) as session:
        for _ in range(2):
            with pytest.raises(Exception, match=r"smtp\.rcpt\.550: 5\.1\.1"):
                await carried(session)
        assert session.usable


async def test_a_reply_without_an_end():
    async with line({b"RCPT": b"x" * 200_000}) as session:
        with pytest.raises(Unreachable, match=r"smtp\.rcpt\.garbled"):
            await carried(session)
        assert not session.usable
        with pytest.raises(Unreachable, match=r"smtp\.connection\.lost"):
            await carried(session)


async def test_a_reply_that_never_ends_its_lines_runs_out_of_time():
    async with line({b".": b"250-more\r\n" * 100}) as session:
        with pytest.raises(Unknown, match=r"smtp\.silence\.dot"):
            await carried(session)


async def test_one_message_at_a_time():
    async with line({}) as session:
        first = session.transact(b"MAIL FROM:<a@b>\r\n", b"RCPT TO:<c@d>\r\n", b"Subject: x\r\n\r\n")
        with pytest.raises(Unreachable, match=r"smtp\.connection\.lost"):
            await carried(session)
        assert await first == 250
